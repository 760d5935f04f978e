"""Results as a table on the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.running import Result, Run

OURS = "xpip"


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
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

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
    """Print the table."""
    heading, *rows = _rows(report)
    table = Table(title=_caption(report), title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(heading):
        table.add_column(column, justify="left" if index < 2 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def show_failures(results: Iterable[Result], console: Console) -> None:
    """Print why tools did not do their work."""
    for result in results:
        if result.failure is not None:
            name = f"{result.tool}, {result.workload}, {result.measure}"
            console.print(f"failed: {name}\n{result.failure}", markup=False, highlight=False)


def markdown(report: Report) -> str:
    """The table as Markdown, with date and machine."""
    heading, *rows = _rows(report)
    rule = ["---", "---", *("--:" for _ in heading[2:])]
    lines = [f"| {' | '.join(cells)} |" for cells in (heading, rule, *rows)]
    return "\n".join([*lines, "", _caption(report)])


def _rows(report: Report) -> Iterable[tuple[str, ...]]:
    tools = report.tools
    peers = [tool for tool in tools if tool != OURS]
    ratios = [f"{OURS}/{peer}" for peer in peers]
    memories = [f"{tool} MB" for tool in tools]
    yield ("workload", "measure", *tools, *ratios, *memories)
    for (workload, measure), group in groupby(
        report.results, key=lambda result: (result.workload, result.measure)
    ):
        found = {result.tool: result for result in group if result.failure is None}
        yield (
            workload,
            measure,
            *(_seconds(found.get(tool)) for tool in tools),
            *(_ratio(found.get(OURS), found.get(peer)) for peer in peers),
            *(_megabytes(found.get(tool)) for tool in tools),
        )


def _seconds(result: Result | None) -> str:
    return "failed" if result is None else f"{result.seconds:#.3g}"


def _ratio(ours: Result | None, other: Result | None) -> str:
    return "" if ours is None or other is None else f"{ours.seconds / other.seconds:#.3g}"


def _megabytes(result: Result | None) -> str:
    return "" if result is None else f"{result.memory / 1e6:.0f}"


def _caption(report: Report) -> str:
    told = report.conditions
    versions = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    network = f"{told['delay_ms']:g} ms a round trip" + (", TLS" if told["tls"] else "")
    runs = f"seconds of wall time, medians of {told['runs']}"
    where = f"{told['date']}, {told['machine']}, Python {told['python']}"
    return f"{where}; {versions}; {network}; {runs}."


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
