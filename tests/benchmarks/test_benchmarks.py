"""The benchmark's own machinery, with a tool that costs nothing. It measures no one's speed."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from tests.benchmarks.mirror import Mirror
from tests.benchmarks.report import Report, markdown
from tests.benchmarks.running import MEASURES, Bench
from tests.benchmarks.scaling import exponent
from tests.benchmarks.server import served
from tests.benchmarks.synthetic import World, make
from tests.benchmarks.tools import Job


class FakeTool:
    """Leaves a file wherever it was told to work; fails if asked for its help."""

    name = "xpip"

    def start(self, option: str) -> list[str]:
        ends = "'no help'" if option == "--help" else "0"
        return [sys.executable, "-c", f"import sys; sys.exit({ends})"]

    def resolve(self, job: Job) -> list[str]:
        return ["touch", str(job.requirements)]

    def lock(self, job: Job) -> list[str]:
        return ["touch", str(job.lock)]

    def install(self, job: Job) -> list[str]:
        return ["mkdir", str(job.environment / "installed")]

    def install_lock(self, job: Job) -> list[str]:
        return ["cp", str(job.lock), str(job.environment)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(scratch=tmp_path, indexes=("http://127.0.0.1:9/",), environ={})


def test_bench_gives_each_run_what_its_measure_says_when_tools_take_turns(bench: Bench) -> None:
    """`mkdir` and `cp` only work in fresh environments and with a lock; one measure fails."""
    names = {"version", "help", "resolve cold", "install cold", "from lock cold"}
    measures = [each for each in MEASURES if each.name in names]
    found = bench.results("none", ("spam",), (FakeTool(),), measures, runs=2)
    results = tuple(result for each in found for result in each)
    assert [(r.measure, len(r.runs)) for r in results if r.failure is None] == [
        ("version", 2),
        ("resolve cold", 2),
        ("install cold", 2),
        ("from lock cold", 2),
    ]
    assert [(r.measure, r.failure) for r in results if r.failure] == [("help", "no help\n")]
    assert all(run.seconds > 0 and run.memory > 100_000 for r in results for run in r.runs)


def test_report_survives_when_written_and_read(bench: Bench, tmp_path: Path) -> None:
    """The README's table comes from the file, with the conditions below it."""
    (results,) = bench.results("none", ("spam",), (FakeTool(),), MEASURES[:1], runs=1)
    told = {"date": "2026-01-02", "machine": "abacus", "python": "3.11", "versions": {}}
    report = Report(conditions=told | {"delay_ms": 30, "tls": True, "runs": 1}, results=results)
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == report
    assert "30 ms a round trip, TLS" in markdown(report)


def test_server_sends_pages_and_files_when_they_are_large_or_unchanged_or_absent(
    tmp_path: Path,
) -> None:
    """Caches must be able to do their work, and long bodies arrive whole."""
    mirror = Mirror(tmp_path / "r0")
    make(World(projects=2, releases=200), tmp_path)
    with served(tmp_path, delay=0, tls=False, scratch=tmp_path) as server, httpx.Client() as client:
        url = f"{server.origin}/r0/simple/made1/"
        page = client.get(url)
        again = client.get(url, headers={"If-None-Match": page.headers["ETag"]})
        absent = client.get(f"{server.origin}/r0/simple/eggs/")
    assert page.content == mirror.page("made1").read_bytes()
    assert len(page.content) > 1 << 16
    assert (again.status_code, absent.status_code) == (304, 404)


@pytest.mark.parametrize("power", [1, 2])
def test_exponent_is_the_power_when_time_grows_by_it_beyond_a_start(power: int) -> None:
    """Start-up does not hide how the rest grows."""
    sizes = [(n, 0.3 + 0.02 * n**power) for n in (1, 10, 100)]
    assert exponent(sizes, 0.3) == pytest.approx(power)
