"""The environment that a run is about: where it lies and what its interpreter says of itself.

    interpreters       asks one, or remembers what it said
    questions          what the answer depends on
    interpreter_query  runs inside it

Decides which interpreter speaks and where distributions go (semantics 7.4). The answers come
from that interpreter, never from the one that runs xpip. May not know what is installed there,
nor what will be.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from packaging.version import Version

from xpip.core.policy import Target
from xpip.core.values import Abridged
from xpip.edge.environment.interpreters import MAKE_ONE, Answer, Kept, ask
from xpip.errors import Reason, UsageError

__all__ = [
    "Environment",
    "Kept",
    "check_writable",
    "consulted_environment",
    "locate_environment",
]

_NAME_ONE = "name an interpreter of the system with `--python PATH`, or leave --user away"
_INTERPRETERS = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
_VERSION = re.compile(r"\d+(\.\d+)?t?")


class Environment(Abridged, frozen=True, kw_only=True):
    """Where distributions are written, and the machine they are chosen for.

    Attributes:
        executable: the target's interpreter, which scripts name in their first line.
        scheme: absolute paths of purelib, platlib, scripts, data, and of headers: the directory
            above a project's own.
        site_paths: where installed distributions are looked for and may be changed.
        visible_paths: the same, then directories of the interpreter that may only be read.
        prefix: the directory that the scheme's paths share.
        externally_managed: PEP 668: why this environment is not to be changed, in its system's
            own words.
    """

    unshown: ClassVar = ("scheme", "externally_managed")

    executable: str
    target: Target
    scheme: Mapping[str, str]
    site_paths: tuple[str, ...]
    visible_paths: tuple[str, ...]
    prefix: str
    externally_managed: str | None = None


def locate_environment(
    *,
    python: str | None,
    target: str | None,
    prefix: str | None,
    user: bool = False,
    environ: Mapping[str, str],
    cwd: Path,
    kept: Kept | None = None,
) -> Environment:
    """The environment that a command which writes is about (semantics 7.4).

    Args:
        python: an interpreter's path, a virtual environment's directory, or a name or version
            (`3.12`) to look up on PATH.
        target: a directory for a flat installation.
        prefix: a directory in place of the interpreter's own prefix.
        user: the directory of what only this user sees (PEP 370).
        environ: environment variables.
        cwd: the working directory.
        kept: what interpreters said before.

    Raises:
        UsageError: `no-environment`, where there is none or its interpreter gives no answer;
            `usage`, where two of `target`, `prefix` and `user` are given.
    """
    interpreter = _stated_interpreter(python, environ, cwd)
    _check_one({"--target": target is not None, "--prefix": prefix is not None, "--user": user})
    if user:
        return _of_user(ask(interpreter or sys.executable, environ, kept=kept), environ)
    if target is not None:
        answer = ask(interpreter or sys.executable, environ, kept=kept)
        return _flat(str(cwd / target), answer)
    if prefix is not None:
        base = str(cwd / prefix)
        answer = ask(interpreter or sys.executable, environ, prefix=base, kept=kept)
        return _prefixed(base, answer)
    return _own(ask(interpreter or _nearby_interpreter(cwd), environ, kept=kept), environ)


def _check_one(given: Mapping[str, bool]) -> None:
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} exclude each other", reference=Reason.USAGE)


def consulted_environment(
    *, python: str | None, environ: Mapping[str, str], cwd: Path, kept: Kept | None = None
) -> Environment:
    """The environment that a command which only reads chooses for (semantics 7.4).

    The one that a command which writes would change; where there is none, the one xpip runs in.

    Raises:
        UsageError: `no-environment`, as in `locate_environment`.
    """
    interpreter = _stated_interpreter(python, environ, cwd) or _found_interpreter(cwd)
    return _own(ask(interpreter, environ, kept=kept), environ)


def check_writable(environment: Environment, *, break_system_packages: bool) -> None:
    """Let nobody change an environment that another system manages (PEP 668).

    Raises:
        UsageError: `externally-managed`; its context is the message in the system's own words.
    """
    if environment.externally_managed is None or break_system_packages:
        return
    raise UsageError(
        f"the environment of {environment.executable} is managed by its own system",
        context=environment.externally_managed.strip().splitlines(),
        hint="`python3 -m venv .venv` makes an environment of your own; "
        "`--break-system-packages` changes this one all the same",
        reference=Reason.EXTERNALLY_MANAGED,
    )


def _stated_interpreter(python: str | None, environ: Mapping[str, str], cwd: Path) -> str | None:
    """The interpreter of `--python`, else of the active virtual environment."""
    if python is not None:
        return _named_interpreter(python, environ, cwd)
    active = environ.get("VIRTUAL_ENV")
    return _interpreter_in(cwd / active, "VIRTUAL_ENV") if active else None


def _named_interpreter(name: str, environ: Mapping[str, str], cwd: Path) -> str:
    place = cwd / name
    if os.path.basename(name) != name or (place / "pyvenv.cfg").is_file():
        return _interpreter_in(place, "--python") if place.is_dir() else os.path.abspath(place)
    command = f"python{name}" if _VERSION.fullmatch(name) else name
    import shutil

    # Never one that merely lies here, which may be somebody else's.
    places = filter(os.path.isabs, environ.get("PATH", os.defpath).split(os.pathsep))
    found = shutil.which(command, path=os.pathsep.join(places))
    if found is None:
        raise _no_environment(f"there is no {command} on PATH", f"--python {name}")
    return os.path.abspath(found)


def _interpreter_in(directory: Path, said_by: str) -> str:
    for name in _INTERPRETERS:
        if (directory / name).is_file():
            return os.path.abspath(directory / name)
    raise _no_environment(f"{directory} holds no Python interpreter", f"{said_by} names it")


def _found_interpreter(cwd: Path) -> str:
    place = _nearby_environment(cwd)
    return _interpreter_in(place, "the search for .venv") if place else sys.executable


def _nearby_environment(cwd: Path) -> Path | None:
    places = (directory / ".venv" for directory in (cwd, *cwd.parents))
    return next((place for place in places if (place / "pyvenv.cfg").is_file()), None)


def _nearby_interpreter(cwd: Path) -> str:
    place = _nearby_environment(cwd)
    if place is not None:
        return _interpreter_in(place, "the search for .venv")
    raise _no_environment(
        "there is no environment here",
        f"no virtual environment is active, and there is no .venv in {cwd} or above",
    )


def _no_environment(message: str, *context: str, hint: str = MAKE_ONE) -> UsageError:
    return UsageError(message, context=context, hint=hint, reference=Reason.NO_ENVIRONMENT)


def _own(answer: Answer, environ: Mapping[str, str]) -> Environment:
    """The interpreter's own environment, a virtual one or not."""
    return _environment(
        answer,
        answer["scheme"],
        answer["prefix"],
        shared=answer["site_paths"],
        externally_managed=_managed(answer, environ),
    )


