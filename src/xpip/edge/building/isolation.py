"""An environment for one build: made, handed over empty, removed.

Decides where builds happen (PEP 517, "Build environment"). Who fills it, and whence, is decided
by whoever installs: nothing comes in here by itself, pip and setuptools neither.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from xpip.edge.building.processes import build_variables, end_of_log, run_logged
from xpip.errors import InstallationError, Reason

_LINES_SHOWN = 10


class BuildEnvironment(Struct, frozen=True, kw_only=True):
    """A virtual environment without pip.

    Attributes:
        directory: where it lies, and what the build may write beside it.
        prefix: the environment itself (PEP 405).
        python: its interpreter.
        scripts: where its commands are.
    """

    directory: Path
    prefix: Path
    python: Path
    scripts: Path


@contextmanager
def build_environment(
    interpreter: str, *, environ: Mapping[str, str]
) -> Iterator[BuildEnvironment]:
    """An empty environment of this interpreter, for as long as the block runs.

    Args:
        interpreter: the target's: what is built for it must be built by it.
        environ: the process's variables.

    Raises:
        InstallationError: `build-failed`, where the interpreter makes none; `disk`.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="xpip-build-", ignore_cleanup_errors=True)
    except OSError as error:
        message = f"no directory to build in can be made: {error.strerror or error}"
        raise InstallationError(message, reference=Reason.DISK) from error
    with made as name:
        # Backends compare paths; on macOS the directory for temporary files lies behind a link.
        directory = Path(os.path.realpath(name))
        prefix = directory / "environment"
        _make(interpreter, prefix, environ)
        windows = (prefix / "Scripts").is_dir()
        scripts = prefix / ("Scripts" if windows else "bin")
        python = scripts / ("python.exe" if windows else "python")
        yield BuildEnvironment(directory=directory, prefix=prefix, python=python, scripts=scripts)


def _make(interpreter: str, prefix: Path, environ: Mapping[str, str]) -> None:
    log = prefix.with_name("environment.log")
    status = run_logged(
        [interpreter, "-I", "-m", "venv", "--without-pip", str(prefix)],
        cwd=prefix.parent,
        environ=build_variables(environ),
        log=log,
    )
    if status != 0:
        raise InstallationError(
            f"{interpreter} makes no environment to build in",
            context=end_of_log(log, _LINES_SHOWN),
            hint="Some systems keep Python's venv module in a package of its own, python3-venv.",
            reference=Reason.BUILD_FAILED,
        )
