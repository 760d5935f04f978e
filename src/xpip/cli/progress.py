"""How far a run has come: a live line on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import say
from xpip.core.names import NormalizedName
from xpip.core.printable import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Silent:
    """An observer that shows nothing."""

    def waiting(self) -> None:
        """Nothing."""

    def resolving(self, project: NormalizedName) -> None:
        """Nothing."""

    def building(self, what: str) -> None:
        """Nothing."""

    def fetching(self, files: int, size: int) -> None:
        """Nothing."""

    def fetched(self, size: int) -> None:
        """Nothing."""

    def installing(self, wheels: int) -> None:
        """Nothing."""

    def installed(self, project: NormalizedName) -> None:
        """Nothing."""


class Plain(Silent):
    """An observer for pipes and logs: says what a reader would wonder about."""

    def waiting(self) -> None:
        """Say why nothing happens."""
        say("waiting for another xpip run on this environment")

    def building(self, what: str) -> None:
        """Say what takes its time."""
        say(f"building {what}")


class Live(Plain):
    """An observer that draws one line, by rich."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._task: TaskID = progress.add_task("resolving", total=None)
        self._met = 0

    def resolving(self, project: NormalizedName) -> None:
        """Count the projects met."""
        self._met += 1
        self._progress.update(self._task, description=one_line(f"resolving {self._met} {project}"))

    def building(self, what: str) -> None:
        """Name what is built, in the line."""
        self._progress.update(self._task, description=one_line(f"building {what}"))

    def fetching(self, files: int, size: int) -> None:
        """Begin to count bytes."""
        self._next(f"fetching {files} file{plural(files)}", size or None)

    def fetched(self, size: int) -> None:
        """Count bytes; called from several threads."""
        with self._lock:
            self._progress.advance(self._task, size)

    def installing(self, wheels: int) -> None:
        """Begin to count wheels."""
        self._next(f"installing {wheels} wheel{plural(wheels)}", wheels)

    def installed(self, project: NormalizedName) -> None:
        """Count a wheel."""
        self._progress.advance(self._task)

    def _next(self, description: str, total: int | None) -> None:
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(description, total=total)


def plural(number: int) -> str:
    """The ending of a noun."""
    return "" if number == 1 else "s"


@contextmanager
def watch(*, silent: bool) -> Iterator[Silent]:
    """An observer fit for where standard error goes."""
    if silent or not sys.stderr.isatty():
        yield Silent() if silent else Plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Live(progress)
