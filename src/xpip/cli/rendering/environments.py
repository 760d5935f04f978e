"""What an environment holds: columns, requirement lines, or data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xpip.cli.progress import plural
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, printable, say, show, show_json

if TYPE_CHECKING:
    from xpip.core.outdated import Comparison
    from xpip.core.reporting.notices import Notice
    from xpip.edge.environment import Environment
    from xpip.operations.comparing import Compared
    from xpip.operations.inspecting import Looked


def show_list(looked: Looked, *, form: str, quiet: bool) -> None:
    """Every distribution, and where it came from.

    Args:
        looked: what is there.
        form: `columns`, `freeze` or `json`.
        quiet: no talk beside it.
    """
    from xpip.core.reporting.distributions import origin_text

    if form == "json":
        show_json(_list_data(looked))
        return
    if not quiet:
        show_notices(looked.notices)
    if form == "freeze":
        for held in looked.held:
            show(f"{held.distribution.project}=={held.distribution.version}")
        return
    rows = [
        (
            each.distribution.project,
            str(each.distribution.version),
            origin_text(each.distribution, each.direct),
        )
        for each in looked.held
    ]
    show_columns(("name", "version", "origin"), rows)
    if not quiet:
        say(f"{_counted(len(rows))} in {shown_environment(looked.environment)}")


def show_frozen(looked: Looked, lines: Sequence[str]) -> None:
    """Lines of a requirements file."""
    show_notices(looked.notices)
    for line in lines:
        show(line)


def show_compared(compared: Compared, *, as_json: bool, quiet: bool) -> None:
    """What is not as new as it could be, and why some of it may not be."""
    if as_json:
        show_json(_compared_data(compared))
        return
    if not quiet:
        show_notices(compared.notices)
    told = [each for each in compared.comparisons if each.standing not in {"current", "direct"}]
    rows = [
        (each.distribution.project, str(each.distribution.version), *_newest(each)) for each in told
    ]
    show_columns(("name", "version", "newest", "from"), rows)
    if not quiet:
        say(_compared_summary(compared))


def show_columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows below their heads, if there are any; the last column is as long as it is."""
    if not rows:
        return
    lines = [heads, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads) - 1)]
    for line in lines:
        cells = [f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)]
        show("  ".join([*cells, line[-1]]).rstrip())


def show_notices(notices: Iterable[Notice]) -> None:
    """What should be known beside."""
    for notice in notices:
        say(f"note: {notice.text} [{notice.code}]")


def shown_environment(environment: Environment) -> str:
    """Which environment it is."""
    return f"{environment.prefix} (Python {environment.target.python_version})"


def environment_data(environment: Environment) -> dict[str, object]:
    """Which environment it is, as data."""
    return {
        "python": environment.executable,
        "python_version": str(environment.target.python_version),
        "prefix": environment.prefix,
    }


def _counted(number: int) -> str:
    return f"{number} distribution{plural(number)}"


def _newest(each: Comparison) -> tuple[str, str]:
    version = str(each.newest_version or "")
    if each.standing == "outdated" and each.newest is not None:
        return version, each.newest.origin.group
    detail = f" {each.detail}" if each.detail else ""
    return version or "-", f"{each.standing} [{each.reason}]{detail}"


def _compared_summary(compared: Compared) -> str:
    counted = Counter(each.standing.value for each in compared.comparisons)
    words = {
        "outdated": "outdated",
        "current": "current",
        "refused": "refused",
        "unavailable": "unavailable",
        "absent": "in no repository",
        "direct": "from places of their own, which nobody was asked about",
    }
    parts = [f"{counted[key]} {text}" for key, text in words.items() if counted[key]]
    where = shown_environment(compared.looked.environment)
    return f"{', '.join(parts) or 'nothing installed'}; in {where}"


def _list_data(looked: Looked) -> dict[str, object]:
    from xpip.core.reporting.inspection import listed_data

    return {
        "schema": JSON_SCHEMA,
        "environment": environment_data(looked.environment),
        "distributions": [listed_data(each.distribution, each.direct) for each in looked.held],
        "notices": notices_data(looked.notices),
    }


def _compared_data(compared: Compared) -> dict[str, object]:
    from xpip.core.reporting.installation import origin_data

    return {
        "schema": JSON_SCHEMA,
        "environment": environment_data(compared.looked.environment),
        "distributions": [
            {
                "name": each.distribution.project,
                "version": str(each.distribution.version),
                "standing": each.standing.value,
                "newest": str(each.newest_version) if each.newest else None,
                "newest_origin": origin_data(each.newest) if each.newest else None,
                "reason": each.reason,
                "detail": each.detail or None,
            }
            for each in compared.comparisons
        ],
        "notices": notices_data(compared.notices),
    }
