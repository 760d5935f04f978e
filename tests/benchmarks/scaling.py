"""How the time to resolve grows: with projects, releases, repositories, and releases to give up.

The exponent is the slope of log(time) over log(size), of what is left of the time when that for a
world of one project with one release is taken off: 1 is linear growth, 0 is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path
from statistics import linear_regression

from rich.console import Console
from rich.table import Table

from tests.benchmarks.running import Bench, Measure, Result
from tests.benchmarks.server import served
from tests.benchmarks.synthetic import World, make
from tests.benchmarks.tools import Tool, environ

AXES: Mapping[str, tuple[World, ...]] = {
    "projects": tuple(World(projects=n) for n in (10, 20, 50, 100, 200, 400)),
    "releases": tuple(World(releases=n) for n in (10, 100, 500, 1000, 2000, 5000)),
    "repositories": tuple(World(projects=50, repositories=n) for n in (1, 2, 4, 8)),
    "backtracking": tuple(
        World(projects=3, releases=n, hard=True) for n in (10, 50, 100, 200, 500, 1000)
    ),
}

_RESOLVE = Measure(name="resolve cold", command=lambda tool, job: tool.resolve(job))

_NOISE = 0.01
"""Seconds. Growth below it says nothing."""


def scaled(
    axes: Sequence[str], tools: Sequence[Tool], scratch: Path, console: Console, *, runs: int
) -> dict[str, dict[str, float]]:
    """Time every world of these axes and print tables; seconds by world and tool."""
    least = _timed(World(projects=1, releases=1), tools, scratch, runs)
    found = {"least": {each.tool: each.seconds for each in least if each.runs}}
    for axis in axes:
        table = Table("", *(tool.name for tool in tools), title=axis, box=None)
        sizes: dict[str, list[tuple[int, float]]] = {tool.name: [] for tool in tools}
        for world in AXES[axis]:
            size = world.releases if world.hard else int(getattr(world, axis))
            results = _timed(world, tools, scratch, runs)
            for each in results:
                if each.runs:
                    sizes[each.tool].append((size, each.seconds))
                    found.setdefault(f"{axis} {size}", {})[each.tool] = each.seconds
            table.add_row(str(size), *(f"{r.seconds:.3f}" if r.runs else "failed" for r in results))
        fits = [exponent(sizes[name], found["least"].get(name, 0)) for name in sizes]
        table.add_row("exponent", *("" if fit is None else f"{fit:.2f}" for fit in fits))
        console.print(table)
    return found


def exponent(sizes: Sequence[tuple[int, float]], least: float) -> float | None:
    """The power of the size that time grows with, if it grows enough to tell."""
    start = min([least, *(seconds for _, seconds in sizes)])  # one slow start hides no growth
    grown = [(size, seconds - start) for size, seconds in sizes if seconds - start > _NOISE]
    if len(grown) < 3:
        return None
    slope, _ = linear_regression([log(n) for n, _ in grown], [log(s) for _, s in grown])
    return slope


def _timed(world: World, tools: Sequence[Tool], scratch: Path, runs: int) -> tuple[Result, ...]:
    directory = scratch / "world"
    paths = make(world, directory)
    with served(directory, delay=0, tls=False, scratch=scratch) as server:
        bench = Bench(
            scratch=scratch,
            indexes=tuple(f"{server.origin}/{path}" for path in paths),
            environ=environ(scratch, None),
            limit=120,
        )
        (results,) = bench.results("made up", world.asked_for, tools, (_RESOLVE,), runs=runs)
    return results
