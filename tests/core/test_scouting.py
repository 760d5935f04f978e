"""Asking ahead: answers arrive early, and nothing is asked that the resolver might not need."""

from __future__ import annotations

from typing import Self

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.support.stage import Stage
from tests.support.wanted import parse_requirements

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependencies
from xpip.core.scouting import Scout
from xpip.errors import Reason

SPAM = canonicalize_name("spam")
SPAM_WHEEL = "spam-1.0-py3-none-any.whl"
EGGS_WHEEL = "eggs-1.0-py3-none-any.whl"


class Scouting:
    """A scout on a stage where answers take their time."""

    def __init__(self, stage: Stage, *, settled: str = "") -> None:
        stage.next_arrival = lambda _: 0
        self._stage = stage
        self._discovery = stage.discovery()
        self._scout = Scout(
            self._discovery,
            stage.repositories,
            Dependencies(stage.target),
            lambda dependency: dependency.project == settled,
        )

    def expect(self, *requirements: str) -> Self:
        """Expect these requirements, and begin to wait, without an answer yet."""
        self._scout.expect(parse_requirements(requirements, self._stage.target))
        self._scout.about_to_wait()
        return self

    def wait(self) -> Self:
        """Let every answer arrive."""
        self._stage.repositories.arrive_all()
        return self

    def look_at(self, version: str) -> Self:
        """The resolver looks at this release of spam, and waits for it."""
        selection = self._discovery.find(SPAM).selection
        for option in selection.matching(SpecifierSet(f"=={version}")):
            assert isinstance(option, Candidate)
            self._scout.looking_at(option)
        self._scout.about_to_wait()
        return self

    def limit(self, *requirements: str) -> Self:
        """The user asks for this."""
        self._scout.limit(parse_requirements(requirements, self._stage.target))
        return self

    @property
    def asked(self) -> list[str]:
        """All that the repository `pypi` was asked so far."""
        return self._stage.repositories.asked("pypi")


def scouted(stage: Stage, *requirements: str, settled: str = "") -> list[str]:
    """All that `pypi` is asked for when these requirements are expected."""
    return Scouting(stage, settled=settled).expect(*requirements).wait().asked


def chain() -> Stage:
    """Spam needs eggs, which is needed by nothing else."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs"]).has("eggs", "1.0")
    return stage


def test_scout_asks_for_the_page_and_the_likeliest_metadata() -> None:
    """The newest file that satisfies the requirement is the likeliest."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0").has("spam", "2.0")
    assert scouted(stage, "spam<2") == ["spam", SPAM_WHEEL]


def test_scout_sends_all_questions_before_it_has_any_answer() -> None:
    """Nobody waits for one page at a time."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0").has("eggs", "1.0")
    assert Scouting(stage).expect("spam", "eggs").asked == ["spam", "eggs"]


def test_scout_asks_nothing_as_long_as_nobody_waits() -> None:
    """Where every answer is there at once, asking ahead only takes time."""
    stage = Stage()
    stage.next_arrival = lambda _: 0
    scout = Scout(
        stage.discovery(), stage.repositories, Dependencies(stage.target), lambda _: False
    )
    scout.expect(parse_requirements(["spam"], stage.target))
    assert stage.repositories.log == []


def test_scout_waits_for_every_page_before_it_looks_at_a_file() -> None:
    """What one repository says is not judged without the others."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    stage.repository("corp")
    scouting = Scouting(stage).expect("spam")
    stage.repositories.page(stage.repository("pypi").repository, SPAM)
    assert scouting.asked == ["spam"]
    assert scouting.wait().asked == ["spam", SPAM_WHEEL]


def test_scout_follows_metadata_to_what_it_needs() -> None:
    """The pages of dependencies are in flight before the resolver comes to them."""
    assert scouted(chain(), "spam") == ["spam", SPAM_WHEEL, "eggs", EGGS_WHEEL]


