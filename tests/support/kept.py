"""A cache to look into, and to damage."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from packaging.version import Version

from xpip.core.facts import File, PageRequest
from xpip.core.simple.stored import DumpedPage
from xpip.edge.cache.pages import PageCache, StoredAnswer
from xpip.edge.cache.places import LOCK, STAMP
from xpip.edge.repositories.kept_pages import KeptPages

NOW = 1_800_000_000.0
"""A moment that pages are kept at."""


def kept_pages(directory: Path, now: float = NOW, **options: object) -> KeptPages:
    """The pages kept below a directory, as a run at this moment sees them."""
    return KeptPages(PageCache(directory), now=now, **options)  # type: ignore[arg-type]


def find_kept(cache: PageCache, asked: PageRequest) -> StoredAnswer | None:
    """What is kept, of which nothing is damaged that is looked at."""
    return cache.find(asked, nobody)


def nobody(version: Version) -> Sequence[File]:
    """There is nobody to be asked again."""
    raise AssertionError(f"the files of {version} are damaged")


def sealed_entry(said: bytes, rows: bytes = b"") -> bytes:
    """Any bytes as the entry of a page, with a digest that holds."""
    foot = said + len(said).to_bytes(8)
    return rows + foot + sha256(foot).digest()


class HeldRows:
    """The rows of a dumped page, in memory.

    Attributes:
        raw: all of them; may be damaged.
        asked_anew: versions of which they turned out to be.
    """

    def __init__(self, dumped: DumpedPage) -> None:
        self.raw = b"".join(dumped.rows)
        self.asked_anew: list[Version] = []

    @property
    def size(self) -> int:
        return len(self.raw)

    def read(self, start: int, end: int) -> bytes:
        return self.raw[start:end]

    def anew(self, version: Version) -> Sequence[File]:
        self.asked_anew.append(version)
        return ()


def entries(directory: Path) -> list[Path]:
    """Every file that is kept, for whatever kind."""
    return sorted(
        each for each in directory.rglob("*") if each.is_file() and each.name not in {LOCK, STAMP}
    )


def only_entry(directory: Path) -> Path:
    """The one file that is kept."""
    (found,) = entries(directory)
    return found


def damages(raw: bytes) -> Iterator[bytes]:
    """The same bytes with one of them changed, at each of many places; and too few or many."""
    for place in range(0, len(raw), max(1, len(raw) // 97)):
        yield raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
    yield raw[:-1]
    yield raw + b"\0"
    yield b""


def age(path: Path, *, days: float) -> None:
    """Let a file, or a directory with all in it, not have been of use for so long."""
    then = time.time() - days * 86400
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        os.utime(each, (then, then))
