"""The command line of the benchmarks: record, run, compare, scale, profile, markdown."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM, signal
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.benchmarks import comparing, profiling
from tests.benchmarks import report as reporting
from tests.benchmarks.measures import MEASURES, Measure, measures_named
from tests.benchmarks.mirror import Mirror, write
from tests.benchmarks.plan import PLAN, Step, steps
from tests.benchmarks.readme import put
from tests.benchmarks.recording import Recorder, recording
from tests.benchmarks.results import Result
from tests.benchmarks.running import LIMIT, SLOW, Bench
from tests.benchmarks.scaling import AXES, scaled
from tests.benchmarks.server import served
from tests.benchmarks.tools import Pip, Tool, Uv, Xpip, environ
from tests.benchmarks.workloads import AS_OF, WORKLOADS

HOME = Path(os.environ.get("XPIP_BENCH_DIR") or Path.home() / ".cache" / "xpip-bench")

_LAST = HOME / "results" / "last.json"

_PATIENT = 400
"""Seconds, for what is not measured: what no tool asks for so long, none asks for within LIMIT."""


def main() -> None:
    """Do what the arguments say."""
    arguments = _parser().parse_args()
    signal(SIGTERM, lambda *_: sys.exit(1))  # so that servers and tools end with it
    HOME.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=HOME, prefix="scratch-", ignore_cleanup_errors=True) as scratch:
        arguments.scratch = Path(scratch)
        wide = None if sys.stdout.isatty() else 140
        arguments.action(arguments, Console(soft_wrap=True, width=wide))


def record(arguments: argparse.Namespace, console: Console) -> None:
    """Let the tools lock and install each workload, by way of a server that keeps all."""
    mirror = Mirror(HOME / "index")
    for workload in arguments.workloads or WORKLOADS:
        recorder = Recorder(mirror)
        with recording(recorder) as url:
            found = _bench(url, arguments.scratch).results(
                workload, WORKLOADS[workload], _tools(arguments), _recorded(workload), runs=1
            )
            results = [result for each in found for result in each]
        reporting.show_failures(results, console)
        if any(result.runs for result in results):
            _mark(workload).touch()
        console.print(f"{workload}: {recorder.fetched} requests to PyPI")
    console.print(f"{mirror.settle(as_of=AS_OF)} pages in {mirror.root}")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Time the tools; record first what is not there."""
    plan = _steps(arguments)
    missing = {each.workload for each in plan if each.requirements} - _all_recorded()
    if missing:
        console.print(f"recording {', '.join(sorted(missing))}: once, some minutes")
        record(argparse.Namespace(**vars(arguments) | {"workloads": sorted(missing)}), console)
    results = _timed(arguments, plan, console)
    told = reporting.conditions(tls=arguments.tls, runs=arguments.runs, slow=arguments.slow)
    report = reporting.Report(conditions=told, results=results)
    stamp = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H%M%S")
    for path in (HOME / "results" / f"{stamp}.json", _LAST):
        report.save(path)
    reporting.show(report, console)
    reporting.show_failures(results, console)


def _timed(
    arguments: argparse.Namespace, plan: Sequence[Step], console: Console
) -> tuple[Result, ...]:
    found: list[Result] = []
    tools = _tools(arguments)
    with ExitStack() as servers:
        benches = {
            delay: servers.enter_context(_served_bench(arguments, delay))
            for delay in {step.delay for step in plan}
        }
        for step in plan:
            # No tool is quicker farther away.
            hopeless = {
                (each.tool, each.measure)
                for each in found
                if each.workload == step.workload
                and each.over is not None
                and each.delay <= step.delay
            }
            for each in benches[step.delay].results(
                step.workload,
                step.requirements,
                tools,
                step.measures,
                runs=arguments.runs,
                hopeless=hopeless,
            ):
                found.extend(each)
                took = "  ".join(f"{r.tool} {r.seconds:.3f}" for r in each if r.runs)
                distance = f", {step.delay:g} ms" if step.delay else ""
                console.print(f"[dim]{step.workload}, {each[0].measure}{distance}: {took}[/dim]")
    return tuple(found)


@contextmanager
def _served_bench(arguments: argparse.Namespace, delay: float) -> Iterator[Bench]:
    """A bench beside the recorded index, so many milliseconds away."""
    scratch = arguments.scratch / f"{delay:g}ms"
    scratch.mkdir()
    with served(HOME / "index", delay=delay / 1000, tls=arguments.tls, scratch=scratch) as server:
        yield Bench(
            scratch=scratch,
            indexes=(f"{server.origin}/simple/",),
            environ=environ(scratch, server.certificate),
            certificate=server.certificate,
            delay=delay,
            limit=arguments.limit,
            slow=arguments.slow,
        )


