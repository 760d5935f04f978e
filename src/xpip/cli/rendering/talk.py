"""Lines of talk, on standard error.

Everything a stranger may have written (file names, page texts) is made printable here: no
control character reaches a terminal.
"""

from __future__ import annotations

import os
import sys

import click

from xpip.core.printable import printable

__all__ = ["JSON_SCHEMA", "alarm", "printable", "say"]

JSON_SCHEMA = 1


def say(text: str = "") -> None:
    """One line of talk."""
    click.echo(printable(text), err=True)


def alarm(text: str) -> str:
    """The text, in red where there are colours."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return click.style(text, fg="red", bold=True)
