"""Asks ahead of the resolver, so that it never waits for one answer at a time.

When the resolver has to wait for an answer, the pages of every project that it expects are asked
for; when they are here, the metadata of its likeliest candidate; when that is here, the pages of
everything it needs. The more releases of a project the resolver has to look at, the more of those
that follow are asked for. As long as all answers are there at once, nothing of this is done. What
is decided does not depend on it: a scout only makes answers arrive early, and asks no repository
that the routing does not name.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from itertools import islice

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.discovery import Discovery
from xpip.core.facts import CoreMetadata
from xpip.core.names import NormalizedName
from xpip.core.ports import Repositories

_FARTHEST = 64
"""Candidates of one project whose metadata is asked for ahead of need."""

_FARTHEST_OF_WHEELS = 4
"""The same, where the metadata has to be read out of wheels."""

IsSettled = Callable[[Dependency], bool]
"""Whether a dependency needs no repository, because what is installed will do."""


class Scout:
    """A `Listener` that turns waiting, and every arrival, into the next questions."""

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
        self._due: deque[Dependency] = deque()
        self._beyond: dict[NormalizedName, Candidate] = {}
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
        self._tried[candidate.project] += 1
        self._beyond[candidate.project] = candidate

    def about_to_wait(self) -> None:
        """Ask for all that has been expected since somebody last waited."""
        while self._beyond:
            self._look_beyond(self._beyond.popitem()[1])
        while self._due:
            self._ask(self._due.popleft())

    def _look_beyond(self, candidate: Candidate) -> None:
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
        farthest = _FARTHEST if candidate.file.core_metadata else _FARTHEST_OF_WHEELS
        # None after the first, then 1, 2, 4 …
        return min((1 << min(self._tried[candidate.project], 16)) >> 2, farthest)

    def expect(self, dependencies: Iterable[Dependency]) -> None:
        """Ask for everything about these projects, when somebody waits."""
        for dependency in dependencies:
            expected = self._expected.setdefault(dependency.project, [])
            is_known = bool(expected) and (
                not dependency.extras or any(dependency.extras <= each.extras for each in expected)
            )
            if not (is_known or dependency.url is not None or self._is_settled(dependency)):
                expected.append(dependency)
                self._due.append(dependency)

    def _ask(self, dependency: Dependency) -> None:
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
        else:
            self._likely[candidate] = dependency.extras
            self._repositories.prefetch_metadata(candidate)
        if self._repositories.has_metadata(candidate):
            self.metadata_arrived(candidate)

    def metadata_arrived(self, candidate: Candidate) -> None:
        """Go on with what a likely candidate needs."""
        extras = self._likely.get(candidate)
        if extras is None:
            return
        metadata = self._repositories.metadata(candidate)
        if isinstance(metadata, CoreMetadata):
            self.expect(self._dependencies.of(metadata))
            self.expect(self._dependencies.of_extras(metadata, extras))
