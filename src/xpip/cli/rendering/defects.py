"""What is wrong with an environment: a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xpip.cli.progress import plural
from xpip.cli.rendering.environments import (
    environment_data,
    show_notices,
    shown_environment,
)
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json

if TYPE_CHECKING:
    from xpip.core.defects import Defect
    from xpip.operations.checking_environment import Checked

_SHOWN = 10
"""Lines of one kind about one distribution, before the rest is only counted."""


def show_defects(checked: Checked, *, as_json: bool, quiet: bool) -> None:
    """Every defect with its code, or that there is none."""
    if as_json:
        show_json(_data(checked))
        return
    if not quiet:
        show_notices(checked.notices)
    for line in _lines(checked.defects):
        show(line)
    if not quiet:
        say(_summary(checked))


def _lines(defects: tuple[Defect, ...]) -> Iterator[str]:
    total = Counter((each.subject, each.code) for each in defects)
    seen: Counter[tuple[str, str]] = Counter()
    for each in defects:
        kind = (each.subject, each.code)
        seen[kind] += 1
        if seen[kind] <= _SHOWN:
            yield f"{each.subject}: {each.text} [{each.code}]"
        elif seen[kind] == total[kind]:
            yield f"{each.subject}: and {total[kind] - _SHOWN} more [{each.code}]"


def _summary(checked: Checked) -> str:
    number = len(checked.defects)
    found = f"{number} problem{plural(number)}" if number else "no problems"
    count = checked.distributions
    where = shown_environment(checked.environment)
    return f"{found} in {count} distribution{plural(count)} of {where}"


def _data(checked: Checked) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        "environment": environment_data(checked.environment),
        "distributions": checked.distributions,
        "problems": [
            {
                "code": each.code.value,
                "name": each.project,
                "subject": each.subject,
                "text": each.text,
                "path": each.path,
            }
            for each in checked.defects
        ],
        "notices": notices_data(checked.notices),
    }
