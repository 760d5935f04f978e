"""Measures where a run's time goes, with a clock that is handed in.

At any moment the main thread is in one stage; a stage within another stops the outer one's time,
so that all of them add up to the whole. What threads do beside it is counted apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from xpip.core.timings import Stage, Timings

OTHERWISE = "other"
"""Whatever is done between stages."""

Part = TypeVar("Part")


class Stopwatch:
    """The stages of one run.

    Args:
        clock: seconds; it never goes back.
        began: what it said when the run began: until the first stage, it was `starting`.
    """

    def __init__(self, clock: Callable[[], float], *, began: float) -> None:
        self._clock = clock
        self._began = self._since = began
        self._current = "starting"
        self._taken: dict[str, float] = {}
        self._beside: dict[str, float] = {}
        self._counting = threading.Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """While the main thread does this."""
        before = self._current if self._current != "starting" else OTHERWISE
        self._turn_to(name)
        try:
            yield
        finally:
            self._turn_to(before)

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """While some thread does this, whatever the main thread does."""
        began = self._clock()
        try:
            yield
        finally:
            with self._counting:
                self._beside[name] = self._beside.get(name, 0.0) + self._clock() - began

    def timed(self, name: str, part: Part, methods: tuple[str, ...]) -> Part:
        """The same, with these methods in a stage of their own."""
        return cast("Part", _Timed(self, name, part, methods))

    def timings(self) -> Timings:
        """What was measured until now."""
        self._turn_to(self._current)
        stages = [Stage(name=name, seconds=taken) for name, taken in self._taken.items()]
        with self._counting:
            stages += [
                Stage(name=name, seconds=taken, overlapping=True)
                for name, taken in self._beside.items()
            ]
        # What lies between stages comes last.
        stages.sort(key=lambda stage: stage.name == OTHERWISE)
        return Timings(total=self._since - self._began, stages=tuple(stages))

    def _turn_to(self, name: str) -> None:
        now = self._clock()
        self._taken[self._current] = self._taken.get(self._current, 0.0) + now - self._since
        self._current, self._since = name, now
        self._taken.setdefault(name, 0.0)


class _Timed:
    def __init__(
        self, stopwatch: Stopwatch, name: str, part: object, methods: tuple[str, ...]
    ) -> None:
        self._part = part
        for method in methods:
            setattr(self, method, _in_stage(stopwatch, name, getattr(part, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


def _in_stage(stopwatch: Stopwatch, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*positional: Any, **named: Any) -> Any:
        with stopwatch.stage(name):
            return method(*positional, **named)

    return timed
