"""Asks interpreters what they say of themselves, once; another run need not ask again.

Decides when an answer still holds: as long as the interpreter, its environment's configuration
and the system are what they were. May not know what the answers are for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypedDict, cast

from xpip.errors import Reason, UsageError

MAKE_ONE = "make one with `python3 -m venv .venv`, or name an interpreter with `--python PATH`"
_TIME_LIMIT = 30.0
_LINES_SHOWN = 10
_QUERY = str(Path(__file__).with_name("interpreter_query.py"))
_VARIABLES = ("PYTHON", "PYVENV", "LD_", "DYLD_", "MACOSX_", "HOME", "USERPROFILE", "APPDATA")
"""How the names of variables begin, underscores aside, that `sysconfig` reads, or that decide which
libraries are loaded."""


class Kept(Protocol):
    """Answers of earlier runs."""

    def find(self, *question: str) -> bytes | None:
        """The answer to exactly this question, if there is one."""

    def keep(self, answer: bytes, *question: str) -> None:
        """Remember an answer."""


class Answer(TypedDict):
    """What `interpreter_query` prints."""

    version: str
    executable: str
    prefix: str
    base_prefix: str
    markers: dict[str, str]
    tags: list[str]
    scheme: dict[str, str]
    user_base: str
    user_scheme: dict[str, str]
    site_paths: list[str]
    externally_managed: str | None


def ask(
    interpreter: str,
    environ: Mapping[str, str],
    *,
    prefix: str | None = None,
    kept: Kept | None = None,
) -> Answer:
    """What an interpreter says of itself.

    Args:
        interpreter: its path.
        environ: environment variables.
        prefix: the base of its scheme, if not its own.
        kept: what was said before.

    Raises:
        UsageError: `no-environment`: it gives no answer, or is too old.
    """
    question = _question(interpreter, environ, prefix) if kept is not None else None
    if kept is None or question is None:
        return _read(interpreter, _run(interpreter, environ, prefix))
    before = kept.find(*question)
    if before is not None:
        return _read(interpreter, before.decode("utf-8", "replace"))
    printed = _run(interpreter, environ, prefix)
    answer = _read(interpreter, printed)
    if _is_virtual(answer, question):
        kept.keep(printed.encode(), *question)
    return answer


def _question(
    interpreter: str, environ: Mapping[str, str], prefix: str | None
) -> tuple[str, ...] | None:
    """All that an answer depends on; None outside virtual environments.

    Of an interpreter of the system, files that are not looked at here have a say (PEP 668).
    """
    import packaging

    configuration = _configuration(interpreter)
    if configuration is None:
        return None
    try:
        files = [_state(path) for path in (interpreter, configuration, _QUERY)]
    except OSError:
        return None
    variables = [
        f"{name}={environ[name]}"
        for name in sorted(environ)
        if name.lstrip("_").startswith(_VARIABLES)
    ]
    return (
        interpreter,
        repr(prefix),
        configuration,
        *files,
        packaging.__version__,
        *_system(),
        *variables,
    )


def _configuration(interpreter: str) -> str | None:
    """PEP 405: pyvenv.cfg lies beside the interpreter, or one directory above."""
    directory = os.path.dirname(interpreter)
    for place in (directory, os.path.dirname(directory)):
        path = os.path.join(place, "pyvenv.cfg")
        if os.path.isfile(path):
            return path
    return None


def _state(path: str) -> str:
    """Which file it is, links followed, and when it was last changed in any way."""
    found = os.stat(path)
    times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
    return f"{os.path.realpath(path)} {found.st_dev} {found.st_ino} {found.st_size} {times}"


def _system() -> Iterator[str]:
    """What wheel tags and markers say of the machine."""
    if hasattr(os, "uname"):
        said = os.uname()
        yield from (said.sysname, said.release, said.version, said.machine)
    if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {}):
        yield str(os.confstr("CS_GNU_LIBC_VERSION"))


def _is_virtual(answer: Answer, question: tuple[str, ...]) -> bool:
    """Whether the answer is that of the environment that the configuration belongs to."""
    own = os.path.dirname(os.path.dirname(question[0])), os.path.dirname(question[0])
    return answer["prefix"] in own and answer["prefix"] != answer["base_prefix"]


def _read(interpreter: str, printed: str) -> Answer:
    try:
        answer = json.loads(printed)
        version = answer["version"]
    except (ValueError, TypeError, KeyError):
        raise _unusable(interpreter, printed) from None
    if "tags" not in answer:
        raise UsageError(
            f"{interpreter} is Python {version}; xpip installs for Python 3.9 and newer",
            hint=MAKE_ONE,
            reference=Reason.NO_ENVIRONMENT,
        )
    return cast("Answer", answer)


def _run(interpreter: str, environ: Mapping[str, str], prefix: str | None) -> str:
    import subprocess

    import packaging

    library = str(Path(packaging.__file__).parent)
    arguments = () if prefix is None else (prefix,)
    try:
        finished = subprocess.run(
            [interpreter, "-I", "-S", "-B", _QUERY, library, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environ,
            timeout=_TIME_LIMIT,
        )
    except OSError as error:
        raise _unusable(interpreter, error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise _unusable(interpreter, f"no answer within {_TIME_LIMIT:.0f} seconds") from error
    if finished.returncode != 0:
        said = finished.stderr or finished.stdout
        raise _unusable(interpreter, f"{said}\nexit status {finished.returncode}")
    return finished.stdout


def _unusable(interpreter: str, said: str) -> UsageError:
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    return UsageError(
        f"{interpreter} does not work as a Python interpreter (3.9 or newer)",
        context=lines[-_LINES_SHOWN:] or ["it printed nothing"],
        reference=Reason.NO_ENVIRONMENT,
    )
