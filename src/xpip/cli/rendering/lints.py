"""What was found in a mapping file that can be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import JSON_SCHEMA, show, show_json

if TYPE_CHECKING:
    from xpip.core.mapping_lints import Lint
    from xpip.operations.maps.checking import Checked


def show_checked(checked: Checked, *, as_json: bool) -> None:
    """Every lint: where, what can happen, what to do; or that there is none."""
    if as_json:
        show_json(_data(checked))
        return
    for lint in checked.lints:
        for line in (*_lines(lint), ""):
            show(line)
    show(_summary(checked))


def _lines(lint: Lint) -> list[str]:
    return [
        f"{lint.place}: {lint.key_path} [{lint.code.value}]",
        f"  {lint.problem}",
        f"  {lint.advice}",
    ]


def _summary(checked: Checked) -> str:
    mapping, number = checked.mapping, len(checked.lints)
    found = {0: "no problems", 1: "1 lint"}.get(number, f"{number} lints")
    sizes = f"repositories: {len(mapping.groups)}, rules: {len(mapping.all_rules)}"
    return f"{mapping.source}: {found} ({sizes})"


def _data(checked: Checked) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        "file": checked.mapping.source,
        "digest": checked.mapping.digest,
        "lints": [
            {
                "code": lint.code.value,
                "key_path": lint.key_path,
                "place": lint.place,
                "problem": lint.problem,
                "advice": lint.advice,
            }
            for lint in checked.lints
        ],
    }