def _of_user(answer: Answer, environ: Mapping[str, str]) -> Environment:
    """The user's own directory: its interpreter sees it, and itself (PEP 370)."""
    if answer["prefix"] != answer["base_prefix"]:
        raise _no_environment(
            "--user is for an interpreter of the system; a virtual environment is the user's own",
            answer["prefix"],
            hint=_NAME_ONE,
        )
    own = answer["scheme"]
    return _environment(
        answer,
        answer["user_scheme"],
        answer["user_base"],
        shared=[own["purelib"], own["platlib"], *answer["site_paths"]],
        # PEP 668: what its system manages would see these distributions first.
        externally_managed=_managed(answer, environ),
    )


def _managed(answer: Answer, environ: Mapping[str, str]) -> str | None:
    path = answer["externally_managed"]
    return None if path is None else _system_message(Path(path), environ)


def _flat(directory: str, answer: Answer) -> Environment:
    scheme = {
        "purelib": directory,
        "platlib": directory,
        "scripts": os.path.join(directory, "bin"),
        "data": directory,
        "headers": os.path.join(directory, "include"),
    }
    return _environment(answer, scheme, directory)


def _prefixed(base: str, answer: Answer) -> Environment:
    return _environment(answer, answer["scheme"], base)


def _environment(
    answer: Answer,
    scheme: Mapping[str, str],
    prefix: str,
    *,
    shared: list[str] | None = None,
    externally_managed: str | None = None,
) -> Environment:
    library = (scheme["purelib"], scheme["platlib"])
    return Environment(
        executable=answer["executable"],
        target=Target(
            # A development build's version ends in "+", which PEP 440 has no room for.
            python_version=Version(answer["version"].rstrip("+")),
            tags=tuple(answer["tags"]),
            environment=answer["markers"],
        ),
        scheme=scheme,
        site_paths=tuple(dict.fromkeys(library)),
        visible_paths=tuple(dict.fromkeys((*library, *(shared or ())))),
        prefix=prefix,
        externally_managed=externally_managed,
    )


def _system_message(path: Path, environ: Mapping[str, str]) -> str:
    """PEP 668: the `Error` of EXTERNALLY-MANAGED, in the user's language where it is there."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        section = parser["externally-managed"]
        return next(section[key] for key in _message_keys(environ) if section.get(key))
    except (OSError, UnicodeError, Error, KeyError, StopIteration):
        # PEP 668: the file's presence is enough, whatever it holds.
        return f"This environment is externally managed: {path}"


def _message_keys(environ: Mapping[str, str]) -> Iterator[str]:
    # POSIX, section 8.2: the first of these that is set and not empty.
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    setting = next(filter(None, map(environ.get, variables)), "C")
    language = re.split("[.@]", setting)[0]
    if language not in ("C", "POSIX"):
        yield f"Error-{language}"
        yield f"Error-{re.split('[-_]', language)[0]}"
    yield "Error"
