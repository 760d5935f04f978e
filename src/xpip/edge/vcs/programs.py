"""How a version control program is run, and what its failures mean.

It asks nobody anything, and ends with all that it started. Its words are shown without what would
steer a terminal or log in. May not know what the arguments mean.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from xpip.core.urls import redacted
from xpip.errors import AvailabilityError, InstallationError, Reason, XpipError

_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_LINES_SHOWN = 10
_GRACE = 1.0

_LOGIN_REFUSED = (
    # git
    *("Authentication failed", "could not read Username", "could not read Password"),
    *("error: 401", "error: 403"),
    # Mercurial
    *("authorization failed", "authorization required", "HTTP Error 401", "HTTP Error 403"),
    # ssh
    *("Permission denied (", "Host key verification failed"),
)


class Ended(NamedTuple):
    """A program that has run: its exit status, its output, and what it said beside."""

    status: int
    output: str
    said: str


class Program:
    """A version control program, for one repository.

    Args:
        command: as it lies on PATH.
        name: as people call it.
        url: the repository's.
        variables: all that it sees of its surroundings.
        password: which it was given, and which is shown to nobody.

    Raises:
        InstallationError: `build-failed`: it is not there.
    """

    def __init__(
        self,
        command: str,
        name: str,
        url: str,
        *,
        variables: Mapping[str, str],
        password: str | None = None,
    ) -> None:
        self._name, self._url = name, redacted(url)
        self._variables, self._password = variables, password
        # A directory that is named from here on could hold a program of somebody else's.
        places = variables.get("PATH", os.defpath).split(os.pathsep)
        path = os.pathsep.join(filter(os.path.isabs, places))
        executable = shutil.which(command, path=path)
        if executable is None or not os.path.isabs(executable):
            raise self._missing(f"there is no {command} on PATH")
        self._executable = executable

    def check_version(self, said: str, *, oldest: tuple[int, int]) -> None:
        """Be sure that it is new enough, by its own words.

        Raises:
            InstallationError: `build-failed`.
        """
        numbers = re.search(r"(\d+)\.(\d+)", said)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < oldest:
            needed = ".".join(map(str, oldest))
            raise self._missing(f"{self._name} {needed} or newer is needed; this is {said.strip()}")

    def run(self, *arguments: str, within: Path | None) -> Ended:
        """Run it to its end.

        Raises:
            InstallationError: `build-failed`: it cannot be run.
        """
        # A session of its own has no terminal that ssh could ask for a passphrase on.
        try:
            process = subprocess.Popen(
                [self._executable, *arguments],
                cwd=within,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            detail = f"{self._name} cannot be run: {error.strerror or error}"
            raise self._missing(detail) from error
        with process:
            try:
                output, said = process.communicate()
            except BaseException:
                _end(process)
                raise
        return Ended(process.returncode, output, said)

    def unavailable(self, said: str) -> XpipError:
        """The error that its words mean, where it could not fetch the repository."""
        lines = tuple(self._cleaned(said))[-_LINES_SHOWN:]
        if "No space left on device" in said:
            message = f"{self._url} does not fit on the disk"
            return InstallationError(message, context=lines, reference=Reason.DISK)
        if any(words in said for words in _LOGIN_REFUSED):
            others = "a login" if self._password is None else "other credentials"
            return AvailabilityError(
                f"{self._url} asks for {others}", context=lines, reference=Reason.AUTH_FAILED
            )
        return AvailabilityError(
            f"{self._url} could not be fetched", context=lines, reference=Reason.UNREACHABLE
        )

    def _cleaned(self, said: str) -> Iterator[str]:
        password = self._password
        for line in said.splitlines():
            shown = _USERINFO.sub("", _CONTROLS.sub("", line)).strip()
            if shown:
                yield shown.replace(password, "…") if password else shown

    def _missing(self, detail: str) -> InstallationError:
        return InstallationError(
            f"{self._url} cannot be fetched without {self._name}",
            context=[detail],
            reference=Reason.BUILD_FAILED,
        )


def _end(process: subprocess.Popen[str]) -> None:
    """End it and what it started: first as asked, then without asking."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE)
