"""The files of one release as a page lists them: rows, of which each file is built when looked at.

Rows keep PEP 691's keys, and those of JSON pages stay the text that they are until somebody looks.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import overload

from msgspec import Raw

from xpip.core.facts import File, ListedFiles, filenames_of
from xpip.core.simple.document import Row
from xpip.core.simple.rows import StandardRow, read_file, read_row, standard_rows, write_file


class RowFiles(ListedFiles):
    """The files of a release that are made of rows."""

    __slots__ = ()

    @abstractmethod
    def dump(self) -> tuple[bytes, str]:
        """Their rows as JSON, and where their URLs start from."""


class LazyFiles(RowFiles):
    """The files of a release, each built when it is looked at."""

    __slots__ = ("_base", "_rows")

    def __init__(self, rows: Sequence[Row], base: str) -> None:
        self._rows = rows
        self._base = base

    def filenames(self) -> Sequence[str]:
        """Their names; no file is built for them."""
        return [row["filename"] for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        if isinstance(index, slice):
            return LazyFiles(self._rows[index], self._base)
        return read_file(self._rows[index], self._base)

    def __iter__(self) -> Iterator[File]:
        return (read_file(row, self._base) for row in self._rows)

    def dump(self) -> tuple[bytes, str]:
        """Their rows as JSON, and where their URLs start from."""
        return dump_rows(self._rows), self._base


def dump_rows(rows: Sequence[Row]) -> bytes:
    """Rows as a JSON array."""
    return json.dumps(rows, separators=(",", ":")).encode()


def join_rows(raw: Sequence[Raw]) -> bytes:
    """Rows that are JSON each as an array of them."""
    return b"[%b]" % b",".join(raw)


class FilesWhenRead(ListedFiles):
    """The files of a release, of which nothing is read before one is looked at."""

    __slots__ = ("_count", "_read")

    def __init__(self, count: int) -> None:
        self._count = count
        self._read: Sequence[File] | None = None

    @abstractmethod
    def read(self) -> Sequence[File]:
        """The files; called once."""

    def filenames(self) -> Sequence[str]:
        """Their names; no file is built for them."""
        return filenames_of(self._files())

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        return self._files()[index]

    def __iter__(self) -> Iterator[File]:
        return iter(self._files())

    def _files(self) -> Sequence[File]:
        if self._read is None:
            self._read = self.read()
        return self._read


class UnreadFiles(FilesWhenRead, RowFiles):
    """The files of a release, as text.

    Args:
        raw: their rows, JSON each.
    """

    __slots__ = ("_base", "_raw")

    def __init__(self, raw: Sequence[Raw], base: str) -> None:
        super().__init__(len(raw))
        self._raw: Sequence[Raw] | bytes = raw
        self._base = base

    def read(self) -> Sequence[File]:
        """The files that these rows are."""
        # Each `Raw` keeps all of the response that it is a part of.
        self._raw, _ = self.dump()
        return read_files(self._raw, self._count, self._base)

    def dump(self) -> tuple[bytes, str]:
        """Their rows as JSON, and where their URLs start from."""
        raw = self._raw
        return raw if isinstance(raw, bytes) else join_rows(raw), self._base


class _StandardFiles(ListedFiles):
    """The files of a release whose rows have been read; each is built once."""

    __slots__ = ("_base", "_made", "_rows")

    def __init__(self, rows: Sequence[StandardRow], base: str) -> None:
        self._rows = rows
        self._base = base
        self._made: list[File | None] = [None] * len(rows)

    def filenames(self) -> Sequence[str]:
        """Their names; no file is built for them."""
        return [row.filename for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        places = range(len(self._rows))[index]
        return tuple(map(self._at, places)) if isinstance(places, range) else self._at(places)

    def __iter__(self) -> Iterator[File]:
        return map(self._at, range(len(self._rows)))

    def _at(self, place: int) -> File:
        made = self._made[place]
        if made is None:
            made = self._made[place] = read_row(self._rows[place], self._base)
        return made


def read_files(raw: bytes, count: int, base: str) -> Sequence[File]:
    """The files that some text is the rows of.

    Where they are not the rows that were counted, the release has no file to choose, and they
    still count as a claim to the name.
    """
    rows = standard_rows(raw)
    if rows is None:
        return LazyFiles(_rows(raw, count), base)
    return _StandardFiles(rows, base) if len(rows) == count else ()


def _rows(raw: bytes, count: int) -> Sequence[Row]:
    try:
        rows = json.loads(raw)
    except (ValueError, RecursionError):
        return ()
    whole = isinstance(rows, list) and len(rows) == count and all(map(_is_row, rows))
    return rows if whole else ()


def _is_row(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    return isinstance(row.get("filename"), str) and isinstance(row.get("url"), str)


def dump_files(files: Sequence[File], base: str) -> tuple[bytes, str]:
    """Files as the JSON of their rows, and where their URLs start from; `base` where unknown."""
    if isinstance(files, RowFiles):
        return files.dump()
    return LazyFiles([write_file(file) for file in files], base).dump()
