"""Asks ahead of the resolver, so that it never waits for one answer at a time.

As soon as a project is expected, its pages are asked for; when they are here, the metadata of
its likeliest candidate; when that is here, the pages of everything it needs. What is decided
does not depend on any of this: a scout only makes answers arrive early, and asks no repository
that the routing does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.discovery import Discovery
from xpip.core.facts import CoreMetadata
from xpip.core.ports import Repositories

IsSettled = Callable[[Dependency], bool]
"""Whether a dependency needs no repository, because what is installed will do."""


class Scout:
    """A `Listener` that turns every arrival into the next questions."""

    def __init__(
        self,
        discovery: Discovery,
        repositories: Repositories,
        dependencies: Dependencies,
        is_settled: IsSettled,
    ) -> None:
        self._discovery = discovery
        self._repositories = repositories
        self._dependencies = dependencies
        self._is_settled = is_settled
        self._expected: dict[NormalizedName, list[Dependency]] = {}
        self._likely: dict[Candidate, Extras] = {}
        repositories.listen(self)

    def expect(self, dependencies: Iterable[Dependency]) -> None:
        """Begin to ask for everything about these projects."""
        for dependency in dependencies:
            if dependency.url is None and not self._is_settled(dependency):
                self._expect(dependency)

    def _expect(self, dependency: Dependency) -> None:
        waiting = self._expected.setdefault(dependency.project, [])
        if any(dependency.extras <= other.extras for other in waiting):
            return
        waiting.append(dependency)
        if self._discovery.advance(dependency.project):
            self._look_at(dependency)

    def page_arrived(self, project: NormalizedName) -> None:
        """Go on with a project, once all its pages are here."""
        if self._discovery.advance(project):
            for dependency in tuple(self._expected.get(project, ())):
                self._look_at(dependency)

    def _look_at(self, dependency: Dependency) -> None:
        selection = self._discovery.find(dependency.project).selection
        candidate = next(selection.matching(dependency.specifier), None)
        if not isinstance(candidate, Candidate):
            return
        if candidate in self._likely:
            self._likely[candidate] |= dependency.extras
            if self._repositories.has_metadata(candidate):
                self.metadata_arrived(candidate)
        else:
            self._likely[candidate] = dependency.extras
            self._repositories.prefetch_metadata(candidate)

    def metadata_arrived(self, candidate: Candidate) -> None:
        """Go on with what a likely candidate needs."""
        extras = self._likely.get(candidate)
        if extras is None:
            return
        metadata = self._repositories.metadata(candidate)
        if isinstance(metadata, CoreMetadata):
            self.expect(self._dependencies.of(metadata))
            self.expect(self._dependencies.of_extras(metadata, extras))
