"""All that is kept between runs, opened for one."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from xpip.core.values import dataclass
from xpip.edge.cache.afterwards import Afterwards
from xpip.edge.cache.built import BuiltWheels
from xpip.edge.cache.files import FileCache
from xpip.edge.cache.metadata import MetadataCache
from xpip.edge.cache.pages import PageCache
from xpip.edge.cache.places import is_due, is_private
from xpip.edge.cache.turns import Turn
from xpip.edge.cache.unpacked import UnpackedWheels


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """All that is kept; None of a kind where nothing is.

    Attributes:
        turn: keeps all of it in place until the run ends.
        afterwards: writes what nobody waits for.
    """

    directory: Path | None = None
    turn: Turn | None = None
    afterwards: Afterwards = field(default_factory=Afterwards)

    pages: PageCache | None = None
    metadata: MetadataCache | None = None
    files: FileCache | None = None
    unpacked: UnpackedWheels | None = None
    built: BuiltWheels | None = None

    def close(self) -> None:
        """The run has ended: keep what is kept in bounds, now and then, if nobody else is here."""
        if self.directory is None or self.turn is None:
            return
        self.afterwards.finish()
        if is_due(self.directory) and self.turn.try_alone():
            from xpip.edge.cache.upkeep import tidy

            tidy(self.directory)
        self.turn.end()


def open_caches(directory: Path | None) -> Caches:
    """What is kept below a directory, if it is this user's own; nothing with None."""
    if directory is None or not is_private(directory):
        return Caches()
    afterwards = Afterwards()
    return Caches(
        directory=directory,
        turn=Turn(directory),
        afterwards=afterwards,
        pages=PageCache(directory, afterwards),
        metadata=MetadataCache(directory, afterwards),
        files=FileCache(directory),
        unpacked=UnpackedWheels(directory),
        built=BuiltWheels(directory),
    )
