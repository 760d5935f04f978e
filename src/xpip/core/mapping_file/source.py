"""Where a mapping file lies, and what the run around it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from xpip.core.strict_table import Invalid, StrictTable


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSource:
    """Where a mapping file lies and what it may name.

    Attributes:
        path: as shown to the user.
        directory: absolute, POSIX form; relative directories start from it.
        discovered: whether it was found by walking up from the working directory: it came with
            a checkout, and is trusted with names, not with secrets.
    """

    path: str
    directory: str
    discovered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
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


def refuse_later(table: StrictTable, keys: tuple[str, ...]) -> None:
    """Keys whose meaning is not enforced yet are errors: none is ever just ignored.

    Raises:
        Invalid: one of them is there.
    """
    for key in keys:
        if key in table:
            raise Invalid(table.at(key), "is not supported by this version of xpip yet")
