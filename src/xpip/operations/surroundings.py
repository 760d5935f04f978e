"""The process that a command runs in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from xpip.core.ports import Observer
    from xpip.operations.stopwatch import Stopwatch

Part = TypeVar("Part")

_UNTIMED = nullcontext()


class Surroundings(Struct, frozen=True, kw_only=True):
    """The process around a command: handed over, so that no stage reads it by itself.

    Attributes:
        stopwatch: None where nobody wants to know where the time goes.
    """

    environ: Mapping[str, str]
    cwd: Path
    now: datetime
    observer: Observer
    stopwatch: Stopwatch | None = None

    def stage(self, name: str) -> AbstractContextManager[None]:
        """While the main thread does this."""
        return _UNTIMED if self.stopwatch is None else self.stopwatch.stage(name)

    def beside(self, name: str) -> AbstractContextManager[None]:
        """While some thread does this, whatever the main thread does."""
        return _UNTIMED if self.stopwatch is None else self.stopwatch.beside(name)

    def timed(self, name: str, part: Part, *methods: str) -> Part:
        """A part of the run, with these methods in a stage of their own."""
        return part if self.stopwatch is None else self.stopwatch.timed(name, part, methods)
