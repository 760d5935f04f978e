"""An answer of a repository as bytes of a file, of which little has to be read.

    rows of each release, oldest first │ what was said, JSON │ its length, 8 bytes │ its digest, 32

From the end: what all runs look at, and the newest releases, are read at once; and what is said
anew of an answer that still holds leaves the rows where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, encode
from msgspec.structs import replace
from packaging.version import Version

from xpip.core.facts import File
from xpip.edge.cache.places import change_end, read_end, read_part

Anew = Callable[[Version], Sequence[File]]
"""The files of a release, asked for again; raises `XpipError` where they cannot be had."""

_NUMBER, _DIGEST = 8, 32
_FOOT = _NUMBER + _DIGEST
_ROOM = 32
"""Bytes, for numbers that are longer when what was said is said anew."""
_AT_ONCE = 1 << 15
"""Bytes: what most pages say, and the files of their newest releases."""


class Said(Struct, frozen=True):
    """What a repository said, but for the rows of its page.

    Attributes:
        page: its head; `null` where there is no page.
    """

    status: int
    url: str
    fetched_at: float
    max_age: int
    validators: dict[str, str]
    page: Raw


_SAID = Decoder(Said)


class Entry(Struct, frozen=True, kw_only=True):
    """What was said, and its rows, of which some are read."""

    said: Said
    rows: KeptRows


class KeptRows:
    """The rows of a page, read as they are looked at; implements `core.simple.stored.Rows`.

    Args:
        place: the file.
        size: bytes of all of them.
        known: the last of them.
        anew: asks again for what is damaged.
    """

    def __init__(self, place: Path | None, size: int, known: bytes, anew: Anew) -> None:
        self.size = size
        self.anew = anew
        self._place = place
        self._start = size - len(known)
        self._known = known

    def read(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        if not self._start <= start <= end <= self._start + len(self._known):
            self._look_at(start, end)
        return self._known[start - self._start : end - self._start]

    def _look_at(self, start: int, end: int) -> None:
        # Whoever looks at one release may look at older ones: they come before it.
        self._start = max(0, min(start, end - _AT_ONCE))
        self._known = read_part(self._place, self._start, end) if self._place else b""


def write_entry(said: Said, rows: Sequence[bytes]) -> list[bytes]:
    """The parts of an entry, in their order."""
    text = encode(said)
    return [*rows, _sealed(text.ljust(len(text) + _ROOM))]


def _sealed(text: bytes) -> bytes:
    counted = text + len(text).to_bytes(_NUMBER)
    return counted + sha256(counted).digest()


def find_entry(place: Path, anew: Anew) -> Entry | None:
    """What was written there once, if these bytes are that."""
    found = _end_of(place)
    return _entry(place, *found, anew) if found is not None else None


def _end_of(place: Path) -> tuple[bytes, int] | None:
    """The last bytes of a file, all that was said among them, and how many it has."""
    found = read_end(place, _AT_ONCE)
    if found is not None and len(found[0]) < (length := _length(found[0])) <= found[1]:
        return read_end(place, length)
    return found


def read_entry(raw: bytes, anew: Anew) -> Entry | None:
    """What these bytes are, if they are all of an entry."""
    return _entry(None, raw, len(raw), anew)


def renew_entry(place: Path, *, fetched_at: float, max_age: int) -> None:
    """Let what was written there once hold from another time on; no row of it is touched."""
    found = _end_of(place)
    said = _said(found[0]) if found is not None else None
    if found is None or said is None:
        return
    end, size = found
    room = _length(end) - _FOOT
    text = encode(replace(said, fetched_at=fetched_at, max_age=max_age)).ljust(room)
    if len(text) == room:
        with suppress(OSError):
            change_end(place, size - room - _FOOT, size, _sealed(text))


def _entry(place: Path | None, end: bytes, size: int, anew: Anew) -> Entry | None:
    said = _said(end)
    if said is None:
        return None
    length = _length(end)
    return Entry(said=said, rows=KeptRows(place, size - length, end[: len(end) - length], anew))


def _length(end: bytes) -> int:
    """Bytes of all that follows the rows."""
    return int.from_bytes(end[-_FOOT:-_DIGEST]) + _FOOT


def _said(end: bytes) -> Said | None:
    length = _length(end)
    if len(end) < length:
        return None
    sealed = memoryview(end)[len(end) - length : -_DIGEST]
    if sha256(sealed).digest() != end[-_DIGEST:]:
        return None
    try:
        return _SAID.decode(sealed[:-_NUMBER])
    except (DecodeError, ValueError, RecursionError):
        return None
