"""What the tools took: runs, results, and how two of them compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Literal

OURS = "xpip"

BEFORE_TOO_SLOW = "not run: what has to be done before takes too long"
"""The failure of a tool that could not be brought as far as to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one command took."""

    seconds: float
    cpu: float
    """Seconds, user and system."""
    memory: int
    """Bytes: the largest resident set of the process or one of its children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All runs of one tool at one piece of work."""

    workload: str
    measure: str
    tool: str
    delay: float = 0
    """Milliseconds, the round trip to the index."""
    runs: tuple[Run, ...] = ()
    over: float | None = None
    """Seconds. It was stopped when it had taken so long."""
    failure: str | None = None

    @property
    def seconds(self) -> float:
        """The median."""
        return median(run.seconds for run in self.runs)

    @property
    def memory(self) -> float:
        """The median, bytes."""
        return median(run.memory for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What each tool took for the same piece of work."""

    workload: str
    measure: str
    delay: float
    of: Mapping[str, Result]
    """By tool."""


def side_by_side(results: Iterable[Result]) -> Iterator[Row]:
    """Results of the same piece of work, which follow each other, side by side."""
    for (workload, measure, delay), group in groupby(
        results, key=lambda each: (each.workload, each.measure, each.delay)
    ):
        found = {each.tool: each for each in group}
        yield Row(workload=workload, measure=measure, delay=delay, of=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times another's time, or memory, one needs; or a bound of that."""

    value: float
    bound: Literal["", "<", ">"] = ""
    """Which side of the value it is on, when one of the two was stopped."""

    def __str__(self) -> str:
        return f"{self.bound} {figures(self.value)}".strip()


def figures(number: float) -> str:
    """Three of them, or as many as stand before the point."""
    return f"{number:.0f}" if number >= 100 else f"{number:#.3g}"


def seconds_ratio(ours: Result | None, other: Result | None) -> Ratio | None:
    """How many times the other's time, if both did it, or one of them was only too slow."""
    if ours is None or other is None:
        return None
    if ours.runs and other.runs:
        return Ratio(value=ours.seconds / other.seconds)
    if ours.runs and other.over is not None:
        return Ratio(value=ours.seconds / other.over, bound="<")
    if ours.over is not None and other.runs:
        return Ratio(value=ours.over / other.seconds, bound=">")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of our times beside a peer's, for those who read the JSON."""

    workload: str
    measure: str
    delay: float
    peer: str
    ratio: Ratio


def ratios(results: Iterable[Result]) -> tuple[Compared, ...]:
    """Ours to each peer's, where something can be said."""
    return tuple(
        Compared(
            workload=row.workload, measure=row.measure, delay=row.delay, peer=peer, ratio=ratio
        )
        for row in side_by_side(results)
        for peer, theirs in row.of.items()
        if peer != OURS and (ratio := seconds_ratio(row.of.get(OURS), theirs)) is not None
    )


def memory_ratio(ours: Result | None, other: Result | None) -> Ratio | None:
    """How many times the other's memory, if both did it."""
    if ours is None or other is None or not ours.runs or not other.runs:
        return None
    return Ratio(value=ours.memory / other.memory)
