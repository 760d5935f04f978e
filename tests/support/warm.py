"""The real command in a process of its own, whose imports are made already.

A server imports xpip once, and each run is a fork of it: own arguments, directory, variables and
output, and the exit code of the real `main`. What is only right because of an earlier run cannot
happen: a fork knows of none. For tests of hundreds of runs; others use `run_xpip`.
"""

from __future__ import annotations

import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.command import Ended, kept_variables, run_xpip

_SECONDS = 120
_LATE = ("click.shell_completion", "decimal", "filelock", "installer", "netrc", "stringprep")
"""What functions import, and most runs need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use: bytes of address space, seconds of processor time."""

    memory: int
    seconds: int


class WarmXpip:
    """Runs commands as `run_xpip` does, sooner."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None
        if hasattr(os, "fork"):
            command = [sys.executable, "-m", __name__]
            pipe = subprocess.PIPE
            self._server = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[2]
            )

    def __call__(
        self,
        *arguments: object,
        cwd: Path,
        variables: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Ended:
        """Run `xpip` with these arguments and no settings but these variables.

        Where there is no fork, there are no limits either.
        """
        if self._server is None:
            return run_xpip(*arguments, cwd=cwd, variables=variables)
        with tempfile.TemporaryDirectory() as directory:
            said = Path(directory, "stdout"), Path(directory, "stderr")
            asked = {
                "arguments": [*map(str, arguments)],
                "cwd": str(cwd),
                "environ": {**kept_variables(), **(variables or {})},
                "output": [*map(str, said)],
                "limits": asdict(limits) if limits else {},
            }
            code = self._ask(asked)
            stdout, stderr = (path.read_text(encoding="utf-8") for path in said)
        return Ended(exit_code=code, stdout=stdout, stderr=stderr)

    def _ask(self, asked: Mapping[str, Any]) -> int:
        assert self._server is not None
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(f"{json.dumps(asked)}\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.communicate()


def _serve() -> None:
    import xpip

    own = (module.name for module in pkgutil.walk_packages(xpip.__path__, "xpip."))
    for name in (*own, *_LATE):
        if not name.endswith("__main__"):
            # What belongs to an extra may be missing.
            with suppress(ImportError):
                import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(
    arguments: list[str],
    cwd: str,
    environ: dict[str, str],
    output: list[str],
    limits: dict[str, int],
) -> None:
    from xpip.cli import main

    if limits:
        import resource

        for kind, limit in (("AS", limits["memory"]), ("CPU", limits["seconds"])):
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (limit, limit))
    signal.alarm(_SECONDS)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(output, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    main(arguments)


if __name__ == "__main__":
    _serve()
