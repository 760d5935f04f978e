"""What sources may say of themselves before anything is built."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from tests.support.archives import Entry, write_tar, write_zip
from tests.support.sdists import build_sdist

from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.edge.building.metadata import sdist_metadata

LIMIT = 100_000
HEAD = "Metadata-Version: 2.2\nName: spam\nVersion: 1.0\n"


def of_pkg_info(tmp_path: Path, text: str) -> CoreMetadata | InvalidMetadata | None:
    """What a sdist with this PKG-INFO is taken to say."""
    path = write_tar(tmp_path / "spam-1.0.tar.gz", [Entry("spam-1.0/PKG-INFO", text)])
    return sdist_metadata(path, limit=LIMIT)


def test_sdist_is_believed_when_nothing_that_matters_is_dynamic(tmp_path: Path) -> None:
    """PEP 643: then every wheel built from it must say the same."""
    sdist = build_sdist(tmp_path, "Spam", "1.0", requires=["eggs>=2"], requires_python=">=3.9")
    found = sdist_metadata(sdist, limit=LIMIT)
    assert isinstance(found, CoreMetadata)
    assert (found.name, str(found.version)) == ("spam", "1.0")
    assert ([*map(str, found.requires)], str(found.requires_python)) == (["eggs>=2"], ">=3.9")


def test_sdist_is_believed_when_only_its_description_is_dynamic(tmp_path: Path) -> None:
    """Nobody resolves with a description."""
    assert isinstance(of_pkg_info(tmp_path, f"{HEAD}Dynamic: Description\n"), CoreMetadata)


@pytest.mark.parametrize(
    "field",
    [
        "Requires-Dist",
        "requires-python",
        "Provides-Extra",
        "VERSION",
        "License\nDynamic: Requires-Dist",
    ],
)
def test_sdist_is_not_believed_when_a_field_is_left_to_the_build(
    tmp_path: Path, field: str
) -> None:
    """Names of fields are compared without regard to case."""
    assert of_pkg_info(tmp_path, f"{HEAD}Dynamic: {field}\n") is None


@pytest.mark.parametrize("version", ["1.0", "2.1", "2", "two", "2.x"])
def test_sdist_is_not_believed_when_its_metadata_is_older_than_the_promise(
    tmp_path: Path, version: str
) -> None:
    """Before 2.2 there was no way to say what is dynamic."""
    assert of_pkg_info(tmp_path, HEAD.replace("2.2", version)) is None


def test_sdist_is_unusable_when_what_it_fixes_is_no_requirement(tmp_path: Path) -> None:
    """A build could not mend it: the wheel would have to say the same."""
    assert isinstance(of_pkg_info(tmp_path, f"{HEAD}Requires-Dist: ???\n"), InvalidMetadata)


def test_metadata_is_that_of_the_top_directory(tmp_path: Path) -> None:
    """An older way leaves an .egg-info beside the sources; a project may ship others' sdists."""
    inner = Entry("spam-1.0/spam.egg-info/PKG-INFO", HEAD.replace("1.0", "6.6"))
    path = write_zip(tmp_path / "spam.zip", [inner, Entry("spam-1.0/PKG-INFO", HEAD)])
    found = sdist_metadata(path, limit=LIMIT)
    assert isinstance(found, CoreMetadata)
    assert str(found.version) == "1.0"


def test_sdist_is_not_believed_when_it_has_no_metadata(tmp_path: Path) -> None:
    """Distutils let people forget it."""
    path = write_tar(tmp_path / "spam.tar.gz", [Entry("spam-1.0/setup.py")])
    assert sdist_metadata(path, limit=LIMIT) is None


@pytest.mark.parametrize("name", ["spam.tar.gz", "spam.zip", "spam.rar"])
def test_sdist_is_not_believed_when_it_is_no_archive(tmp_path: Path, name: str) -> None:
    """Unpacking it will tell why."""
    (tmp_path / name).write_bytes(b"<html>" * 100)
    assert sdist_metadata(tmp_path / name, limit=LIMIT) is None


def test_sdist_is_read_no_further_than_it_may(tmp_path: Path) -> None:
    """Metadata is asked for long before anybody decides to unpack."""
    entries = [Entry("spam/big", b"\0" * 200_000), Entry("spam/PKG-INFO", HEAD)]
    path = write_tar(tmp_path / "spam.tar.gz", entries)
    assert sdist_metadata(path, limit=LIMIT) is None
    assert sdist_metadata(path, limit=10 * LIMIT) is not None


def test_link_is_no_metadata(tmp_path: Path) -> None:
    """What it leads to may be replaced before anybody builds."""
    link = Entry("spam/PKG-INFO", type=tarfile.SYMTYPE, link="OTHER")
    path = write_tar(tmp_path / "spam.tar.gz", [Entry("spam/OTHER", HEAD), link])
    assert sdist_metadata(path, limit=LIMIT) is None
