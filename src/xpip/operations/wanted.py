"""What is written down → what is resolved: names, limits, hashes, and places looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.decisions import Candidate
from xpip.core.declarations import DeclaredRequirement
from xpip.core.dependencies import Dependency, as_dependency
from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import Hash
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.resolution import Constraint, Request
from xpip.edge.config import Options
from xpip.errors import PolicyError, Reason, UsageError
from xpip.operations.asked import BuildTold
from xpip.operations.building import BuildOptions, Sources, settings_of
from xpip.operations.requesting import Requested, gather_any
from xpip.operations.surroundings import Surroundings


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
    declared: Iterable[DeclaredRequirement], policy: Policy, sources: Sources
) -> Request:
    """The request: places are looked at, and so fetched and, if need be, built.

    Raises:
        XpipError: a place may not be taken, is not there, or cannot be built.
    """
    dependencies: list[Dependency] = []
    direct: dict[NormalizedName, Candidate] = {}
    constraints: dict[NormalizedName, Constraint] = {}
    for each in declared:
        if each.is_constraint:
            _constrain(constraints, each)
        elif isinstance(each.wanted, DirectRequest):
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


def build_options(
    told: BuildTold, options: Options, target: Target, around: Surroundings
) -> BuildOptions:
    """What the command line says of builds, its files read.

    Raises:
        UsageError: one of the files is not valid, or an option has no value.
    """
    pairs = [each.partition("=") for each in told.config_settings]
    for key, equals, _ in pairs:
        if not equals:
            raise UsageError(
                f"--config-settings {key} has no value",
                reference=Reason.USAGE,
                hint="Write KEY=VALUE.",
            )
    constraints: dict[NormalizedName, Constraint] = {}
    asked = Requested(constraint_files=told.constraint_files_of_builds)
    if told.constraint_files_of_builds:
        for each in gather_any(asked, options, around).applying(target):
            _constrain(constraints, each)
    return BuildOptions(
        isolated=not told.no_build_isolation,
        config_settings=settings_of((key, value) for key, _, value in pairs),
        constraints=constraints,
        direct_allowed=named(told.allow_direct),
        trusted_hosts=frozenset(options.trusted_hosts),
    )


def named(texts: Iterable[str]) -> NameSet:
    """Projects as options name them: names, or `:all:`."""
    given = frozenset(texts)
    return NameSet(
        everything=":all:" in given,
        names=frozenset(canonicalize_name(text) for text in given - {":all:"}),
    )


def _constrain(
    constraints: dict[NormalizedName, Constraint], declared: DeclaredRequirement
) -> None:
    wanted = declared.wanted
    if isinstance(wanted, DirectRequest):
        raise _bad_constraint(declared, "names a place; it may limit versions")
    if wanted.extras:
        raise _bad_constraint(declared, "names extras; it may limit versions")
    project = canonicalize_name(wanted.name)
    known = constraints.get(project, Constraint(specifier=SpecifierSet()))
    constraints[project] = Constraint(
        specifier=known.specifier & wanted.specifier,
        declared_at=(*known.declared_at, str(declared.declared_at)),
    )


def _bad_constraint(declared: DeclaredRequirement, problem: str) -> UsageError:
    return UsageError(
        f"A constraint {problem}",
        reference=Reason.REQUIREMENTS_INVALID,
        context=[f"{declared.declared_at}: {declared.wanted}"],
    )


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
