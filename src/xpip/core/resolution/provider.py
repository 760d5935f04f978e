"""resolvelib's questions, answered from discovery, metadata and what is installed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from resolvelib import AbstractProvider

from xpip.core.decisions import Candidate, DirectReference, Outage, Ruling
from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import CoreMetadata, InstalledDistribution, InvalidMetadata, Unavailable
from xpip.core.policy import Target
from xpip.core.ports import InstalledDistributions, Repositories
from xpip.core.resolution.preferences import Preference, Preferences
from xpip.core.resolution.request import Request
from xpip.core.resolution.terms import (
    PYTHON,
    AnyRequirement,
    Choice,
    ExactRequirement,
    Identifier,
    PythonRequirement,
    UnusableRequirement,
    VersionRequirement,
    identifier_of,
)
from xpip.core.scouting import Scout
from xpip.core.selection import Option, Withheld

if TYPE_CHECKING:
    from resolvelib.structs import RequirementInformation

    Information = RequirementInformation[AnyRequirement, Choice]


_FARTHEST = 32
"""Candidates of one project whose metadata is asked for ahead of need."""

OnMet = Callable[[NormalizedName], None]
"""Told of each project when the resolver first meets it."""


class Stopped(Exception):
    """Answers are missing; never leaves `xpip.core.resolution`."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        super().__init__()
        self.outages = tuple(outages)


