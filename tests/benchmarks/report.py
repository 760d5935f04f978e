"""Results, and what they say of the goals: as tables on the terminal, as Markdown, as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.goals import reached
from tests.benchmarks.results import (
    BEFORE_TOO_SLOW,
    OURS,
    Result,
    Row,
    Run,
    figures,
    ratios,
    seconds_ratio,
    side_by_side,
)

GOALS_HEADING = ("goal", "beside", "wanted", "measured at worst", "where", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results of one call, and what was measured where."""

    conditions: dict[str, Any]
    results: tuple[Result, ...]

    @property
    def tools(self) -> tuple[str, ...]:
        """In the order in which they took turns."""
        return tuple(dict.fromkeys(result.tool for result in self.results))

    def save(self, path: Path) -> None:
        """Write it as JSON, with what follows from it for those who read only that."""
        derived = {
            "ratios": [asdict(each) for each in ratios(self.results)],
            "goals": [asdict(each) for each in reached(self.results)],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self) | derived, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Report:
        """Read what `save` wrote."""
        data = json.loads(path.read_bytes())
        results = (
            Result(**each | {"runs": tuple(Run(**run) for run in each["runs"])})
            for each in data["results"]
        )
        return cls(conditions=data["conditions"], results=tuple(results))


def conditions(**options: object) -> dict[str, Any]:
    """Date, machine and versions, with the options of the call."""
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{_processor()}, {platform.system()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in (OURS, "uv", "pip")},
    } | options


def show(report: Report, console: Console) -> None:
    """Print both tables."""
    console.print(_table(rows(report), left=2, title=caption(report)))
    goals = list(goal_rows(report))
    if len(goals) > 1:
        console.print(_table(goals, left=len(GOALS_HEADING), title="The goals"))


def show_failures(results: Iterable[Result], console: Console) -> None:
    """Print why tools did not do their work."""
    for result in results:
        if result.failure not in {None, BEFORE_TOO_SLOW}:
            name = f"{result.tool}, {result.workload}, {result.measure}"
            again = f"if the index lacks something: record {result.workload} --tools {result.tool}"
            text = f"failed: {name}\n{result.failure}\n{again}"
            console.print(text, markup=False, highlight=False)


def markdown(report: Report) -> str:
    """The tables as Markdown, with date and machine."""
    goals = _markdown(goal_rows(report), left=len(GOALS_HEADING))
    return "\n".join([*goals, "", *_markdown(rows(report), left=2), "", caption(report)])


def heading(tools: Sequence[str]) -> tuple[str, ...]:
    """What the columns of the results are."""
    ratios = [f"{OURS}/{tool}" for tool in tools if tool != OURS]
    memories = [f"{tool} MB" for tool in tools]
    return ("workload", "measure", *tools, *ratios, *memories)


def rows(report: Report) -> Iterable[tuple[str, ...]]:
    """The results as a table: heading first."""
    tools = report.tools
    yield heading(tools)
    for row in side_by_side(report.results):
        yield (
            row.workload,
            f"{row.measure}, {row.delay:g} ms" if row.delay else row.measure,
            *(_seconds(row.of.get(tool), report.conditions["runs"]) for tool in tools),
            *(_ratio(row, tool) for tool in tools if tool != OURS),
            *(_megabytes(row.of.get(tool)) for tool in tools),
        )


def goal_rows(report: Report) -> Iterable[tuple[str, ...]]:
    """What was reached, as a table: heading first."""
    yield GOALS_HEADING
    for each in reached(report.results):
        yield (each.goal, each.beside, each.wanted, each.worst, each.where, each.verdict)


def caption(report: Report) -> str:
    """When and where it was measured, and what the figures are."""
    told = report.conditions
    versions = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    network = "loopback" + (" by https" if told["tls"] else "") + ", or so many ms a round trip"
    runs = f"seconds of wall time, medians of {told['runs']}"
    slow = f" or of (n) where one takes more than {told['slow']:g}"
    memory = "MB: the largest process"
    where = f"{told['date']}, {told['machine']}, Python {told['python']}"
    return f"{where}; {versions}; {network}; {runs}{slow}; {memory}."


def _table(lines: Iterable[tuple[str, ...]], *, left: int, title: str) -> Table:
    top, *others = lines
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(top):
        table.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    for row in others:
        table.add_row(*row)
    return table


def _markdown(lines: Iterable[tuple[str, ...]], *, left: int) -> list[str]:
    top, *others = lines
    rule = [*("---" for _ in top[:left]), *("--:" for _ in top[left:])]
    return [f"| {' | '.join(cells)} |" for cells in (top, rule, *others)]


def _seconds(result: Result | None, runs: int) -> str:
    if result is None:
        return ""
    if result.over is not None:
        return f"> {result.over:g}"
    if not result.runs:
        return "not run" if result.failure == BEFORE_TOO_SLOW else "failed"
    fewer = f" ({len(result.runs)})" if len(result.runs) < runs else ""
    return f"{figures(result.seconds)}{fewer}"


def _ratio(row: Row, tool: str) -> str:
    ratio = seconds_ratio(row.of.get(OURS), row.of.get(tool))
    return "" if ratio is None else str(ratio)


def _megabytes(result: Result | None) -> str:
    return "" if result is None or not result.runs else f"{result.memory / 1e6:.0f}"


def _processor() -> str:
    """What the system calls the processor, and how many there are."""
    return f"{_model() or platform.machine()}, {os.cpu_count()} processors"


def _model() -> str:
    try:
        lines: Sequence[str] = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, "")
