"""What a resolution changes, and what it leaves alone."""

from __future__ import annotations

from tests.support.stage import Stage

from xpip.core.decisions import Resolution
from xpip.core.planning import Plan, plan


def planned(stage: Stage, *requirements: str, upgrade: tuple[str, ...] = ()) -> Plan:
    outcome = stage.resolve(*requirements, upgrade=upgrade).outcome
    assert isinstance(outcome, Resolution)
    return plan(outcome, stage.installed)


def test_plan_adds_what_is_not_installed() -> None:
    """A change that replaces nothing."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    (change,) = planned(stage, "spam").changes
    assert (change.pin.project, change.replaces) == ("spam", None)
    assert change.candidate is change.pin.chosen


def test_plan_replaces_what_is_installed_when_another_release_was_chosen() -> None:
    """The change tells what has to go."""
    stage = Stage()
    stage.repository("pypi").has("spam", "2.0")
    stage.installed.has("spam", "1.0")
    (change,) = planned(stage, "spam", upgrade=("spam",)).changes
    assert change.replaces is not None
    assert (str(change.candidate.version), str(change.replaces.version)) == ("2.0", "1.0")


def test_plan_keeps_what_is_installed_when_it_will_do() -> None:
    """Nothing is done, and the pin is told all the same."""
    stage = Stage()
    stage.repository("pypi").has("spam", "2.0", requires=["eggs"])
    stage.installed.has("eggs", "1.0")
    made = planned(stage, "spam")
    assert [change.pin.project for change in made.changes] == ["spam"]
    assert [pin.project for pin in made.kept] == ["eggs"]


def test_plan_replaces_what_is_installed_where_it_writes() -> None:
    """Another library directory than the one that was resolved with: a `--target`, say."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    outcome = stage.resolve("spam").outcome
    assert isinstance(outcome, Resolution)
    (change,) = plan(outcome, Stage().installed.has("spam", "0.9")).changes
    assert change.replaces is not None
