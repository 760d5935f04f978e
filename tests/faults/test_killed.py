"""A run that is killed outright (`kill -9`) leaves all of its work or nothing of it.

Each story is played once undisturbed, which says what the environment was before and is after, and
how many calls on the way change files. Then it is played again and again, killed before one call
after another; the next run on the environment has to find, or make, one of the two states.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from tests.support.faults import Saved
from tests.support.stories import STORIES, Stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs are forked")

SAMPLE = 12
"""Moments tried of each story in `make test`."""


@pytest.mark.parametrize("story", STORIES)
def test_environment_is_as_before_or_as_after_when_a_run_was_killed(
    play: Callable[[str], Stage], story: str
) -> None:
    """Whichever call it was killed before; and nothing of its work lies about (semantics 7.3)."""
    stage = play(story)
    for moment in stage.counted.sample(SAMPLE):
        killed = stage.play("kill", at=moment)
        assert killed.killed, f"{moment} of {stage.counted.moments}: {killed}"
        stage.check_recovery(str(moment))


@pytest.mark.parametrize("story", ["upgrade", "uninstall"])
def test_environment_is_as_before_or_as_after_when_the_next_run_was_killed_too(
    play: Callable[[str], Stage], story: str
) -> None:
    """Putting things back can be broken off anywhere, and be begun again."""
    stage = play(story)
    for moment in stage.counted.sample(5)[1:-1]:
        stage.play("kill", at=moment)
        broken = Saved(stage.environment, stage.project / f"broken-{moment}")
        mending = stage.next_run()
        for again in mending.sample(5):
            broken.restore()
            assert stage.next_run("kill", at=again).killed
            stage.check_recovery(f"{moment}, then {again} of {mending.moments}")


def test_next_run_says_what_became_of_the_killed_one_when_it_fails_itself(
    play: Callable[[str], Stage],
) -> None:
    """Whoever reads the error has to know that the environment was put back."""
    stage = play("install")
    stage.play("kill", at=stage.counted.moments // 2)
    broken = Saved(stage.environment, stage.project / "broken")
    ended = stage.run("install", "no-such-project")
    assert (ended.exit_code, ended.stderr.count("[killed-undone]")) == (1, 1)
    broken.restore()
    data = json.loads(stage.run("install", "no-such-project", "--json").stdout)
    assert [each["code"] for each in data["notices"]] == ["killed-undone"]
