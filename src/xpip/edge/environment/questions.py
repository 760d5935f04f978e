"""What the answer of an interpreter depends on: all that it is remembered under.

Virtual environments that are links to one interpreter, and configured alike, differ in their
directory alone: what the first says holds for all, with another directory in its place. A run in a
new environment then starts no interpreter at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import Struct

_VARIABLES = ("PYTHON", "PYVENV", "LD_", "DYLD_", "MACOSX_", "HOME", "USERPROFILE", "APPDATA")
"""How the names of variables begin, underscores aside, that `sysconfig` reads, or that decide which
libraries are loaded."""

_OF_ONE = frozenset({"command", "prompt"})
"""Keys of pyvenv.cfg that tell how one environment was made, and nobody reads."""

_HERE = "\0"
"""Stands for the environment's directory: no path has it."""


class Question(Struct, frozen=True, kw_only=True):
    """What is asked, in full.

    Attributes:
        parts: all that the answer depends on, the environment's directory aside.
        interpreter: its path.
        directory: of the environment.
    """

    parts: tuple[str, ...]
    interpreter: str
    directory: str

    def keepable(self, answer: Mapping[str, Any]) -> bytes | None:
        """The answer as it holds for every environment of this kind; None where it does not."""
        placed = {key: _without(answer[key], self.directory) for key in ("executable", "prefix")}
        scheme = {key: _without(path, self.directory) for key, path in answer["scheme"].items()}
        said_so = (answer["executable"], answer["prefix"]) == (self.interpreter, self.directory)
        is_own = all((*placed.values(), *scheme.values()))
        if not (said_so and is_own) or _without(answer["base_prefix"], self.directory):
            return None
        return json.dumps({**answer, **placed, "scheme": scheme}).encode()

    def read(self, kept: bytes) -> dict[str, Any] | None:
        """What this environment's interpreter would say; None if these bytes are no answer."""
        try:
            answer = json.loads(kept)
            for key in ("executable", "prefix"):
                answer[key] = self._with(answer[key])
            answer["scheme"] = {key: self._with(path) for key, path in answer["scheme"].items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return cast("dict[str, Any]", answer)

    def _with(self, path: str) -> str:
        return self.directory + path.removeprefix(_HERE)


def _without(path: str, directory: str) -> str:
    """The path with a mark in the directory's place; empty where it lies elsewhere."""
    if path == directory:
        return _HERE
    return _HERE + path[len(directory) :] if path.startswith(directory + os.sep) else ""


def question_to(interpreter: str, environ: Mapping[str, str], *asked: str) -> Question | None:
    """All that an answer depends on; None outside virtual environments.

    Of an interpreter of the system, files that are not looked at here have a say (PEP 668).

    Args:
        interpreter: its path.
        environ: environment variables.
        asked: what is asked, and by whom: files, and words.
    """
    programs = os.path.dirname(interpreter)
    directory = os.path.dirname(programs)
    try:
        # PEP 405: pyvenv.cfg lies beside the interpreter, or, as here, one directory above.
        if os.path.exists(os.path.join(programs, "pyvenv.cfg")):
            return None
        configured = _configuration(os.path.join(directory, "pyvenv.cfg"))
        files = [_state(each) if os.path.isabs(each) else each for each in (interpreter, *asked)]
    except OSError:
        return None
    variables = [
        f"{name}={environ[name]}"
        for name in sorted(environ)
        if name.lstrip("_").startswith(_VARIABLES)
    ]
    own = os.path.relpath(interpreter, directory)
    parts = (own, configured, *files, *_system(), *variables)
    return Question(parts=parts, interpreter=interpreter, directory=directory)


def _configuration(path: str) -> str:
    """What pyvenv.cfg says, as far as it has a say."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        lines = [line for line in file if line.partition("=")[0].strip().lower() not in _OF_ONE]
    return "".join(lines)


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
