"""What is written down → what is resolved: names, limits, hashes, and places looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.decisions import Candidate
from xpip.core.declarations import DeclaredRequirement
from xpip.core.dependencies import Dependency, as_dependency
from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import Hash
from xpip.core.policy import Policy
from xpip.core.resolution import Request
from xpip.errors import PolicyError, Reason, UsageError
from xpip.operations.building import Sources, settings_of
from xpip.operations.constraining import constraints_of


def hashes_of(
    declared: Iterable[DeclaredRequirement],
) -> dict[NormalizedName, frozenset[Hash]]:
    """The hashes that are given for projects; those of constraints narrow those of requirements."""
    known: dict[NormalizedName, frozenset[Hash]] = {}
    limits: dict[NormalizedName, frozenset[Hash]] = {}
    for each in declared:
        project = _project_of(each)
        if each.hashes and project is not None:
            of_its_kind = limits if each.is_constraint else known
            of_its_kind[project] = of_its_kind.get(project, frozenset()) | frozenset(each.hashes)
    return {
        project: known[project] & limits[project]
        if project in known and project in limits
        else known.get(project, limits.get(project, frozenset()))
        for project in known | limits
    }


def _project_of(declared: DeclaredRequirement) -> NormalizedName | None:
    if isinstance(declared.wanted, Requirement):
        return canonicalize_name(declared.wanted.name)
    return declared.wanted.project


def with_known_hashes(policy: Policy, declared: Sequence[DeclaredRequirement]) -> Policy:
    """The policy, with the hashes that requirements give; one that has some demands all."""
    known = hashes_of(declared)
    demanded = any(each.hashes and not each.is_constraint for each in declared)
    return replace(policy, known_hashes=known, hashes_required=policy.hashes_required or demanded)


def to_request(
    declared: Sequence[DeclaredRequirement], policy: Policy, sources: Sources
) -> Request:
    """The request: places are looked at, and so fetched and, if need be, built.

    Raises:
        XpipError: a place may not be taken, is not there, or cannot be built.
    """
    dependencies: list[Dependency] = []
    direct: dict[NormalizedName, Candidate] = {}
    constraints = constraints_of(each for each in declared if each.is_constraint)
    for each in declared:
        if each.is_constraint:
            continue
        if isinstance(each.wanted, DirectRequest):
            candidate = _placed(each, each.wanted, policy, sources)
            if direct.setdefault(candidate.project, candidate) is not candidate:
                raise _twice(candidate, direct[candidate.project])
            dependencies.append(
                Dependency(
                    project=candidate.project,
                    specifier=SpecifierSet(),
                    extras=each.wanted.extras,
                )
            )
        else:
            dependencies.append(as_dependency(each.wanted))
    return Request(dependencies=tuple(dependencies), direct=direct, constraints=constraints)


def _placed(
    declared: DeclaredRequirement, wanted: DirectRequest, policy: Policy, sources: Sources
) -> Candidate:
    if any(place.is_remote for place in declared.declared_at.chain):
        raise PolicyError(
            f"{wanted} may not be taken from there",
            reference=Reason.DIRECT_DENIED,
            context=[f"{declared.declared_at} came over the network"],
            hint="Name the place on the command line, or in a file of this machine.",
        )
    if policy.hashes_required and not declared.hashes and not wanted.hashes:
        raise PolicyError(
            f"No hash is given for {wanted}, and all others have one",
            reference=Reason.HASH_MISSING,
            context=[str(declared.declared_at)],
        )

    def look(project: NormalizedName | None) -> Candidate:
        return sources.candidate(
            wanted,
            rule=f"named by you ({declared.declared_at})",
            known=_known(declared, project, policy),
            config_settings=settings_of(declared.config_settings),
        )

    # Only what lies there may tell of which project it is, and so which hashes are given for it.
    return look(look(wanted.project).project)


def _known(
    declared: DeclaredRequirement, project: NormalizedName | None, policy: Policy
) -> frozenset[Hash] | None:
    """Hashes of which what lies at a place must have one; None if none are given."""
    own = frozenset(declared.hashes) or None
    of_project = policy.known_hashes.get(project) if project else None
    if own is None or of_project is None:
        return of_project if own is None else own
    return own & of_project


def _twice(one: Candidate, other: Candidate) -> UsageError:
    return UsageError(
        f"{one.project} is asked for from two places",
        reference=Reason.REQUIREMENTS_INVALID,
        context=[f"{each.reference} ({each.origin.rule})" for each in (one, other)],
    )
