"""From parsed options to what operations take."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.core.ports import Observer
    from xpip.operations.asked import Asked
    from xpip.operations.stopwatch import Stopwatch


def taken(given: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    """The options that a value of this kind has fields for."""
    return {name: given[name] for name in kind.__struct_fields__ if name in given}


def asked(given: dict[str, Any]) -> Asked:
    """What a command that resolves was asked for."""
    from xpip.edge.config import Options
    from xpip.operations.asked import Asked, BuildTold
    from xpip.operations.requesting import Requested

    return Asked(
        requested=Requested(**taken(given, Requested)),
        options=Options(**taken(given, Options)),
        builds=BuildTold(**taken(given, BuildTold)),
        **taken(given, Asked),
    )


def surroundings(observer: Observer, stopwatch: Stopwatch | None = None) -> Surroundings:
    """This process, at this moment."""
    return Surroundings(
        environ=dict(os.environ),
        cwd=Path.cwd(),
        now=datetime.now(UTC),
        observer=observer,
        stopwatch=stopwatch,
    )


def on_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
