"""Do the tools choose the same versions? Each locks a workload; where they differ, all is shown.

Several sets of versions can satisfy one set of requirements, and each tool has its own order in
which it settles them. A difference is no fault, but each has to have its reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from rich.console import Console
from rich.table import Table

from tests.benchmarks.measures import LOCK
from tests.benchmarks.running import Bench
from tests.benchmarks.tools import Tool

Versions = Mapping[str, str]
"""Projects, and what was locked of each."""


def compare(
    workload: str,
    requirements: Sequence[str],
    tools: Sequence[Tool],
    bench: Bench,
    console: Console,
) -> None:
    """Let each tool lock the workload, and print what they do not agree about."""
    ((*results,),) = bench.results(workload, requirements, tools, (LOCK,), runs=1)
    locked: dict[str, Versions] = {}
    for result in results:
        if result.runs:
            locked[result.tool] = versions_of(bench.scratch / result.tool / "pylock.toml")
        else:
            console.print(f"{workload}: {result.tool} has no lock: {result.failure or 'too slow'}")
    found = differences(locked)
    sizes = ", ".join(f"{len(versions)} by {tool}" for tool, versions in locked.items())
    console.print(f"{workload}: {sizes}; {len(found)} differ")
    if found:
        table = Table("", *locked, box=None)
        for project, versions in found.items():
            table.add_row(project, *(versions.get(tool, "-") for tool in locked))
        console.print(table)


def differences(locked: Mapping[str, Versions]) -> dict[str, Versions]:
    """The projects of which not all tools lock the same version, or not all lock any."""
    found: dict[str, Versions] = {}
    for project in sorted({project for versions in locked.values() for project in versions}):
        versions = {tool: own[project] for tool, own in locked.items() if project in own}
        if len(versions) < len(locked) or len(set(versions.values())) > 1:
            found[project] = versions
    return found


def versions_of(lock: Path) -> Versions:
    """What a `pylock.toml` locks (PEP 751)."""
    packages = tomllib.loads(lock.read_text())["packages"]
    return {canonicalize_name(each["name"]): each["version"] for each in packages}
