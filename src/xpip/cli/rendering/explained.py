"""What was explained: a page for each name, a table of all, or data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from xpip.cli.rendering.talk import printable, say

if TYPE_CHECKING:
    from xpip.operations.explaining import Explained


def show_explained(explained: Explained, *, as_json: bool, verbose: bool, as_table: bool) -> None:
    """Show the explanations on standard output."""
    from xpip.core.reporting.explanation import explanation_lines, table_lines

    if as_json:
        click.echo(json.dumps(_data(explained), indent=2))
        return
    for notice in explained.notices:
        say(f"note: {notice.text} [{notice.code}]")
    if as_table:
        for line in table_lines(explained.explanations):
            click.echo(printable(line))
        return
    for number, explanation in enumerate(explained.explanations):
        if number:
            click.echo()
        for line in explanation_lines(explanation, verbose=verbose):
            click.echo(printable(line))


def _data(explained: Explained) -> dict[str, object]:
    from xpip.core.reporting.explanation import SCHEMA, explanation_data

    error = explained.error
    return {
        "schema": SCHEMA,
        "explanations": [explanation_data(each) for each in explained.explanations],
        "error": None
        if error is None
        else {
            "exit_code": int(error.exit_code),
            "reason": error.reference.value,
            "message": error.message,
        },
    }
