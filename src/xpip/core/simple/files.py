"""Rows of a page → releases, sorted by file name alone; each `File` is built when looked at.

A page can list thousands of files of which a run looks at ten. Rows keep PEP 691's keys, and those
of JSON pages stay the text that they are until somebody looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, overload

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.facts import File, ListedFiles, Misfit, MisfitKind, Release
from xpip.core.filenames import ARCHIVE_SUFFIXES, is_unsafe, split_filename
from xpip.core.simple.document import Row, UnreadablePage, UnreadRows
from xpip.core.simple.rows import read_file, write_file

_Row = TypeVar("_Row")
_ALL = slice(None)

Sorted = tuple[tuple[Release, ...], tuple[Misfit, ...]]
"""The releases of a project, and the archives that belong to none."""


def sort_files(rows: Iterable[Row] | UnreadRows, project: NormalizedName, base: str) -> Sorted:
    """Sort the rows of a page.

    Raises:
        UnreadablePage: a row is no file object of PEP 691.
    """
    if isinstance(rows, UnreadRows):
        return _sorted(
            rows.filenames,
            rows.raw,
            project,
            lambda raw: UnreadFiles(b"[%b]" % b",".join(raw), len(raw), base),
        )
    listed = list(rows)
    filenames = list(map(_filename, listed))
    return _sorted(filenames, listed, project, lambda rows: LazyFiles(rows, base))


def _sorted(
    filenames: Sequence[str],
    rows: Sequence[_Row],
    project: NormalizedName,
    make: Callable[[Sequence[_Row]], Sequence[File]],
) -> Sorted:
    shelves = _Shelves[_Row](filenames, project)
    misfits: list[Misfit] = []
    for filename, row in zip(filenames, rows, strict=True):
        shelf = shelves.of(filename)
        if isinstance(shelf, list):
            shelf.append(row)
        elif shelf is not None:
            misfits.append(Misfit(filename=filename, kind=shelf))
    releases, no_versions = _by_version(shelves.spelled)
    misfits += [
        Misfit(filename=filename, kind=MisfitKind.FORMAT)
        for filename in (filenames if no_versions else ())
        if shelves.version_of(filename) in no_versions
    ]
    return (
        tuple(Release(version=version, files=make(rows)) for version, rows in releases.items()),
        tuple(misfits),
    )


class _Shelves(dict[str, list[_Row] | MisfitKind | None]):
    """Where files go, by name: with their version, or to the misfits, or nowhere."""

    def __init__(self, filenames: Sequence[str], project: NormalizedName) -> None:
        super().__init__()
        self.spelled: dict[str, list[_Row]] = {}
        self._project = project
        self._names: dict[str, bool] = {}
        self._are_plain = not any(map(is_unsafe, filenames))

    def of(self, filename: str) -> list[_Row] | MisfitKind | None:
        """The shelf of one file."""
        if not (self._are_plain and filename.endswith(".whl")):
            return self._find(filename)
        # The wheels of a release, dozens at times, have all but their tags in common.
        stem = filename.rsplit("-", 3)[0]
        if stem not in self:
            self[stem] = self._find(filename)
        return self[stem]

    def _find(self, filename: str) -> list[_Row] | MisfitKind | None:
        named = split_filename(filename)
        if named is None:
            return MisfitKind.FORMAT if filename.endswith(ARCHIVE_SUFFIXES) else None
        name, version = named
        if name not in self._names:
            self._names[name] = canonicalize_name(name) == self._project
        return self.spelled.setdefault(version, []) if self._names[name] else MisfitKind.NAME

    def version_of(self, filename: str) -> str | None:
        """The version of a file of the project, as it is spelled."""
        name, version = split_filename(filename) or ("", "")
        return version if self._names.get(name) else None


def _by_version(
    spelled: Mapping[str, list[_Row]],
) -> tuple[Mapping[Version, list[_Row]], frozenset[str]]:
    """The rows of each version, and the spellings that are none."""
    releases: dict[Version, list[_Row]] = {}
    no_versions = []
    for text, rows in spelled.items():
        try:
            version = Version(text)
        except ValueError:  # InvalidVersion, or a number that Python refuses for its length.
            no_versions.append(text)
            continue
        # 1.0 and 1.0.0 are spelled differently and are one version.
        releases[version] = releases[version] + rows if version in releases else rows
    return releases, frozenset(no_versions)


def _filename(row: Row) -> str:
    if not isinstance(row, dict):
        raise UnreadablePage("an entry of files is not an object")
    filename, url, hashes = row.get("filename"), row.get("url"), row.get("hashes", {})
    if not (isinstance(filename, str) and isinstance(url, str) and isinstance(hashes, dict)):
        raise UnreadablePage(f"an entry of files lacks filename, url or hashes: {filename!r}")
    return filename


class LazyFiles(ListedFiles):
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
        return json.dumps(self._rows, separators=(",", ":")).encode(), self._base


class UnreadFiles(ListedFiles):
    """The files of a release, of which nothing is read before one is looked at.

    Where they are not the rows that were counted, the release has no file to choose, and they
    still count as a claim to the name.

    Args:
        raw: holds their rows, a JSON array.
        place: where in it.
    """

    __slots__ = ("_base", "_count", "_place", "_raw", "_rows")

    def __init__(self, raw: bytes, count: int, base: str, place: slice = _ALL) -> None:
        self._raw = raw
        self._place = place
        self._count = count
        self._base = base
        self._rows: Sequence[Row] | None = None

    def filenames(self) -> Sequence[str]:
        """Their names; no file is built for them."""
        return [row["filename"] for row in self._read()]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        return LazyFiles(self._read(), self._base)[index]

    def __iter__(self) -> Iterator[File]:
        return iter(LazyFiles(self._read(), self._base))

    def dump(self) -> tuple[bytes, str]:
        """Their rows as JSON, and where their URLs start from."""
        return self._raw[self._place], self._base

    def _read(self) -> Sequence[Row]:
        if self._rows is None:
            self._rows = _rows(self._raw[self._place], self._count)
        return self._rows


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
    if isinstance(files, LazyFiles | UnreadFiles):
        return files.dump()
    return LazyFiles([write_file(file) for file in files], base).dump()
