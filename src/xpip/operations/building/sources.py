"""What the repository client asks of builds, and commands of wheels and places.

Most runs build nothing: what does is imported and made for the first that has to be built, or that
lies at a place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xpip.core.decisions import Candidate
from xpip.core.direct_requests import DirectRequest
from xpip.core.reporting.records import direct_url_of

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from xpip.core.facts import Hash, MetadataAnswer, Unavailable, Unbuilt
    from xpip.core.reporting.notices import Notice
    from xpip.edge.building.backend import ConfigSettings
    from xpip.edge.repositories.fetching import FetchedFile
    from xpip.operations.asking import World
    from xpip.operations.building.making import Making


class Sources:
    """What can be built, or lies at places.

    Args:
        world: fetches.
        make: opens where all is built.
    """

    def __init__(self, world: World, make: Callable[[], Making]) -> None:
        self._world = world
        self._make = make
        self._is_open = False

    @cached_property
    def _making(self) -> Making:
        self._is_open = True
        return self._make()

    def close(self) -> None:
        """Remove what was only made to build."""
        if self._is_open:
            self._making.close()

    # What a resolver asks

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The metadata of the wheel that sources become."""
        return self._making.metadata(candidate)

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names (PEP 508)."""
        return self._making.direct(project, url)

    # What the user names

    def candidate(
        self,
        request: DirectRequest,
        *,
        rule: str,
        known: frozenset[Hash] | None = None,
        config_settings: ConfigSettings | None = None,
    ) -> Candidate:
        """What lies at a place; see `Places.candidate`."""
        return self._making.places.candidate(
            request, rule=rule, known=known, config_settings=config_settings
        )

    def direct_url(self, candidate: Candidate) -> Mapping[str, Any]:
        """What `direct_url.json` says of a direct reference (PEP 610)."""
        return direct_url_of(candidate)

    def is_built(self, candidate: Candidate) -> bool:
        """Whether its backend was asked, because nothing that is written says what it needs."""
        return self._is_open and self._making.is_built(candidate)

    def notices(self) -> tuple[Notice, ...]:
        """What should be said of the builds so far."""
        return self._making.notices() if self._is_open else ()

    # What installs, or keeps

    def wheels_of(
        self, candidates: Collection[Candidate], *, unpacked: bool = False, whole: bool = True
    ) -> tuple[FetchedFile, ...]:
        """The wheels of all of them, fetched or built.

        Args:
            unpacked: whether their trees are wanted, where they are kept.
            whole: whether what their METADATA requires is looked at, too.

        Raises:
            XpipError: one of them could not be had, or built, or was not what its page says.
        """
        return self._world.wheels_of(candidates, unpacked=unpacked, whole=whole)

    def files_of(self, candidates: Collection[Candidate]) -> tuple[FetchedFile, ...]:
        """The files of them as they are offered, not built; source trees have none.

        Raises:
            XpipError: one of them could not be had, or was not what its page says.
        """
        if self._is_open:
            return self._making.files_of(candidates)
        return self._world.fetcher.fetch_all(candidates)

    def wheel(self, candidate: Candidate) -> FetchedFile:
        """The wheel of sources, or of a place.

        Raises:
            XpipError: it cannot be built.
        """
        return self._making.wheel(candidate)
