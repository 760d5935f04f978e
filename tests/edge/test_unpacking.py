"""What an archive of sources may put on disk, and where."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.support.archives import Entry, write_tar, write_zip
from tests.support.sdists import build_sdist

from xpip.edge.building.unpacking import Limits, unpack_archive, unpack_sdist
from xpip.errors import InstallationError, Reason

LIMITS = Limits(size=10_000, members=20)
SETUP = Entry("spam-1.0/setup.py", "print()")
Write = Callable[[Path, Iterable[Entry]], Path]
LINK, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


def refused(path: Path, directory: Path, limits: Limits = LIMITS) -> str:
    """Why an archive may not be unpacked."""
    with pytest.raises(InstallationError) as caught:
        unpack_sdist(path, directory, limits=limits)
    assert caught.value.reference is Reason.WHEEL_INVALID
    assert path.name in caught.value.message
    return caught.value.context[0]


def test_sdist_becomes_its_top_directory(tmp_path: Path) -> None:
    """What comes back is where pyproject.toml is."""
    top = unpack_sdist(build_sdist(tmp_path, "spam", "1.0"), tmp_path / "out", limits=LIMITS)
    assert top == tmp_path / "out" / "spam-1.0"
    assert sorted(path.name for path in top.iterdir()) == ["PKG-INFO", "pyproject.toml", "spam.py"]


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"])
def test_tar_archive_is_unpacked_however_it_is_compressed(tmp_path: Path, suffix: str) -> None:
    """Old sdists, and archives that a URL names, come in many coats."""
    path = write_tar(tmp_path / f"spam-1.0{suffix}", [SETUP])
    assert (unpack_sdist(path, tmp_path / "out", limits=LIMITS) / "setup.py").read_text()


def test_zip_archive_is_unpacked_with_its_commands_executable(tmp_path: Path) -> None:
    """A configure script must run; another file must not."""
    entries = [
        Entry("spam-1.0/", type=tarfile.DIRTYPE, mode=0o755),
        Entry("spam-1.0/configure", "#!/bin/sh", mode=0o755),
        Entry("spam-1.0/deep/setup.cfg", "[metadata]"),
        Entry("spam-1.0/alias", type=LINK, link="deep/setup.cfg"),
    ]
    top = unpack_sdist(write_zip(tmp_path / "spam-1.0.zip", entries), tmp_path, limits=LIMITS)
    assert os.access(top / "configure", os.X_OK)
    assert not os.access(top / "deep/setup.cfg", os.X_OK)
    assert (top / "alias").read_text() == "[metadata]"


@pytest.mark.parametrize("write", [write_tar, write_zip])
@pytest.mark.parametrize("name", ["/etc/evil", "spam-1.0/../../evil", "../evil", "spam-1.0/.."])
def test_member_is_refused_when_its_name_leads_out(tmp_path: Path, write: Write, name: str) -> None:
    """Nothing is written but below the directory that was given."""
    path = write(tmp_path / ("spam.tar.gz" if write is write_tar else "spam.zip"), [Entry(name)])
    assert "path" in refused(path, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("write", [write_tar, write_zip])
@pytest.mark.parametrize("link", ["/etc/passwd", "../../evil", "..", "sub/../../..", "a/.."])
def test_link_is_refused_when_it_may_lead_out(tmp_path: Path, write: Write, link: str) -> None:
    """Also one that only seems to stay: what is before its last `..` may be a link itself."""
    entry = Entry("link", type=LINK, link=link)
    path = write(tmp_path / ("spam.tar.gz" if write is write_tar else "spam.zip"), [entry])
    assert "is a link" in refused(path, tmp_path / "out")


def test_link_is_made_when_it_stays_inside(tmp_path: Path) -> None:
    """Projects share a licence or a README with a subdirectory."""
    entries = [
        Entry("spam-1.0/LICENSE", "MIT"),
        Entry("spam-1.0/lib/LICENSE", type=LINK, link="../LICENSE"),
        Entry("spam-1.0/COPYING", type=HARD, link="spam-1.0/LICENSE"),
    ]
    top = unpack_sdist(write_tar(tmp_path / "spam.tar.gz", entries), tmp_path, limits=LIMITS)
    assert (top / "lib/LICENSE").readlink() == Path("../LICENSE")
    assert (top / "COPYING").read_text() == "MIT"


@pytest.mark.parametrize("through", ["spam-1.0/here/evil", "spam-1.0/HERE/evil"])
def test_member_is_refused_when_it_lies_behind_a_link(tmp_path: Path, through: str) -> None:
    """Two links, each of which stays inside, could lead out together."""
    entries = [Entry("spam-1.0/here", type=LINK, link="."), Entry(through, type=LINK, link="..")]
    path = write_tar(tmp_path / "spam.tar.gz", entries)
    assert "through a link" in refused(path, tmp_path / "out")


@pytest.mark.parametrize(
    "target", ["spam-1.0/none", "spam-1.0/link", "spam-1.0/was", "/etc/passwd", "../x"]
)
def test_hard_link_is_refused_when_it_names_no_file_before_it(tmp_path: Path, target: str) -> None:
    """It would name a file of somebody else's."""
    entries = [
        SETUP,
        Entry("spam-1.0/link", type=LINK, link="setup.py"),
        Entry("spam-1.0/was", "a file"),
        Entry("spam-1.0/was", type=LINK, link="setup.py"),
        Entry("spam-1.0/hard", type=HARD, link=target),
    ]
    refused(write_tar(tmp_path / "spam.tar.gz", entries), tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    """Sources are files."""
    path = write_tar(tmp_path / "spam.tar.gz", [SETUP, Entry("spam-1.0/dev", type=kind)])
    assert "device" in refused(path, tmp_path / "out")


def test_device_is_refused_in_a_zip_too(tmp_path: Path) -> None:
    """The rules are the same for both formats."""
    path = write_zip(tmp_path / "spam.zip", [Entry("spam-1.0/dev", type=tarfile.CHRTYPE)])
    assert "device" in refused(path, tmp_path / "out")


@pytest.mark.parametrize("entries", [[SETUP, Entry("eggs/x")], [Entry("setup.py")], []])
def test_sdist_is_refused_when_it_is_not_one_directory(
    tmp_path: Path, entries: list[Entry]
) -> None:
    """Source distribution format: a single top-level directory."""
    assert "one directory" in refused(
        write_tar(tmp_path / "spam.tar.gz", entries), tmp_path / "out"
    )


def test_plain_archive_may_hold_the_project_at_its_top(tmp_path: Path) -> None:
    """A URL may name an archive that nobody made as a sdist."""
    path = write_zip(tmp_path / "main.zip", [Entry("setup.py"), Entry("spam/__init__.py")])
    assert unpack_archive(path, tmp_path / "out", limits=LIMITS) == tmp_path / "out"


def test_plain_archive_may_hold_one_directory(tmp_path: Path) -> None:
    """As code hosts make them."""
    path = write_tar(tmp_path / "main.tar.gz", [SETUP])
    assert unpack_archive(path, tmp_path / "out", limits=LIMITS) == tmp_path / "out" / "spam-1.0"


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_archive_is_refused_when_it_unpacks_to_too_much(tmp_path: Path, write: Write) -> None:
    """A small archive may not fill the disk."""
    name = "spam.tar.gz" if write is write_tar else "spam.zip"
    path = write(tmp_path / name, [Entry("spam/a", b"\0" * 6000), Entry("spam/b", b"\0" * 6000)])
    assert "more than 10000 bytes" in refused(path, tmp_path / "out")


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_archive_is_refused_when_it_has_too_many_members(tmp_path: Path, write: Write) -> None:
    """Nor may it use up the file system's entries."""
    name = "spam.tar.gz" if write is write_tar else "spam.zip"
    path = write(tmp_path / name, [Entry(f"spam/{number}") for number in range(21)])
    assert "more than 20 members" in refused(path, tmp_path / "out")


def test_tar_archive_is_refused_when_a_header_alone_is_too_large(tmp_path: Path) -> None:
    """An extended header is read at once: it must not fill the memory."""
    header = tarfile.TarInfo("spam/x")
    header.type, header.size = tarfile.XHDTYPE, 30 * 1024**2
    path = tmp_path / "spam.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(header.tobuf(tarfile.PAX_FORMAT) + b"\0" * header.size)
    limits = Limits(size=1024**3, members=5)
    assert "header of" in refused(path, tmp_path / "out", limits)


@pytest.mark.parametrize("name", ["spam.tar.gz", "spam.tar.bz2", "spam.tar.xz", "spam.zip"])
def test_archive_is_refused_when_it_is_none(tmp_path: Path, name: str) -> None:
    """An error page that was saved as a file, say."""
    path = tmp_path / name
    path.write_bytes(b"<html>" * 200)
    refused(path, tmp_path / "out")


def test_archive_is_refused_when_it_is_cut_short(tmp_path: Path) -> None:
    """Half a project is none."""
    path = write_tar(tmp_path / "spam.tar.gz", [Entry("spam/x", os.urandom(5000))])
    path.write_bytes(path.read_bytes()[:3000])
    refused(path, tmp_path / "out")


def test_archive_is_refused_when_its_suffix_is_unknown(tmp_path: Path) -> None:
    """What it is, is not guessed from its contents."""
    path = tmp_path / "spam.rar"
    path.touch()
    assert ".tar.gz" in refused(path, tmp_path / "out")


def test_disk_is_blamed_when_it_refuses(tmp_path: Path) -> None:
    """The archive is right, then."""
    (tmp_path / "out").touch()
    with pytest.raises(InstallationError) as caught:
        unpack_sdist(build_sdist(tmp_path, "spam", "1"), tmp_path / "out", limits=LIMITS)
    assert caught.value.reference is Reason.DISK


@pytest.mark.parametrize("write", [write_tar, write_zip])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, LINK])
def test_archive_is_refused_when_its_members_contradict_each_other(
    tmp_path: Path, write: Write, kind: bytes
) -> None:
    """A path cannot be a directory and something else; the disk is not to blame."""
    entries = [Entry("spam/x/y"), Entry("spam/x", type=kind, link="other")]
    path = write(tmp_path / ("spam.tar.gz" if write is write_tar else "spam.zip"), entries)
    refused(path, tmp_path / "out")


def test_files_of_an_archive_are_never_set_uid(tmp_path: Path) -> None:
    """PEP 706: high bits of a mode are dropped."""
    path = write_tar(tmp_path / "spam.tar.gz", [Entry("spam/tool", "#!", mode=0o6777)])
    mode = (unpack_sdist(path, tmp_path, limits=LIMITS) / "tool").stat().st_mode
    assert mode & 0o6022 == 0
