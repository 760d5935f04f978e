"""A disk that fails, fills up or cannot be written changes nothing that it should not have.

What goes wrong, and when, is chosen as for runs that are killed; the run itself has to clean up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from tests.support.faults import Outcome
from tests.support.stories import Stage

SAMPLE = 6


def check_ended_by_itself(ended: Outcome) -> None:
    """With success, or with an error of xpip's own about the disk."""
    assert ended.exit_code in (0, 5), ended
    assert ended.exit_code == 0 or "[disk]" in ended.stderr, ended


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "full"])
@pytest.mark.parametrize("story", ["install", "upgrade", "uninstall"])
def test_environment_is_as_before_when_its_disk_fails(
    play: Callable[[str], Stage], story: str, kind: str
) -> None:
    """Whichever call fails; where even putting back, or away, fails, the next run does it."""
    stage = play(story)
    for moment in stage.counted.sample(SAMPLE):
        ended = stage.play(kind, at=moment)
        check_ended_by_itself(ended)
        stage.next_run()
        expected = stage.after if ended.exit_code == 0 else stage.before
        # What could not be linked was copied.
        assert all_writable(stage.now()) == all_writable(expected), (moment, ended)


@pytest.mark.parametrize("story", ["install", "uninstall"])
def test_run_names_the_place_when_an_environment_is_read_only(
    play: Callable[[str], Stage], story: str
) -> None:
    """Before it has asked anybody anything, if possible."""
    stage = play(story)
    ended = stage.play("read-only", at=1)
    check_ended_by_itself(ended)
    assert ended.exit_code == 5
    assert "Read-only file system" in ended.stderr
    assert str(stage.environment) in ended.stderr
    assert stage.now() == stage.before


@pytest.mark.parametrize("kind", ["EIO", "full", "read-only"])
def test_run_goes_on_when_the_cache_cannot_be_written(
    play: Callable[[str], Stage], kind: str
) -> None:
    """Keeping is a convenience: what cannot be kept is fetched again some time."""
    stage = play("install")
    counted = stage.play(below=stage.cache)
    for moment in counted.sample(SAMPLE):
        ended = stage.play(kind, at=moment, below=stage.cache)
        assert (ended.exit_code, ended.stderr) == (0, counted.stderr), (moment, ended)
        assert all_writable(stage.now()) == all_writable(stage.after)
        assert stage.run("cache", "verify").exit_code == 0, moment


def all_writable(tree: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Files that are shared with the cache cannot be written; those that are not, can."""
    return {
        path: tuple(
            "0o644" if each == "0o444" else "0o755" if each == "0o555" else each for each in said
        )
        for path, said in tree.items()
    }


@pytest.mark.parametrize("kind", ["EIO", "full", "read-only"])
def test_environment_is_as_before_when_temporary_files_cannot_be_written(
    play: Callable[[str], Stage], kind: str
) -> None:
    """Fetched files lie there until they are installed."""
    stage = play("install")
    counted = stage.play(below=stage.temporary)
    for moment in counted.sample(SAMPLE):
        ended = stage.play(kind, at=moment, below=stage.temporary)
        check_ended_by_itself(ended)
        assert stage.now() == (stage.after if ended.exit_code == 0 else stage.before), moment


@pytest.mark.parametrize("largest", [0, 64, 1024, 4096])
@pytest.mark.parametrize("story", ["install", "upgrade", "uninstall"])
def test_environment_is_as_before_when_the_kernel_writes_a_part_only(
    play: Callable[[str], Stage], story: str, largest: int
) -> None:
    """A limit on the size of files (RLIMIT_FSIZE) breaks writes in their middle."""
    stage = play(story)
    ended = stage.play(largest=largest)
    assert ended.exit_code in (0, 5), ended
    assert stage.now() == (stage.after if ended.exit_code == 0 else stage.before)
