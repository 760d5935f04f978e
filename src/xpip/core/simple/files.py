"""Rows of a page → releases, sorted by file name alone; each `File` is built when looked at.

A page can list thousands of files of which a run looks at ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from packaging.version import Version

from xpip.core.facts import Misfit, MisfitKind, Release
from xpip.core.filenames import ARCHIVE_SUFFIXES, are_safe, split_filename, split_safe_filename
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.simple.document import Row, UnreadablePage, UnreadRows
from xpip.core.simple.listed_files import LazyFiles, UnreadFiles, dump_rows, join_rows
from xpip.core.simple.sorted_releases import SortedReleases

_Row = TypeVar("_Row")

Sorted = tuple[Sequence[Release], tuple[Misfit, ...]]
"""The releases of a project, and the archives that belong to none."""


def sort_files(rows: Iterable[Row] | UnreadRows, project: NormalizedName, base: str) -> Sorted:
    """Sort the rows of a page.

    Raises:
        UnreadablePage: a row is no file object of PEP 691.
    """
    if isinstance(rows, UnreadRows):
        releases, misfits = _sorted(rows.filenames, rows.raw, project)
        unread = SortedReleases(releases, UnreadFiles, join_rows, base) if releases else ()
        return unread, misfits
    listed = list(rows)
    sorted_rows, misfits = _sorted(list(map(_filename, listed)), listed, project)
    lazy = SortedReleases(sorted_rows, LazyFiles, dump_rows, base) if sorted_rows else ()
    return lazy, misfits


def _sorted(
    filenames: Sequence[str], rows: Sequence[_Row], project: NormalizedName
) -> tuple[list[tuple[Version, str, list[_Row]]], tuple[Misfit, ...]]:
    shelves = _Shelves[_Row](project)
    misfits = shelves.put(filenames, rows)
    releases, no_versions = _by_version(shelves.spelled)
    misfits += [
        Misfit(filename=filename, kind=MisfitKind.FORMAT)
        for filename in (filenames if no_versions else ())
        if shelves.version_of(filename) in no_versions
    ]
    return releases, tuple(misfits)


class _Shelves(Generic[_Row]):
    """Where rows go, by name: with their version, or to the misfits, or nowhere.

    Attributes:
        spelled: the rows of each version, as the names spell it.
    """

    def __init__(self, project: NormalizedName) -> None:
        self.spelled: dict[str, list[_Row]] = {}
        self._project = project
        self._names: dict[str, bool] = {}

    def put(self, filenames: Sequence[str], rows: Sequence[_Row]) -> list[Misfit]:
        """Put the rows of these names where they belong; those that belong nowhere come back."""
        misfits = []
        of_stem: dict[str, list[_Row]] = {}
        are_all_safe = are_safe(filenames)
        split = split_safe_filename if are_all_safe else split_filename
        for filename, row in zip(filenames, rows, strict=True):
            # The wheels of a release, dozens at times, have all but their tags in common.
            stem = filename.rsplit("-", 3)[0] if filename.endswith(".whl") else filename
            shelf: list[_Row] | MisfitKind | None = of_stem.get(stem)
            if shelf is None:
                shelf = self._find(filename, split)
                if isinstance(shelf, list) and are_all_safe:
                    of_stem[stem] = shelf
            if isinstance(shelf, list):
                shelf.append(row)
            elif shelf is not None:
                misfits.append(Misfit(filename=filename, kind=shelf))
        return misfits

    def _find(
        self, filename: str, split: Callable[[str], tuple[str, str] | None]
    ) -> list[_Row] | MisfitKind | None:
        named = split(filename)
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
) -> tuple[list[tuple[Version, str, list[_Row]]], frozenset[str]]:
    """The rows of each version, newest first, and the spellings that are none."""
    found: list[tuple[Version, str, list[_Row]]] = []
    no_versions = []
    for text, rows in spelled.items():
        try:
            found.append((Version(text), text, rows))
        except ValueError:  # InvalidVersion, or a number that Python refuses for its length.
            no_versions.append(text)
    found.sort(key=itemgetter(0), reverse=True)
    releases = found[:1]
    for version, text, rows in found[1:]:
        # 1.0 and 1.0.0 are spelled differently and are one version.
        if version == releases[-1][0]:
            releases[-1] = (*releases[-1][:2], releases[-1][2] + rows)
        else:
            releases.append((version, text, rows))
    return releases, frozenset(no_versions)


def _filename(row: Row) -> str:
    if not isinstance(row, dict):
        raise UnreadablePage("an entry of files is not an object")
    filename, url, hashes = row.get("filename"), row.get("url"), row.get("hashes", {})
    if not (isinstance(filename, str) and isinstance(url, str) and isinstance(hashes, dict)):
        raise UnreadablePage(f"an entry of files lacks filename, url or hashes: {filename!r}")
    return filename
