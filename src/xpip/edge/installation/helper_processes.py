"""Processes that do one thing for this one: begun as is quickest and safe, ended for certain.

A fork has all modules already, and takes a tenth of the time of a new interpreter; but it has the
locks that other threads hold as well. Does not know what is done there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, NoReturn, Protocol

Serve = Callable[[IO[bytes], IO[bytes]], None]
"""What is done there, with what comes from here and what goes back: a function of a module."""

_BEGIN = (
    "import sys; sys.path[:] = sys.argv[3:]; from importlib import import_module;"
    " serve = getattr(import_module(sys.argv[1]), sys.argv[2]);"
    " serve(sys.stdin.buffer, sys.stdout.buffer)"
)


class HelperProcess(Protocol):
    """A process, and what leads there and back."""

    @property
    def pid(self) -> int:
        """What the operating system calls it by."""

    @property
    def jobs(self) -> IO[bytes]:
        """What it is told."""

    @property
    def answers(self) -> IO[bytes]:
        """What it tells."""

    def end(self) -> None:
        """Let nothing of it go on."""


def can_begin_helpers() -> bool:
    """Whether what runs xpip is an interpreter, and not one program with it."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def begin_helper(serve: Serve) -> HelperProcess:
    """Begin a process that serves until nothing more can come from here.

    Raises:
        OSError: it cannot be begun.
    """
    # Elsewhere libraries of the system mind a fork.
    may_fork = sys.platform == "linux" and threading.active_count() == 1
    return _Forked(serve) if may_fork else _Spawned(serve)


class _Spawned:
    """A new interpreter."""

    def __init__(self, serve: Serve) -> None:
        # It is not of the terminal's group: Ctrl-C ends this run, which ends its helpers.
        self._process = subprocess.Popen(
            [
                *(sys.executable, *_options(), "-c", _BEGIN, serve.__module__, serve.__name__),
                *filter(os.path.isabs, sys.path),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=None if os.name == "nt" else 0,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.jobs: IO[bytes] = self._process.stdin
        self.answers: IO[bytes] = self._process.stdout

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        _close(self.jobs, self.answers)


class _Forked:
    """A copy of this process."""

    def __init__(self, serve: Serve) -> None:
        jobs, told = os.pipe()
        heard, answers = os.pipe()
        self.jobs: IO[bytes] = open(told, "wb")  # noqa: SIM115 - open until the helper ends
        self.answers: IO[bytes] = open(heard, "rb")  # noqa: SIM115
        self._ending = threading.Lock()
        self._ended = False
        # No signal may lead the copy through what this process would do at its end.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _serve_and_exit(serve, jobs, answers, blocked)
        except OSError:
            _close(self.jobs, self.answers)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            os.close(jobs)
            os.close(answers)

    def end(self) -> None:
        with self._ending:
            if not self._ended:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                self._ended = True
        _close(self.jobs, self.answers)


def _serve_and_exit(serve: Serve, jobs: int, answers: int, blocked: Iterable[int]) -> NoReturn:
    """Have nothing of the other process's but its modules: its files and locks are its own."""
    try:
        # Ctrl-C ends the other process, which ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        for descriptor in map(int, os.listdir("/proc/self/fd")):
            if descriptor > 2 and descriptor not in {jobs, answers}:
                with suppress(OSError):
                    os.close(descriptor)
        with open(jobs, "rb") as told, open(answers, "wb") as heard:
            serve(told, heard)
    finally:
        os._exit(0)


def _close(*streams: IO[bytes]) -> None:
    for stream in streams:
        with suppress(OSError):
            stream.close()


def _options() -> list[str]:
    """As this process runs, but for what it has from its environment and from `site`."""
    options = ["-I", "-S", "-X", f"utf8={sys.flags.utf8_mode}"]
    return [*options, "-B"] if sys.dont_write_bytecode else options
