"""Lines of talk, on standard error.

Everything a stranger may have written (file names, page texts) is made printable here: no
control character reaches a terminal.
"""

from __future__ import annotations

import os
import re
import sys

import click

JSON_SCHEMA = 1
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text without control, direction and zero-width characters, and halves of characters."""
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def say(text: str = "") -> None:
    """One line of talk."""
    click.echo(printable(text), err=True)


def alarm(text: str) -> str:
    """The text, in red where there are colours."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return click.style(text, fg="red", bold=True)
