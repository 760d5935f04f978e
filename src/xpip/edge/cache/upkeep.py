"""What lies in the cache, and how it is tidied up: counted, verified, and removed.

Touches only what has the names that the cache gives: whatever else lies in its directory is not
its own. What cannot be removed is left.
"""

from __future__ import annotations

import re
import shutil
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from xpip.edge.cache import built, derived, files, metadata, pages, unpacked
from xpip.edge.cache.places import NEW, drawer, read_own, remove

LAYOUTS = {
    "pages": pages.LAYOUT,
    "metadata": metadata.LAYOUT,
    "files": files.LAYOUT,
    "unpacked": unpacked.LAYOUT,
    "built": built.LAYOUT,
    "derived": derived.LAYOUT,
}
"""Each kind, and the directory of what this version keeps of it."""

MAX_SIZE = 10 * 10**9
"""Bytes; what was not of use for longest goes beyond that."""

_OF_ANY_VERSION = re.compile(rf"({'|'.join(LAYOUTS)})-[0-9].*", re.ASCII)
_DAY = 86400


class Entry(Struct, frozen=True, kw_only=True):
    """One thing kept.

    Attributes:
        kind: one of `LAYOUTS`.
        project: its directory, called like the project.
        size: bytes.
        used: seconds since the epoch, when it was last of use, to a day.
    """

    kind: str
    project: str
    path: Path
    size: int
    used: float


class Amount(Struct, frozen=True, kw_only=True):
    """So many entries, of so many bytes."""

    entries: int = 0
    size: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(entries=self.entries + other.entries, size=self.size + other.size)


def survey(directory: Path) -> tuple[Mapping[str, Amount], Amount]:
    """How much is kept of each kind, and how much of other versions lies beside it."""
    counted, sizes = Counter[str](), Counter[str]()
    for each in _entries(_layouts(directory)):
        kind = each.kind if each.path.parents[1].name in LAYOUTS.values() else ""
        counted[kind] += 1
        sizes[kind] += each.size
    amounts = {kind: Amount(entries=counted[kind], size=sizes[kind]) for kind in ("", *LAYOUTS)}
    return {kind: amounts[kind] for kind in LAYOUTS}, amounts[""]


def prune(directory: Path, *, max_size: int = MAX_SIZE) -> Amount:
    """Remove what other versions left, what was never finished, and what is too much."""
    removed = Amount()
    for layout in _layouts(directory):
        if layout.name not in LAYOUTS.values():
            removed += _emptied(_entries([layout]))
            _remove(layout)
    return removed + _shrunk(directory, max_size)


def tidy(directory: Path) -> None:
    """Keep the cache in bounds; what other versions left may be in use yet."""
    _shrunk(directory, MAX_SIZE)


def clear(directory: Path, projects: Collection[str] = ()) -> Amount:
    """Remove everything, or what belongs to these projects."""
    named = {drawer(each) for each in projects}
    removed = Amount()
    for layout in _layouts(directory):
        removed += _emptied(
            each for each in _entries([layout]) if not named or each.project in named
        )
        for place in [layout / each for each in named] or [layout]:
            _remove(place)
    return removed


def verify(directory: Path) -> tuple[int, tuple[Entry, ...]]:
    """Read every entry that this version would use; damaged ones are removed.

    Returns:
        How many were read, and which were damaged.
    """
    entries = _entries(directory / layout for layout in LAYOUTS.values())
    found = [each for each in entries if not _is_unfinished(each.path)]
    damaged = [each for each in found if not _is_whole(each)]
    for each in damaged:
        _remove(each.path)
    return len(found), tuple(damaged)


def _is_unfinished(entry: Path) -> bool:
    """Whether a run was ended before there was anything in it."""
    return entry.is_dir() and all(each.name.startswith(NEW) for each in _below(entry))


def _is_whole(entry: Entry) -> bool:
    try:
        return _CHECKS[entry.kind](entry)
    except (OSError, ValueError):
        return False


def _metadata_is_whole(entry: Entry) -> bool:
    raw = read_own(entry.path)
    return raw is not None and metadata.is_whole(raw)


def _page_is_whole(entry: Entry) -> bool:
    raw = read_own(entry.path)
    return raw is not None and pages.is_whole(raw)


_CHECKS: dict[str, Callable[[Entry], bool]] = {
    "pages": _page_is_whole,
    "metadata": _metadata_is_whole,
    "files": lambda entry: files.is_whole(entry.path),
    "unpacked": lambda entry: unpacked.is_whole(entry.path),
    "built": lambda entry: bool(built.wheel_in(entry.path)),
    "derived": lambda entry: derived.read_entry(entry.path) is not None,
}


def _shrunk(directory: Path, max_size: int) -> Amount:
    """Remove leftovers, and the least recently used until the rest is small enough."""
    for leftover in _leftovers(directory):
        _remove(leftover)
    entries = sorted(_entries(_layouts(directory)), key=lambda each: each.used)
    too_much = sum(each.size for each in entries) - max_size
    going = []
    for each in entries:
        if too_much <= 0:
            break
        going.append(each)
        too_much -= each.size
    return _emptied(going)


def _leftovers(directory: Path) -> Iterator[Path]:
    """What a run that was killed did not finish: it is older than any run."""
    aged = time.time() - _DAY
    for layout in _layouts(directory):
        for depth in ("*", "*/*", "*/*/*"):
            for path in layout.glob(f"{depth[:-1]}{NEW}*"):
                with suppress(OSError):
                    if path.lstat().st_mtime < aged:
                        yield path


def _layouts(directory: Path) -> tuple[Path, ...]:
    return tuple(each for each in _below(directory) if _OF_ANY_VERSION.fullmatch(each.name))


def _entries(layouts: Iterable[Path]) -> Iterator[Entry]:
    for layout in layouts:
        for project in _below(layout):
            for path in _below(project):
                if not path.name.startswith(NEW):
                    with suppress(OSError):
                        yield _entry(layout, project, path)


def _entry(layout: Path, project: Path, path: Path) -> Entry:
    parts = [path, *_below(path)]
    states = [each.lstat() for each in parts]
    kind = layout.name.partition("-")[0]
    size = sum(each.st_size for each in states if not stat.S_ISDIR(each.st_mode))
    if kind == "unpacked":
        size += unpacked.size_of(path)
    return Entry(
        kind=kind,
        project=project.name,
        path=path,
        size=size,
        used=max(each.st_mtime for each in states),
    )


def _below(directory: Path) -> tuple[Path, ...]:
    """What lies in a directory; nothing in what is none, or only links to one."""
    if directory.is_symlink():
        return ()
    try:
        return tuple(sorted(directory.iterdir()))
    except OSError:
        return ()


def _emptied(entries: Iterable[Entry]) -> Amount:
    removed = Amount()
    for each in entries:
        _remove(each.path)
        removed += Amount(entries=1, size=each.size)
        with suppress(OSError):
            each.path.parent.rmdir()
    return removed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        remove(path)
