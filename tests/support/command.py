"""The real command in a process of its own, and real environments for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOOLS = ("PIP_", "XPIP_", "UV_", "PDM_", "POETRY_", "PIPENV_")
_SETTINGS = frozenset(
    {"VIRTUAL_ENV", "NO_COLOR", "NETRC"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)

    @property
    def reasons(self) -> list[str]:
        """The reason codes of a run with `--json`."""
        return [error["reason"] for error in self.data["errors"]]


class Environment:
    """A virtual environment without pip."""

    def __init__(self, directory: Path) -> None:
        venv.create(directory, symlinks=os.name != "nt")
        self.directory = directory
        self.python = directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site_packages(self) -> Path:
        """Where pure Python libraries go."""
        return Path(self.run("import sysconfig; print(sysconfig.get_path('purelib'))"))

    def run(self, code: str) -> str:
        """What a line of Python prints in this environment."""
        command = [str(self.python), "-c", code]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def installed(self) -> dict[str, str]:
        """Versions by name, as the standard library reads them."""
        listed = self.run(
            "import importlib.metadata as m, json;"
            "print(json.dumps({d.name: d.version for d in m.distributions()}))"
        )
        return dict(json.loads(listed))

    def files(self) -> dict[str, bytes]:
        """Every file and its bytes, but for xpip's own lock."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file() and path.name != ".xpip.lock" and "__pycache__" not in path.parts
        }


def run_xpip(*arguments: object, cwd: Path, variables: Mapping[str, str] | None = None) -> Ended:
    """Run `xpip` with these arguments and no settings but these variables.

    What it keeps between runs is the test's own, beside its working directory.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "xpip", *map(str, arguments)],
        cwd=cwd,
        env={
            **kept_variables(),
            "XPIP_CACHE_DIR": str(cwd.parent / f"{cwd.name}-cache"),
            **(variables or {}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ended(exit_code=ended.returncode, stdout=ended.stdout, stderr=ended.stderr)


def kept_variables() -> dict[str, str]:
    """This process's variables, but for the settings of any tool."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_TOOLS) and name.upper() not in _SETTINGS
    }
