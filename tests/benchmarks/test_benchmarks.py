"""The benchmark's own machinery, with a tool that costs nothing. It measures no one's speed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.benchmarks.comparing import differences, versions_of
from tests.benchmarks.goals import GOALS, reached
from tests.benchmarks.measures import measures_named
from tests.benchmarks.mirror import Mirror
from tests.benchmarks.plan import PLAN, steps
from tests.benchmarks.readme import BEGIN, END, put, taken
from tests.benchmarks.report import GOALS_HEADING, Report, heading, markdown
from tests.benchmarks.results import Result, Run
from tests.benchmarks.running import Bench
from tests.benchmarks.scaling import Growth
from tests.benchmarks.server import served
from tests.benchmarks.synthetic import World, make
from tests.benchmarks.tools import Job

README = Path(__file__).parents[2] / "README.md"


class FakeTool:
    """Leaves a file wherever it was told to work; fails if asked for its help.

    To lock, it needs as many seconds as it was told, and writes down each time it does.
    """

    name = "xpip"

    def __init__(self, log: Path, *, seconds: float = 0) -> None:
        self._log, self._seconds = log, seconds

    def start(self, option: str) -> list[str]:
        ends = "'no help'" if option == "--help" else "0"
        return [sys.executable, "-c", f"import sys; sys.exit({ends})"]

    def resolve(self, job: Job) -> list[str]:
        return ["touch", str(job.requirements)]

    def lock(self, job: Job) -> list[str]:
        work = f"echo lock >> {self._log}; sleep {self._seconds}; mkdir {job.cache}"
        return ["sh", "-c", f"{work}; touch {job.lock}"]

    def install(self, job: Job) -> list[str]:
        return ["mkdir", str(job.environment / "installed")]

    def install_lock(self, job: Job) -> list[str]:
        return ["cp", str(job.lock), str(job.environment)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(scratch=tmp_path, indexes=("http://127.0.0.1:9/",), environ={})


def results(bench: Bench, tool: FakeTool, *measures: str, runs: int = 2) -> list[Result]:
    taken = measures_named({*measures})
    found = bench.results("none", ("spam",), (tool,), taken, runs=runs)
    return [result for each in found for result in each]


def result(
    seconds: float | None,
    *,
    tool: str = "xpip",
    measure: str = "lock cold",
    workload: str = "web",
    delay: float = 0,
) -> Result:
    """Of one run of so many seconds; without, one that was stopped after 100."""
    runs = () if seconds is None else (Run(seconds=seconds, cpu=seconds, memory=10**7),)
    over = 100.0 if seconds is None else None
    about = Result(workload=workload, measure=measure, tool=tool, delay=delay)
    return replace(about, runs=runs, over=over)


def report(*results: Result) -> Report:
    told = {"date": "2026-01-02", "machine": "abacus", "python": "3.11", "versions": {"uv": "1"}}
    return Report(conditions=told | {"tls": True, "runs": 5, "slow": 30}, results=results)


def test_bench_gives_each_run_what_its_measure_says_when_tools_take_turns(
    bench: Bench, log: Path
) -> None:
    """`mkdir` and `cp` only work in fresh environments and with a lock; one measure fails."""
    names = ("version", "help", "resolve cold", "install cold", "from lock cold")
    found = results(bench, FakeTool(log), *names)
    assert [(r.measure, len(r.runs)) for r in found if r.failure is None] == [
        ("version", 2),
        ("resolve cold", 2),
        ("install cold", 2),
        ("from lock cold", 2),
    ]
    assert [(r.measure, r.failure) for r in found if r.failure] == [("help", "no help\n")]
    assert all(run.seconds > 0 and run.memory > 100_000 for r in found for run in r.runs)


def test_bench_locks_no_more_often_than_it_measures_when_a_lock_is_wanted_later(
    bench: Bench, log: Path
) -> None:
    """The lock of the first measure is there for the others."""
    results(bench, FakeTool(log), "lock cold", "from lock cold", "from lock warm")
    assert log.read_text() == "lock\n" * 2


def test_bench_tries_once_when_a_tool_is_over_the_limit(bench: Bench, log: Path) -> None:
    """What was stopped is a bound; what would need it first is not run at all."""
    patience = replace(bench, limit=0.3)
    tool = FakeTool(log, seconds=60)
    cold, warm, locked = results(patience, tool, "lock cold", "lock warm", "from lock cold")
    assert (cold.over, cold.runs, cold.failure) == (0.3, (), None)
    assert warm.failure is not None
    assert warm.failure == locked.failure
    assert log.read_text() == "lock\n"


def test_bench_runs_nothing_when_a_tool_was_over_the_limit_nearer_by(
    bench: Bench, log: Path
) -> None:
    """It would not be quicker farther away."""
    measures = measures_named({"lock cold"})
    pairs = {("xpip", "lock cold")}
    tools = (FakeTool(log),)
    found = bench.results("none", (), tools, measures, runs=2, hopeless=pairs)
    assert [[r.over for r in each] for each in found] == [[bench.limit]]
    assert not log.exists()


def test_bench_takes_one_run_when_a_tool_is_slow(bench: Bench, log: Path) -> None:
    """A long run says as much alone."""
    (found,) = results(replace(bench, slow=0), FakeTool(log), "version", runs=3)
    assert len(found.runs) == 1


def test_report_survives_when_written_and_read(tmp_path: Path) -> None:
    """The README's table comes from the file, with the conditions below it."""
    written = report(result(1), result(2, tool="uv"), result(None, tool="pip"))
    written.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == written
    ratios = json.loads((tmp_path / "report.json").read_text())["ratios"]
    assert [(each["peer"], each["ratio"]) for each in ratios] == [
        ("uv", {"value": 0.5, "bound": ""}),
        ("pip", {"value": 0.01, "bound": "<"}),
    ]
    assert "medians of 5 or of (n) where one takes more than 30" in markdown(written)


