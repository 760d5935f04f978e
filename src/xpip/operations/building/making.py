"""Source distributions of repositories, and places → metadata and wheels: all that is built.

Imported where something is to be built, or lies at a place: it brings in all that builds.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.direct_references import Malformed, parse_direct
from xpip.core.facts import (
    CoreMetadata,
    InvalidMetadata,
    MetadataAnswer,
    Unavailable,
    Unbuilt,
)
from xpip.core.metadata import parse_candidate_metadata
from xpip.core.reporting.notices import Notice, unhashed_builds
from xpip.edge.building.backend import Asked
from xpip.edge.building.metadata import sdist_metadata
from xpip.edge.building.unpacking import Limits, unpack_sdist
from xpip.edge.cache.built import Recipe
from xpip.edge.repositories.fetching import FetchedFile
from xpip.edge.repositories.wheel_metadata import read_local
from xpip.errors import Reason, UsageError, XpipError
from xpip.operations.asking import World
from xpip.operations.building.builds import Build
from xpip.operations.building.places import Places
from xpip.operations.building.shop import Workshop

_LIMITS = Limits()


class Making:
    """What is built in one run, and what was found at places."""

    def __init__(self, world: World, workshop: Workshop) -> None:
        self._world = world
        self._workshop = workshop
        self.places = Places(world, workshop)
        self._builds: dict[Candidate, Build] = {}

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The metadata of the wheel that sources become."""
        if candidate in self.places:
            return self.places.metadata(candidate)
        if not candidate.origin.ruling.admits:
            # No file of a refused project is fetched whole, or built.
            return CoreMetadata(name=candidate.project, version=candidate.version)
        try:
            return self._of_sdist(candidate)
        except XpipError as error:
            return Unbuilt(error=error)

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names (PEP 508)."""
        try:
            request = parse_direct(f"{project} @ {url}", directory="/")
            return self.places.candidate(request, rule="named by metadata, and allowed by you")
        except Malformed as malformed:
            problem = UsageError(
                f"{project} is asked for from a place that is none: {malformed.problem}",
                reference=Reason.REQUIREMENTS_INVALID,
                hint=malformed.hint,
            )
            return Unbuilt(error=problem)
        except XpipError as error:
            return Unbuilt(error=error)

    def is_built(self, candidate: Candidate) -> bool:
        """Whether its backend was asked, because nothing that is written says what it needs."""
        return candidate in self._builds

    def notices(self) -> tuple[Notice, ...]:
        """What should be said of the builds so far."""
        return unhashed_builds(self._workshop.unhashed)

    def files_of(self, candidates: Collection[Candidate]) -> tuple[FetchedFile, ...]:
        """The files of them as they are offered, not built; source trees have none."""
        named = [each for each in candidates if each not in self.places]
        placed = [self.places.file(each) for each in candidates if each in self.places]
        return (*self._world.fetcher.fetch_all(named), *(each for each in placed if each))

    def close(self) -> None:
        """Remove what was only made to build."""
        self._workshop.close()

    def wheel(self, candidate: Candidate) -> FetchedFile:
        """The wheel of sources, or of a place.

        Raises:
            XpipError: it cannot be built.
        """
        if candidate in self.places:
            return self.places.wheel(candidate)
        archive = self._world.fetcher.fetch(candidate)
        kept = self._built_before(candidate, archive)
        if kept is not None:
            return replace(archive, path=kept)
        wheel = self._build(candidate, archive).wheel
        recipe, built = self._recipe(candidate, archive), self._world.caches.built
        if recipe is not None and built is not None:
            built.keep(recipe, wheel)
        return replace(archive, path=wheel)

    def _of_sdist(self, candidate: Candidate) -> CoreMetadata | InvalidMetadata:
        archive = self._world.fetcher.fetch(candidate)
        static = sdist_metadata(archive.path, limit=_LIMITS.size)
        if static is None:
            kept = self._built_before(candidate, archive)
            if kept is not None:
                return parse_candidate_metadata(candidate, read_local(kept))
            return self._build(candidate, archive).metadata
        if isinstance(static, CoreMetadata) and not _is_of(static, candidate):
            detail = f"{candidate.file.filename} calls itself {static.name} {static.version}"
            return InvalidMetadata(detail=detail)
        return static

    def _built_before(self, candidate: Candidate, archive: FetchedFile) -> Path | None:
        recipe, built = self._recipe(candidate, archive), self._world.caches.built
        return built.find(recipe) if recipe is not None and built is not None else None

    def _recipe(self, candidate: Candidate, archive: FetchedFile) -> Recipe | None:
        """What a wheel of these sources depends on; None where that cannot be said."""
        options = self._workshop.options
        if not options.isolated:
            return None
        limits = options.constraints.items()
        return Recipe(
            project=candidate.project,
            repository=candidate.origin.repository,
            sources=archive.sha256,
            target=self._workshop.environment.target,
            settings=options.config_settings,
            constraints=tuple(f"{project}{limit.specifier}" for project, limit in limits),
        )

    def _build(self, candidate: Candidate, archive: FetchedFile) -> Build:
        if candidate not in self._builds:
            tree = unpack_sdist(archive.path, self._workshop.new_directory(), limits=_LIMITS)
            self._builds[candidate] = Build(
                self._workshop,
                tree,
                asked=Asked(project=candidate.project, version=candidate.version),
            )
        return self._builds[candidate]


def _is_of(metadata: CoreMetadata, candidate: Candidate) -> bool:
    return (metadata.name, metadata.version) == (candidate.project, candidate.version)
