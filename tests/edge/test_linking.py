"""Installing from trees that environments share: what is linked, and what never is."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.edge.test_cache_unpacked import candidate
from tests.edge.test_installation import Venv
from tests.support.wheels import build_wheel

from xpip.core.unpacked import WheelTree, dump_unpacked
from xpip.edge.cache.unpacked import UnpackedWheels
from xpip.edge.installation.holding import environment_lock
from xpip.edge.installation.linking import Linker, LinkMode
from xpip.edge.installation.unpacking import unpack_wheel
from xpip.edge.installation.writing import Manner, WheelToInstall, install_wheels
from xpip.errors import InstallationError, Reason

FILES = {"spam/__init__.py": "def main():\n    print('spam!')\n", "spam/data.txt": "data"}
SCRIPTS = {"plain": "#!/bin/sh\n", "asks": "#!python\nprint('asks!')\n"}
DIGEST = "ab" * 32


class Cached:
    """A wheel of spam in a cache, and an environment."""

    def __init__(self, directory: Path) -> None:
        self.env = Venv(directory / "env").make()
        self.cache = UnpackedWheels(directory / "cache")
        data = {"spam-1.0.data/data/share/spam.txt": "shared"}
        headers = {"spam-1.0.data/headers/spam.h": "int spam;"}
        self.wheel = build_wheel(
            directory / "shelf",
            "spam",
            "1.0",
            files={**FILES, **data, **headers},
            scripts=SCRIPTS,
            entry_points={"spam": "spam:main"},
        )
        self.tree = self.kept()

    def kept(self) -> WheelTree:
        """The wheel's tree, unpacked if it is not there."""
        project, version = candidate().project, candidate().version
        found = self.cache.find(candidate(), DIGEST) or self.cache.keep(
            candidate(),
            DIGEST,
            lambda into: dump_unpacked(
                unpack_wheel(self.wheel, project=project, version=version, into=into, shared=True)
            ),
        )
        assert found is not None
        return found

    def install(self, manner: Manner | None = None, *, tree: bool = True) -> None:
        """From the tree, or from the wheel itself."""
        wheel = WheelToInstall(
            path=self.wheel,
            project=candidate().project,
            version=candidate().version,
            tree=self.tree if tree else None,
            requested=True,
        )
        with environment_lock(str(self.env.path)):
            install_wheels(
                [wheel],
                prefix=str(self.env.path),
                scheme=self.env.scheme,
                executable=self.env.python,
                replaced=[],
                manner=manner,
            )

    def cached(self, name: str) -> Path:
        """A file of the tree."""
        return Path(self.tree.directory) / name

    def is_as_it_was(self) -> bool:
        """Whether the cache still holds the tree."""
        return self.cache.find(candidate(), DIGEST) == self.tree


