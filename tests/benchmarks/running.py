"""Runs the tools in turn, each piece of work from the same start, and keeps what it took."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks import measuring
from tests.benchmarks.tools import Job, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A piece of work, and what is there before it."""

    name: str
    command: Callable[[Tool, Job], list[str]]
    warm: bool = False
    """The cache holds what the same command left there."""
    installed: bool = False
    """The environment holds what the same command left there."""
    locked: bool = False
    """The lock file is there."""
    works: bool = True
    """It needs an index: it does more than start."""


MEASURES = (
    Measure(name="version", command=lambda tool, _: tool.start("--version"), works=False),
    Measure(name="help", command=lambda tool, _: tool.start("--help"), works=False),
    Measure(name="resolve cold", command=lambda tool, job: tool.resolve(job)),
    Measure(name="resolve warm", command=lambda tool, job: tool.resolve(job), warm=True),
    Measure(name="lock cold", command=lambda tool, job: tool.lock(job)),
    Measure(name="lock warm", command=lambda tool, job: tool.lock(job), warm=True),
    Measure(name="install cold", command=lambda tool, job: tool.install(job)),
    Measure(name="install warm", command=lambda tool, job: tool.install(job), warm=True),
    Measure(name="from lock cold", command=lambda tool, job: tool.install_lock(job), locked=True),
    Measure(
        name="from lock warm",
        command=lambda tool, job: tool.install_lock(job),
        locked=True,
        warm=True,
    ),
    Measure(
        name="nothing to do",
        command=lambda tool, job: tool.install(job),
        warm=True,
        installed=True,
    ),
    Measure(
        name="nothing to do from lock",
        command=lambda tool, job: tool.install_lock(job),
        locked=True,
        warm=True,
        installed=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one command took."""

    seconds: float
    cpu: float
    """Seconds, user and system."""
    memory: int
    """Bytes: the largest resident set of the process or one of its children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All runs of one tool at one piece of work."""

    workload: str
    measure: str
    tool: str
    runs: tuple[Run, ...] = ()
    failure: str | None = None

    @property
    def seconds(self) -> float:
        """The median."""
        return median(run.seconds for run in self.runs)

    @property
    def memory(self) -> float:
        """The median, bytes."""
        return median(run.memory for run in self.runs)


class FailedError(Exception):
    """A tool did not do its work; the text is the end of what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where runs take place. Everything below `scratch` is made anew."""

    scratch: Path
    indexes: tuple[str, ...]
    environ: Mapping[str, str]
    certificate: Path | None = None
    limit: float = 600
    """Seconds, for one command."""

    def results(
        self,
        workload: str,
        requirements: Sequence[str],
        tools: Sequence[Tool],
        measures: Sequence[Measure],
        *,
        runs: int,
    ) -> Iterator[tuple[Result, ...]]:
        """For each measure, what each tool took; the tools take turns."""
        for measure in measures:
            turns = [_Turns(self, tool, measure, requirements) for tool in tools]
            for _ in range(runs):
                for turn in turns:
                    turn.take()
            yield tuple(turn.result(workload) for turn in turns)

    def run(self, command: Sequence[str]) -> Run:
        """Run a command.

        Raises:
            FailedError: it took too long, or its exit code is not 0.
        """
        log = self.scratch / "output.txt"
        starter = [sys.executable, "-I", "-S", measuring.__file__, str(log), *command]
        with subprocess.Popen(
            starter,
            env=self.environ,
            cwd=self.scratch,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                taken = json.loads(process.communicate(timeout=self.limit)[0])
            except BaseException as error:
                os.killpg(process.pid, signal.SIGKILL)  # Ctrl-C does not reach its session
                if isinstance(error, subprocess.TimeoutExpired):
                    raise FailedError(f"took more than {self.limit:.0f} s") from None
                raise
        if taken.pop("exit_code") != 0:
            raise FailedError(log.read_text(errors="replace")[-2000:])
        return Run(**taken)


class _Turns:
    """The runs of one tool at one measure; none after the first that fails."""

    def __init__(
        self, bench: Bench, tool: Tool, measure: Measure, requirements: Sequence[str]
    ) -> None:
        self._bench, self._tool, self._measure = bench, tool, measure
        self._runs: list[Run] = []
        self._failure: str | None = None
        home = bench.scratch / tool.name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        wanted = home / "requirements.txt"
        wanted.write_text("\n".join(requirements) + "\n")
        self._job = Job(
            requirements=wanted,
            indexes=bench.indexes,
            environment=home / "environment",
            lock=home / "pylock.toml",
            cache=home / "cache",
            certificate=bench.certificate,
        )

    def take(self) -> None:
        if self._failure is not None:
            return
        try:
            if not self._runs:
                self._begin()
            self._prepare()
            self._runs.append(self._bench.run(self._command()))
        except FailedError as error:
            self._failure = str(error)

    def result(self, workload: str) -> Result:
        return Result(
            workload=workload,
            measure=self._measure.name,
            tool=self._tool.name,
            runs=() if self._failure is not None else tuple(self._runs),
            failure=self._failure,
        )

    def _command(self) -> list[str]:
        return self._measure.command(self._tool, self._job)

    def _begin(self) -> None:
        """Leave lock, cache and environment as the measure wants to find them."""
        if self._measure.works:
            _make_environment(self._job.environment)
        if self._measure.locked:
            self._bench.run(self._tool.lock(self._job))
        if self._measure.warm:
            self._bench.run(self._command())

    def _prepare(self) -> None:
        if not self._measure.works:
            return
        if not self._measure.warm:
            shutil.rmtree(self._job.cache, ignore_errors=True)
        if not self._measure.installed:
            _make_environment(self._job.environment)
        if not self._measure.locked:
            self._job.lock.unlink(missing_ok=True)


def _make_environment(directory: Path) -> None:
    """A virtual environment without pip, of the interpreter that runs this."""
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, symlinks=True)
