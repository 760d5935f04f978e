"""The releases of a page that was just read: their rows lie in memory until they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from packaging.version import Version

from xpip.core.facts import File, ListedReleases
from xpip.core.listed_versions import ListedVersions
from xpip.core.simple.ordered_releases import OrderedReleases

_Row = TypeVar("_Row")


class SortedReleases(OrderedReleases):
    """Releases, newest first.

    Args:
        rows: of each version, which is parsed and as it is spelled.
        make: makes files of them.
        dump: makes JSON of them.
        base: where their URLs start from.
    """

    __slots__ = ("_dump", "_files", "_kept", "_make", "_rows", "base")

    def __init__(
        self,
        rows: Sequence[tuple[Version, str, Sequence[_Row]]],
        make: Callable[[Sequence[_Row], str], Sequence[File]],
        dump: Callable[[Sequence[_Row]], bytes],
        base: str,
    ) -> None:
        self.base = base
        self.versions = ListedVersions.made([version for version, _, _ in rows])
        self.file_count = sum(len(each) for _, _, each in rows)
        self._rows: Sequence[tuple[Version, str, Sequence[Any]]] | None = rows
        self._make: Callable[[Sequence[Any], str], Sequence[File]] = make
        self._dump: Callable[[Sequence[Any]], bytes] = dump
        self._files: dict[int, Sequence[File]] = {}
        self._kept: ListedReleases = self

    def dumped(self) -> Iterator[tuple[str, int, bytes]]:
        """Every version, as it is spelled, with its rows, unless they are no longer here."""
        for _, text, rows in self._rows or ():
            yield text, len(rows), self._dump(rows)

    def leave_to(self, kept: ListedReleases) -> None:
        """They have been kept: what nobody has looked at yet need not lie in memory, too."""
        self._kept = kept
        self._rows = None

    def files_at(self, place: int) -> Sequence[File]:
        """The files of the release at a place in the order."""
        if place not in self._files:
            rows = self._rows
            self._files[place] = (
                self._kept.files_of(self.versions[place])
                if rows is None
                else self._make(rows[place][2], self.base)
            )
        return self._files[place]
