"""A repository server of somebody else's in a process of its own, for as long as a test needs it.

Programs are looked for beside the interpreter that runs the tests, or in `XPIP_TEST_SERVERS`,
and on PATH. One that is not there skips its tests, or fails them where
`XPIP_TEST_ALL_SERVERS` says that none may be missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import pytest

from tests.support.asking import free_port
from xpip.core.simple import ACCEPT

_PATIENCE = 30.0
_SYSTEM = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def find_program(program: str, package: str) -> str:
    """The path of a program.

    Args:
        program: its file name.
        package: what brings it, for the reason of a skip.
    """
    scripts = os.environ.get("XPIP_TEST_SERVERS") or str(Path(sys.executable).parent)
    found = shutil.which(program, path=scripts) or shutil.which(program, path=_SYSTEM)
    if found is not None:
        return found
    missing = f"{package} is not installed: no {program} in {scripts} or on PATH"
    if os.environ.get("XPIP_TEST_ALL_SERVERS"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


class Server:
    """One program that serves the wheels of a tree on a free port of 127.0.0.1.

    Attributes:
        name: of the server, in test ids and tables.
        path: of the repository's root.

    Args:
        tree: a directory for each project, under its normalised name, with its wheels.
        directory: the server's own, empty: for configuration, logs and what it stores.
    """

    name: ClassVar[str]
    path: ClassVar[str] = "/"

    def __init__(self, tree: Path, directory: Path) -> None:
        self.tree = tree
        self.directory = directory
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + self.path
        self._log = directory / "output.log"

    def prepare(self) -> None:
        """Write what the program needs before it starts."""

    def command(self) -> list[str]:
        """The program, and arguments that keep it in the foreground."""
        raise NotImplementedError

    def fill(self) -> None:
        """Upload what the running program does not find in the tree."""

    def status(self, path: str) -> int:
        """How the server answers for this path below its root, redirects not followed."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request("GET", self.path + path, headers={"Accept": ACCEPT})
            return connection.getresponse().status
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self.prepare()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                # Not the tests' environment: coverage would follow them into every server.
                env={"PATH": _SYSTEM, "HOME": str(self.directory), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait()
            self.fill()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.status("")
            except (OSError, HTTPException):
                time.sleep(0.02)
            else:
                return
        pytest.fail(f"{self.name} does not answer:\n{self._log.read_text()}", pytrace=False)

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
