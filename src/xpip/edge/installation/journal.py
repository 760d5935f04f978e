"""What a change of an environment has done so far, written down so that it can be undone.

By the run that fails, or by the run after one that was killed. A journal is believed only within
the environment that it lies in: a checkout can bring one along.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Collection, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from xpip.edge.installation.own_files import OWN_FILES
from xpip.errors import InstallationError, Reason

_JOURNAL = "journal"


class Recovery(StrEnum):
    """What became of the change of a run that was killed; the names of directories say it."""

    UNDONE = "undone"
    """It was not done, and all of it is put back."""
    DONE = "done"
    """It was done; only its work lay about."""


class Journal:
    """Each step is written down before it is taken, so that it can be undone if it was."""

    def __init__(self, work: str) -> None:
        path = os.path.join(work, _JOURNAL)
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - open until the change ends
        self.close = self._file.close

    def move_all(self, moves: Sequence[tuple[str, str]]) -> None:
        """Move files, and directories with all that is in them, one after the other."""
        # Undoing a step that was not taken does nothing, so they may all be written down before.
        self._note(*(("move", *move) for move in moves))
        for source, destination in moves:
            os.rename(source, destination)

    def remove_directory(self, path: str) -> None:
        """Remove an empty directory."""
        self._note(("rmdir", path, str(stat.S_IMODE(os.stat(path).st_mode))))
        os.rmdir(path)

    def _note(self, *steps: tuple[str, ...]) -> None:
        lines = b"".join(json.dumps(step).encode("ascii") + b"\n" for step in steps)
        if self._file.write(lines) != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._file.name)


class Bounds:
    """Directories of which nothing outside is changed, whatever a journal says."""

    def __init__(self, directories: Collection[str]) -> None:
        self._roots = {os.path.realpath(each) for each in directories}

    def hold(self, path: str) -> bool:
        """Whether the path lies in one of them, links followed up to its last part."""
        directory, name = os.path.split(path)
        real = os.path.join(os.path.realpath(directory), name)
        return name not in {"", ".", ".."} and any(
            real == root or real.startswith(os.path.join(root, "")) for root in self._roots
        )


def put_back(work: str, bounds: Bounds) -> None:
    """Undo what the journal in this directory tells, while there is one; it may be done twice.

    Raises:
        InstallationError: `disk`, where something is not put back: it stays where it is.
    """
    failures = []
    for step in reversed(_steps(work, bounds)):
        try:
            _undo(step)
        except OSError as error:
            failures.append(f"{step.path}: {error.strerror}")
    if failures:
        raise InstallationError(
            "the environment could not be put back as it was",
            context=(*failures, f"what is missing lies in {work}"),
            hint="the next run of xpip on this environment tries again",
            reference=Reason.DISK,
        )
    with suppress(FileNotFoundError):
        put_away(work, Recovery.UNDONE)


def put_away(work: str, state: Recovery) -> None:
    """Say what became of the change, in one step, and do away with the rest."""
    prefix, name = os.path.split(work)
    named = os.path.join(prefix, f"{OWN_FILES}-{state}{name.removeprefix(OWN_FILES)}")
    os.rename(work, named)
    shutil.rmtree(named, ignore_errors=True)


def recover(work: str, name: str, bounds: Bounds) -> Recovery:
    """Finish or undo the change of a run that was killed, in a directory of this name."""
    # A random name has no second hyphen.
    state = name.split("-")[1]
    if state in set(Recovery):
        shutil.rmtree(work, ignore_errors=True)
        return Recovery(state)
    put_back(work, bounds)
    return Recovery.UNDONE


class _Step(NamedTuple):
    """A line of the journal; `to` is where a file went, `mode` that of a directory taken away."""

    kind: str
    path: str
    to: str = ""
    mode: int = 0


def _steps(work: str, bounds: Bounds) -> list[_Step]:
    try:
        with open(os.path.join(work, _JOURNAL), "rb") as journal:
            # A run that is killed while it writes a line has not taken that step.
            return [_step(line, bounds) for line in journal if line.endswith(b"\n")]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, RecursionError) as error:
        raise InstallationError(
            "what a run that was killed has left cannot be put back",
            context=(f"{os.path.join(work, _JOURNAL)}: {' '.join(str(error).split())[:200]}",),
            hint="xpip did not write this; if you miss nothing that lies there, remove "
            + os.path.basename(work),
            reference=Reason.DISK,
        ) from error


def _step(line: bytes, bounds: Bounds) -> _Step:
    match json.loads(line):
        case ["move", str(path), str(to)]:
            step = _Step("move", path, to=to)
        case ["mkdir", str(path)]:
            step = _Step("mkdir", path)
        case ["rmdir", str(path), str(mode)] if mode.isdecimal() and len(mode) <= 4:
            step = _Step("rmdir", path, mode=int(mode) & 0o7777)
        case _:
            raise ValueError("no step of a change stands there")
    for path in filter(None, (step.path, step.to)):
        os.fsencode(path)
        if not bounds.hold(path):
            raise ValueError(f"{path!r} lies outside of the environment")
    return step


def _undo(step: _Step) -> None:
    if step.kind == "move":
        if os.path.lexists(step.to) and not os.path.lexists(step.path):
            os.rename(step.to, step.path)
    elif step.kind == "mkdir":
        with suppress(OSError):
            os.rmdir(step.path)
    else:
        if not os.path.lexists(step.path):
            os.mkdir(step.path)
        # An undoing that was killed may have come just so far.
        if os.path.isdir(step.path) and not os.path.islink(step.path):
            os.chmod(step.path, step.mode)
