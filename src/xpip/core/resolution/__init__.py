"""A set of pins that satisfies the request, or the causes why there is none.

    request      what is wanted
    terms        identifiers, requirements, choices
    preferences  which identifier is settled next
    choosing     what may be chosen, over `discovery`
    choices      the same, for each set of requirements
    offers       each made when somebody looks that far
    provider     resolvelib's questions, answered
    solver       its search, which goes back to the cause of a dead end

Decides which version of each project is pinned; may not decide where a project comes from.
A missing answer stops it: a repository that cannot be asked is not one that lacks a version.
A name in conflict does not stop it, so that all conflicts are met; nothing of it is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from packaging.utils import NormalizedName
from resolvelib.resolvers import ResolutionImpossible, ResolutionTooDeep

from xpip.core.decisions import (
    Candidate,
    Cause,
    DirectReference,
    Impasse,
    Interruption,
    Pin,
    Resolution,
)
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import CoreMetadata, InstalledDistribution
from xpip.core.policy import Target
from xpip.core.ports import InstalledDistributions, Repositories
from xpip.core.resolution.choosing import OnMet, Stopped
from xpip.core.resolution.provider import Provider
from xpip.core.resolution.request import Constraint, Request
from xpip.core.resolution.solver import Solver
from xpip.core.resolution.terms import AnyRequirement, Choice, Identifier, VersionRequirement
from xpip.core.selection import Withheld
from xpip.errors import Reason, ResolutionError, XpipError

if TYPE_CHECKING:
    from resolvelib.structs import State

    Found = State[AnyRequirement, Choice, Identifier]

__all__ = ["MAX_ROUNDS", "Attempt", "Constraint", "OnMet", "Request", "resolve"]

# As in pip: rounds are cheap.
MAX_ROUNDS = 200_000

_MAX_PATIENT_ROUNDS = 2_000
"""How long to look for somebody who names a pre-release or pins what was yanked: few do."""


class Attempt(Struct, frozen=True, kw_only=True):
    """How a resolution ended, and every project it met on the way, abandoned branches included."""

    outcome: Resolution | Impasse | Interruption
    findings: tuple[Finding, ...]
    direct_references: tuple[DirectReference, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    """Files that would have been chosen and may not be."""
    constraints: Mapping[NormalizedName, Constraint] = field(default_factory=dict)
    """The limits that it was held to."""
    direct: Mapping[NormalizedName, Candidate] = field(default_factory=dict)
    """What the user takes from a place."""


def resolve(
    request: Request,
    *,
    discovery: Discovery,
    repositories: Repositories,
    installed: InstalledDistributions,
    target: Target,
    on_met: OnMet = lambda _: None,
    max_rounds: int = MAX_ROUNDS,
) -> Attempt:
    """Pin every project that the request needs.

    Args:
        max_rounds: attempts to settle a project, after which the search is given up.
    """
    provider = Provider(
        request,
        discovery=discovery,
        repositories=repositories,
        installed=installed,
        target=target,
        on_met=on_met,
    )
    return Attempt(
        outcome=_solve(provider, request, target, max_rounds),
        findings=tuple(provider.chooser.findings.values()),
        direct_references=tuple(provider.direct_references.values()),
        withheld=tuple(provider.chooser.withheld.values()),
        constraints=request.constraints,
        direct=request.direct,
    )


def _solve(
    provider: Provider, request: Request, target: Target, max_rounds: int
) -> Resolution | Impasse | Interruption:
    try:
        found = _search(provider, max_rounds)
    except Stopped as stopped:
        failures = (*provider.failures, *stopped.failures)
        return Interruption(outages=stopped.outages, failures=failures)
    except ResolutionTooDeep:
        provider.failures.append(_too_deep(max_rounds))
    # What could not be built may need other versions than those that conflict.
    if provider.failures:
        return Interruption(outages=(), failures=tuple(provider.failures))
    if isinstance(found, Impasse):
        return found
    requested = frozenset(dependency.project for dependency in request.dependencies)
    return Resolution(pins=_pins(_Solution(found), provider, requested), target=target)


def _search(provider: Provider, max_rounds: int) -> Found | Impasse:
    # Not `Resolver`: it recurses without end where abandoned projects need one another.
    roots = provider.roots()
    hopeless = [root for root in roots if not provider.has_choice(root)]
    if hopeless:
        impasse = Impasse(causes=_causes(((root, None) for root in hopeless), hopeless=True))
        return _search_patiently(provider, roots, [(root,) for root in hopeless]) or impasse
    solver = Solver(provider)
    try:
        return solver.resolve(roots, max_rounds=max_rounds)
    except ResolutionImpossible as impossible:
        impasse = Impasse(causes=_causes(solver.causes(impossible.causes)))
        of_roots = tuple(each.requirement for each in impossible.causes if each.parent is None)
    given_up = [*solver.gave_up()] or [of_roots]
    return _search_patiently(provider, roots, given_up) or impasse


def _search_patiently(
    provider: Provider,
    roots: Sequence[AnyRequirement],
    given_up: Iterable[Sequence[AnyRequirement]],
) -> Found | None:
    """What there is after all, where a pre-release or yanked file was named too late."""
    provider.choices.be_patient()
    if provider.failures or not any(any(provider.choices.withheld(each)) for each in given_up):
        return None
    try:
        return Solver(provider).resolve(roots, max_rounds=_MAX_PATIENT_ROUNDS)
    except (ResolutionImpossible, ResolutionTooDeep):
        return None


def _too_deep(max_rounds: int) -> XpipError:
    return ResolutionError(
        f"No answer was found in {max_rounds:,} attempts, and none was ruled out",
        reference=Reason.RESOLUTION_CONFLICT,
        hint="Ask for newer versions of some projects: the less there is to try, the better.",
    )


def _causes(
    causes: Iterable[tuple[AnyRequirement, Choice | None]], *, hopeless: bool = False
) -> tuple[Cause, ...]:
    found = {
        (str(requirement), str(parent)): Cause(
            requirement=str(requirement),
            project=requirement.dependency.project
            if isinstance(requirement, VersionRequirement)
            else None,
            specifier=requirement.dependency.specifier
            if isinstance(requirement, VersionRequirement)
            else None,
            required_by=None if parent is None else str(parent),
            hopeless=hopeless,
        )
        for requirement, parent in causes
    }
    return tuple(found.values())


class _Solution:
    """What was chosen and is needed: choices that a root leads to, and who asks for each."""

    def __init__(self, state: Found) -> None:
        self._mapping = state.mapping
        self._parents: dict[Identifier, list[Choice]] = {}
        children: dict[Choice | None, list[Identifier]] = {}
        for identifier, criterion in state.criteria.items():
            for _, parent in criterion.information:
                children.setdefault(parent, []).append(identifier)
                if parent is not None:
                    self._parents.setdefault(identifier, []).append(parent)
        self._reached = self._reach(children)

    def _reach(self, children: Mapping[Choice | None, list[Identifier]]) -> set[Identifier]:
        reached: set[Identifier] = set()
        waiting: list[Choice | None] = [None]
        while waiting:
            for identifier in children.get(waiting.pop(), ()):
                if identifier not in reached and identifier in self._mapping:
                    reached.add(identifier)
                    waiting.append(self._mapping[identifier])
        return reached

    def choices(self) -> Iterator[tuple[Candidate | InstalledDistribution, Choice]]:
        """What was chosen, the interpreter aside; a project once more for each set of extras."""
        for identifier, choice in self._mapping.items():
            if identifier in self._reached:
                yield choice.chosen, choice

    def parents(self, choice: Choice) -> set[NormalizedName]:
        """Other projects that ask for this one."""
        return {
            parent.chosen.project
            for parent in self._parents.get(choice.identifier, ())
            if parent.identifier in self._reached and parent.chosen.project != choice.chosen.project
        }


def _pins(
    solution: _Solution, provider: Provider, requested: frozenset[NormalizedName]
) -> tuple[Pin, ...]:
    extras: dict[NormalizedName, frozenset[NormalizedName]] = {}
    parents: dict[NormalizedName, set[NormalizedName]] = {}
    for chosen, choice in solution.choices():
        project = chosen.project
        extras[project] = extras.get(project, frozenset()) | choice.extras
        parents[project] = parents.get(project, set()) | solution.parents(choice)
    pins = []
    for chosen, choice in solution.choices():
        if not choice.extras:
            metadata = provider.metadata(chosen)
            assert isinstance(metadata, CoreMetadata)  # its requirements were met
            pins.append(
                Pin(
                    chosen=chosen,
                    metadata=metadata,
                    extras=extras[chosen.project],
                    required_by=tuple(sorted(parents[chosen.project])),
                    requested=chosen.project in requested,
                )
            )
    return tuple(sorted(pins, key=lambda pin: pin.project))
