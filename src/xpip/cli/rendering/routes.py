"""Where names are routed: a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json
from xpip.core.urls import redacted

if TYPE_CHECKING:
    from xpip.core.decisions import Routing, Stage
    from xpip.core.policy import MappingRule
    from xpip.operations.maps.testing import Tested


def show_tested(tested: Tested, *, as_json: bool) -> None:
    """Which rule, which repositories."""
    if as_json:
        show_json(_data(tested))
        return
    for notice in tested.notices:
        say(f"note: {notice.text} [{notice.code}]")
    width = max(len(routing.project) for routing in tested.routings)
    for routing in tested.routings:
        show(f"{routing.project:<{width}}  {_route(routing)}")


def _route(routing: Routing) -> str:
    steps = [f"{_rules(stage)} -> {_asked(stage)}" for stage in routing.stages]
    if routing.closed:
        steps.append(f"refused [{routing.closed.value}] {routing.explanation}")
    return "; if absent, ".join(steps)


def _rules(stage: Stage) -> str:
    narrowed = [f", narrowed by {each.declared_at} {each.key_path}" for each in _narrowing(stage)]
    return "".join([stage.rule, ", enforced" if stage.enforced else "", *narrowed])


def _asked(stage: Stage) -> str:
    names = [group.name for group in stage.groups]
    notes = [f"no files of {group.name}" for group in stage.groups if stage.drops(group)]
    if len(names) > 1:
        notes.insert(0, "one namespace" if stage.declared else "refused if unlinked")
    return ", ".join(names) + (f" ({'; '.join(notes)})" if notes else "")


def _narrowing(stage: Stage) -> list[MappingRule]:
    """The rules of later files, each once: one may narrow several repositories."""
    rules = [rule for row in stage.narrowing for rule in row]
    return [rule for number, rule in enumerate(rules) if rule not in rules[:number]]


def _data(tested: Tested) -> dict[str, object]:
    mapping = tested.policy.map
    return {
        "schema": JSON_SCHEMA,
        "file": mapping.source if mapping else None,
        "names": [
            {
                "name": routing.project,
                "stages": [_stage_data(stage) for stage in routing.stages],
                "closed": routing.closed.value if routing.closed else None,
                "explanation": routing.explanation or None,
            }
            for routing in tested.routings
        ],
        "notices": notices_data(tested.notices),
    }


def _stage_data(stage: Stage) -> dict[str, object]:
    rule = stage.mapping_rule
    return {
        "rule": stage.rule,
        "key_path": rule.key_path if rule else None,
        "declared_at": rule.declared_at if rule else None,
        "repositories": [
            {
                "name": group.name,
                "urls": [redacted(mirror.url) for mirror in group.mirrors],
                "dropped": stage.drops(group),
            }
            for group in stage.groups
        ],
        "enforced": stage.enforced,
        "narrowed_by": [
            {"key_path": each.key_path, "declared_at": each.declared_at}
            for each in _narrowing(stage)
        ],
        "one_namespace": stage.declared or len(stage.groups) == 1,
    }
