"""The command line of the benchmarks: record, run, scale, profile, markdown."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.benchmarks import profiling
from tests.benchmarks import report as reporting
from tests.benchmarks.mirror import Mirror, write
from tests.benchmarks.recording import Recorder, recording
from tests.benchmarks.running import MEASURES, Bench, Measure, Result
from tests.benchmarks.scaling import AXES, scaled
from tests.benchmarks.server import served
from tests.benchmarks.tools import Pip, Tool, Uv, Xpip, environ
from tests.benchmarks.workloads import AS_OF, DEFAULT, WORKLOADS

HOME = Path(os.environ.get("XPIP_BENCH_DIR") or Path.home() / ".cache" / "xpip-bench")

_LAST = HOME / "results" / "last.json"


def main() -> None:
    """Do what the arguments say."""
    arguments = _parser().parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=HOME, prefix="scratch-", ignore_cleanup_errors=True) as scratch:
        arguments.scratch = Path(scratch)
        wide = None if sys.stdout.isatty() else 140
        arguments.action(arguments, Console(soft_wrap=True, width=wide))


def record(arguments: argparse.Namespace, console: Console) -> None:
    """Let the tools resolve and install each workload, by way of a server that keeps all."""
    mirror = Mirror(HOME / "index")
    for workload in arguments.workloads:
        recorder = Recorder(mirror)
        with recording(recorder) as url:
            found = _bench(url, arguments.scratch).results(
                workload, WORKLOADS[workload], _tools(arguments), _recorded(), runs=1
            )
            results = [result for each in found for result in each]
        reporting.show_failures(results, console)
        if not all(result.failure for result in results):
            _mark(workload).touch()
        console.print(f"{workload}: {recorder.fetched} requests to PyPI")
    console.print(f"{mirror.settle(as_of=AS_OF)} pages in {mirror.root}")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Time the tools; record first what is not there."""
    missing = [each for each in arguments.workloads if not _mark(each).exists()]
    if missing:
        console.print(f"recording {', '.join(missing)}: once, some minutes")
        record(argparse.Namespace(**vars(arguments) | {"workloads": missing}), console)
    for delay in arguments.delay:
        results = _timed(arguments, delay / 1000, console)
        told = reporting.conditions(delay_ms=delay, tls=arguments.tls, runs=arguments.runs)
        report = reporting.Report(conditions=told, results=results)
        stamp = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H%M%S")
        for path in (HOME / "results" / f"{stamp}.json", _LAST):
            report.save(path)
        reporting.show(report, console)
        reporting.show_failures(results, console)


def _timed(arguments: argparse.Namespace, delay: float, console: Console) -> tuple[Result, ...]:
    found: list[Result] = []
    scratch = arguments.scratch
    with served(HOME / "index", delay=delay, tls=arguments.tls, scratch=scratch) as server:
        bench = Bench(
            scratch=scratch,
            indexes=(f"{server.origin}/simple/",),
            environ=environ(scratch, server.certificate),
            certificate=server.certificate,
        )
        tools = _tools(arguments)
        for number, workload in enumerate(arguments.workloads):
            # To start takes as long whatever is installed next.
            measures = [each for each in _measures(arguments) if each.works or number == 0]
            for each in bench.results(
                workload, WORKLOADS[workload], tools, measures, runs=arguments.runs
            ):
                found.extend(each)
                took = "  ".join(f"{r.tool} {r.seconds:.3f}" for r in each if r.runs)
                console.print(f"[dim]{workload}, {each[0].measure}: {took}[/dim]")
    return tuple(found)


def profile(arguments: argparse.Namespace, console: Console) -> None:
    """Say what xpip's main thread does with its time."""
    file = HOME / "results" / "profile.pstats"
    file.parent.mkdir(parents=True, exist_ok=True)
    arguments.tools, arguments.runs = ["xpip"], 1
    arguments.xpip = [sys.executable, profiling.__file__, str(file)]
    reporting.show_failures(_timed(arguments, arguments.delay[0] / 1000, console), console)
    profiling.show_profile(file, lines=arguments.lines)


def scale(arguments: argparse.Namespace, console: Console) -> None:
    """Time resolving made-up worlds that grow."""
    found = scaled(
        arguments.axes, _tools(arguments), arguments.scratch, console, runs=arguments.runs
    )
    write(HOME / "results" / "scaling.json", json.dumps(found, indent=1).encode())


def print_markdown(arguments: argparse.Namespace, console: Console) -> None:
    """Print the last table, or another, for a README."""
    text = reporting.markdown(reporting.Report.load(arguments.file))
    console.print(text, markup=False, highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, action: Callable[..., None]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        made.set_defaults(action=action)
        return made

    _add_tools(_add_workloads(command("record", record)))
    _add_served(_add_tools(_add_workloads(command("run", run))), [each.name for each in MEASURES])
    profiled = _add_served(_add_workloads(command("profile", profile)), ["resolve cold"])
    profiled.add_argument("--lines", type=int, default=30)
    grow = _add_tools(command("scale", scale))
    grow.add_argument("axes", nargs="*", default=[*AXES], help=", ".join(AXES))
    text = command("markdown", print_markdown)
    text.add_argument("file", type=Path, nargs="?", default=_LAST)
    return parser


def _add_workloads(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("workloads", nargs="*", default=[*DEFAULT], help=", ".join(WORKLOADS))
    return parser


def _add_tools(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    known = ["xpip", "uv", "pip"]
    parser.add_argument("--tools", nargs="+", default=known, choices=known, metavar="TOOL")
    parser.add_argument("--xpip", type=shlex.split, default=[], help="another command for xpip")
    parser.add_argument("--runs", type=int, default=5)
    return parser


def _add_served(
    parser: argparse.ArgumentParser, measures: Sequence[str]
) -> argparse.ArgumentParser:
    names = ", ".join(each.name for each in MEASURES)
    parser.add_argument("--measures", nargs="+", default=measures, metavar="MEASURE", help=names)
    parser.add_argument("--delay", nargs="+", type=float, default=[0.0], help="milliseconds")
    parser.add_argument("--tls", action="store_true")
    return parser


def _tools(arguments: argparse.Namespace) -> Sequence[Tool]:
    makers: Mapping[str, Callable[[], Tool]] = {
        "xpip": lambda: Xpip(arguments.xpip),
        "uv": Uv,
        "pip": Pip,
    }
    return [makers[name]() for name in arguments.tools]


def _measures(arguments: argparse.Namespace) -> Sequence[Measure]:
    unknown = {*arguments.measures} - {each.name for each in MEASURES}
    if unknown:
        raise SystemExit(f"no such measure: {', '.join(sorted(unknown))}")
    return [each for each in MEASURES if each.name in arguments.measures]


def _recorded() -> Sequence[Measure]:
    return [each for each in MEASURES if each.name in {"install cold", "lock cold"}]


def _bench(url: str, scratch: Path) -> Bench:
    return Bench(scratch=scratch, indexes=(url,), environ=environ(scratch, None), limit=1200)


def _mark(workload: str) -> Path:
    return HOME / "index" / f"{workload}.recorded"


if __name__ == "__main__":
    main()