def profile(arguments: argparse.Namespace, console: Console) -> None:
    """Say what xpip's main thread does with its time."""
    file = HOME / "results" / "profile.pstats"
    file.parent.mkdir(parents=True, exist_ok=True)
    arguments.tools, arguments.runs = ["xpip"], 1
    arguments.limit, arguments.slow = _PATIENT, _PATIENT
    arguments.xpip = [sys.executable, profiling.__file__, str(file)]
    reporting.show_failures(_timed(arguments, _steps(arguments), console), console)
    profiling.show_profile(file, lines=arguments.lines)


def scale(arguments: argparse.Namespace, console: Console) -> None:
    """Time resolving made-up worlds that grow."""
    options = {"runs": arguments.runs, "limit": arguments.limit, "slow": arguments.slow}
    found = scaled(arguments.axes, _tools(arguments), arguments.scratch, console, **options)
    told = [asdict(each) | {"exponent": each.exponent} for each in found]
    write(HOME / "results" / "scaling.json", json.dumps(told, indent=1).encode())


def compare(arguments: argparse.Namespace, console: Console) -> None:
    """Say where the tools choose other versions for the recorded workloads."""
    with served(HOME / "index", delay=0, tls=False, scratch=arguments.scratch) as server:
        url = f"{server.origin}/simple/"
        for workload in arguments.workloads or sorted(_all_recorded()):
            bench = _bench(url, arguments.scratch)
            comparing.compare(workload, WORKLOADS[workload], _tools(arguments), bench, console)


def print_markdown(arguments: argparse.Namespace, console: Console) -> None:
    """Print the last tables, or others, as Markdown; or put them into a README, in their place."""
    text = reporting.markdown(reporting.Report.load(arguments.file))
    if arguments.into is not None:
        put(text, arguments.into)
    else:
        console.print(text, markup=False, highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, action: Callable[..., None]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        made.set_defaults(action=action)
        return made

    _add_tools(_add_workloads(command("record", record)))
    _add_served(_add_timed(_add_tools(_add_workloads(command("run", run)))))
    _add_tools(_add_workloads(command("compare", compare)))
    profiled = _add_served(_add_workloads(command("profile", profile)))
    profiled.set_defaults(measures=["lock cold"])
    profiled.add_argument("--lines", type=int, default=30)
    grow = _add_timed(_add_tools(command("scale", scale)))
    grow.add_argument("axes", nargs="*", default=[*AXES], help=", ".join(AXES))
    text = command("markdown", print_markdown)
    text.add_argument("file", type=Path, nargs="?", default=_LAST)
    text.add_argument("--into", type=Path, metavar="README", help="write it there")
    return parser


def _add_workloads(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    known = ", ".join(WORKLOADS)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"{known}; all if none")
    return parser


def _add_tools(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    known = ["xpip", "uv", "pip"]
    parser.add_argument("--tools", nargs="+", default=known, choices=known, metavar="TOOL")
    parser.add_argument("--xpip", type=shlex.split, default=[], help="another command for xpip")
    return parser


def _add_timed(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--runs", type=int, default=5, help="of which the median is taken (5)")
    for option, default, then in (("--limit", LIMIT, "stopped"), ("--slow", SLOW, "timed once")):
        text = f"seconds; a tool that takes longer is {then} ({default})"
        parser.add_argument(option, type=float, default=default, help=text)
    return parser


def _add_served(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    measures = ", ".join(each.name for each in MEASURES)
    parser.add_argument(
        "--measures",
        nargs="+",
        default=[],
        metavar="MEASURE",
        help=f"instead of what each workload is there for: {measures}",
    )
    parser.add_argument(
        "--delay", nargs="+", type=float, default=[], help="milliseconds of a round trip"
    )
    parser.add_argument("--tls", action="store_true", help="https, by a certificate made for it")
    return parser


def _tools(arguments: argparse.Namespace) -> Sequence[Tool]:
    makers: Mapping[str, Callable[[], Tool]] = {
        "xpip": lambda: Xpip(arguments.xpip),
        "uv": Uv,
        "pip": Pip,
    }
    return [makers[name]() for name in arguments.tools]


def _steps(arguments: argparse.Namespace) -> tuple[Step, ...]:
    try:
        return steps(arguments.workloads, arguments.measures, arguments.delay)
    except KeyError as error:
        raise SystemExit(f"no such workload or measure: {error.args[0]}") from None


def _recorded(workload: str) -> Sequence[Measure]:
    """What has to run once so that everything planned for a workload is there."""
    names = {each.name for step in PLAN if step.workload == workload for each in step.measures}
    return measures_named(names & {"lock cold", "from lock cold"})


def _bench(url: str, scratch: Path) -> Bench:
    return Bench(scratch=scratch, indexes=(url,), environ=environ(scratch, None), limit=_PATIENT)


def _mark(workload: str) -> Path:
    return HOME / "index" / f"{workload}.recorded"


def _all_recorded() -> set[str]:
    return {workload for workload in WORKLOADS if _mark(workload).exists()}


if __name__ == "__main__":
    main()