@pytest.fixture
def spam(tmp_path: Path) -> Cached:
    """Nothing is installed yet."""
    return Cached(tmp_path)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """For a while."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_files_are_the_caches_own(spam: Cached) -> None:
    """By default: an installation takes no more room, and no time to copy."""
    spam.install()
    for name in FILES:
        assert (spam.env.site / name).samefile(spam.cached(f"purelib/{name}"))
    assert (spam.env.scripts / "plain").samefile(spam.cached("scripts/plain"))
    assert (spam.env.path / "share" / "spam.txt").samefile(spam.cached("data/share/spam.txt"))


@pytest.mark.parametrize("mode", LinkMode)
def test_environment_is_the_same_however_files_get_there(spam: Cached, mode: LinkMode) -> None:
    """As from the wheel itself: every path, every content, every row of RECORD."""
    spam.install(tree=False)
    expected = contents(spam.env)
    spam.env.remove(spam.env.installed("spam", "1.0"))
    spam.install(Manner(link_mode=mode))
    assert contents(spam.env) == expected
    assert spam.env.run(str(spam.env.scripts / "spam")) == "spam!\n"
    assert spam.env.run(str(spam.env.scripts / "asks")) == "asks!\n"
    spam.env.remove(spam.env.installed("spam", "1.0"))
    assert spam.is_as_it_was()


def contents(env: Venv) -> dict[str, bytes | set[tuple[str, ...]]]:
    """All files, links followed; RECORD by its rows."""
    found: dict[str, bytes | set[tuple[str, ...]]] = {}
    for path in env.path.rglob("*"):
        if path.is_file() and path.name != ".xpip.lock":
            found[str(path.relative_to(env.path))] = (
                set(map(tuple, csv.reader(path.read_text().splitlines())))
                if path.name == "RECORD"
                else path.read_bytes()
            )
    return found


@pytest.mark.parametrize("mode", [LinkMode.COPY, LinkMode.REFLINK])
def test_copies_are_the_environments_own(spam: Cached, mode: LinkMode) -> None:
    """With the permissions of any new file: what is done to them is done nowhere else."""
    with umask(0o022):
        spam.install(Manner(link_mode=mode))
    file = spam.env.site / "spam" / "data.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE((spam.env.scripts / "plain").stat().st_mode) == 0o755
    file.write_text("changed")
    assert spam.is_as_it_was()


def test_symlinks_lead_into_the_cache(spam: Cached) -> None:
    """And removing them leaves the cache as it is."""
    spam.install(Manner(link_mode=LinkMode.SYMLINK))
    link = spam.env.site / "spam" / "data.txt"
    assert link.readlink() == spam.cached("purelib/spam/data.txt")
    spam.env.remove(spam.env.installed("spam", "1.0"))
    assert not link.is_symlink()
    assert spam.is_as_it_was()


@pytest.mark.parametrize("mode", LinkMode)
def test_what_differs_between_environments_is_written_anew(spam: Cached, mode: LinkMode) -> None:
    """Scripts that name the interpreter, and what is recorded of the installation."""
    spam.install(Manner(link_mode=mode))
    info = spam.env.site / "spam-1.0.dist-info"
    own = [info / name for name in ("RECORD", "INSTALLER", "REQUESTED")]
    for path in (*own, spam.env.scripts / "spam", spam.env.scripts / "asks"):
        assert (path.is_symlink(), path.stat().st_nlink) == (False, 1)


def test_linked_files_cannot_be_written_in_place(spam: Cached) -> None:
    """I12: what is done to one would be done to every environment."""
    spam.install()
    assert stat.S_IMODE((spam.env.site / "spam" / "data.txt").stat().st_mode) == 0o444


def test_umask_that_hides_files_is_obeyed(spam: Cached) -> None:
    """A link cannot be less open than the file it is: then files are copied."""
    with umask(0o077):
        spam.install()
    file = spam.env.site / "spam" / "data.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.samefile(spam.cached("purelib/spam/data.txt"))


def test_bytecode_lies_in_the_environment(spam: Cached) -> None:
    """The cache's tree neither gets any nor changes."""
    spam.install(Manner(compile_bytecode=True))
    assert list((spam.env.site / "spam" / "__pycache__").iterdir())
    assert not list(Path(spam.tree.directory).rglob("__pycache__"))
    assert spam.is_as_it_was()


def test_upgrade_leaves_the_cache_as_it_is(spam: Cached) -> None:
    """Linked files are taken away, never written."""
    spam.install()
    new = build_wheel(spam.env.shelf, "spam", "2.0", files={"spam/__init__.py": "new"})
    spam.env.install(new, replaces=[spam.env.installed("spam", "1.0")])
    assert (spam.env.site / "spam" / "__init__.py").read_text() == "new"
    assert spam.is_as_it_was()


def test_changed_file_of_one_environment_never_gets_into_another(spam: Cached) -> None:
    """Who forces his way through the permissions changes the cache; that is noticed."""
    spam.install()
    file = spam.env.site / "spam" / "data.txt"
    file.chmod(0o644)
    file.write_text("evil")
    file.chmod(0o444)
    spam.tree = spam.kept()
    spam.env.remove(spam.env.installed("spam", "1.0"))
    spam.install()
    assert file.read_text() == "data"


def test_linked_file_that_another_distribution_owns_is_a_collision(spam: Cached) -> None:
    """As when it is unpacked."""
    other = build_wheel(spam.env.shelf, "eggs", "1.0", files={"spam/data.txt": "other"})
    spam.env.install(other)
    before = spam.env.snapshot()
    with pytest.raises(InstallationError) as caught:
        spam.install()
    assert caught.value.reference is Reason.FILE_COLLISION
    assert spam.env.snapshot() == before


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="another file system, for sure")
@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.REFLINK])
def test_files_of_another_file_system_are_copied(tmp_path: Path, mode: LinkMode) -> None:
    """The first refusal settles it."""
    files = [("version", 0o100444), ("cmdline", 0o100444)]
    assert Linker(mode).place("/proc", str(tmp_path), files) == ()
    assert (tmp_path / "version").read_text() == Path("/proc/version").read_text()
    assert (tmp_path / "cmdline").exists()


@pytest.mark.parametrize("mode", LinkMode)
def test_what_is_there_is_never_replaced(tmp_path: Path, mode: LinkMode) -> None:
    """Whoever asked is told."""
    source, target = tmp_path / "source", tmp_path / "target"
    for each, text in ((source, "new"), (target, "old")):
        each.mkdir()
        (each / "x").write_text(text)
    assert Linker(mode).place(str(source), str(target), [("x", 0o444)]) == ("x",)
    assert (target / "x").read_text() == "old"
