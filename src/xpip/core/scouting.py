"""Asks ahead of the resolver, so that it never waits for one answer at a time.

As soon as a project is expected, its pages are asked for; when they are here, the metadata of
its likeliest candidate; when that is here, the pages of everything it needs. The more releases of a
project the resolver has to look at, the more of those that follow are asked for. What is decided
does not depend on any of this: a scout only makes answers arrive early, and asks no repository that
the routing does not name.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from itertools import islice

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.discovery import Discovery
from xpip.core.facts import CoreMetadata
from xpip.core.ports import Repositories

_FARTHEST = 64
"""Candidates of one project whose metadata is asked for ahead of need."""

_FARTHEST_OF_WHEELS = 4
"""The same, where the metadata has to be read out of wheels."""

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
        self._limits: dict[NormalizedName, SpecifierSet] = {}
        self._looked_at: set[Candidate] = set()
        self._tried: Counter[NormalizedName] = Counter()
        self._ahead: dict[NormalizedName, deque[Version]] = {}
        repositories.listen(self)

    def limit(self, dependencies: Iterable[Dependency]) -> None:
        """Never ask ahead for releases of these projects that are out of the user's range."""
        for each in dependencies:
            known = self._limits.get(each.project, SpecifierSet())
            self._limits[each.project] = known & each.specifier

    def looking_at(self, candidate: Candidate) -> None:
        """The resolver looks at a release: if it will not do, it will look at older ones.

        Whoever has looked at many will look at many more: their metadata comes in batches.
        """
        if candidate in self._looked_at:
            return
        self._looked_at.add(candidate)
        self._repositories.prefetch_metadata(candidate)
        ahead = self._ahead.setdefault(candidate.project, deque())
        while ahead and ahead[0] >= candidate.version:
            ahead.popleft()
        wanted = self._wanted_ahead(candidate)
        if len(ahead) > wanted // 2:
            return
        selection = self._discovery.find(candidate.project).selection
        limit = self._limits.get(candidate.project, SpecifierSet())
        last = ahead[-1] if ahead else candidate.version
        for option in islice(selection.older(last, limit), wanted - len(ahead)):
            ahead.append(option.version)
            if isinstance(option, Candidate):
                self._repositories.prefetch_metadata(option)

    def _wanted_ahead(self, candidate: Candidate) -> int:
        self._tried[candidate.project] += 1
        farthest = _FARTHEST if candidate.file.core_metadata else _FARTHEST_OF_WHEELS
        # None after the first, then 1, 2, 4 …
        return min((1 << min(self._tried[candidate.project], 16)) >> 2, farthest)

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
