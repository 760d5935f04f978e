"""Where a mapping file lies, and what the run around it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from xpip.core.strict_table import Invalid
from xpip.errors import Reason, UsageError


class MapSource(Struct, frozen=True, kw_only=True):
    """Where a mapping file lies and what it may name.

    Attributes:
        path: as shown to the user.
        directory: absolute, POSIX form; relative directories start from it. None for a file that
            came from a URL, which names no directories.
        discovered: whether it was found by walking up from the working directory: it came with
            a checkout, and is trusted with names, not with secrets.
    """

    path: str
    directory: str | None
    discovered: bool


class Context(Struct, frozen=True, kw_only=True):
    """What reading a file needs beside its bytes.

    Attributes:
        variables: environment variables for `${NAME}`.
        now: what ages such as `7d` count from.
        lines: line numbers of the rules, where they are known.
    """

    source: MapSource
    variables: Mapping[str, str]
    now: datetime
    lines: tuple[int, ...] = ()

    def place(self, number: int) -> str:
        """File and, where known, line of a rule."""
        line = f":{self.lines[number]}" if number < len(self.lines) else ""
        return f"{self.source.path}{line}"


def invalid_map(invalid: Invalid, place: str) -> UsageError:
    """What is wrong with a mapping file, for people.

    Args:
        invalid: with the key path.
        place: the file and, where known, line.
    """
    return UsageError(
        f"The mapping file is not valid: {invalid}",
        reference=Reason.MAP_INVALID,
        context=[place],
        hint="xpip does nothing while a file that says where names come from is wrong.",
    )
