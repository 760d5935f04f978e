"""Runs the tools in turn, each piece of work from the same start, and keeps what it took."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import measuring
from tests.benchmarks.measures import LOCK, Measure
from tests.benchmarks.results import BEFORE_TOO_SLOW, Result, Run
from tests.benchmarks.tools import Job, Tool

LIMIT = 120
"""Seconds. A tool that needs longer for one command gets no second try at it."""

SLOW = 30
"""Seconds. A tool of which one command takes longer is timed once."""


class FailedError(Exception):
    """A tool did not do its work; the text is the end of what it printed."""


class OverLimitError(Exception):
    """A tool was stopped, because it took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where runs take place. Everything below `scratch` is made anew."""

    scratch: Path
    indexes: tuple[str, ...]
    environ: Mapping[str, str]
    certificate: Path | None = None
    delay: float = 0
    """Milliseconds, the round trip to the indexes."""
    limit: float = LIMIT
    slow: float = SLOW

    def results(
        self,
        workload: str,
        requirements: Sequence[str],
        tools: Sequence[Tool],
        measures: Sequence[Measure],
        *,
        runs: int,
        hopeless: Set[tuple[str, str]] = frozenset(),
    ) -> Iterator[tuple[Result, ...]]:
        """For each measure, what each tool took; the tools take turns.

        `hopeless` are pairs of tool and measure that are known to be over the limit.
        """
        states = {tool.name: _State(self, tool, requirements) for tool in tools}
        for measure in measures:
            turns = [_Turns(states[tool.name], tool, measure) for tool in tools]
            for turn in turns:
                turn.begin(hopeless=(turn.tool.name, measure.name) in hopeless)
            for _ in range(runs):
                for turn in turns:
                    turn.take()
            yield tuple(turn.result(workload) for turn in turns)

    def run(self, command: Sequence[str]) -> Run:
        """Run a command.

        Raises:
            FailedError: its exit code is not 0.
            OverLimitError: it took too long.
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
                    raise OverLimitError from None
                raise
        if taken.pop("exit_code") != 0:
            raise FailedError(log.read_text(errors="replace")[-2000:])
        return Run(**taken)


class _State:
    """Cache, environment and lock of one tool at one workload, and which command left them."""

    def __init__(self, bench: Bench, tool: Tool, requirements: Sequence[str]) -> None:
        self.bench, self._tool = bench, tool
        home = bench.scratch / tool.name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        wanted = home / "requirements.txt"
        wanted.write_text("\n".join(requirements) + "\n")
        self._kept_lock = home / "kept.toml"
        self._left_by: Callable[..., list[str]] | None = None
        self._too_slow: set[Callable[..., list[str]]] = set()
        self.job = Job(
            requirements=wanted,
            indexes=bench.indexes,
            environment=home / "environment",
            lock=home / "pylock.toml",
            cache=home / "cache",
            certificate=bench.certificate,
        )

    def run(self, measure: Measure) -> Run:
        """Run the command of a measure.

        Raises:
            FailedError: its exit code is not 0.
            OverLimitError: it took too long, now or before.
        """
        if measure.command in self._too_slow:
            raise OverLimitError
        self._left_by = None
        try:
            taken = self.bench.run(measure.command(self._tool, self.job))
        except OverLimitError:
            self._too_slow.add(measure.command)
            raise
        self._left_by = measure.command
        if self.job.lock.exists():
            shutil.copyfile(self.job.lock, self._kept_lock)
        return taken

    def make(self, measure: Measure) -> None:
        """Leave lock, cache and environment as the measure wants to find them."""
        if not measure.works:
            return
        if measure.locked and not self._kept_lock.exists():
            self.make(LOCK)
            self.run(LOCK)
        if measure.warm and self._left_by is not measure.command:
            self._clear(measure, cache=True, environment=True)
            self.run(measure)
        self._clear(measure, cache=not measure.warm, environment=not measure.installed)

    def _clear(self, measure: Measure, *, cache: bool, environment: bool) -> None:
        if measure.locked:
            shutil.copyfile(self._kept_lock, self.job.lock)
        else:
            self.job.lock.unlink(missing_ok=True)
        if cache:
            shutil.rmtree(self.job.cache, ignore_errors=True)
        if environment:
            _make_environment(self.job.environment)


class _Turns:
    """The runs of one tool at one measure; none after the first that fails or is slow."""

    def __init__(self, state: _State, tool: Tool, measure: Measure) -> None:
        self.tool = tool
        self._state, self._measure = state, measure
        self._runs: list[Run] = []
        self._over: float | None = None
        self._failure: str | None = None

    def begin(self, *, hopeless: bool) -> None:
        """Make ready for the first run, or leave it be."""
        if hopeless:
            self._over = self._state.bench.limit
            return
        try:
            self._state.make(self._measure)
        except OverLimitError:
            self._failure = BEFORE_TOO_SLOW
        except FailedError as error:
            self._failure = str(error)

    def take(self) -> None:
        slow = bool(self._runs) and self._runs[0].seconds > self._state.bench.slow
        if slow or self._failure is not None or self._over is not None:
            return
        try:
            self._state.make(self._measure)
            self._runs.append(self._state.run(self._measure))
        except OverLimitError:
            self._over = self._state.bench.limit
        except FailedError as error:
            self._failure = str(error)

    def result(self, workload: str) -> Result:
        ended = self._over is None and self._failure is None
        return Result(
            workload=workload,
            measure=self._measure.name,
            tool=self.tool.name,
            delay=self._state.bench.delay,
            runs=tuple(self._runs) if ended else (),
            over=self._over,
            failure=self._failure,
        )


def _make_environment(directory: Path) -> None:
    """A virtual environment without pip, of the interpreter that runs this."""
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, symlinks=True)
