"""Explanations → a table, the projects that something could still go wrong with first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xpip.core.explaining import Explanation
from xpip.core.reporting.explanation_locked import locked_remark
from xpip.core.reporting.replayed import danger
from xpip.core.urls import redacted

Row = tuple[str, str, str, str, str]
_HEAD: Row = ("project", "version", "from", "ruling", "remarks")


def table_lines(explanations: Sequence[Explanation]) -> Iterator[str]:
    """A line for each: first what may not be taken, then what a stranger could take over."""
    rows = [_HEAD, *map(_row, sorted(explanations, key=_suspicion))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def is_suspect(explanation: Explanation) -> bool:
    """Whether it may not be taken, or a stranger could take it over."""
    refused, dangers, _ = _suspicion(explanation)
    return not refused or dangers < 0


def _suspicion(explanation: Explanation) -> tuple[bool, int, str]:
    refused = not explanation.is_taken or explanation.change is not None
    dangers = sum(each.is_dangerous for each in explanation.consequences)
    return not refused, -dangers, explanation.project


def _row(explanation: Explanation) -> Row:
    return (
        explanation.project,
        str(explanation.version or "-"),
        _origin(explanation),
        explanation.verdict.ruling.value,
        remark(explanation),
    )


def _origin(explanation: Explanation) -> str:
    chosen = explanation.chosen
    if chosen is not None and chosen.reference is None:
        return chosen.origin.group or redacted(chosen.origin.repository)
    return "a place" if explanation.is_taken else "-"


def remark(explanation: Explanation) -> str:
    """The worst that there is to say of it."""
    dangers = [each for each in explanation.consequences if each.is_dangerous]
    if explanation.withheld is not None:
        return f"refused [{explanation.withheld.rejection.reason.value}]"
    if explanation.change is not None:
        return "refused, it was installed from elsewhere [origin-changed]"
    if explanation.locked is not None:
        return locked_remark(explanation.locked)
    if explanation.chosen is None:
        return explanation.verdict.explanation
    if dangers:
        more = f" (and {len(dangers) - 1} more)" if len(dangers) > 1 else ""
        return f"! {danger(dangers[0])}{more}"
    return ""
