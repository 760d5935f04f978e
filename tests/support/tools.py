"""pip and uv, as they work on an environment: what xpip does must mean the same to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.command import Environment

_SCRIPTS = Path(sysconfig.get_path("scripts"))


def pip(environment: Environment, *arguments: object) -> str:
    """What pip prints; it runs from the environment of the tests."""
    command = [sys.executable, "-m", "pip", "--python", str(environment.python)]
    return _run([*command, *map(str, arguments)])


def uv(environment: Environment, *arguments: object) -> str:
    """What `uv pip` prints."""
    first, *rest = map(str, arguments)
    command = [str(_SCRIPTS / "uv"), "pip", first, "--python", str(environment.python), *rest]
    return _run(command)


def pip_list(environment: Environment) -> dict[str, str]:
    """Names and versions, as pip reads them."""
    listed = json.loads(pip(environment, "list", "--format", "json"))
    return {each["name"]: each["version"] for each in listed}


def uv_list(environment: Environment) -> dict[str, str]:
    """Names and versions, as uv reads them."""
    listed = json.loads(uv(environment, "list", "--format", "json"))
    return {each["name"]: each["version"] for each in listed}


def _run(command: list[str]) -> str:
    settings = ("PIP_", "UV_", "XPIP_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    environ = {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environ |= {"UV_NO_CONFIG": "1", "UV_NO_CACHE": "1"}
    ended = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    if ended.returncode != 0:
        raise AssertionError(f"{command} ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout
