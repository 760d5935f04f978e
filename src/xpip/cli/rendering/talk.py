"""What is printed: lines of talk on standard error, lines and data on standard output.

Everything a stranger may have written (file names, page texts) goes through here and is made
printable: no control character reaches a terminal, and no text begins a line of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from xpip.core.printable import one_line, printable

if TYPE_CHECKING:
    from xpip.core.reporting.notices import Notice

__all__ = ["JSON_SCHEMA", "alarm", "notices_data", "printable", "say", "show"]
__all__ += ["show_json", "show_text"]

JSON_SCHEMA = 1


def say(text: str = "") -> None:
    """One line of talk."""
    click.echo(one_line(text), err=True)


def show(text: str = "") -> None:
    """One line of what was asked for."""
    click.echo(one_line(text))


def show_text(text: str) -> None:
    """A text of several lines, as it would stand in a file."""
    click.echo(printable(text), nl=False)


def show_json(data: object) -> None:
    """Data, as JSON in ASCII."""
    # RFC 8259 lets DEL stand as it is.
    click.echo(json.dumps(data, indent=2).replace("\x7f", "\\u007f"))


def notices_data(notices: Iterable[Notice]) -> list[dict[str, object]]:
    """Notices as data."""
    return [
        {"code": each.code, "text": each.text}
        | ({"projects": list(each.projects)} if each.projects else {})
        for each in notices
    ]


def alarm(text: str) -> str:
    """The text, in red where there are colours."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return click.style(text, fg="red", bold=True)