class Provider(AbstractProvider[AnyRequirement, Choice, Identifier]):
    """What may be chosen, what it needs, and what is settled first."""

    def __init__(
        self,
        request: Request,
        *,
        discovery: Discovery,
        repositories: Repositories,
        installed: InstalledDistributions,
        target: Target,
        on_met: OnMet,
    ) -> None:
        self._request = request
        self._discovery = discovery
        self._repositories = repositories
        self._installed = installed
        self._dependencies = Dependencies(target)
        self._preferences = Preferences(
            {
                identifier_of(dependency.project, dependency.extras): position
                for position, dependency in reversed(tuple(enumerate(request.dependencies)))
            }
        )
        self.scout = Scout(discovery, repositories, self._dependencies, self._is_settled)
        self._python = Choice(identifier=PYTHON, version=target.python_version, chosen=None)
        self._choices: dict[tuple[int, Extras], Choice] = {}
        self._needs: dict[Choice, tuple[AnyRequirement, ...]] = {}
        self._requirements: dict[tuple[Identifier, str], VersionRequirement] = {}
        self._on_met = on_met
        self.findings: dict[NormalizedName, Finding] = {}
        self.direct_references: dict[str, DirectReference] = {}
        self.withheld: dict[str, Withheld] = {}

    # What resolvelib asks

    def identify(self, requirement_or_candidate: AnyRequirement | Choice) -> Identifier:
        """Name of what a requirement or choice is about."""
        return requirement_or_candidate.identifier

    def get_preference(
        self,
        identifier: Identifier,
        resolutions: Mapping[Identifier, Choice],
        candidates: Mapping[Identifier, Iterator[Choice]],
        information: Mapping[Identifier, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Preference:
        """Rank of an identifier among those not settled yet."""
        return self._preferences.rank(identifier, information[identifier])

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Identifier],
        resolutions: Mapping[Identifier, Choice],
        candidates: Mapping[Identifier, Iterator[Choice]],
        information: Mapping[Identifier, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Iterable[Identifier]:
        """Identifiers worth ranking in this round."""
        return self._preferences.narrow(identifiers, resolutions, backtrack_causes)

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[AnyRequirement]],
        incompatibilities: Mapping[Identifier, Iterator[Choice]],
    ) -> Iterable[Choice] | Callable[[], Iterator[Choice]]:
        """All choices that satisfy every requirement, best first, each made when looked at."""
        demands = tuple(requirements[identifier])
        if identifier == PYTHON:
            met = all(demand.admits(self._python) for demand in demands)
            return [self._python] if met else []
        if any(isinstance(demand, UnusableRequirement) for demand in demands):
            return []
        excluded = frozenset(incompatibilities[identifier])
        project, extras = _parts(demands)
        if extras and project in requirements:
            demands += tuple(requirements[project])
        specifier = _combined(demands)
        exact = [demand.choice for demand in demands if isinstance(demand, ExactRequirement)]

        def choices() -> Iterator[Choice]:
            for chosen in self._chosen(project, specifier, exact):
                choice = self._choice(chosen, extras)
                if choice not in excluded:
                    yield choice

        return choices

    def is_satisfied_by(self, requirement: AnyRequirement, candidate: Choice) -> bool:
        """Whether a choice satisfies a requirement."""
        return requirement.admits(candidate)

    def get_dependencies(self, candidate: Choice) -> Iterable[AnyRequirement]:
        """What a choice needs; its pages are in flight before the first of them is looked at."""
        if candidate not in self._needs:
            self._needs[candidate] = tuple(self._find_needs(candidate))
        return self._needs[candidate]

    # What may be chosen

    def has_choice(self, root: VersionRequirement) -> bool:
        """Whether anything at all satisfies a requirement of the user's."""
        dependency = root.dependency
        return next(self._chosen(dependency.project, dependency.specifier, ()), None) is not None

    def roots(self) -> list[VersionRequirement]:
        """The user's own requirements."""
        self.scout.expect(self._request.dependencies)
        self._meet(self._request.dependencies)
        return [self._requirement(dependency) for dependency in self._request.dependencies]

    def metadata(self, chosen: Candidate | InstalledDistribution) -> CoreMetadata | InvalidMetadata:
        """The metadata of what was chosen; waits for it."""
        if isinstance(chosen, InstalledDistribution):
            return chosen.metadata
        answer = self._repositories.metadata(chosen)
        if isinstance(answer, Unavailable):
            raise Stopped([Outage(project=chosen.project, answer=answer)])
        return answer

    def _chosen(
        self, project: NormalizedName, specifier: SpecifierSet, exact: Sequence[Choice]
    ) -> Iterator[Candidate | InstalledDistribution]:
        if exact:
            yield from _agreed(exact, specifier)
            return
        installed = self._usable_installed(project, specifier)
        if installed is None:
            yield from self._candidates(project, specifier)
        elif project in self._request.upgrade:
            yield from _in_order(installed, self._candidates(project, specifier))
        else:
            yield installed
            for candidate in self._candidates(project, specifier):
                if candidate.version != installed.version:
                    yield candidate

    def _candidates(self, project: NormalizedName, specifier: SpecifierSet) -> Iterator[Candidate]:
        for option in self._looking_ahead(self._find(project).selection.matching(specifier)):
            if isinstance(option, Withheld):
                self.withheld[option.rejection.filename] = option
            else:
                yield option

    def _looking_ahead(self, options: Iterator[Option]) -> Iterator[Option]:
        """The same, with the metadata of more and more of them on its way the longer it takes."""
        ahead: deque[Option] = deque()
        wanted = 0
        for option in options:
            ahead.append(option)
            if wanted and isinstance(option, Candidate):
                self._repositories.prefetch_metadata(option)
            if len(ahead) > wanted:
                yield ahead.popleft()
                wanted = min(max(1, wanted * 2), _FARTHEST)
        yield from ahead

    def _find(self, project: NormalizedName) -> Finding:
        finding = self._met(project)
        outages = tuple(_outages(finding))
        if outages:
            raise Stopped(outages)
        return finding

    def _met(self, project: NormalizedName) -> Finding:
        if project not in self.findings:
            self._on_met(project)
            self.findings[project] = self._discovery.find(project)
        return self.findings[project]

    def _meet(self, dependencies: Iterable[Dependency]) -> None:
        """Judge all of these projects, before any of them can decide that others are not needed.

        Else the order of requirements would decide which conflicts and outages are seen.
        """
        outages: list[Outage] = []
        for dependency in dependencies:
            if dependency.url is None and not self._is_settled(dependency):
                outages += _outages(self._met(dependency.project))
        if outages:
            raise Stopped(outages)

    def _usable_installed(
        self, project: NormalizedName, specifier: SpecifierSet
    ) -> InstalledDistribution | None:
        if self._request.reinstall:
            return None
        installed = self._installed.find(project)
        if installed and specifier.contains(installed.version, prereleases=True):
            return installed
        return None

    def _is_settled(self, dependency: Dependency) -> bool:
        return (
            dependency.project not in self._request.upgrade
            and self._usable_installed(dependency.project, dependency.specifier) is not None
        )

    def _choice(self, chosen: Candidate | InstalledDistribution, extras: Extras) -> Choice:
        key = (id(chosen), extras)
        if key not in self._choices:
            self._choices[key] = Choice(
                identifier=identifier_of(chosen.project, extras),
                version=chosen.version,
                chosen=chosen,
                extras=extras,
            )
        return self._choices[key]

    # What a choice needs

    def _find_needs(self, choice: Choice) -> Iterator[AnyRequirement]:
        if choice.chosen is None:
            return
        if choice.extras:
            yield ExactRequirement(self._choice(choice.chosen, frozenset()))
        metadata = self.metadata(choice.chosen)
        match metadata:
            case InvalidMetadata():
                yield UnusableRequirement(f"metadata that can be read: {metadata.detail}")
            case CoreMetadata():
                python = metadata.requires_python
                if python is not None:
                    yield PythonRequirement(python)
                # What the interpreter rules out brings in nobody.
                fits = python is None or PythonRequirement(python).admits(self._python)
                if fits and not self._request.no_dependencies:
                    yield from self._required(choice, metadata)
            case _:
                assert_never(metadata)

    def _required(self, choice: Choice, metadata: CoreMetadata) -> Iterator[AnyRequirement]:
        if choice.extras:
            needed = tuple(self._dependencies.of_extras(metadata, choice.extras))
        else:
            needed = tuple(self._dependencies.of(metadata))
        self.scout.expect(needed)
        self._meet(needed)
        for dependency in needed:
            if dependency.url is not None:
                self._note_direct_reference(choice, dependency)
            yield self._requirement(dependency)

    def _requirement(self, dependency: Dependency) -> VersionRequirement:
        identifier = identifier_of(dependency.project, dependency.extras)
        key = (identifier, str(dependency.specifier))
        if key not in self._requirements:
            self._requirements[key] = VersionRequirement.of(dependency)
        return self._requirements[key]

    def _note_direct_reference(self, choice: Choice, dependency: Dependency) -> None:
        assert dependency.url is not None
        self.direct_references[dependency.url] = DirectReference(
            project=dependency.project, url=dependency.url, required_by=str(choice)
        )


