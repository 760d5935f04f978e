"""Several runs at once, on one environment and one cache: as if one had come after the other."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment, kept_variables
from tests.support.faults import WHOLE_SWEEP, tree
from tests.support.stories import serve
from tests.support.world import World

pytestmark = pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")

ROUNDS = range(2, 17) if os.environ.get(WHOLE_SWEEP) else [6]
"""How many runs at once, each time."""

COMMANDS = [
    "install spam==1.0",
    "install spam==2.0",
    "install eggs==1.0 ham",
    "uninstall -y spam",
    "cache clear",
    "install -U eggs",
    "uninstall -y ham eggs",
    "install --force-reinstall ham spam",
    "cache prune",
    "install --no-cache eggs==2.0",
    "sync pylock.toml",
    "lock -o pylock.other.toml spam ham",
    "cache verify",
]


@pytest.mark.parametrize("runs", ROUNDS)
def test_runs_at_once_end_as_if_one_had_come_after_the_other(
    world: World, tmp_path: Path, runs: int
) -> None:
    """None fails but for reasons of its own, and every distribution is there whole, or not."""
    project = tmp_path / "project"
    environment = Environment(project / ".venv").directory
    at_first = set(tree(environment))
    index = serve(world)
    run_all(["lock -o pylock.toml spam==1.0 ham"], project, index)
    chance = random.Random(runs)
    commands = [COMMANDS[number % len(COMMANDS)] for number in range(runs)]
    chance.shuffle(commands)

    for command, ended in zip(commands, run_all(commands, project, index), strict=True):
        # There may be nothing to uninstall, and damage is never there.
        allowed = (0, 1) if command.startswith("uninstall") else (0,)
        assert ended.exit_code in allowed, (command, ended)

    now = {name for name, found in tree(environment).items() if found[0] == "file"} - at_first
    assert now == recorded(environment)
    (checked,) = run_all(["check"], project, index)
    assert "file" not in checked.stdout, checked


def run_all(commands: Sequence[str], project: Path, index: str) -> list[Ended]:
    """Start all of them, and wait until the last has ended."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "xpip", *command.split()],
            cwd=project,
            env={
                **kept_variables(),
                "XPIP_INDEX_URL": index,
                "XPIP_CACHE_DIR": str(project / "cache"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    outputs = [each.communicate(timeout=300) for each in running]
    return [
        Ended(exit_code=each.returncode, stdout=stdout, stderr=stderr)
        for each, (stdout, stderr) in zip(running, outputs, strict=True)
    ]


def recorded(environment: Path) -> set[str]:
    """Every file that a RECORD lists, by its path in the environment."""
    found = set()
    for record in environment.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        with record.open(newline="") as rows:
            paths = [record.parent.parent / row[0] for row in csv.reader(rows)]
        found |= {os.path.relpath(os.path.normpath(path), environment) for path in paths}
    return found
