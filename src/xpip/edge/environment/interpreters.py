"""Asks interpreters what they say of themselves, once; another run need not ask again.

Decides when an answer still holds: as long as the interpreter, its environment's configuration
and the system are what they were. May not know what the answers are for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypedDict, cast

from xpip.edge.environment.questions import question_to
from xpip.errors import Reason, UsageError

MAKE_ONE = "make one with `python3 -m venv .venv`, or name an interpreter with `--python PATH`"
_TIME_LIMIT = 30.0
_LINES_SHOWN = 10
_QUERY = str(Path(__file__).with_name("interpreter_query.py"))


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
    question = None
    if kept is not None and prefix is None:
        import packaging

        question = question_to(interpreter, environ, _QUERY, f"packaging {packaging.__version__}")
    if kept is None or question is None:
        return _read(interpreter, _run(interpreter, environ, prefix))
    before = kept.find(*question.parts)
    said = question.read(before) if before is not None else None
    if said is not None and said.keys() >= Answer.__required_keys__:
        return cast("Answer", said)
    answer = _read(interpreter, _run(interpreter, environ, prefix))
    keepable = question.keepable(answer)
    if keepable is not None:
        kept.keep(keepable, *question.parts)
    return answer


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
