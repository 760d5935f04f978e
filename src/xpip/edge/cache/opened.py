"""All that is kept between runs, opened for one."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xpip.edge.cache.afterwards import Afterwards
from xpip.edge.cache.files import FileCache
from xpip.edge.cache.places import is_due, is_private
from xpip.edge.cache.turns import Turn

if TYPE_CHECKING:
    from xpip.edge.cache.built import BuiltWheels
    from xpip.edge.cache.metadata import MetadataCache
    from xpip.edge.cache.pages import PageCache
    from xpip.edge.cache.unpacked import UnpackedWheels


class Caches:
    """All that is kept; None of a kind where nothing is.

    Args:
        directory: where; held in place until the run ends.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self._turn = Turn(directory) if directory else None
        self._afterwards = Afterwards()

    @cached_property
    def pages(self) -> PageCache | None:
        """Answers of repositories; written when nobody waits for it."""
        from xpip.edge.cache.pages import PageCache

        return PageCache(self.directory, self._afterwards) if self.directory else None

    @cached_property
    def metadata(self) -> MetadataCache | None:
        """Metadata of files, likewise."""
        from xpip.edge.cache.metadata import MetadataCache

        return MetadataCache(self.directory, self._afterwards) if self.directory else None

    @cached_property
    def files(self) -> FileCache | None:
        """Files, as they were fetched."""
        return FileCache(self.directory) if self.directory else None

    @cached_property
    def unpacked(self) -> UnpackedWheels | None:
        """Wheels, ready to be linked to."""
        from xpip.edge.cache.unpacked import UnpackedWheels

        return UnpackedWheels(self.directory) if self.directory else None

    @cached_property
    def built(self) -> BuiltWheels | None:
        """Wheels built here."""
        from xpip.edge.cache.built import BuiltWheels

        return BuiltWheels(self.directory) if self.directory else None

    def close(self) -> None:
        """The run has ended: keep what is kept in bounds, now and then, if nobody else is here."""
        if self.directory is None or self._turn is None:
            return
        self._afterwards.finish()
        if is_due(self.directory) and self._turn.try_alone():
            from xpip.edge.cache.upkeep import tidy

            tidy(self.directory)
        self._turn.end()


def open_caches(directory: Path | None) -> Caches:
    """What is kept below a directory, if it is this user's own; nothing with None."""
    if directory is None or not is_private(directory):
        return Caches()
    return Caches(directory)
