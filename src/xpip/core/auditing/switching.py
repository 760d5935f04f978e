"""Which projects could come from elsewhere tomorrow without a word, and what would settle it.

Replays every change at every repository (`core.what_if`). A change to the mapping file is proposed
only where the same replay, over the same answers, shows that it leaves no danger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.discovery import Finding
from xpip.core.facts import InstalledDistribution
from xpip.core.mapping_file.placing import place_of
from xpip.core.patterns import Pattern
from xpip.core.policy import MappingRule, Policy, RepositoryGroup, RepositoryMap, Target
from xpip.core.reporting.alternatives import alternatives
from xpip.core.urls import redacted
from xpip.core.what_if import Consequence, again, best, replays


class Exposure(Struct, frozen=True, kw_only=True):
    """A project that could come from elsewhere.

    Attributes:
        group: whose file would be taken today.
        rule: what decides today; None without a mapping file.
        dangers: changes after which another repository's file would be taken unasked.
    """

    finding: Finding
    group: RepositoryGroup
    rule: MappingRule | None
    dangers: tuple[Consequence, ...]

    @property
    def project(self) -> NormalizedName:
        """Its name."""
        return self.finding.project


class Remedy(Struct, frozen=True, kw_only=True):
    """What to change, and for which projects that settles it.

    Attributes:
        text: one sentence, or a command.
        place: the rule that it changes, if it changes one.
        is_command: whether the text can be run, in a POSIX shell.
    """

    text: str
    projects: tuple[NormalizedName, ...]
    place: str | None = None
    is_command: bool = False


class Switches(Struct, frozen=True, kw_only=True):
    """What the replays of a set of projects came to.

    Attributes:
        replayed: how many changes.
        remedies: those that settle most come first.
    """

    exposures: tuple[Exposure, ...]
    remedies: tuple[Remedy, ...]
    projects: int
    replayed: int


Remembered = Callable[[NormalizedName], InstalledDistribution | None]
"""What knows where a project came from so far, if anything does."""


def find_switches(
    findings: Sequence[Finding], policy: Policy, target: Target, remembered: Remembered
) -> Switches:
    """Replay every change for every project."""
    exposures, replayed = [], 0
    for finding in findings:
        consequences = tuple(replays(finding, policy, target, remembered(finding.project)))
        replayed += len(consequences)
        dangers = tuple(each for each in consequences if each.is_dangerous)
        if dangers:
            exposures.append(_exposure(finding, dangers))
    return Switches(
        exposures=tuple(sorted(exposures, key=lambda each: each.project)),
        remedies=_remedies(exposures, policy, target),
        projects=len(findings),
        replayed=replayed,
    )


def _exposure(finding: Finding, dangers: tuple[Consequence, ...]) -> Exposure:
    stage = finding.decided_in
    assert stage is not None  # where nobody was asked, nothing can switch
    return Exposure(
        finding=finding,
        group=_speaker(finding),
        rule=stage.mapping_rule,
        dangers=dangers,
    )


def _speaker(finding: Finding) -> RepositoryGroup:
    """Whose file is taken today; where none will do, who could be the one."""
    chosen = best(finding)
    groups = [asked.group for asked in finding.asked]
    if isinstance(chosen, Candidate):
        return next(group for group in groups if group.name == chosen.origin.group)
    admitted = {page.repository for page in finding.verdict.admitted}
    return next(group for group in groups if not admitted.isdisjoint(group.mirrors))


def _remedies(exposures: Sequence[Exposure], policy: Policy, target: Target) -> tuple[Remedy, ...]:
    remedies: list[Remedy] = []
    left = sorted(exposures, key=lambda each: each.project)
    for rule in dict.fromkeys(each.rule for each in exposures if each.rule is not None):
        of_it = [each for each in left if each.rule is rule]
        tightened = replace(rule, terminating=True, passes_unusable=False)
        settled = [
            each
            for each in of_it
            if tightened != rule and _settles(each, _with_rule(policy, rule, tightened), target)
        ]
        if settled:
            remedies.append(_tightening(rule, settled))
        left = [each for each in left if each not in settled]
    remedies += _namings(left, policy, target)
    return tuple(sorted(remedies, key=lambda each: -len(each.projects)))


def _tightening(rule: MappingRule, settled: Sequence[Exposure]) -> Remedy:
    keys = ["`terminating = false`"] if not rule.terminating else []
    keys += ['`on-unusable = "next"`'] if rule.passes_unusable else []
    place = place_of(rule)
    return Remedy(
        text=f"{place}: remove {' and '.join(keys)} from {rule.key_path}",
        projects=tuple(each.project for each in settled),
        place=place,
    )


def _namings(left: Sequence[Exposure], policy: Policy, target: Target) -> Iterator[Remedy]:
    """Rules that name these projects, and the repository that they come from today."""
    for group in dict.fromkeys(each.group for each in left):
        of_it = [each for each in left if each.group == group]
        if policy.map is not None:
            settled = [each for each in of_it if _settles(each, _naming(each, policy), target)]
            unsettled = [each for each in of_it if each not in settled]
        else:
            settled, unsettled = of_it, []
        if settled:
            yield _naming_remedy(settled, group, policy)
        for each in unsettled:
            yield _unsettled(each)


def _naming_remedy(settled: Sequence[Exposure], group: RepositoryGroup, policy: Policy) -> Remedy:
    projects = tuple(each.project for each in settled)
    url = redacted(group.canonical.url)
    offered = alternatives([each.finding for each in settled], policy)
    command = next((each.command for each in offered if each.url == url), None)
    if command is not None:
        return Remedy(text=command, projects=projects, is_command=True)
    text = f"let a rule of a mapping file name {', '.join(projects)}, and {group.name} alone"
    return Remedy(text=text, projects=projects)


def _unsettled(exposure: Exposure) -> Remedy:
    rules = (each.mapping_rule for each in exposure.finding.routing.stages)
    places = ", ".join(dict.fromkeys(place_of(rule) for rule in rules if rule is not None))
    return Remedy(
        text=f"{places}: let one repository speak for {exposure.project}; no rule that is added "
        "to the file here can do it",
        projects=(exposure.project,),
        place=places,
    )


def _settles(exposure: Exposure, policy: Policy, target: Target) -> bool:
    """Whether the same file is chosen under this policy, and no change would let in another."""
    finding = again(exposure.finding, policy, target)
    if not finding.verdict.admitted or _speaker(finding) != exposure.group:
        return False
    return not any(each.is_dangerous for each in replays(finding, policy, target))


def _naming(exposure: Exposure, policy: Policy) -> Policy:
    assert policy.map is not None
    rule = MappingRule(
        source=policy.map.source,
        key_path="mapping[0]",
        declared_at=policy.map.source,
        patterns=(Pattern(text=exposure.project),),
        groups=(exposure.group,),
    )
    return replace(policy, map=replace(policy.map, rules=(rule, *policy.map.rules)))


def _with_rule(policy: Policy, old: MappingRule, new: MappingRule) -> Policy:
    def changed(rules: tuple[MappingRule, ...]) -> tuple[MappingRule, ...]:
        return tuple(new if rule is old else rule for rule in rules)

    mapping = policy.map
    assert isinstance(mapping, RepositoryMap)
    layers = tuple(replace(layer, rules=changed(layer.rules)) for layer in mapping.enforced)
    return replace(policy, map=replace(mapping, rules=changed(mapping.rules), enforced=layers))
