"""Unpacked wheels kept between runs: believed only while every file is what was verified."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.version import Version
from tests.support.asking import candidate_of
from tests.support.kept import damages
from tests.support.wheels import build_wheel

from xpip.core.decisions import Candidate
from xpip.core.facts import File
from xpip.core.unpacked import WheelTree, dump_unpacked
from xpip.edge.cache.unpacked import MANIFEST, UnpackedWheels, is_whole
from xpip.edge.installation.unpacking import unpack_wheel
from xpip.errors import InstallationError

PAGE = "https://corp.example/simple/spam/"
FILES = {"spam/__init__.py": "version = 1\n", "spam/data/x": "y", "top.py": ""}


def candidate(page: str = PAGE) -> Candidate:
    """Spam 1.0 of a repository."""
    name = "spam-1.0-py3-none-any.whl"
    return candidate_of(File(filename=name, url=f"{page}{name}"), "spam", "1.0", page_url=page)


class Shelf:
    """A wheel, and a cache that is to hold it."""

    def __init__(self, directory: Path) -> None:
        scripts = {"run": "#!python\n", "plain": "#!/bin/sh\n"}
        self.wheel = build_wheel(directory / "w", "spam", "1.0", files=FILES, scripts=scripts)
        self.sha256 = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        self.cache = UnpackedWheels(directory / "c")

    def unpack(self, into: str) -> bytes:
        """As an installation does."""
        project, version = candidate().project, candidate().version
        return dump_unpacked(
            unpack_wheel(self.wheel, project=project, version=version, into=into, shared=True)
        )

    def keep(self) -> WheelTree:
        """Unpack it into the cache."""
        kept = self.cache.keep(candidate(), self.sha256, self.unpack)
        assert kept is not None
        return kept

    def find(self) -> WheelTree | None:
        """As the next run does."""
        return self.cache.find(candidate(), self.sha256)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """With nothing kept yet."""
    return Shelf(tmp_path)


def entry_of(kept: WheelTree) -> Path:
    """The directory of manifest and tree."""
    return Path(kept.directory).parent


def test_tree_is_found_by_another_run(shelf: Shelf) -> None:
    """With all that was known of it, and its files."""
    kept = shelf.keep()
    assert shelf.find() == kept
    tree = Path(kept.directory)
    assert {name: (tree / "purelib" / name).read_text() for name in FILES} == FILES


@pytest.mark.parametrize(
    "other",
    [
        candidate("https://public.example/simple/spam/"),
        replace(candidate(), version=Version("1.0.1")),
        replace(candidate(), project=candidate("x").project + "-x"),
    ],
)
def test_tree_is_found_for_its_repository_and_release_alone(shelf: Shelf, other: Candidate) -> None:
    """Whatever the digest."""
    shelf.keep()
    assert shelf.cache.find(other, shelf.sha256) is None
    assert shelf.find() is not None


@pytest.mark.parametrize("sha256", ["", "ab" * 32, "../../../etc"])
def test_tree_is_found_under_its_wheels_digest_alone(shelf: Shelf, sha256: str) -> None:
    """And nothing is looked for under what is none."""
    shelf.keep()
    assert shelf.cache.find(candidate(), sha256) is None


@pytest.mark.skipif(os.name == "nt", reason="permissions")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_kept_files_are_nobodys_to_write(shelf: Shelf, umask: int) -> None:
    """Whatever the umask: many environments share them. Directories are their user's alone."""
    before = os.umask(umask)
    try:
        tree = Path(shelf.keep().directory)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tree / "purelib" / "top.py").stat().st_mode) == 0o444
    assert stat.S_IMODE((tree / "scripts" / "plain").stat().st_mode) == 0o555
    assert stat.S_IMODE((tree / "purelib").stat().st_mode) == 0o700
    assert shelf.find() is not None


def rewrite(path: Path) -> None:
    """Other contents of the same size, in place, with the same times."""
    before = path.stat()
    path.chmod(0o644)
    path.write_text("version = 2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    path.chmod(0o444)


def exchange(path: Path) -> None:
    """Another file with the same size, times and mode."""
    before = path.stat()
    other = path.with_name("other")
    other.write_text("version = 2\n")
    other.chmod(0o444)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def link(path: Path) -> None:
    """A link to a file with the right contents."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("damage", [rewrite, exchange, link, Path.unlink, lambda p: p.chmod(0o644)])
def test_tree_with_a_changed_file_is_a_miss(shelf: Shelf, damage: Callable[[Path], object]) -> None:
    """It is unpacked anew, and then it is whole."""
    kept = shelf.keep()
    damage(Path(kept.directory) / "purelib" / "spam" / "__init__.py")
    assert shelf.find() is None
    assert not entry_of(kept).exists()
    again = shelf.keep()
    assert shelf.find() == again
    assert is_whole(entry_of(again))


def test_tree_that_was_only_touched_is_read_again_and_believed(shelf: Shelf) -> None:
    """A restored backup, say: the next run need not read it once more."""
    kept = shelf.keep()
    os.utime(Path(kept.directory) / "purelib" / "top.py", (1, 1))
    found = shelf.find()
    assert found is not None
    assert found != kept
    assert shelf.find() == found


def test_damaged_manifest_is_a_miss(shelf: Shelf) -> None:
    """Wherever the damage is."""
    manifest = entry_of(shelf.keep()) / MANIFEST
    for raw in damages(manifest.read_bytes()):
        manifest.write_bytes(raw)
        assert shelf.find() is None
        shelf.keep()


def test_second_run_that_unpacks_finds_the_first_ones_tree(shelf: Shelf) -> None:
    """Nothing of its own is left."""
    kept = shelf.keep()
    assert shelf.keep() == kept
    assert [each.name for each in entry_of(kept).parent.iterdir()] == [entry_of(kept).name]


def test_wheel_that_is_not_valid_leaves_nothing(shelf: Shelf) -> None:
    """The error goes to whoever wanted to install it."""
    shelf.wheel.write_bytes(b"no wheel")
    with pytest.raises(InstallationError):
        shelf.keep()
    assert [each for each in (shelf.wheel.parents[1] / "c").rglob("*") if each.is_file()] == []


def test_entry_is_whole_only_with_all_contents_as_they_were(shelf: Shelf) -> None:
    """Not even times and sizes are believed when somebody wants to know."""
    kept = shelf.keep()
    path = Path(kept.directory) / "purelib" / "spam" / "__init__.py"
    before = path.stat()
    rewrite(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_whole(entry_of(kept))
