"""Source distributions that somebody made with bad intentions, through the real command."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hostile.conftest import Watched
from tests.support.hostile_sdists import HOSTILE_SDISTS, HostileSdist
from tests.support.warm import Limits, WarmXpip

LIMITS = Limits(memory=1024**3, seconds=20)
"""Of address space, most of which is Python's own, and of processor time."""


@pytest.mark.parametrize("hostile", HOSTILE_SDISTS, ids=lambda each: each.id)
def test_hostile_sdist_is_refused(
    hostile: HostileSdist, watched: Watched, xpip: WarmXpip, tmp_path: Path
) -> None:
    """Before any of its code runs, and nothing is left of it."""
    files, temporary = tmp_path / "files", tmp_path / "tmp"
    files.mkdir()
    temporary.mkdir()
    path = hostile.make(files)

    ended = xpip(
        *("install", "--no-index", "--no-deps", path),
        cwd=watched.project,
        variables={"XPIP_CACHE_DIR": str(tmp_path / "cache"), "TMPDIR": str(temporary)},
        limits=LIMITS,
    )

    assert ended.exit_code == 5, ended.stderr
    assert "[wheel-invalid]" in ended.stderr
    assert hostile.said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert watched.changes() == []
    assert [*temporary.iterdir()] == []
    assert sorted(each.name for each in tmp_path.iterdir() if each.name == "evil") == []