def test_report_shows_bounds_when_a_tool_was_stopped() -> None:
    """The ratio to what took more than 100 s is less than what it is to 100 s."""
    text = markdown(report(result(1), result(2, tool="uv"), result(None, tool="pip")))
    assert "| web | lock cold | 1.00 (1) | 2.00 (1) | > 100 | 0.500 | < 0.0100 |" in text


@pytest.mark.parametrize(
    ("ours", "uv", "pip", "verdicts"),
    [
        (1, 1, 8, ["reached", "reached"]),
        (2, 1, 15, ["missed", "missed"]),
        (1, 1, None, ["reached", "reached"]),
        (50, None, None, ["reached"]),  # 100 s say nothing on being 8 times faster
        (None, 20, 20, ["missed", "missed"]),
    ],
)
def test_goal_is_reached_when_the_ratio_or_its_bound_says_so(
    ours: float | None, uv: float | None, pip: float | None, verdicts: list[str]
) -> None:
    """To lock on loopback: at most 1.5 times uv's, and 8 times faster than pip."""
    found = reached((result(ours), result(uv, tool="uv"), result(pip, tool="pip")))
    assert [each.verdict for each in found if "loopback" in each.goal] == verdicts


def test_goal_tells_where_it_is_reached_least_when_there_are_several_workloads() -> None:
    """Hard backtracking is not among them: it has a goal of its own."""
    pairs = {"trio": 1, "web": 4, "boto": 9}
    both = ((result(t, workload=w), result(1, tool="uv", workload=w)) for w, t in pairs.items())
    found = reached(each for pair in both for each in pair)
    (loopback,) = (each for each in found if "loopback" in each.goal)
    assert (loopback.worst, loopback.where) == ("4.00 times", "web, lock cold")
    assert loopback.verdict == "missed, but in 1 of 2"
    assert [each.where for each in found if each.goal == "hard backtracking"] == ["boto, lock cold"]


def test_plan_has_a_row_for_every_goal() -> None:
    """What `make bench` measures by itself answers all that is asked."""
    planned = [
        replace(result(1, measure=measure.name, workload=step.workload), delay=step.delay)
        for step in PLAN
        for measure in step.measures
    ]
    beside = [replace(each, tool=tool) for each in planned for tool in ("xpip", "uv", "pip")]
    told = {(each.goal, each.beside) for each in reached(beside)}
    wanted = [(("uv", g.uv), ("pip", g.pip), ("clock", g.seconds)) for g in GOALS]
    assert told == {
        (goal.name, beside)
        for goal, sides in zip(GOALS, wanted, strict=True)
        for beside, limit in sides
        if limit is not None
    }


def test_steps_are_those_asked_for_when_measures_or_distances_are_named() -> None:
    """Otherwise the plan says what each workload is there for."""
    assert steps((), (), ()) == PLAN
    found = steps(("web",), ("lock cold", "help"), (0, 30))
    assert [(s.workload, s.delay, [m.name for m in s.measures]) for s in found] == [
        ("any", 0, ["help"]),
        ("web", 0, ["lock cold"]),
        ("web", 30, ["lock cold"]),
    ]


def test_markdown_stands_between_the_comments_when_put_into_a_readme(tmp_path: Path) -> None:
    """What is around them stays."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put("new", readme)
    assert readme.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_readme_has_tables_as_the_report_writes_them() -> None:
    """Columns, a row for each that is planned, and date and machine."""
    text = taken(README)
    tables = [[_cells(line) for line in part.splitlines()] for part in text.split("\n\n")[:2]]
    goals, rows = tables
    assert goals[0] == list(GOALS_HEADING)
    assert rows[0] == list(heading(("xpip", "uv", "pip")))
    assert [{len(row) for row in table} for table in tables] == [{len(goals[0])}, {len(rows[0])}]
    assert len(rows) == 2 + sum(len(step.measures) for step in PLAN)
    assert text.splitlines()[-1].startswith("20")


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


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
    seconds = {n: 0.3 + 0.02 * n**power for n in (1, 10, 100)}
    grown = Growth(axis="projects", tool="xpip", least=0.3, seconds=seconds)
    assert grown.exponent == pytest.approx(power)


def test_growth_says_in_words_how_much_longer_double_the_size_takes() -> None:
    """The exponent alone tells a stranger little."""
    linear = Growth(axis="projects", tool="xpip", least=0.3, seconds={10: 0.4, 20: 0.5, 40: 0.7})
    flat = replace(linear, seconds={10: 0.3, 20: 0.3, 40: 0.301})
    assert str(linear) == (
        "xpip: 4 times the size, 1.7 times as long (0.40 to 0.70 s); beyond 0.30 s to start "
        "it grows as size^1.00: double the size, 2.0 times as long"
    )
    assert str(flat).endswith("no growth to speak of")


def test_locks_differ_in_versions_and_in_what_only_one_has(tmp_path: Path) -> None:
    """However a name is spelled."""
    lock = tmp_path / "pylock.toml"
    lock.write_text('packages = [{name = "Spam", version = "1.0"}, {name = "eggs", version = "2"}]')
    uv = {"spam": "1.0", "eggs": "1", "ham": "3"}
    assert differences({"xpip": versions_of(lock), "uv": uv}) == {
        "eggs": {"xpip": "2", "uv": "1"},
        "ham": {"uv": "3"},
    }
