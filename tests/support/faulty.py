"""Runs of xpip in which something goes wrong at one chosen moment; a process of its own.

Reads a run per line from standard input, as JSON, and answers each with a line. Everything that a
run imports is imported before the first, and each run is a fork: so one takes a tenth of a second,
and hundreds of moments can be tried. `tests.support.faults` is the other end.

A moment is a call that changes a file system: an audit event (PEP 578), which comes before the
call, or a write, of which a profile function is told.
"""

from __future__ import annotations

import errno
import importlib
import json
import mmap
import os
import pkgutil
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod"}
    | {"os.truncate", "os.utime", "os.setxattr"}
)
_GROWING = frozenset({"os.mkdir", "os.link", "os.symlink", "open", "write"})
"""What a full disk does not let happen."""
_WRITES = frozenset({"write", "writelines", "fsync", "fdatasync", "sendfile", "copy_file_range"})
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


_LASTING = {"full": ("ENOSPC", _GROWING), "read-only": ("EROFS", _CHANGES | {"open"})}


def _failure(name: str, paths: list[str]) -> OSError:
    number = getattr(errno, name)
    return OSError(number, os.strerror(number), *paths[:1])


def _whole(name: str, directory: Any) -> str:
    """The path of what may be named relative to a directory that is open."""
    if name.startswith(os.sep) or not isinstance(directory, int) or directory < 0:
        return name
    return f"{_path_of(directory)}{os.sep}{name}"


def _path_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class Fault:
    """What is to go wrong, and when.

    Args:
        kind: `kill`; the name of an `errno`, for one call that fails; `full` or `read-only`, for a
            disk that is so from then on; empty for nothing, only to count.
        at: which moment, from 1 on.
        below: only what happens below these directories is a moment.
        count: shared with the other end.
    """

    def __init__(self, kind: str, at: int, below: list[str], count: mmap.mmap) -> None:
        self._kind = kind
        self._at = at
        self._below = tuple(f"{each.rstrip(os.sep)}{os.sep}" for each in below)
        self._count = count
        self._seen = 0
        self._counting = threading.Lock()

    def watch(self) -> None:
        """From now on."""
        sys.addaudithook(self._heard)
        threading.setprofile(self._profiled)
        sys.setprofile(self._profiled)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _TO_WRITE:
                self._moment(event, [path])
        elif event in _CHANGES:
            names = [os.fsdecode(each) for each in arguments if isinstance(each, str | bytes)]
            self._moment(event, [_whole(name, arguments[-1]) for name in names])

    def _profiled(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _WRITES:
            name = getattr(getattr(called, "__self__", None), "name", None)
            if isinstance(name, int):
                name = _path_of(name)
            if isinstance(name, str):
                self._moment("write", [name])

    def _moment(self, event: str, paths: list[Any]) -> None:
        whole = [os.fsdecode(each) for each in paths if isinstance(each, str | bytes)]
        if not any(path.startswith(self._below) for path in whole):
            return
        with self._counting:
            self._seen += 1
            self._count[:8] = self._seen.to_bytes(8, "little")
            seen = self._seen
        self._go_wrong(event, seen, whole)

    def _go_wrong(self, event: str, seen: int, paths: list[str]) -> None:
        if self._kind in _LASTING:
            name, events = _LASTING[self._kind]
            if seen >= self._at and event in events:
                raise _failure(name, paths)
        elif seen == self._at and self._kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif seen == self._at and self._kind:
            raise _failure(self._kind, paths)


def run(told: dict[str, Any], count: mmap.mmap) -> NoReturn:
    """Be xpip: arguments, directory, variables, limits, and what goes wrong."""
    from xpip.cli import main

    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["environ"])
    if told["umask"] is not None:
        os.umask(told["umask"])
    if told["largest"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (told["largest"], told["largest"]))
    Fault(told["kind"], told["at"], told["below"], count).watch()
    main(told["arguments"])
    raise AssertionError("main() ends the process")


def import_everything() -> None:
    """So that a fork has nothing to import."""
    import xpip

    for module in pkgutil.walk_packages(xpip.__path__, "xpip."):
        if module.name not in {"xpip.__main__", "xpip.edge.environment.interpreter_query"}:
            importlib.import_module(module.name)
    for name in ("httpcore", "filelock", "installer", "rich.console", "truststore", "subprocess"):
        importlib.import_module(name)


def serve(run_one: Callable[[dict[str, Any], mmap.mmap], NoReturn]) -> None:
    """Run after run, until standard input ends."""
    count = mmap.mmap(-1, 8)
    _say("ready")
    for line in sys.stdin:
        count[:8] = bytes(8)
        pipes = {name: os.pipe() for name in ("stdout", "stderr")}
        process = os.fork()
        if process == 0:
            try:
                for number, (_, end) in enumerate(pipes.values(), start=1):
                    os.dup2(end, number)
                run_one(json.loads(line), count)
            finally:
                os._exit(99)
        texts = {name: _Reading(*pipe) for name, pipe in pipes.items()}
        _, status = os.waitpid(process, 0)
        ended = {
            "exit_code": os.waitstatus_to_exitcode(status),
            "moments": int.from_bytes(count[:8], "little"),
            **{name: reading.text() for name, reading in texts.items()},
        }
        _say(json.dumps(ended))


class _Reading(threading.Thread):
    """What comes out of a pipe until nobody writes any more."""

    def __init__(self, here: int, there: int) -> None:
        super().__init__()
        os.close(there)
        self._here = here
        self._read = b""
        self.start()

    def run(self) -> None:
        with open(self._here, "rb") as pipe:  # noqa: PTH123 - a number
            self._read = pipe.read()

    def text(self) -> str:
        self.join()
        return self._read.decode()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    import_everything()
    serve(run)
