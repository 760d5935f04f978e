"""Which repositories may speak for a name? Decided by the name alone, never by who asks.

With a mapping file, the first rule that matches decides; without one, every group may speak for
every name, and whether their pages may be one namespace is the judge's question. A routing is a
row of stages: the groups of the next one are asked only when all of this one lack the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from xpip.core.decisions import Routing, Ruling, Stage
from xpip.core.enforcement import Chain, Narrowing, chain_of, denial, narrowing_of
from xpip.core.names import NormalizedName
from xpip.core.patterns import Pattern
from xpip.core.policy import (
    IndexOrder,
    MappingRule,
    Merge,
    Policy,
    RepositoryGroup,
    RepositoryMap,
)

NO_MAP = "no mapping file: every repository in use"


def route(project: NormalizedName, policy: Policy) -> Routing:
    """The groups that are asked for this project, stage by stage."""
    mapping = policy.map
    if mapping is None:
        return _open(project, policy.groups, policy)
    for place, layer in enumerate(mapping.enforced):
        chain = chain_of(project, layer.rules)
        if chain:
            return _enforced(project, chain, narrowing_of(project, chain, mapping, place))
    chain = chain_of(project, mapping.rules)
    if chain:
        return _routed(project, chain, policy.order)
    if mapping.open_groups is not None:
        return _open(project, mapping.open_groups, policy)
    return Routing(project=project, closed=Ruling.NO_RULE, explanation=_nearest(project, mapping))


def _open(project: NormalizedName, groups: tuple[RepositoryGroup, ...], policy: Policy) -> Routing:
    everything = Stage(groups=groups, rule=NO_MAP)
    return Routing(project=project, stages=tuple(_in_order(everything, policy.order)))


def _enforced(project: NormalizedName, chain: Chain, narrowing: Narrowing) -> Routing:
    """As the enforced rules alone say, whatever options do; later files only take away."""
    if narrowing.denial is not None:
        return Routing(project=project, closed=Ruling.DENIED, explanation=narrowing.denial)
    routing = _routed(project, chain, IndexOrder.VERSION)
    stages = (replace(stage, enforced=True, narrowing=narrowing.rows) for stage in routing.stages)
    return replace(routing, stages=tuple(stages))


def _routed(project: NormalizedName, chain: Chain, order: IndexOrder) -> Routing:
    stages: list[Stage] = []
    for rule, pattern in chain:
        if not rule.groups:
            # Earlier rules that pass names on are asked first: denied is who comes this far.
            return Routing(
                project=project,
                stages=tuple(stages),
                closed=Ruling.DENIED,
                explanation=denial(rule),
            )
        stage = Stage(
            groups=rule.groups,
            rule=f"{rule.declared_at} {rule.key_path} ({pattern})",
            mapping_rule=rule,
            declared=_declares(rule, pattern),
        )
        stages += _in_order(stage, order if order is IndexOrder.INDEX else rule.order)
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


def _nearest(project: NormalizedName, mapping: RepositoryMap) -> str:
    from difflib import get_close_matches  # few look for a name that no rule matches

    texts = {str(pattern): rule for rule in mapping.all_rules for pattern in rule.patterns}
    near = get_close_matches(project, texts, n=3, cutoff=0.4)
    listed = ", ".join(f"{text} ({texts[text].declared_at})" for text in near)
    return f"{mapping.source}: nearest {listed}" if listed else f"{mapping.source}: no rule is near"
