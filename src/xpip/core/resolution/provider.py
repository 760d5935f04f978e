"""resolvelib's questions, answered from discovery, metadata and what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from packaging.utils import NormalizedName
from resolvelib import AbstractProvider

from xpip.core.decisions import Candidate, DirectReference, Outage
from xpip.core.dependencies import Dependencies, Dependency
from xpip.core.direct_requests import ReferenceKind
from xpip.core.discovery import Discovery
from xpip.core.facts import (
    CoreMetadata,
    InstalledDistribution,
    InvalidMetadata,
    Unavailable,
    Unbuilt,
)
from xpip.core.policy import Target
from xpip.core.ports import InstalledDistributions, Repositories
from xpip.core.resolution.choices import Choices
from xpip.core.resolution.choosing import Chooser, OnMet, Stopped
from xpip.core.resolution.preferences import Preference, Preferences
from xpip.core.resolution.request import Request
from xpip.core.resolution.terms import (
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
from xpip.core.urls import is_local_url
from xpip.errors import XpipError

if TYPE_CHECKING:
    from resolvelib.structs import RequirementInformation

    Information = RequirementInformation[AnyRequirement, Choice]


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
        self._repositories = repositories
        self.chooser = Chooser(
            request,
            discovery=discovery,
            repositories=repositories,
            installed=installed,
            on_met=on_met,
        )
        self.choices = Choices(self.chooser)
        self._dependencies = Dependencies(target)
        self.preferences = Preferences(
            {
                identifier_of(dependency.project, dependency.extras): position
                for position, dependency in reversed(tuple(enumerate(request.dependencies)))
            }
        )
        self.scout = Scout(discovery, repositories, self._dependencies, self.chooser.is_settled)
        self._python = target.python_version
        self._needs: dict[Choice, tuple[AnyRequirement, ...]] = {}
        self._requirements: dict[tuple[Identifier, str], VersionRequirement] = {}
        self._required_by: dict[int, tuple[Dependency, VersionRequirement]] = {}
        self._placed: set[NormalizedName] = set()
        self.failures: list[XpipError] = []
        self.direct_references: dict[str, DirectReference] = {}

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
        return self.preferences.rank(identifier, information[identifier])

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Identifier],
        resolutions: Mapping[Identifier, Choice],
        candidates: Mapping[Identifier, Iterator[Choice]],
        information: Mapping[Identifier, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Iterable[Identifier]:
        """Identifiers worth ranking in this round."""
        return self.preferences.narrow(identifiers, resolutions, backtrack_causes)

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[AnyRequirement]],
        incompatibilities: Mapping[Identifier, Iterator[Choice]],
    ) -> Iterable[Choice] | Callable[[], Iterator[Choice]]:
        """All choices that satisfy every requirement, best first, each made when looked at."""
        return self.choices.expected(tuple(requirements[identifier]))

    def is_satisfied_by(self, requirement: AnyRequirement, candidate: Choice) -> bool:
        """Whether a choice satisfies a requirement."""
        return requirement.admits(candidate)

    def get_dependencies(self, candidate: Choice) -> Iterable[AnyRequirement]:
        """What a choice needs; its pages are in flight before the first of them is looked at."""
        if candidate not in self._needs:
            self._needs[candidate] = tuple(self._find_needs(candidate))
        return self._needs[candidate]

    # What may be chosen

    def has_choice(self, root: AnyRequirement) -> bool:
        """Whether anything at all satisfies a requirement of the user's."""
        if not isinstance(root, VersionRequirement):
            return True
        dependency = root.dependency
        if dependency.project in self._placed:
            return True
        offers = self.chooser.offers(dependency.project, dependency.specifier)
        return next(offers, None) is not None

    def roots(self) -> list[AnyRequirement]:
        """The user's own requirements."""
        wanted = tuple(map(self._request.constrained, self._request.dependencies))
        self.scout.limit(wanted)
        self.scout.expect(wanted)
        self.chooser.meet(wanted)
        return [each for dependency in wanted for each in self._asked_for(None, dependency)]

    def metadata(self, chosen: Candidate | InstalledDistribution) -> CoreMetadata | InvalidMetadata:
        """The metadata of what was chosen; waits for it."""
        if isinstance(chosen, InstalledDistribution):
            return chosen.metadata
        if self.failures and not chosen.file.is_wheel and chosen.reference is None:
            # The run has failed: it goes on to find conflicts, for which nothing is built.
            return _nothing_known(chosen)
        if chosen.reference is None:
            self.scout.looking_at(chosen)
        answer = self._repositories.metadata(chosen)
        if isinstance(answer, Unavailable):
            raise Stopped([Outage(project=chosen.project, answer=answer)])
        if isinstance(answer, Unbuilt):
            self.failures.append(answer.error)
            return _nothing_known(chosen)
        return answer

    # What a choice needs

    def _find_needs(self, choice: Choice) -> Iterator[AnyRequirement]:
        if choice.extras:
            yield ExactRequirement(self.choices.of(choice.chosen, frozenset()))
        metadata = self.metadata(choice.chosen)
        match metadata:
            case InvalidMetadata():
                yield UnusableRequirement(f"metadata that can be read: {metadata.detail}")
            case CoreMetadata():
                python = metadata.requires_python
                if python is not None and not python.contains(self._python, prereleases=True):
                    # What the interpreter rules out brings in nobody.
                    yield PythonRequirement(python)
                elif not self._request.no_dependencies:
                    yield from self._required(choice, metadata)
            case _:
                assert_never(metadata)

    def _required(self, choice: Choice, metadata: CoreMetadata) -> Iterator[AnyRequirement]:
        if choice.extras:
            found = self._dependencies.of_extras(metadata, choice.extras)
        else:
            found = self._dependencies.of(metadata)
        needed = tuple(map(self._request.constrained, found))
        self.scout.expect(needed)
        self.chooser.meet(needed)
        for dependency in needed:
            # What is installed already was somebody's decision before this run.
            if isinstance(choice.chosen, Candidate):
                yield from self._asked_for(choice, dependency)
            else:
                yield self._requirement(dependency)

    def _asked_for(self, choice: Choice | None, dependency: Dependency) -> Iterator[AnyRequirement]:
        """What a dependency demands; its place where it has one, which no name stands in for."""
        if dependency.url is None or dependency.project in self._request.direct:
            yield self._requirement(dependency)
            return
        reference = DirectReference(
            project=dependency.project,
            url=dependency.url,
            required_by=str(choice or "The build"),
            beyond_reach=is_local_url(dependency.url) and not _is_local(choice),
        )
        allowed = dependency.project in self._request.direct_allowed or _is_own(choice)
        if reference.beyond_reach or not allowed:
            self.direct_references[dependency.url] = reference
            return
        self._placed.add(dependency.project)
        yield ExactRequirement(self.choices.of(self._found_at_place(dependency), frozenset()))
        yield self._requirement(dependency)

    def _found_at_place(self, dependency: Dependency) -> Candidate:
        assert dependency.url is not None
        answer = self._repositories.direct(dependency.project, dependency.url)
        if isinstance(answer, Unavailable):
            raise Stopped([Outage(project=dependency.project, answer=answer)])
        if isinstance(answer, Unbuilt):
            raise Stopped(failures=[answer.error])
        return answer

    def _requirement(self, dependency: Dependency) -> VersionRequirement:
        known = self._required_by.get(id(dependency))
        if known is None:
            # With the dependency itself, so that no other can have its `id`.
            known = self._required_by[id(dependency)] = (dependency, self._made_once(dependency))
        return known[1]

    def _made_once(self, dependency: Dependency) -> VersionRequirement:
        identifier = identifier_of(dependency.project, dependency.extras)
        key = (identifier, str(dependency.specifier))
        if key not in self._requirements:
            self._requirements[key] = VersionRequirement.of(dependency)
        return self._requirements[key]


def _nothing_known(candidate: Candidate) -> CoreMetadata:
    return CoreMetadata(name=candidate.project, version=candidate.version)


def _is_own(choice: Choice | None) -> bool:
    """Whether it is a directory of the user's: its table of requirements is his, too."""
    chosen = choice.chosen if choice else None
    return (
        isinstance(chosen, Candidate)
        and chosen.reference is not None
        and chosen.reference.kind is ReferenceKind.DIRECTORY
    )


def _is_local(choice: Choice | None) -> bool:
    chosen = choice.chosen if choice else None
    return isinstance(chosen, Candidate) and is_local_url(chosen.file.url)
