"""What each command imports on its warm path: growth of it shows here.

Third-party packages and costly modules of the standard library, as a real run has them. Whoever
adds to a list should know what it costs: `python -X importtime -m xpip …` tells.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.world import World

THIRD_PARTY = {"click", "filelock", "httpx", "installer", "msgspec", "packaging", "resolvelib"} | {
    "pyproject_hooks",
    "rich",
    "tomlkit",
    "tomli_w",
    "truststore",
}
COSTLY = {"asyncio", "concurrent.futures", "email", "http", "importlib.metadata", "logging"} | {
    "random",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "tomllib",
    "zipfile",
}
"""Each takes some milliseconds, with what it brings along."""

LOCKED = {"click", "msgspec", "packaging"}
"""Of packaging its versions alone."""

READING = LOCKED | {"logging", "subprocess"}
"""`packaging.tags` brings in the last two."""

RESOLVING = READING | {"concurrent.futures", "resolvelib"}


def imported(project: Path, *arguments: str) -> set[str]:
    """Which of them a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "xpip", *arguments]
    ended = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "XPIP_CACHE_DIR": "kept"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in lines}
    assert "xpip.cli" in names
    return names & (THIRD_PARTY | COSTLY)


@pytest.fixture
def stocked(world: World, environment: Environment, project: Path, xpip: Xpip) -> Path:
    """A project with spam installed, locked, and all that was asked kept."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    (project / "requirements.txt").write_text(f"--index-url {corp.url}\nspam\n")
    for command in (["install"], ["lock", "-o", "pylock.toml"], ["explain"]):
        ended = xpip(*command, "-r", "requirements.txt", XPIP_CACHE_DIR="kept")
        assert ended.exit_code == 0, ended.stderr
    return project


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_start_imports_the_command_line_alone(tmp_path: Path, option: str) -> None:
    """No command is looked at."""
    assert imported(tmp_path, option) == {"click"}


def test_installation_with_nothing_to_do_imports_what_reads(stocked: Path) -> None:
    """Nothing that asks, resolves, builds, fetches or draws."""
    assert imported(stocked, "install", "-r", "requirements.txt") == READING


@pytest.mark.parametrize("command", [["install", "--lock"], ["sync"]], ids=" ".join)
def test_lock_with_nothing_to_do_imports_what_reads(stocked: Path, command: list[str]) -> None:
    """Nothing that asks, resolves, builds, fetches or draws; a lock is read once."""
    imported(stocked, *command, "pylock.toml")
    assert imported(stocked, *command, "pylock.toml") == LOCKED


def test_list_imports_what_reads(stocked: Path) -> None:
    """What is installed is read, and nobody asked."""
    assert imported(stocked, "list") == READING


@pytest.mark.parametrize("command", ["lock", "explain"])
def test_what_is_kept_or_locked_needs_nothing_of_the_network(stocked: Path, command: str) -> None:
    """No ssl; nothing that builds, nothing that draws, and nothing that installs."""
    arguments = (command, "-r", "requirements.txt", "--offline")
    imported(stocked, *arguments)
    assert imported(stocked, *arguments) == RESOLVING
