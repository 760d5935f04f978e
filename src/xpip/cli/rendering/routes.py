"""Where names are routed: a line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from xpip.cli.rendering.talk import JSON_SCHEMA, printable, say
from xpip.core.urls import redacted

if TYPE_CHECKING:
    from xpip.core.decisions import Routing, Stage
    from xpip.operations.maps.testing import Tested


def show_tested(tested: Tested, *, as_json: bool) -> None:
    """Which rule, which repositories."""
    if as_json:
        click.echo(json.dumps(_data(tested), indent=2))
        return
    for notice in tested.notices:
        say(f"note: {notice.text} [{notice.code}]")
    width = max(len(routing.project) for routing in tested.routings)
    for routing in tested.routings:
        click.echo(printable(f"{routing.project:<{width}}  {_route(routing)}"))


def _route(routing: Routing) -> str:
    steps = [f"{stage.rule} -> {_asked(stage)}" for stage in routing.stages]
    if routing.closed:
        steps.append(f"refused [{routing.closed.value}] {routing.explanation}")
    return "; if absent, ".join(steps)


def _asked(stage: Stage) -> str:
    names = [group.name for group in stage.groups]
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names)} ({'one namespace' if stage.declared else 'refused if unlinked'})"


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
        "notices": [{"code": each.code, "text": each.text} for each in tested.notices],
    }


def _stage_data(stage: Stage) -> dict[str, object]:
    rule = stage.mapping_rule
    return {
        "rule": stage.rule,
        "key_path": rule.key_path if rule else None,
        "declared_at": rule.declared_at if rule else None,
        "repositories": [
            {"name": group.name, "urls": [redacted(mirror.url) for mirror in group.mirrors]}
            for group in stage.groups
        ],
        "one_namespace": stage.declared or len(stage.groups) == 1,
    }
