"""What was explained: a page for each name, a table of all, or data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.cli.rendering.errors import error_data, show_error
from xpip.cli.rendering.talk import notices_data, say, show, show_json
from xpip.errors import ExitCode, PolicyError, Reason, SeveralErrors, XpipError

if TYPE_CHECKING:
    from xpip.operations.explaining import Explained


class Manner(Struct, frozen=True, kw_only=True):
    """How explanations are to be shown."""

    as_table: bool = False
    verbose: bool = False
    what_if: bool = False
    quiet: bool = False


def show_data(explained: Explained, *, timings: Mapping[str, object]) -> None:
    """The explanations as JSON, with what else is to be told."""
    show_json({**_data(explained), **timings})


def show_explained(explained: Explained, manner: Manner) -> None:
    """Show the explanations on standard output, and what would end an installation after them."""
    if not manner.quiet:
        for notice in explained.notices:
            say(f"note: {notice.text} [{notice.code}]")
    for line in _lines(explained, manner):
        show(line)
    if explained.error is not None:
        say()
        show_error(_unrepeated(explained, explained.error), as_json=False)


def _lines(explained: Explained, manner: Manner) -> list[str]:
    from xpip.core.reporting.explanation import explanation_lines
    from xpip.core.reporting.explanation_table import table_lines

    if manner.as_table:
        return [*table_lines(explained.explanations)]
    lines: list[str] = []
    for explanation in explained.explanations:
        lines += [""] if lines else []
        lines += explanation_lines(explanation, verbose=manner.verbose, what_if=manner.what_if)
    return lines


def _unrepeated(explained: Explained, error: XpipError) -> XpipError:
    """The error, without the evidence that the explanations have given already."""
    shown = {explanation.project for explanation in explained.explanations}
    if isinstance(error, SeveralErrors):
        return SeveralErrors([_unrepeated(explained, each) for each in error.errors])
    conflicts = error.data.get("conflicts")
    if error.reference is not Reason.COLLISION or not isinstance(conflicts, list):
        return error
    if not {each["project"] for each in conflicts} <= shown:
        return error
    return PolicyError(error.message, reference=error.reference, hint=error.hint)


def _data(explained: Explained) -> dict[str, object]:
    from xpip.core.reporting.explanation_data import SCHEMA, explanation_data

    error = explained.error
    members = error.errors if isinstance(error, SeveralErrors) else (error,) if error else ()
    return {
        "schema": SCHEMA,
        "exit_code": int(error.exit_code if error else ExitCode.DONE),
        "explanations": [explanation_data(each) for each in explained.explanations],
        "errors": [error_data(each) for each in members],
        "notices": notices_data(explained.notices),
    }
