"""A set of pins that satisfies the request, or the causes why there is none.

    request      what is wanted
    terms        identifiers, requirements, choices
    preferences  which identifier is settled next
    provider     resolvelib's questions, answered over `discovery`

Decides which version of each project is pinned; may not decide where a project comes from.
A missing answer stops it: a repository that cannot be asked is not one that lacks a version.
A name in conflict does not stop it, so that all conflicts are met; nothing of it is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName
from resolvelib import BaseReporter, Resolver
from resolvelib.resolvers import ResolutionImpossible

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
from xpip.core.resolution.provider import Provider, Stopped
from xpip.core.resolution.request import Request
from xpip.core.resolution.terms import AnyRequirement, Choice, Identifier, VersionRequirement
from xpip.core.selection import Withheld

if TYPE_CHECKING:
    from resolvelib.resolvers.abstract import Result

    Solved = Result[AnyRequirement, Choice, Identifier]

__all__ = ["Attempt", "Request", "resolve"]

# As in pip: rounds are cheap, and the number also tunes how long back-jumping stays optimistic.
_MAX_ROUNDS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How a resolution ended, and every project it met on the way, abandoned branches included."""

    outcome: Resolution | Impasse | Interruption
    findings: tuple[Finding, ...]
    direct_references: tuple[DirectReference, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    """Files that would have been chosen and may not be."""


def resolve(
    request: Request,
    *,
    discovery: Discovery,
    repositories: Repositories,
    installed: InstalledDistributions,
    target: Target,
) -> Attempt:
    """Pin every project that the request needs."""
    provider = Provider(
        request,
        discovery=discovery,
        repositories=repositories,
        installed=installed,
        target=target,
    )
    return Attempt(
        outcome=_solve(provider, request, target),
        findings=tuple(provider.findings.values()),
        direct_references=tuple(provider.direct_references.values()),
        withheld=tuple(provider.withheld.values()),
    )


def _solve(
    provider: Provider, request: Request, target: Target
) -> Resolution | Impasse | Interruption:
    resolver: Resolver[AnyRequirement, Choice, Identifier] = Resolver(provider, BaseReporter())
    try:
        solved = resolver.resolve(provider.roots(), max_rounds=_MAX_ROUNDS)
    except Stopped as stopped:
        return Interruption(project=stopped.project, unavailable=stopped.unavailable)
    except ResolutionImpossible as impossible:
        return Impasse(causes=_causes(impossible.causes))
    requested = frozenset(dependency.project for dependency in request.dependencies)
    return Resolution(pins=_pins(solved, provider, requested), target=target)


def _causes(causes: Iterable[tuple[AnyRequirement, Choice | None]]) -> tuple[Cause, ...]:
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
        )
        for requirement, parent in causes
    }
    return tuple(found.values())


def _pins(
    solved: Solved, provider: Provider, requested: frozenset[NormalizedName]
) -> tuple[Pin, ...]:
    extras: dict[NormalizedName, frozenset[NormalizedName]] = {}
    for _, chosen, named in _chosen(solved):
        extras[chosen.project] = extras.get(chosen.project, frozenset()) | named
    parents = _parents(solved)
    pins = []
    for _, chosen, named in _chosen(solved):
        if not named:
            metadata = provider.metadata(chosen)
            assert isinstance(metadata, CoreMetadata)  # its requirements were met
            pins.append(
                Pin(
                    chosen=chosen,
                    metadata=metadata,
                    extras=extras[chosen.project],
                    required_by=tuple(sorted(parents.get(chosen.project, set()))),
                    requested=chosen.project in requested,
                )
            )
    return tuple(sorted(pins, key=lambda pin: pin.project))


def _chosen(
    solved: Solved,
) -> Iterator[tuple[Identifier, Candidate | InstalledDistribution, frozenset[NormalizedName]]]:
    for identifier, choice in solved.mapping.items():
        if choice.chosen is not None:
            yield identifier, choice.chosen, choice.extras


def _parents(solved: Solved) -> dict[NormalizedName, set[NormalizedName]]:
    parents: dict[NormalizedName, set[NormalizedName]] = {}
    for identifier, chosen, _ in _chosen(solved):
        for _, parent in solved.criteria[identifier].information:
            if parent and parent.chosen and parent.chosen.project != chosen.project:
                parents.setdefault(chosen.project, set()).add(parent.chosen.project)
    return parents
