"""The process that a command runs in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xpip.core.values import dataclass

if TYPE_CHECKING:
    from xpip.core.ports import Observer


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The process around a command: handed over, so that no stage reads it by itself."""

    environ: Mapping[str, str]
    cwd: Path
    now: datetime
    observer: Observer
