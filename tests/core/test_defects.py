"""What counts as wrong with an environment."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support.distributions import distribution
from tests.support.maps import mapping, rule
from tests.support.stage import LINUX, Stage

from xpip.core.defects import (
    Defect,
    DefectCode,
    duplicate_defects,
    origin_defects,
    platform_defect,
    requirement_defects,
)
from xpip.core.facts import RecordedOrigin

CORP = RecordedOrigin(
    repository="https://corp.example/simple/", page_url="https://corp.example/simple/spam/"
)


def told(*defects: Defect) -> list[tuple[str, str, str]]:
    """Code, subject and text of each."""
    return [(each.code.value, each.subject, each.text) for each in defects]


def test_requirements_are_defects_when_nothing_meets_them() -> None:
    """One line each, with what is there."""
    installed = [distribution("spam", requires=["eggs>=2", "ham"]), distribution("eggs")]
    assert told(*requirement_defects(installed, LINUX)) == [
        ("unmet-requirement", "spam 1.0", "needs eggs>=2, and 1.0 is installed"),
        ("missing-requirement", "spam 1.0", "needs ham, which is not installed"),
    ]


def test_distribution_is_a_defect_when_it_needs_another_python() -> None:
    """An environment may have been made anew around it."""
    installed = [distribution("spam", requires_python=">=3.13")]
    assert told(*requirement_defects(installed, LINUX)) == [
        ("other-python", "spam 1.0", "needs Python >=3.13, and this is 3.12.1")
    ]


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [
        ({"py3-none-any"}, False),
        ({"py2.py3-none-any"}, False),
        ({"cp312-cp312-linux_x86_64"}, False),
        ({"cp39-cp39-win_amd64"}, True),
        ({"cp39-cp39-win_amd64", "py3-none-any"}, False),
        (set(), False),
        ({"nonsense"}, False),
    ],
)
def test_distribution_is_a_defect_when_none_of_its_tags_fits(tags: set[str], wrong: bool) -> None:
    """What does not say its tags says nothing."""
    found = list(platform_defect(distribution("spam"), frozenset(tags), LINUX))
    assert [each.code for each in found] == [DefectCode.OTHER_PLATFORM] * wrong


def test_origin_is_a_defect_when_the_mapping_file_asks_somebody_else() -> None:
    """Recorded then, judged by today's rules; what is not recorded refuses nothing."""
    installed = [distribution("spam", origin=CORP), distribution("eggs")]
    allowed = Stage(map=mapping(rule("*", "corp"))).policy
    moved = Stage(map=mapping(rule("*", "pypi"))).policy
    assert list(origin_defects(installed, allowed)) == []
    assert list(origin_defects(installed, Stage().policy)) == []
    (found,) = origin_defects(installed, moved)
    assert (found.code, found.project) == (DefectCode.AGAINST_RULE, "spam")
    assert CORP.repository in found.text


def test_every_further_distribution_of_a_name_is_a_defect() -> None:
    """The first is the one that counts."""
    first, second = distribution("spam", "1.0"), distribution("spam", "2.0")
    second = replace(second, location="/env/spam-2.0.dist-info")
    (found,) = duplicate_defects([first, second])
    assert (found.code, found.subject, found.path) == (
        DefectCode.DUPLICATE,
        "spam 2.0",
        second.location,
    )
    assert list(duplicate_defects([first])) == []
