"""Rows of a page → releases, sorted by file name alone; each `File` is built when looked at.

A page can list thousands of files of which a run looks at ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, overload

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.facts import File, ListedReleases, Misfit, MisfitKind, Release
from xpip.core.filenames import ARCHIVE_SUFFIXES, is_unsafe, split_filename
from xpip.core.simple.document import Row, UnreadablePage, UnreadRows
from xpip.core.simple.listed_files import LazyFiles, UnreadFiles

_Row = TypeVar("_Row")

Sorted = tuple[Sequence[Release], tuple[Misfit, ...]]
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
    files = {version: make(releases[version]) for version in sorted(releases, reverse=True)}
    return (SortedReleases(files) if files else ()), tuple(misfits)


class SortedReleases(ListedReleases):
    """The releases of a page that was just read.

    Args:
        files: of each version, newest first.
    """

    __slots__ = ("_files", "file_count", "versions")

    def __init__(self, files: Mapping[Version, Sequence[File]]) -> None:
        self._files = files
        self.versions = tuple(files)
        self.file_count = sum(map(len, files.values()))

    def files_of(self, version: Version) -> Sequence[File]:
        """The files of one version."""
        return self._files.get(version, ())

    def __len__(self) -> int:
        return len(self.versions)

    @overload
    def __getitem__(self, index: int) -> Release: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Release]: ...
    def __getitem__(self, index: int | slice) -> Release | Sequence[Release]:
        if isinstance(index, slice):
            return tuple(map(self._release, self.versions[index]))
        return self._release(self.versions[index])

    def _release(self, version: Version) -> Release:
        return Release(version=version, files=self._files[version])


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
