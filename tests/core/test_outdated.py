"""What is installed beside the newest that policy admits."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.distributions import distribution
from tests.support.maps import mapping, rule
from tests.support.stage import Stage

from xpip.core.facts import ProjectStatus, RecordedOrigin
from xpip.core.outdated import Comparison, Standing, compare
from xpip.errors import Reason

SPAM = canonicalize_name("spam")
CORP = "https://corp.example/simple/"


def compared(stage: Stage, version: str = "1.0", **options: Any) -> Comparison:
    """How spam in this version compares with what the stage has."""
    return compare(distribution("spam", version, **options), stage.find("spam"), stage.policy)


@pytest.mark.parametrize(
    ("installed", "standing"),
    [
        ("1.0", Standing.OUTDATED),
        ("2.0", Standing.CURRENT),
        ("2.0+local", Standing.CURRENT),
        ("3.0", Standing.CURRENT),
    ],
)
def test_distribution_is_outdated_when_a_newer_one_may_be_chosen(
    installed: str, standing: Standing
) -> None:
    """A pre-release is nothing newer."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0").has("spam", "2.0").has("spam", "4.0rc1")
    found = compared(stage, installed)
    assert (found.standing, str(found.newest_version)) == (standing, "2.0")


def test_name_in_conflict_is_refused_with_its_code() -> None:
    """Neither of the two is shown as newer: nobody knows which one is meant."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi").has("spam", "99.0")
    found = compared(stage)
    assert (found.standing, found.reason, found.newest) == (
        Standing.REFUSED,
        Reason.COLLISION,
        None,
    )


def test_name_without_a_rule_is_refused_and_nobody_is_asked() -> None:
    """As an installation would."""
    stage = Stage(map=mapping(rule("eggs", "corp")))
    stage.repository("corp")
    found = compared(stage)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.NO_RULE)


def test_quarantined_name_is_refused() -> None:
    """Also where another repository has files."""
    stage = Stage()
    stage.repository("corp").has("spam", "2.0").says("spam", status=ProjectStatus.QUARANTINED)
    found = compared(stage)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.QUARANTINED)


def test_newest_is_refused_when_too_few_repositories_vouch_for_it() -> None:
    """The older one that they do vouch for is no answer either: an installation would stop."""
    stage = Stage(map=mapping(rule("spam", "corp", "x", threshold=2)))
    stage.repository("corp").has("spam", "1.0").has("spam", "2.0")
    stage.repository("x").has("spam", "1.0")
    found = compared(stage)
    assert (found.standing, found.reason) == (Standing.REFUSED, "threshold")


def test_newest_of_another_repository_is_refused_when_nothing_links_the_two() -> None:
    """What xpip recorded counts as it does for an upgrade."""
    stage = Stage()
    stage.repository("corp")
    stage.repository("pypi").has("spam", "2.0")
    origin = RecordedOrigin(repository=CORP, page_url=f"{CORP}spam/")
    found = compared(stage, origin=origin)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.ORIGIN_CHANGED)
    assert "pypi.example" in found.detail


def test_name_is_absent_when_no_repository_has_a_file_that_will_do() -> None:
    """Two ways: no page, or nothing on it for this machine."""
    stage = Stage()
    stage.repository("corp")
    assert compared(stage).reason is Reason.NOT_FOUND
    stage.repository("corp").has("spam", "2.0", tag="cp27-cp27m-win32")
    found = compared(stage)
    assert (found.standing, found.reason) == (Standing.ABSENT, Reason.NO_CANDIDATE)


def test_name_is_unavailable_when_its_repository_does_not_answer() -> None:
    """Never current, never absent."""
    stage = Stage()
    stage.repository("corp").fails("spam")
    found = compared(stage)
    assert found.standing is Standing.UNAVAILABLE
    assert found.reason is not None
    assert "corp.example" in found.detail
