"""`xpip install --user`: what only one user sees (PEP 370)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.world import World

SYSTEM = os.path.realpath(sys.executable)
"""The interpreter that the tests' own environment was made with."""


def test_user_installation_is_seen_by_the_interpreter_of_the_system(
    world: World, xpip: Xpip, tmp_path: Path
) -> None:
    """Below the user's base, scripts included; the interpreter's own directories are untouched."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", entry_points={"spam": "spam:main"})
    base = tmp_path / "base"
    user = {"PYTHONUSERBASE": str(base)}

    ended = xpip(
        *("install", "--user", "--python", SYSTEM, "--break-system-packages"),
        *("-i", corp.url, "spam"),
        **user,
    )

    assert ended.exit_code == 0, ended.stderr
    command = [SYSTEM, "-c", "import spam; print(spam.__file__)"]
    environ = {**os.environ, **user}
    found = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    assert Path(found.stdout.strip()).is_relative_to(base)
    assert (base / ("Scripts/spam.exe" if os.name == "nt" else "bin/spam")).exists()


def test_user_installation_is_left_alone_when_it_is_as_asked(
    world: World, xpip: Xpip, tmp_path: Path
) -> None:
    """What was installed for the user is found again there."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    asked = ("install", "--user", "--python", SYSTEM, "--break-system-packages", "-i", corp.url)
    user = {"PYTHONUSERBASE": str(tmp_path / "base")}
    xpip(*asked, "spam", **user)

    ended = xpip(*asked, "spam", **user)

    assert ended.stderr == "Nothing to do: 1 project already as asked.\n"


def test_user_installation_is_listed_and_removed(world: World, xpip: Xpip, tmp_path: Path) -> None:
    """Every command about an environment finds that one by the same option."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    there = ("--user", "--python", SYSTEM)
    user = {"PYTHONUSERBASE": str(tmp_path / "base")}
    change = (*there, "--break-system-packages")
    xpip("install", *change, "-i", corp.url, "spam", **user)

    listed = xpip("list", *there, "--local", "--json", **user).data["distributions"]
    removed = xpip("uninstall", *change, "spam", **user)

    assert [each["name"] for each in listed] == ["spam"]
    assert removed.exit_code == 0, removed.stderr
    assert not list((tmp_path / "base").rglob("spam*"))


def test_user_installation_is_refused_in_a_virtual_environment(
    environment: Environment, xpip: Xpip
) -> None:
    """The environment would not see it, or another one would."""
    ended = xpip("install", "--user", "--python", environment.python, "spam")

    assert ended.exit_code == 2
    assert "[no-environment]" in ended.stderr
    assert "leave --user away" in ended.stderr


def test_user_and_target_exclude_each_other(xpip: Xpip) -> None:
    """Files go to one place."""
    ended = xpip("install", "--user", "--target", "here", "spam")

    assert ended.exit_code == 2
    assert "--target and --user exclude each other" in ended.stderr
