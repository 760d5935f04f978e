"""What stands: everything asked for is installed, with all it needs. See the law in properties."""

from __future__ import annotations

import pytest
from tests.support.memory import MemoryInstalled
from tests.support.stage import Stage
from tests.support.wanted import parse_requirements

from xpip.core.decisions import Pin
from xpip.core.standing import standing_pins


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.installed.has("spam", "1.0", requires=["eggs[hot]>=1", "ham; extra == 'fast'"])
    stage.installed.has("eggs", "1.0", requires=["spam", "bacon; extra == 'hot'"])
    stage.installed.has("bacon", "1.0").has("ham", "1.0")
    return stage


def standing(stage: Stage, *wanted: str, limits: tuple[str, ...] = ()) -> dict[str, Pin] | None:
    pins = standing_pins(
        parse_requirements(wanted, stage.target),
        parse_requirements(limits, stage.target),
        stage.installed,
        stage.target,
    )
    return None if pins is None else {pin.project: pin for pin in pins}


def test_everything_stands_when_all_that_is_needed_is_there(stage: Stage) -> None:
    """With who asks for it, and which extras; a circle ends."""
    pins = standing(stage, "spam")
    assert pins is not None
    assert sorted(pins) == ["bacon", "eggs", "spam"]
    assert sorted(pins["eggs"].extras) == ["hot"]
    assert list(pins["eggs"].required_by) == ["spam"]
    assert (pins["spam"].requested, pins["eggs"].requested) == (True, False)


def test_extra_is_followed_when_it_is_asked_for(stage: Stage) -> None:
    """What only an extra needs is looked at with it alone."""
    pins = standing(stage, "spam[fast]")
    assert pins is not None
    assert list(pins["ham"].required_by) == ["spam"]


@pytest.mark.parametrize("wanted", ["spam>=2", "tomato", "ham>1"])
def test_nothing_stands_when_one_thing_will_not_do(stage: Stage, wanted: str) -> None:
    """Out of range, or not there."""
    assert standing(stage, "eggs", wanted) is None


def test_nothing_stands_when_a_limit_of_something_deep_is_not_kept(stage: Stage) -> None:
    """Constraints hold for what others need, too."""
    assert standing(stage, "spam", limits=("bacon<1",)) is None
    assert standing(stage, "spam", limits=("bacon<2", "tomato<1")) is not None


def test_nothing_stands_when_something_does_not_run_here(stage: Stage) -> None:
    """Requires-Python may have changed with the interpreter."""
    stage.installed.has("bacon", "1.0", python="<3")
    assert standing(stage, "spam") is None


def test_nothing_is_needed_when_nothing_is_asked_for() -> None:
    """As where no marker of a requirements file applies."""
    stage = Stage()
    stage.installed = MemoryInstalled()
    assert standing(stage) == {}
