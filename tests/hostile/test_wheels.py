"""Wheels that somebody made with bad intentions, through the real command."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hostile.conftest import Watched
from tests.support.hostile_wheels import HOSTILE_WHEELS, METADATA, HostileWheel, holding
from tests.support.warm import Limits, WarmXpip
from tests.support.world import World

LIMITS = Limits(memory=1024**3, seconds=20)
"""Of address space, most of which is Python's own, and of processor time."""


@pytest.mark.parametrize("hostile", HOSTILE_WHEELS, ids=lambda each: each.id)
def test_hostile_wheel_is_refused(
    hostile: HostileWheel, world: World, watched: Watched, xpip: WarmXpip, tmp_path: Path
) -> None:
    """With a reason, in bounded time and memory, and the environment as it was."""
    corp = world.repository("corp")
    corp.serve_file("spam", "1.0", hostile.make(tmp_path), metadata=METADATA)

    ended = xpip(
        *("install", "--index-url", corp.url, "spam"),
        cwd=watched.project,
        variables={"XPIP_CACHE_DIR": str(tmp_path / "cache")},
        limits=LIMITS,
    )

    assert ended.exit_code == hostile.exit_code, ended.stderr
    assert f"[{hostile.reason}]" in ended.stderr
    assert hostile.said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert all(line.isprintable() for line in ended.stderr.splitlines())
    assert watched.changes() == []


def test_honest_wheel_is_installed(world: World, xpip: WarmXpip, tmp_path: Path) -> None:
    """The wheel that all hostile ones are made of: nothing else is wrong with them."""
    watched = Watched(tmp_path / "here")
    corp = world.repository("corp")
    corp.serve_file("spam", "1.0", holding()(tmp_path), metadata=METADATA)

    ended = xpip(*("install", "--index-url", corp.url, "spam"), cwd=watched.project, limits=LIMITS)

    assert ended.exit_code == 0, ended.stderr
    assert watched.environment.installed() == {"spam": "1.0"}
