"""One process of a build: what it may see, where its output goes, how it ends.

Decides which variables a build gets: none of xpip's or another installer's settings, no login,
nothing that changes what Python imports. What lies in the user's home stays within its reach.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from xpip.errors import InstallationError, Reason

_SETTINGS = ("PIP_", "XPIP_", "UV_", "TWINE_", "GIT_CONFIG_")
# The words of a variable's name that tell of a secret: GH_TOKEN, AWS_SECRET_ACCESS_KEY.
_SECRET_WORDS = frozenset(
    {"TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "USERNAME", "SECRET", "SECRETS", "CREDENTIALS"}
)
_SECRET_ENDINGS = ("_API_KEY", "_ACCESS_KEY", "_PRIVATE_KEY", "_AUTH")
_USERINFO = re.compile(r"://[^/@\s]+:[^/@\s]+@")
# All others change what Python imports, runs first, or where it writes.
_HARMLESS_TO_PYTHON = frozenset(
    {"PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONUNBUFFERED"}
    | {"PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONFAULTHANDLER"}
)
_DROPPED = frozenset(
    {"__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "CONDA_PREFIX", "NETRC"}
    # An agent logs in with keys; a hook of git's would make every `git` speak of its repository.
    | {"SSH_AUTH_SOCK", "GIT_ASKPASS", "SSH_ASKPASS"}
    | {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"}
)
_GRACE = 1.0
_CONTROLS = re.compile(
    r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_LONGEST_LINE = 500
_TAIL = 256 * 1024


def build_variables(
    environ: Mapping[str, str], *, prefix: Path | None = None, scripts: Path | None = None
) -> dict[str, str]:
    """The variables that a build sees.

    Args:
        environ: the process's own.
        prefix: the build environment, once there is one.
        scripts: where its commands are; they are found first.
    """
    kept = {name: value for name, value in environ.items() if not _is_withheld(name, value)}
    # No keyring answers; no `site-packages` of the user's is seen; nobody is asked anything.
    kept |= {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONNOUSERSITE": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if prefix is not None:
        kept["VIRTUAL_ENV"] = str(prefix)
    if scripts is not None:
        kept["PATH"] = os.pathsep.join([str(scripts), environ.get("PATH", os.defpath)])
    return kept


def _is_withheld(name: str, value: str) -> bool:
    upper = name.upper()
    if upper.startswith("PYTHON") and upper not in _HARMLESS_TO_PYTHON:
        return True
    if upper in _DROPPED or upper.startswith(_SETTINGS) or upper.endswith(_SECRET_ENDINGS):
        return True
    # Windows calls the user's own name USERNAME.
    if upper != "USERNAME" and not _SECRET_WORDS.isdisjoint(upper.split("_")):
        return True
    # Builds may need the network, and there is no way to it but the proxy.
    return bool(_USERINFO.search(value)) and not upper.endswith("_PROXY")


def run_logged(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], log: Path) -> int:
    """Run to the end, appending all output to `log`; returns the exit status.

    Whatever exception comes meanwhile, KeyboardInterrupt included, ends the process and all it
    started. Call it on the main thread, or nothing comes.

    Raises:
        InstallationError: `disk`, where the log cannot be written; `build-failed`, where the
            command cannot be started.
    """
    try:
        output = open(log, "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        message = f"{log} cannot be written: {error.strerror or error}"
        raise InstallationError(message, reference=Reason.DISK) from error
    with output:
        # A session of its own has no terminal, so that nothing in it can wait for an answer.
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            message = f"{command[0]} cannot be run: {error.strerror or error}"
            raise InstallationError(message, reference=Reason.BUILD_FAILED) from error
        return _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except BaseException:
        try:
            _signal(process, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_GRACE)
        finally:
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()
        raise


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal the process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()


def end_of_log(log: Path, count: int, *, start: int = 0) -> tuple[str, ...]:
    """The last lines of a log from byte `start` on, fit to show; none if it cannot be read."""
    try:
        with open(log, "rb") as stream:
            stream.seek(max(start, os.fstat(stream.fileno()).st_size - _TAIL))
            return cleaned(stream.read().decode("utf-8", errors="replace"), count)
    except OSError:
        return ()


def cleaned(text: str, count: int) -> tuple[str, ...]:
    """The last lines of what a program wrote, without what would steer a terminal."""
    # A progress bar writes its line anew; only the last writing is seen on a terminal.
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    shown = (_CONTROLS.sub("", line.expandtabs()).rstrip()[:_LONGEST_LINE] for line in lines)
    return tuple(line for line in shown if line)[-count:]