def test_scout_leaves_an_extra_alone_that_nobody_asked_for() -> None:
    """A name that is not needed is not sent to any server."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs; extra == 'fast'"])
    assert scouted(stage, "spam") == ["spam", SPAM_WHEEL]


def test_scout_follows_an_extra_that_is_asked_for_later() -> None:
    """The metadata is here already; only the extra is new."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs; extra == 'fast'"])
    scouting = Scouting(stage).expect("spam").wait()
    assert scouting.expect("spam[fast]").asked == ["spam", SPAM_WHEEL, "eggs"]


def test_scout_leaves_a_requirement_alone_when_its_marker_does_not_hold() -> None:
    """Another platform's dependencies are no affair of this one."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs; sys_platform == 'win32'"])
    assert scouted(stage, "spam") == ["spam", SPAM_WHEEL]


def test_scout_leaves_a_direct_reference_alone() -> None:
    """It will be refused, so its name need not be asked for."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs @ https://x.example/eggs.whl"])
    assert scouted(stage, "spam") == ["spam", SPAM_WHEEL]


def test_scout_asks_nothing_when_what_is_installed_will_do() -> None:
    """A settled dependency needs no repository."""
    assert scouted(chain(), "spam", settled="spam") == []


def test_scout_ends_when_projects_need_one_another() -> None:
    """A cycle is no reason to ask for ever."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs"])
    stage.repository("pypi").has("eggs", "1.0", requires=["spam"])
    assert scouted(stage, "spam") == ["spam", SPAM_WHEEL, "eggs", EGGS_WHEEL]


def test_scout_goes_on_with_other_projects_when_metadata_cannot_be_had() -> None:
    """What a missing answer means is decided where it is needed, not here."""
    stage = Stage()
    pypi = stage.repository("pypi").has("spam", "1.0", metadata=Reason.HTTP_STATUS)
    pypi.has("eggs", "1.0", requires=["ham"])
    assert scouted(stage, "spam", "eggs") == ["spam", "eggs", SPAM_WHEEL, EGGS_WHEEL, "ham"]


def test_scout_looks_at_no_file_when_a_repository_is_unavailable() -> None:
    """Nothing may be chosen, so no metadata is worth asking for."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    stage.repository("corp").fails("spam")
    assert scouted(stage, "spam") == ["spam"]


# Releases that are given up


def many_releases() -> Stage:
    stage = Stage()
    for number in range(1, 40):
        stage.repository("pypi").has("spam", f"{number}.0")
    return stage


def releases_asked_for(scouting: Scouting) -> list[int]:
    """Which releases of spam; its metadata can only be had out of its wheels here."""
    return [int(each.split("-")[1].partition(".")[0]) for each in scouting.asked if "-" in each]


def test_scout_asks_for_more_releases_the_more_are_given_up() -> None:
    """One that does not fit is no rare thing; after three, many more may follow."""
    scouting = Scouting(many_releases())
    assert releases_asked_for(scouting.look_at("39.0")) == [39]
    assert releases_asked_for(scouting.look_at("38.0")) == [39, 38, 37]
    assert releases_asked_for(scouting.look_at("37.0")) == [39, 38, 37, 36, 35]


def test_scout_asks_for_few_releases_ahead_when_each_costs_a_wheel() -> None:
    """Where a page offers no metadata, wheels may have to be fetched whole to be read."""
    scouting = Scouting(many_releases())
    for number in range(39, 20, -1):
        scouting.look_at(f"{number}.0")
    assert min(releases_asked_for(scouting)) >= 21 - 4


def test_scout_goes_on_from_where_the_resolver_is() -> None:
    """What it has jumped over is not asked for."""
    scouting = Scouting(many_releases()).look_at("39.0").look_at("10.0")
    assert releases_asked_for(scouting) == [39, 10, 9]


def test_scout_asks_for_no_release_that_the_user_rules_out() -> None:
    """Older ones will never be looked at."""
    scouting = Scouting(many_releases()).limit("spam>=38").look_at("39.0").look_at("38.0")
    assert releases_asked_for(scouting) == [39, 38]
