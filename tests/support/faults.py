"""Runs of xpip in which something goes wrong, and what became of the files.

with Faulty(tmp_path) as faulty:
    counted = faulty.run("install", "spam", cwd=project, below=[environment])
    for moment in counted.every():
        faulty.run("install", "spam", cwd=project, below=[environment], kind="kill", at=moment)
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import faulty
from tests.support.command import kept_variables

WHOLE_SWEEP = "XPIP_TEST_EVERY_MOMENT"
"""Set, every moment is tried, and not a sample of them: minutes, where the sample takes seconds."""

Tree = Mapping[str, tuple[str, ...]]
"""What lies below a directory: relative path → kind, mode, and digest or target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended.

    Attributes:
        exit_code: negative where a signal ended it.
        moments: how many calls changed files, as far as it came.
    """

    exit_code: int
    stdout: str
    stderr: str
    moments: int

    @property
    def killed(self) -> bool:
        """Whether it did not end by itself."""
        return self.exit_code == -9

    def sample(self, size: int) -> Sequence[int]:
        """Moments at which to try: every one in a whole sweep, else some, evenly spread."""
        if os.environ.get(WHOLE_SWEEP) or size >= self.moments:
            return range(1, self.moments + 1)
        return [1 + index * (self.moments - 1) // (size - 1) for index in range(size)]


class Faulty:
    """A process that runs xpip again and again.

    Args:
        directory: for the temporary files of the runs.
    """

    def __init__(self, directory: Path) -> None:
        self.temporary = directory / "tmp"
        self.temporary.mkdir(parents=True)

    def run(
        self,
        *arguments: object,
        cwd: Path,
        variables: Mapping[str, str] | None = None,
        kind: str = "",
        at: int = 0,
        below: Sequence[Path] = (Path("/"),),
        umask: int | None = None,
        largest: int | None = None,
    ) -> Outcome:
        """Run once.

        Args:
            variables: beside those of every test.
            kind, at, below: what goes wrong, and when; see `tests.support.faulty.Fault`.
            umask: of the process.
            largest: bytes that a file can have (RLIMIT_FSIZE): the kernel writes no more.
        """
        told = {
            "arguments": [*map(str, arguments)],
            "cwd": str(cwd),
            "environ": {
                **kept_variables(),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": str(self.temporary),
                **(variables or {}),
            },
            "kind": kind,
            "at": at,
            "below": [str(each.resolve()) for each in below],
            "umask": umask,
            "largest": largest,
        }
        return Outcome(**self._ask(told))

    def _ask(self, told: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._answer()))

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that runs xpip is gone"
        return line

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", faulty.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept_variables(), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=Path(__file__).parents[2],
            text=True,
        )
        assert self._answer() == "ready\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()


class Saved:
    """A directory as it is now, to be had again as often as is liked."""

    def __init__(self, directory: Path, keep_in: Path) -> None:
        self.directory = directory
        self._copy = keep_in
        shutil.copytree(directory, keep_in, symlinks=True)

    def restore(self) -> None:
        """Undo whatever happened since."""
        shutil.rmtree(self.directory)
        shutil.copytree(self._copy, self.directory, symlinks=True)


def tree(directory: Path) -> Tree:
    """All below a directory but xpip's locks; when a file was installed does not count."""
    return {
        str(path.relative_to(directory)): _described(path)
        for path in sorted(directory.rglob("*"))
        if path.name != ".xpip.lock"
    }


def _described(path: Path) -> tuple[str, ...]:
    status = path.lstat()
    mode = oct(stat.S_IMODE(status.st_mode))
    if path.is_symlink():
        return ("link", str(path.readlink()))
    if path.is_dir():
        return ("directory", mode)
    return ("file", mode, hashlib.sha256(_timeless(path)).hexdigest())


def _timeless(path: Path) -> bytes:
    content = path.read_bytes()
    if any(part.startswith(".xpip-") for part in path.parts):
        return content  # of a run that was killed: it may be half a file
    if path.name == "xpip_origin.json":
        return json.dumps({**json.loads(content), "time": ""}, sort_keys=True).encode()
    if path.name == "RECORD":
        rows = csv.reader(io.StringIO(content.decode()))
        return repr([row[:1] if "xpip_origin" in row[0] else row for row in rows]).encode()
    return content
