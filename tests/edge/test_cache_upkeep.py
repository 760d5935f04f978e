"""The cache counted, verified and tidied up, whatever lies in its directory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.edge.test_cache_built import RECIPE
from tests.edge.test_cache_files import CONTENT
from tests.edge.test_cache_files import candidate as file_candidate
from tests.edge.test_cache_metadata import METADATA
from tests.edge.test_cache_metadata import candidate as metadata_candidate
from tests.edge.test_cache_pages import ASKED, keep
from tests.edge.test_cache_unpacked import Shelf, candidate
from tests.support.kept import age, entries, find_kept

from xpip.edge.cache.built import BuiltWheels
from xpip.edge.cache.derived import Derived
from xpip.edge.cache.files import FileCache
from xpip.edge.cache.metadata import MetadataCache
from xpip.edge.cache.opened import open_caches
from xpip.edge.cache.pages import PageCache
from xpip.edge.cache.places import STAMP, is_private
from xpip.edge.cache.turns import Turn, alone
from xpip.edge.cache.unpacked import UnpackedWheels
from xpip.edge.cache.upkeep import clear, prune, survey, verify

KINDS = ("pages", "metadata", "files", "unpacked", "built", "derived")


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A cache with one entry of each kind for spam, and a page of eggs."""
    directory, made = tmp_path / "c", tmp_path / "spam-1.0-py3-none-any.whl"
    made.write_bytes(CONTENT)
    caches = opened(directory)
    keep(caches.pages)
    keep(caches.pages, replace(ASKED, project=canonicalize_name("eggs")))
    caches.metadata.keep(metadata_candidate(), METADATA)
    caches.files.keep(file_candidate(), made)
    caches.built.keep(RECIPE, made)
    Derived(directory, "spam").keep(b"worked out", "a question")
    shelf = Shelf(tmp_path / "shelf")
    caches.unpacked.keep(candidate(), shelf.sha256, shelf.unpack)
    caches.close()
    return directory


@dataclass
class Opened:
    """All kinds of what is kept, of which none is missing."""

    pages: PageCache
    metadata: MetadataCache
    files: FileCache
    unpacked: UnpackedWheels
    built: BuiltWheels
    close: Callable[[], None]


def opened(directory: Path) -> Opened:
    """What a run uses."""
    caches = open_caches(directory)
    assert caches.pages is not None
    assert caches.metadata is not None
    assert caches.files is not None
    assert caches.unpacked is not None
    assert caches.built is not None
    return Opened(
        caches.pages, caches.metadata, caches.files, caches.unpacked, caches.built, caches.close
    )


def counted(directory: Path) -> dict[str, int]:
    """Entries of each kind."""
    return {kind: amount.entries for kind, amount in survey(directory)[0].items()}


def entry(directory: Path, kind: str) -> Path:
    """The only entry of spam of a kind."""
    (found,) = directory.glob(f"{kind}-*/spam/*")
    return found


def test_survey_counts_each_kind_and_its_bytes(full: Path) -> None:
    """And nothing that the cache has for itself."""
    kinds, outdated = survey(full)
    assert counted(full) == {
        "pages": 2,
        "metadata": 1,
        "files": 1,
        "unpacked": 1,
        "built": 1,
        "derived": 1,
    }
    assert kinds["files"].size >= len(CONTENT)
    assert outdated.entries == 0


def test_survey_counts_unpacked_files_as_well(full: Path) -> None:
    """They are the most of it."""
    files = entries(entry(full, "unpacked"))
    size = sum(each.stat().st_size for each in files)
    assert len(files) > 3
    assert survey(full)[0]["unpacked"].size == size


def test_verified_entries_are_whole(full: Path) -> None:
    """Every kind is read."""
    assert verify(full) == (7, ())


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_entry_is_found_and_removed(full: Path, kind: str) -> None:
    """And only that."""
    place = entry(full, kind)
    files = (each for each in place.rglob("*") if each.is_file())
    damaged = max(files) if place.is_dir() else place
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    read, found = verify(full)
    assert (read, [(each.kind, each.project) for each in found]) == (7, [(kind, "spam")])
    assert not place.exists()
    assert verify(full) == (6, ())


def test_clearing_a_name_leaves_the_others(full: Path) -> None:
    """Of every kind, what belongs to it."""
    removed = clear(full, ["spam"])
    assert removed.entries == 6
    assert counted(full) == {
        "pages": 1,
        "metadata": 0,
        "files": 0,
        "unpacked": 0,
        "built": 0,
        "derived": 0,
    }


@pytest.mark.parametrize("name", ["..", "/", "", "*"])
def test_clearing_what_is_no_name_removes_nothing(full: Path, name: str) -> None:
    """It is a directory's name in no case."""
    (full.parent / "precious").write_text("of value")
    assert clear(full, [name]).entries == 0
    assert sum(counted(full).values()) == 7
    assert (full.parent / "precious").exists()


