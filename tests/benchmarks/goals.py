"""What xpip is meant to reach next to uv and pip, as data, and what of it a run reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.plan import DISTANT
from tests.benchmarks.results import (
    OURS,
    Ratio,
    Result,
    Row,
    figures,
    memory_ratio,
    seconds_ratio,
    side_by_side,
)

HARD = "boto"
"""The workload with hard backtracking, which has a goal of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be reached in some rows of the results."""

    name: str
    measures: tuple[str, ...] = ()
    """Empty for all."""
    hard: bool = False
    delay: float = 0
    """Milliseconds."""
    uv: float | None = None
    """At most so many times what uv needs."""
    pip: float | None = None
    """pip needs at least so many times as much."""
    seconds: float | None = None
    """At most so many."""
    ratio: Callable[[Result | None, Result | None], Ratio | None] = seconds_ratio

    def concerns(self, result: Result) -> bool:
        """Whether it is about this piece of work."""
        if not self.measures:
            return True
        hard = result.workload == HARD
        return result.measure in self.measures and result.delay == self.delay and hard == self.hard


GOALS = (
    Goal(name="lock, cold, 30 ms", measures=("lock cold",), delay=DISTANT, uv=1.0, pip=10),
    Goal(name="lock, cold, loopback", measures=("lock cold",), uv=1.5, pip=8),
    Goal(name="lock, warm", measures=("lock warm",), uv=3.0, pip=15),
    Goal(name="lock, warm: the next goal", measures=("lock warm",), uv=1.5),
    Goal(name="hard backtracking", measures=("lock cold", "lock warm"), hard=True, uv=3.0, pip=15),
    Goal(name="install from a lock, cold", measures=("from lock cold",), uv=1.2, pip=10),
    Goal(name="install from a lock, warm", measures=("from lock warm",), uv=1.0, pip=30),
    Goal(
        name="nothing to do",
        measures=("nothing to do from lock", "nothing to do"),
        uv=2.0,
        pip=5,
    ),
    Goal(name="`--version`, `--help`", measures=("version", "help"), seconds=0.06, pip=2),
    Goal(name="peak memory, any of these", uv=1.0, ratio=memory_ratio),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a goal was reached: where it was reached least, and in how many rows."""

    goal: str
    beside: str
    """uv, pip, or the clock."""
    wanted: str
    worst: str
    """Measured there where it is furthest from the goal."""
    where: str
    reached: int
    of: int
    """Rows in which something can be said."""

    @property
    def verdict(self) -> str:
        """In a word, and a count if it is neither all nor nothing."""
        if self.reached == self.of:
            return "reached"
        return "missed" + (f", but in {self.reached} of {self.of}" if self.reached else "")


@dataclass(frozen=True, slots=True)
class _Known:
    result: Result
    """Ours."""
    value: Ratio


def reached(results: Iterable[Result]) -> tuple[Reached, ...]:
    """What was measured for each goal; goals of which nothing was measured are left out."""
    rows = [*side_by_side(results)]
    found = (_judged(goal, rows) for goal in GOALS)
    return tuple(each for several in found for each in several)


def _judged(goal: Goal, rows: Sequence[Row]) -> Iterable[Reached]:
    ours = [row for row in rows if OURS in row.of and goal.concerns(row.of[OURS])]
    if goal.seconds is not None:
        taken = [row.of[OURS] for row in ours if row.of[OURS].runs]
        clock = [_Known(result, Ratio(value=result.seconds)) for result in taken]
        yield from _least(goal, clock, "clock", goal.seconds)
    for peer, limit in (("uv", goal.uv), ("pip", goal.pip and 1 / goal.pip)):
        if limit is not None:
            ratios = [(row.of[OURS], goal.ratio(row.of[OURS], row.of.get(peer))) for row in ours]
            known = [_Known(result, ratio) for result, ratio in ratios if ratio is not None]
            yield from _least(goal, known, peer, limit)


def _least(goal: Goal, rows: Sequence[_Known], beside: str, limit: float) -> Iterable[Reached]:
    rows = [row for row in rows if _tells(row.value, limit)]
    if not rows:
        return
    worst = max(rows, key=lambda row: row.value.value)
    yield Reached(
        goal=goal.name,
        beside=beside,
        wanted=_wanted(beside, limit),
        worst=_said(worst.value, beside),
        where=_where(worst.result),
        reached=sum(row.value.value <= limit for row in rows),
        of=len(rows),
    )


def _tells(ratio: Ratio, limit: float) -> bool:
    """Whether a bound says on which side of the limit the value is."""
    return not ratio.bound or (ratio.bound == "<") == (ratio.value <= limit)


def _wanted(beside: str, limit: float) -> str:
    if beside == "clock":
        return f"≤ {limit * 1000:.0f} ms"
    return f"≥ {1 / limit:.0f} times faster" if beside == "pip" else f"≤ {limit:g} times"


def _said(ratio: Ratio, beside: str) -> str:
    if beside == "clock":
        return f"{ratio.value * 1000:.0f} ms"
    if beside == "pip" and ratio.value <= 1:
        turned = {"": "", "<": "> ", ">": "< "}[ratio.bound]
        return f"{turned}{figures(1 / ratio.value)} times faster"
    return f"{ratio} times" + (" slower" if beside == "pip" else "")


def _where(result: Result) -> str:
    return f"{result.workload}, {result.measure}"
