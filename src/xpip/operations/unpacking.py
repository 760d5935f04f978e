"""Wheels that are to be installed: unpacked once for all environments, and how they get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from xpip.core.decisions import Candidate
from xpip.edge.installation.linking import LinkMode
from xpip.errors import Reason, UsageError
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.core.unpacked import WheelTree
    from xpip.edge.cache.unpacked import UnpackedWheels
    from xpip.edge.installation.helping import Unpackers
    from xpip.edge.repositories.fetched_file import FetchedFile


def chosen_link_mode(told: str | None, environ: Mapping[str, str]) -> LinkMode:
    """How files get out of the cache: as told, else as XPIP_LINK_MODE says, else by hard links.

    Raises:
        UsageError: the variable says something else.
    """
    said = told or environ.get("XPIP_LINK_MODE") or LinkMode.HARDLINK
    try:
        return LinkMode(said)
    except ValueError:
        raise UsageError(
            f"XPIP_LINK_MODE is {said}",
            reference=Reason.USAGE,
            hint=f"It may be {', '.join(LinkMode)}.",
        ) from None


class Trees:
    """Trees of wheels, found or made; where one cannot be kept there is none.

    Args:
        kept: finds and keeps them.
        around: where the run takes place.
        whole: whether what their METADATA requires is of use: one that cannot tell is none.
    """

    def __init__(self, kept: UnpackedWheels, around: Surroundings, *, whole: bool) -> None:
        self._kept = kept
        self._whole = whole
        self._around = around
        self._unpackers: Unpackers | None = None

    def expect(self, sizes: Sequence[int]) -> None:
        """Get ready for wheels of so many bytes each."""
        # Where all trees are found, nobody is needed.
        from xpip.edge.installation.helping import Unpackers

        self._unpackers = Unpackers()
        self._unpackers.start(sizes)

    def close(self) -> None:
        """Nothing more is to be unpacked."""
        if self._unpackers is not None:
            self._unpackers.close()

    def find(self, candidate: Candidate, sha256: str) -> WheelTree | None:
        """The tree of a wheel with this digest, if it is kept."""
        found = self._kept.find(candidate, sha256)
        return None if found and self._whole and found.wheel.metadata is None else found

    def with_tree(self, fetched: FetchedFile) -> FetchedFile:
        """The same wheel, unpacked as well.

        Raises:
            InstallationError: `wheel-invalid`, or `disk` where it cannot be read.
        """
        candidate = fetched.candidate
        assert self._unpackers is not None  # what is here was expected
        with self._unpackers.turn() as unpacker, self._around.beside("unpacking"):
            tree = self.find(candidate, fetched.sha256) or self._kept.keep(
                candidate,
                fetched.sha256,
                lambda into: unpacker.unpack(
                    fetched.path, candidate.project, candidate.version, into
                ),
            )
        return replace(fetched, tree=tree)
