"""Why a name resolves where it does: the decision of a run, laid out in the order it was made.

Takes the values that decided apart, and derives nothing again: the rules that were looked at, what
every mirror said, the verdict, what was passed over, what was chosen and who needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate, Pin, Rejection, RejectionReason, Verdict
from xpip.core.dependencies import Dependencies
from xpip.core.discovery import Finding
from xpip.core.facts import Answer, InstalledDistribution
from xpip.core.policy import MappingRule, Policy, RepositoryGroup, Target
from xpip.core.selection import Withheld, is_exact
from xpip.core.what_if import Consequence, replays

_SHOWN = 20
"""Newer versions of which it is said why they were passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A rule of the mapping file that was looked at for the name."""

    rule: MappingRule
    pattern: str | None
    """What matched; None where nothing did."""
    enforced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one group's mirrors said, and whether its files count."""

    group: RepositoryGroup
    rule: str
    answers: tuple[Answer, ...]
    admitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A requirement on the project; by None where the user makes it."""

    requirement: str
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A version that was not chosen, and why."""

    version: Version
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything about one name's decision, in the order of the stages.

    Attributes:
        considered: rules looked at, up to the last that matched.
        heard: every group asked, in order.
        unasked: groups in use that were not asked, because nothing sends the name there.
        verdict: the ruling and its step.
        rejections: files passed over, by reason, with an example each.
        chosen: the file, or what is installed; None where nothing may be chosen.
        path: who needs it, from what the user asked for down to the project.
        demands: the requirements on it.
        passed_over: versions newer than the chosen one.
        installed: what the environment holds today.
        consequences: what would follow if repositories said otherwise.
    """

    project: NormalizedName
    considered: tuple[Considered, ...]
    heard: tuple[Heard, ...]
    unasked: tuple[RepositoryGroup, ...]
    verdict: Verdict
    rejections: tuple[tuple[RejectionReason, int, Rejection], ...]
    withheld: Withheld | None
    chosen: Candidate | InstalledDistribution | None
    path: tuple[NormalizedName, ...]
    demands: tuple[Demand, ...]
    passed_over: tuple[PassedOver, ...]
    installed: InstalledDistribution | None
    consequences: tuple[Consequence, ...]


def explain(
    finding: Finding,
    pins: Mapping[NormalizedName, Pin],
    *,
    policy: Policy,
    target: Target,
    asked: Sequence[Demand],
    installed: InstalledDistribution | None,
    withheld: Withheld | None = None,
) -> Explanation:
    """Lay out the decision on one project.

    Args:
        finding: what was found of it.
        pins: the solution, where there is one.
        policy: what decided.
        target: what it was decided for.
        asked: the user's own requirements on it.
        installed: what the environment holds of it.
        withheld: the file that refused it, if one did.
    """
    demands = (*asked, *_demands(finding.project, pins, target))
    specifier = _combined(demands)
    chosen = _chosen(finding, pins, specifier)
    return Explanation(
        project=finding.project,
        considered=tuple(_considered(finding, policy)),
        heard=tuple(_heard(finding)),
        unasked=_unasked(finding, policy),
        verdict=finding.verdict,
        rejections=_counted(finding.selection.rejections()),
        withheld=withheld,
        chosen=chosen,
        path=_path(finding.project, pins),
        demands=demands,
        passed_over=tuple(_passed_over(finding, chosen, demands)),
        installed=installed,
        consequences=tuple(replays(finding, policy, target, installed)),
    )


def _considered(finding: Finding, policy: Policy) -> Iterator[Considered]:
    if policy.map is None:
        return
    routed = {stage.mapping_rule for stage in finding.routing.stages}
    narrowing = {
        rule for stage in finding.routing.stages for row in stage.narrowing for rule in row
    }
    rules = policy.map.all_rules
    enforced = len(rules) - len(policy.map.rules)
    looked_at = [number for number, rule in enumerate(rules) if rule in routed | narrowing]
    last = max(looked_at, default=len(rules) - 1)
    for number, rule in enumerate(rules[: last + 1]):
        pattern = rule.match(finding.project)
        yield Considered(
            rule=rule,
            pattern=str(pattern) if pattern else None,
            enforced=number < enforced,
        )


def _heard(finding: Finding) -> Iterator[Heard]:
    admitted = {page.repository for page in finding.verdict.admitted}
    for asked in finding.asked:
        counts = bool(admitted & set(asked.group.mirrors)) and not asked.stage.drops(asked.group)
        yield Heard(group=asked.group, rule=asked.stage.rule, answers=asked.heard, admitted=counts)


def _unasked(finding: Finding, policy: Policy) -> tuple[RepositoryGroup, ...]:
    asked = [each.group for each in finding.asked]
    return tuple(group for group in policy.groups if group not in asked)


def _demands(
    project: NormalizedName, pins: Mapping[NormalizedName, Pin], target: Target
) -> Iterator[Demand]:
    dependencies = Dependencies(target)
    for pin in pins.values():
        found = [
            *dependencies.of(pin.metadata),
            *dependencies.of_extras(pin.metadata, pin.extras),
        ]
        for dependency in found:
            if dependency.project == project:
                requirement = f"{project}{dependency.specifier}"
                yield Demand(requirement=requirement, by=f"{pin.project} {pin.version}")


def _combined(demands: Sequence[Demand]) -> SpecifierSet:
    from packaging.requirements import Requirement

    combined = SpecifierSet()
    for demand in demands:
        combined &= Requirement(demand.requirement).specifier
    return combined


def _chosen(
    finding: Finding, pins: Mapping[NormalizedName, Pin], specifier: SpecifierSet
) -> Candidate | InstalledDistribution | None:
    if not finding.verdict.ruling.admits:
        return None
    if finding.project in pins:
        return pins[finding.project].chosen
    if pins:
        return None
    option = next(finding.selection.matching(specifier), None)
    return option if isinstance(option, Candidate) else None


def _counted(
    rejections: Sequence[Rejection],
) -> tuple[tuple[RejectionReason, int, Rejection], ...]:
    counted = Counter(each.reason for each in rejections)
    first = {each.reason: each for each in reversed(rejections)}
    return tuple((reason, count, first[reason]) for reason, count in counted.most_common())


def _path(
    project: NormalizedName, pins: Mapping[NormalizedName, Pin]
) -> tuple[NormalizedName, ...]:
    """The shortest way from a project that the user named down to this one."""
    ways: list[tuple[NormalizedName, ...]] = [(project,)]
    seen = {project}
    while ways:
        way = ways.pop(0)
        pin = pins.get(way[0])
        if pin is None:
            return ()
        if pin.requested:
            return way
        for parent in pin.required_by:
            if parent not in seen:
                seen.add(parent)
                ways.append((parent, *way))
    return ()


def _passed_over(
    finding: Finding,
    chosen: Candidate | InstalledDistribution | None,
    demands: Sequence[Demand],
) -> Iterator[PassedOver]:
    if not finding.verdict.ruling.admits:
        return
    floor = chosen.version if chosen else None
    newer = [v for v in finding.selection.versions if floor is None or v > floor]
    for version in newer[:_SHOWN]:
        yield PassedOver(version=version, why=why_not(finding, version, demands))


def why_not(finding: Finding, version: Version, demands: Sequence[Demand]) -> str:
    """Why one version is not chosen, in a few words."""
    from packaging.requirements import Requirement

    against = [
        demand
        for demand in demands
        if not Requirement(demand.requirement).specifier.contains(version, prereleases=True)
    ]
    if against:
        return "; ".join(f"{each.by or 'you'}: {each.requirement}" for each in against[:3])
    if version not in finding.selection.versions:
        return "no page that is admitted lists it"
    release = finding.selection.release(version)
    if release.withheld is not None:
        rejection = release.withheld.rejection
        return f"{rejection.filename}: {rejection.detail} [{rejection.reason.value}]"
    if release.rejections and not release.candidates:
        return "; ".join(
            f"{count} x {first.detail or reason.value} [{reason.value}]"
            for reason, count, first in _counted(release.rejections)
        )
    if version.is_prerelease and not any(
        is_exact(Requirement(each.requirement).specifier) for each in demands
    ):
        return "a pre-release, and a final one will do [prerelease]"
    return "what it needs does not go together with the rest"
