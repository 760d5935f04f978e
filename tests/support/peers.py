"""pip, uv, pdm and nab as others use them: xpip reads what they write, and they what it writes.

Looked for where `running.find_program` looks; one that is too old counts as missing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from tests.support.running import find_program

_OLDEST = {
    "pip": Version("26.1"),
    "uv": Version("0.9"),
    "pdm": Version("2.26"),
    "nab": Version("0.0.23"),
}
_TOOLS = ("PIP_", "UV_", "PDM_", "NAB_", "XPIP_", "VIRTUAL_ENV", "XDG_")


class Peer:
    """One of them, in a directory of its own.

    Args:
        name: pip, uv, pdm or nab.
        cwd: where it runs.
    """

    def __init__(self, name: str, cwd: Path) -> None:
        self.name = name
        self._cwd = cwd
        self._program = find_program(name, name)
        said = re.search(r"\d+(?:\.\d+)+", self("--version"))
        version = Version(said[0] if said else "0")
        if version < _OLDEST[name]:
            missing = f"{name} {version} is older than {_OLDEST[name]}"
            if os.environ.get("XPIP_TEST_ALL_SERVERS"):
                pytest.fail(missing, pytrace=False)
            pytest.skip(missing)

    def __call__(self, *arguments: object) -> str:
        """What it prints; it may not fail."""
        ended = subprocess.run(
            [self._program, *map(str, arguments)],
            cwd=self._cwd,
            env=self._variables(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if ended.returncode != 0:
            raise AssertionError(f"{self.name} {arguments}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def _variables(self) -> dict[str, str]:
        """No settings but these, and nothing kept."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_TOOLS)}
        return {
            **kept,
            "HOME": str(self._cwd / "home"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_CACHE_DIR": "1",
            "UV_NO_CACHE": "1",
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
            "PDM_CHECK_UPDATE": "0",
        }