def _agreed(
    exact: Sequence[Choice], specifier: SpecifierSet
) -> Iterator[Candidate | InstalledDistribution]:
    """The one distribution that every extra of a project extends, if it is in range too."""
    chosen = exact[0].chosen
    if (
        chosen is not None
        and all(other.chosen is chosen for other in exact)
        and specifier.contains(chosen.version, prereleases=True)
    ):
        yield chosen


def _outages(finding: Finding) -> Iterator[Outage]:
    if finding.verdict.ruling is Ruling.UNAVAILABLE:
        for answer in finding.verdict.evidence:
            if isinstance(answer, Unavailable):
                yield Outage(project=finding.project, answer=answer)


def _in_order(
    installed: InstalledDistribution, candidates: Iterator[Candidate]
) -> Iterator[Candidate | InstalledDistribution]:
    """Newest first; what is installed stands for its own version."""
    placed = False
    for candidate in candidates:
        if not placed and candidate.version <= installed.version:
            placed = True
            yield installed
        if candidate.version != installed.version:
            yield candidate
    if not placed:
        yield installed


def _parts(demands: Sequence[AnyRequirement]) -> tuple[NormalizedName, Extras]:
    for demand in demands:
        if isinstance(demand, VersionRequirement):
            return demand.dependency.project, demand.dependency.extras
        if isinstance(demand, ExactRequirement) and demand.choice.chosen is not None:
            return demand.choice.chosen.project, demand.choice.extras
    raise AssertionError("an identifier without a project")  # pragma: no cover


def _combined(demands: Iterable[AnyRequirement]) -> SpecifierSet:
    combined = SpecifierSet()
    for specifier in {
        str(d.dependency.specifier): d.dependency.specifier
        for d in demands
        if isinstance(d, VersionRequirement)
    }.values():
        combined &= specifier
    return combined
