"""Which repositories may speak for a name? Decided by the name alone, never by who asks.

With a mapping file, the first rule that matches decides; without one, every group may speak for
every name, and whether their pages may be one namespace is the judge's question. A routing is a
row of stages: the groups of the next one are asked only when all of this one lack the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from packaging.utils import NormalizedName

from xpip.core.decisions import Routing, Ruling, Stage
from xpip.core.patterns import Pattern
from xpip.core.policy import IndexOrder, MappingRule, Merge, Policy, RepositoryMap

NO_MAP = "no mapping file: every repository in use"


def route(project: NormalizedName, policy: Policy) -> Routing:
    """The groups that are asked for this project, stage by stage."""
    if policy.map is not None:
        return _by_map(project, policy, policy.map)
    everything = Stage(groups=policy.groups, rule=NO_MAP)
    return Routing(project=project, stages=tuple(_in_order(everything, policy.order)))


def _by_map(project: NormalizedName, policy: Policy, mapping: RepositoryMap) -> Routing:
    stages: list[Stage] = []
    for rule in mapping.rules:
        pattern = rule.match(project)
        if pattern is None:
            continue
        if not rule.groups:
            # Earlier rules that pass names on are asked first: denied is who comes this far.
            return Routing(
                project=project,
                stages=tuple(stages),
                closed=Ruling.DENIED,
                explanation=_denial(rule),
            )
        stage = Stage(
            groups=rule.groups,
            rule=f"{rule.declared_at} {rule.key_path} ({pattern})",
            mapping_rule=rule,
            declared=_declares(rule, pattern),
        )
        order = IndexOrder.INDEX if IndexOrder.INDEX in (rule.order, policy.order) else rule.order
        stages += _in_order(stage, order)
        if rule.terminating:
            break
    if not stages:
        return Routing(
            project=project, closed=Ruling.NO_RULE, explanation=_nearest(project, mapping)
        )
    return Routing(project=project, stages=tuple(stages))


def _declares(rule: MappingRule, pattern: Pattern) -> bool:
    if len(rule.groups) == 1:
        return True
    # A glob names projects that do not exist yet: it declares nothing by itself.
    return pattern.is_literal if rule.merge is None else rule.merge is Merge.DECLARED


def _in_order(stage: Stage, order: IndexOrder) -> Iterator[Stage]:
    if order is IndexOrder.VERSION:
        yield stage
        return
    for group in stage.groups:
        yield Stage(
            groups=(group,),
            rule=stage.rule,
            mapping_rule=stage.mapping_rule,
            declared=stage.mapping_rule is not None,
        )


def _denial(rule: MappingRule) -> str:
    return f"{rule.declared_at} {rule.key_path}: {rule.reason or 'nobody may speak for this name'}"


def _nearest(project: NormalizedName, mapping: RepositoryMap) -> str:
    texts = {str(pattern): rule for rule in mapping.rules for pattern in rule.patterns}
    near = get_close_matches(project, texts, n=3, cutoff=0.4)
    listed = ", ".join(f"{text} ({texts[text].declared_at})" for text in near)
    return f"{mapping.source}: nearest {listed}" if listed else f"{mapping.source}: no rule is near"
