"""Bytes → the table of a lock file, in bounded time, and errors that carry its key paths.

Decides what is too large to be a lock; may not know what any key means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from xpip.core.toml_text import load_toml
from xpip.errors import Reason, UsageError

_LOCK_NAME = re.compile(r"(?:.*[/\\])?pylock(?:\.[^./\\]+)?\.toml(?:[?#].*)?", re.DOTALL)
LARGEST = 32 << 20
"""Bytes. A lock of a thousand projects for every platform has about a third."""


class InvalidLock(ValueError):
    """What may not stand where it stands in a lock file."""

    def __init__(self, place: str, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.problem = problem
        self.hint = hint


def is_lock_name(name: str) -> bool:
    """Whether a file, or a URL, has the name of a lock file (PEP 751)."""
    return _LOCK_NAME.fullmatch(name) is not None


def load(raw: bytes) -> dict[str, Any]:
    """Read TOML.

    Raises:
        InvalidLock: it is none, or could not be read in any reasonable time.
    """
    if len(raw) > LARGEST:
        raise InvalidLock("", f"it has {len(raw) >> 20} MiB, and at most {LARGEST >> 20} are read")
    try:
        return load_toml(raw)
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, numbers without end
        raise InvalidLock("", f"it is not TOML: {first_line(error)}") from None


def invalid_lock(shown: str, problem: InvalidLock | str, *, hint: str | None = None) -> UsageError:
    """The error that says so.

    Args:
        shown: the file, fit to print.
        problem: with its key path, where it has one.
        hint: what to do, where the problem does not say it.
    """
    place, why = (
        (problem.place, problem.problem) if isinstance(problem, InvalidLock) else ("", problem)
    )
    return UsageError(
        f"The lock file cannot be used: {why}",
        reference=Reason.LOCK_INVALID,
        context=[f"{shown}: {place}" if place else shown],
        hint=hint or (problem.hint if isinstance(problem, InvalidLock) else None),
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first of these names, and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, short enough to be read."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
