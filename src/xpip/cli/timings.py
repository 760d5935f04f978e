"""Where a run's time went, for those who ask with --timings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from xpip.cli.rendering.talk import say

if TYPE_CHECKING:
    from xpip.operations.stopwatch import Stopwatch


@contextmanager
def stopwatch(given: dict[str, Any]) -> Iterator[Stopwatch | None]:
    """What measures a run, if it is asked for; a table of it on standard error when it ends.

    However it ends. With --json the table is left out: what is shown has the same.
    """
    if not given["timings"]:
        yield None
        return
    from xpip.operations.stopwatch import Stopwatch

    made = Stopwatch(time.perf_counter, began=time.perf_counter() - _since_start())
    try:
        yield made
    finally:
        if not given["as_json"]:
            from xpip.core.timings import timings_lines

            for line in timings_lines(made.timings()):
                say(line)


def timed_data(measured: Stopwatch | None) -> dict[str, object]:
    """What is added to results as JSON."""
    if measured is None:
        return {}
    from xpip.core.timings import timings_data

    return {"timings": timings_data(measured.timings())}


def _since_start() -> float:
    """Seconds since this process began; as far as can be known, the processor's."""
    return time.process_time()
