"""A byte of the cache that is not what it was makes nothing wrong: it is fetched again.

Every kind of entry is damaged, at random places, in every way that disks and editors know.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.faults import WHOLE_SWEEP, Saved
from tests.support.stories import Stage

TRIES = 40 if os.environ.get(WHOLE_SWEEP) else 1
"""Of each file in the cache, and each way."""


def flip(content: bytes, chance: random.Random) -> bytes:
    """Another byte somewhere."""
    place = chance.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ chance.randrange(1, 256)]) + content[place + 1 :]
    )


def cut(content: bytes, chance: random.Random) -> bytes:
    """The end is missing."""
    return content[: chance.randrange(len(content))]


def zeroed(content: bytes, chance: random.Random) -> bytes:
    """A block that was never written, as after a loss of power."""
    place = chance.randrange(len(content))
    return content[:place] + bytes(len(content) - place)


def grown(content: bytes, chance: random.Random) -> bytes:
    """More than there was."""
    return content + chance.randbytes(40)


WAYS = [flip, cut, zeroed, grown]


@pytest.mark.parametrize("way", WAYS)
def test_installation_is_the_same_when_a_file_of_the_cache_is_damaged(
    play: Callable[[str], Stage], tmp_path: Path, way: Callable[[bytes, random.Random], bytes]
) -> None:
    """Nobody is told of it, and nothing of the damaged file gets anywhere (semantics 7.7)."""
    stage = play("install")
    warm = Saved(stage.cache, tmp_path / "warm")
    chance = random.Random(way.__name__)
    for path in kept_files(stage.cache):
        for _ in range(TRIES):
            warm.restore()
            damage(path, way, chance)
            ended = stage.play_again()
            assert (ended.exit_code, ended.stderr) == (0, stage.counted.stderr), (path, ended)
            assert stage.now() == stage.after, path


def test_damage_is_found_and_removed_when_the_cache_is_verified(
    play: Callable[[str], Stage], tmp_path: Path
) -> None:
    """Every single file that matters, and no other."""
    stage = play("install")
    warm = Saved(stage.cache, tmp_path / "warm")
    chance = random.Random("verify")
    for path in kept_files(stage.cache):
        warm.restore()
        damage(path, flip, chance)
        ended = stage.run("cache", "verify")
        assert (ended.exit_code, ended.stdout.count("damaged")) == (1, 1), (path, ended)
        assert stage.run("cache", "verify").exit_code == 0, path


def kept_files(cache: Path) -> Iterator[Path]:
    """All that is kept; not the locks and stamps of the cache itself."""
    found = [path for path in sorted(cache.rglob("*")) if path.is_file() and path.stat().st_size]
    assert found
    yield from found


def damage(path: Path, way: Callable[[bytes, random.Random], bytes], chance: random.Random) -> None:
    """Change what a file holds, as a disk does: its times stay."""
    status = path.stat()
    content = path.read_bytes()
    changed = way(content, chance)
    path.write_bytes(changed if changed != content else content[:-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
