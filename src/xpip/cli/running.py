"""From parsed options to what operations take."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xpip.core.ports import Observer
from xpip.operations.surroundings import Surroundings


def taken(given: dict[str, Any], kind: type) -> dict[str, Any]:
    """The options that a value of this kind has fields for."""
    return {field.name: given[field.name] for field in fields(kind) if field.name in given}


def surroundings(observer: Observer) -> Surroundings:
    """This process, at this moment."""
    return Surroundings(
        environ=dict(os.environ), cwd=Path.cwd(), now=datetime.now(UTC), observer=observer
    )


def on_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