def test_clearing_removes_what_the_cache_wrote_and_nothing_else(full: Path) -> None:
    """A directory named by mistake keeps what is its owner's, behind links as well."""
    (full / "letters").mkdir()
    (full / "letters" / "files-2").write_text("of value")
    elsewhere = full.parent / "elsewhere"
    (elsewhere / "spam").mkdir(parents=True)
    (elsewhere / "spam" / "precious").write_text("of value")
    (full / "files-1").symlink_to(elsewhere)
    assert clear(full).entries == 7
    assert (full / "letters" / "files-2").exists()
    assert (elsewhere / "spam" / "precious").exists()
    assert sum(counted(full).values()) == 0


def test_pruning_removes_what_other_versions_left(full: Path) -> None:
    """Nobody would ever find it again."""
    old = full / "pages-1-0.0.1" / "ab" / "cdef"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"an older layout")
    assert survey(full)[1].entries == 1
    assert prune(full).entries == 1
    assert not (full / "pages-1-0.0.1").exists()
    assert sum(counted(full).values()) == 7


def test_pruning_removes_what_was_never_finished(full: Path) -> None:
    """A day later: a younger one may be another program's on another machine's clock."""
    for parent, name in [(entry(full, "pages").parent, ".new-a"), (entry(full, "files"), ".new-b")]:
        (parent / name).write_bytes(b"half")
    half = entry(full, "built").parent / ".new-c"
    half.mkdir()
    (half / "x").write_text("")
    prune(full)
    assert len(list(full.rglob(".new-*"))) == 3
    for each in full.rglob(".new-*"):
        age(each, days=2)
    prune(full)
    assert list(full.rglob(".new-*")) == []


def test_pruning_leaves_a_project_whose_name_begins_with_new(full: Path) -> None:
    """It is no leftover, however old."""
    directory = entry(full, "files").parent
    renamed = directory.rename(directory.with_name("new-spam"))
    age(renamed, days=2)
    prune(full)
    assert renamed.is_dir()


def test_pruning_to_a_size_removes_what_was_of_no_use_for_longest(full: Path) -> None:
    """As many as are too many, in the order of their last use."""
    age(entry(full, "files"), days=30)
    age(entry(full, "pages"), days=20)
    total = sum(each.size for each in survey(full)[0].values())
    prune(full, max_size=total - 1)
    assert counted(full)["files"] == 0
    assert sum(counted(full).values()) == 6
    prune(full, max_size=0)
    assert entries(full) == []


@pytest.mark.parametrize("kind", KINDS)
def test_use_makes_an_entry_young(full: Path, kind: str) -> None:
    """Every kind remembers when it was last found."""
    place = entry(full, kind)
    age(place, days=30)
    caches = opened(full)
    assert find_kept(caches.pages, ASKED)
    assert caches.metadata.find(metadata_candidate())
    assert caches.files.find(file_candidate())
    assert caches.unpacked.find(candidate(), Shelf(full.parent / "shelf").sha256)
    assert caches.built.find(RECIPE)
    assert Derived(full, "spam").find("a question") == b"worked out"
    caches.close()
    prune(full, max_size=sum(each.size for each in survey(full)[0].values()) - 1)
    assert place.exists()


def test_tidying_up_waits_for_runs_that_use_the_cache(full: Path) -> None:
    """They may be about to install from it."""
    turn, waited = Turn(full), list[str]()

    def end_of_the_other_run() -> None:
        waited.append("once")
        turn.end()

    with alone(full, end_of_the_other_run):
        pass
    assert waited == ["once"]
    with alone(full, lambda: pytest.fail("nobody is here")):
        pass


def test_run_waits_until_the_cache_is_tidied_up(full: Path) -> None:
    """In another process, until that lets go."""
    code = (
        "import sys; from pathlib import Path; from xpip.edge.cache.turns import Turn\n"
        "print('asks', flush=True); Turn(Path(sys.argv[1])); print('has', flush=True)"
    )
    command = [sys.executable, "-c", code, str(full)]
    tidying = ExitStack()
    tidying.enter_context(alone(full, lambda: None))
    with tidying, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.2)
        tidying.close()
        assert other.stdout.readline() == "has\n"
    assert other.returncode == 0


def test_run_that_ends_removes_what_is_too_much_once_a_day(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only if nobody else is using the cache, and only to the bound."""
    monkeypatch.setattr("xpip.edge.cache.upkeep.MAX_SIZE", 0)
    open_caches(full).close()
    assert sum(counted(full).values()) == 7
    age(full / STAMP, days=2)
    other = Turn(full)
    open_caches(full).close()
    assert sum(counted(full).values()) == 7
    other.end()
    age(full / STAMP, days=2)
    open_caches(full).close()
    assert sum(counted(full).values()) == 0


def test_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """And looking does not make one."""
    nowhere = tmp_path / "nowhere"
    assert sum(each.entries for each in survey(nowhere)[0].values()) == 0
    assert (clear(nowhere).entries, prune(nowhere).entries) == (0, 0)
    assert verify(nowhere) == (0, ())
    with alone(nowhere, lambda: pytest.fail("nobody is here")):
        pass
    assert not is_private(nowhere, make=False)
    assert not nowhere.exists()
