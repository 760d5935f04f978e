"""The versions of a project, newest first, each parsed when it is looked at.

A project can have thousands of them, of which a run looks at a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from packaging.version import Version


class ListedVersions(Sequence[Version]):
    """Versions in order, each only once.

    Args:
        texts: as they are written, newest first; all of them are versions (PEP 440).
    """

    __slots__ = ("_made", "_places", "_texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._made: list[Version | None] = [None] * len(texts)
        self._places = range(len(texts))

    @classmethod
    def made(cls, versions: Sequence[Version]) -> ListedVersions:
        """Versions that are parsed already, newest first."""
        listed = cls(())
        listed._made, listed._places = list(versions), range(len(versions))
        return listed

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Version: ...
    @overload
    def __getitem__(self, index: slice) -> ListedVersions: ...
    def __getitem__(self, index: int | slice) -> Version | ListedVersions:
        if not isinstance(index, slice):
            # Whoever searches for a bound comes here a dozen times.
            made = self._made[self._places[index]]
            return self._at(self._places[index]) if made is None else made
        part = ListedVersions(())
        part._texts, part._made, part._places = self._texts, self._made, self._places[index]
        return part

    def __iter__(self) -> Iterator[Version]:
        return map(self._at, self._places)

    def __contains__(self, version: object) -> bool:
        return isinstance(version, Version) and self.place_of(version) is not None

    def place_of(self, version: Version) -> int | None:
        """Where in the order a version stands, however it is written; None if it does not."""
        places = self._places
        low, high = 0, len(places)
        while low < high:
            middle = (low + high) // 2
            other = self._made[places[middle]] or self._at(places[middle])
            if other is version:
                return middle
            if version < other:
                low = middle + 1
            else:
                high = middle
        return low if low < len(places) and self[low] == version else None

    def _at(self, place: int) -> Version:
        made = self._made[place]
        if made is None:
            made = self._made[place] = Version(self._texts[place])
        return made
