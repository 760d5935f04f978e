"""Files of an installed distribution, held to its RECORD."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from tests.support.distributions import put

from xpip.edge.installation.owning import Ownership
from xpip.edge.installation.verifying import file_defects
from xpip.edge.installed import SitePackages

SPAM = canonicalize_name("spam")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A library directory with spam in it."""
    site = tmp_path / "env" / "lib"
    put(site, "spam", files={"spam/__init__.py": "lovely", "spam/data.txt": ""})
    return site


def defects(site: Path) -> list[tuple[str, str]]:
    """Code and file of each defect of spam."""
    spam = SitePackages([str(site)]).find(SPAM)
    assert spam is not None
    scheme = dict.fromkeys(("purelib", "platlib"), str(site))
    scheme |= {"scripts": str(site.parent / "bin"), "data": str(site.parent)}
    found = file_defects(spam, Ownership(str(site.parent), scheme))
    return [(each.code.value, Path(each.path or "").name) for each in found]


def record(site: Path, change: Callable[[str], str]) -> None:
    """Change the text of RECORD."""
    path = site / "spam-1.0.dist-info" / "RECORD"
    path.write_text(change(path.read_text()))


def test_files_are_right_when_they_are_as_they_were_installed(site: Path) -> None:
    """What lies beside them, and bytecode, is nobody's business."""
    (site / "spam" / "more.py").touch()
    record(site, lambda text: text + "spam/__pycache__/x.cpython-311.pyc,,\n")
    assert defects(site) == []


def test_file_is_a_defect_when_it_is_missing_or_changed(site: Path) -> None:
    """By its hash; size and time say nothing."""
    (site / "spam" / "__init__.py").write_text("LOVELY")
    (site / "spam" / "data.txt").unlink()
    assert defects(site) == [("changed-file", "__init__.py"), ("missing-file", "data.txt")]


@pytest.mark.parametrize("algorithm", ["sha384", "sha512", "md5"])
def test_file_is_verified_by_the_hash_that_record_gives(site: Path, algorithm: str) -> None:
    """Whatever its kind, as long as it can be computed."""
    record(site, lambda text: text.replace("sha256=", f"{algorithm}=x"))
    assert ("changed-file", "__init__.py") in defects(site)


@pytest.mark.parametrize("algorithm", ["crc", "shake_128"])
def test_file_is_unverified_when_the_kind_of_hash_is_not_known(site: Path, algorithm: str) -> None:
    """That is said, rather than passed over."""
    record(site, lambda text: text.replace("sha256=", f"{algorithm}="))
    assert ("unverified-file", "__init__.py") in defects(site)


def test_file_without_a_hash_only_has_to_be_there(site: Path) -> None:
    """RECORD itself has none."""
    record(site, lambda text: f"{text}spam/a.txt,,\nspam/b.txt\n")
    (site / "spam" / "a.txt").touch()
    assert defects(site) == [("missing-file", "b.txt")]


@pytest.mark.parametrize("claim", ["../../mine.txt", "/etc/passwd", "../pyvenv.cfg"])
def test_path_is_a_defect_when_it_is_no_distributions(site: Path, claim: str) -> None:
    """Outside the environment, or what makes it one: removing it would be refused."""
    record(site, lambda text: f"{text}{claim},,\n")
    assert defects(site) == [("foreign-path", Path(claim).name)]


def test_distribution_is_a_defect_when_nobody_knows_its_files(site: Path) -> None:
    """RECORD is missing, or is no text."""
    path = site / "spam-1.0.dist-info" / "RECORD"
    path.write_bytes(b"\xff")
    assert defects(site) == [("no-record", "")]
    path.unlink()
    assert defects(site) == [("no-record", "")]
