"""How the time to resolve grows: with projects, releases, repositories, and releases to give up.

The exponent is the slope of log(time) over log(size), of what is left of the time when that for a
world of one project with one release is taken off: 1 is linear growth, 0 is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import linear_regression
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.measures import measures_named
from tests.benchmarks.results import Result
from tests.benchmarks.running import Bench
from tests.benchmarks.server import served
from tests.benchmarks.synthetic import World, make
from tests.benchmarks.tools import Tool, environ


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Worlds that differ in one size."""

    worlds: Mapping[int, World]
    what: str
    """What the size counts, and what stays the same."""


AXES: Mapping[str, Axis] = {
    "projects": Axis(
        worlds={n: World(projects=n) for n in (10, 20, 50, 100, 200, 400)},
        what="projects, of 20 releases each",
    ),
    "releases": Axis(
        worlds={n: World(releases=n) for n in (10, 100, 500, 1000, 2000, 5000)},
        what="releases of each of 20 projects",
    ),
    "repositories": Axis(
        worlds={n: World(projects=50, repositories=n) for n in (1, 2, 4, 8)},
        what="repositories, that 50 projects are dealt out to",
    ),
    "backtracking": Axis(
        worlds={n: World(projects=3, releases=n, hard=True) for n in (10, 50, 100, 200, 500, 1000)},
        what="releases to give up, one after the other",
    ),
}

_NOISE = 0.01
"""Seconds. Growth below it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Seconds by size, of one tool along one axis, and what they have in common."""

    axis: str
    tool: str
    least: float
    """Seconds, for one project with one release."""
    seconds: Mapping[int, float]

    @property
    def start(self) -> float:
        """Seconds that are always there."""
        return min([self.least, *self.seconds.values()])  # one slow start hides no growth

    @property
    def exponent(self) -> float | None:
        """The power of the size that time grows with, if it grows enough to tell."""
        sizes = self.seconds.items()
        grown = [(n, seconds - self.start) for n, seconds in sizes if seconds - self.start > _NOISE]
        if len(grown) < 3:
            return None
        slope, _ = linear_regression([log(n) for n, _ in grown], [log(s) for _, s in grown])
        return slope if slope > 0 else None

    def __str__(self) -> str:
        """What it means, for a reader who has seen the table."""
        small, large = min(self.seconds), max(self.seconds)
        before, after = self.seconds[small], self.seconds[large]
        times = f"{large / small:g} times the size, {after / before:.1f} times as long"
        said = f"{self.tool}: {times} ({before:.2f} to {after:.2f} s)"
        power = self.exponent
        if power is None:
            return f"{said}; beyond {self.start:.2f} s to start, no growth to speak of"
        return (
            f"{said}; beyond {self.start:.2f} s to start it grows as size^{power:.2f}: "
            f"double the size, {2**power:.1f} times as long"
        )


def scaled(
    axes: Sequence[str], tools: Sequence[Tool], scratch: Path, console: Console, **options: Any
) -> list[Growth]:
    """Time every world of these axes and print tables, and what they come to.

    `options` are those of a bench, and `runs`.
    """
    least = {r.tool: r for r in _timed(World(projects=1, releases=1), tools, scratch, **options)}
    found = []
    for axis in axes:
        sizes: dict[str, dict[int, float]] = {tool.name: {} for tool in tools}
        title = f"{axis}: seconds to resolve, cold, by the number of {AXES[axis].what}"
        table = Table("", *sizes, title=title, title_justify="left", box=None)
        for size, world in AXES[axis].worlds.items():
            results = _timed(world, tools, scratch, **options)
            for each in results:
                if each.runs:
                    sizes[each.tool][size] = each.seconds
            table.add_row(str(size), *(_cell(each) for each in results))
        grown = [
            Growth(axis=axis, tool=name, least=least[name].seconds, seconds=seconds)
            for name, seconds in sizes.items()
            if seconds and least[name].runs
        ]
        console.print(table)
        for each_grown in grown:
            console.print(str(each_grown), highlight=False)
        console.print()
        found.extend(grown)
    return found


def _timed(
    world: World, tools: Sequence[Tool], scratch: Path, *, runs: int, limit: float, slow: float
) -> tuple[Result, ...]:
    directory = scratch / "world"
    paths = make(world, directory)
    with served(directory, delay=0, tls=False, scratch=scratch) as server:
        bench = Bench(
            scratch=scratch,
            indexes=tuple(f"{server.origin}/{path}" for path in paths),
            environ=environ(scratch, None),
            limit=limit,
            slow=slow,
        )
        measures = measures_named({"resolve cold"})
        (results,) = bench.results("made up", world.asked_for, tools, measures, runs=runs)
    return results


def _cell(result: Result) -> str:
    if result.over is not None:
        return f"> {result.over:g}"
    return f"{result.seconds:.3f}" if result.runs else "failed"
