"""Releases in their order, each found by its version; what their files are made of is another's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload

from packaging.version import Version

from xpip.core.facts import File, ListedReleases, Release
from xpip.core.listed_versions import ListedVersions


class OrderedReleases(ListedReleases):
    """The releases of a page, newest first, of which few are looked at."""

    __slots__ = ("file_count", "versions")
    versions: ListedVersions

    @abstractmethod
    def files_at(self, place: int) -> Sequence[File]:
        """The files of the release at a place in the order."""

    def files_of(self, version: Version) -> Sequence[File]:
        """The files of one version; none where it is not there."""
        place = self.versions.place_of(version)
        return () if place is None else self.files_at(place)

    def __len__(self) -> int:
        return len(self.versions)

    @overload
    def __getitem__(self, index: int) -> Release: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Release]: ...
    def __getitem__(self, index: int | slice) -> Release | Sequence[Release]:
        places = range(len(self))
        if isinstance(index, slice):
            return tuple(map(self._release, places[index]))
        return self._release(places[index])

    def _release(self, place: int) -> Release:
        return Release(version=self.versions[place], files=self.files_at(place))
