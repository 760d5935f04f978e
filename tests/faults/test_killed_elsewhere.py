"""A run that is killed while it writes a lock, or into the cache, leaves nothing that is half."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.stories import Stage

SAMPLE = 10


def test_lock_is_the_old_one_or_the_new_one_when_its_run_was_killed(
    play: Callable[[str], Stage], tmp_path: Path
) -> None:
    """And what lay beside it goes with the next run that writes one there."""
    stage = play("sync")
    lock = stage.project / "pylock.toml"
    old = lock.read_bytes()
    told = ("lock", "-U", "-o", "pylock.toml", "spam", "ham")
    counted = stage.run(*told, below=stage.project)
    new = lock.read_bytes()
    assert old != new
    for moment in counted.sample(SAMPLE):
        lock.write_bytes(old)
        assert stage.run(*told, below=stage.project, kind="kill", at=moment).killed
        assert lock.read_bytes() in (old, new), moment
        age(stage.project)
        stage.done(*told, "--no-cache")
        assert lock.read_bytes() == new
    lock.write_bytes(old)
    stage.done(*told)
    assert [path.name for path in stage.project.iterdir() if path.is_file()] == ["pylock.toml"]


def age(directory: Path) -> None:
    """Let whatever was left there have been left two minutes ago."""
    then = time.time() - 120
    for path in directory.glob(".xpip-new-*"):
        os.utime(path, (then, then))


def test_cache_is_whole_when_a_run_that_filled_it_was_killed(
    play: Callable[[str], Stage], tmp_path: Path
) -> None:
    """What is there is right, and the next run needs nothing but that."""
    stage = play("install")
    counted = stage.play(below=stage.cache)
    for moment in counted.sample(SAMPLE):
        stage.play("kill", at=moment, below=stage.cache)
        verified = stage.run("cache", "verify")
        assert verified.exit_code == 0, (moment, verified)
        assert stage.play_again().exit_code == 0, moment
        assert stage.now() == stage.after, moment
