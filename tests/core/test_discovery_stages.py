"""Who is asked, and when: stage by stage, mirror by mirror, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Ruling
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Unavailable
from xpip.core.policy import IndexOrder, Policy, RepositoryGroup
from xpip.errors import Reason

SPAM = canonicalize_name("spam")


def stage_under(*rules: str, **policy: Any) -> Stage:
    """The repositories pypi, corp and x, all empty, under these rules."""
    stage = Stage(map=mapping("".join(rules)), **policy)
    for name in ("pypi", "corp", "x"):
        stage.repository(name)
    return stage


def index_order(*names: str, **policy: Any) -> Stage:
    """These repositories, one after the other."""
    stage = Stage(order=IndexOrder.INDEX, **policy)
    for name in names:
        stage.repository(name)
    return stage


def chosen(finding: Finding) -> list[tuple[str, str]]:
    """Version and group of each candidate, best first."""
    options = finding.selection.matching(SpecifierSet())
    return [(str(o.version), o.origin.group) for o in options if isinstance(o, Candidate)]


IN_TURN = (rule("spam*", "corp", terminating=False), rule("*", "pypi"))


# Under a map


def test_routed_name_is_asked_for_nowhere_else() -> None:
    """V21: what a rule sends to one repository, no other ever hears of."""
    stage = stage_under(rule("spam*", "corp"), rule("*", "pypi"))
    for name in ("pypi", "corp", "x"):
        stage.repository(name).has("spam", "1.0").has("eggs", "1.0")
    discovery = stage.discovery()
    for project in ("spam", "eggs"):
        discovery.advance(canonicalize_name(project))
        discovery.advance(canonicalize_name(project))
        discovery.find(canonicalize_name(project))
    assert stage.repositories.log == [("corp", "spam"), ("pypi", "eggs")]


def test_routed_name_is_asked_for_nowhere_else_when_it_is_absent() -> None:
    """V21: a name that its own repository lacks is nobody else's business."""
    stage = stage_under(rule("spam*", "corp"), rule("*", "pypi"))
    stage.repository("pypi").has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.ABSENT
    assert stage.repositories.log == [("corp", "spam")]


def test_routed_dependency_is_asked_for_nowhere_else() -> None:
    """Routing goes by name alone, never by who asks; the scout obeys it too."""
    stage = stage_under(rule("acme-*", "corp"), rule("*", "pypi"))
    stage.repository("pypi").has("spam", "1.0", requires=["acme-lib"]).has("acme-lib", "99.0")
    stage.repository("corp").has("acme-lib", "1.0")
    assert stage.pins("spam") == {"spam": "1.0", "acme-lib": "1.0"}
    assert "acme-lib" not in stage.repositories.asked("pypi")


@pytest.mark.parametrize("ruling", [Ruling.DENIED, Ruling.NO_RULE])
def test_nobody_is_asked_when_the_map_lets_nobody_speak(ruling: Ruling) -> None:
    """Not even ahead of time."""
    denied = rule("spam", reason="banned") if ruling is Ruling.DENIED else rule("eggs", "pypi")
    stage = stage_under(denied)
    discovery = stage.discovery()
    discovery.advance(SPAM)
    assert discovery.advance(SPAM)
    finding = discovery.find(SPAM)
    assert (finding.verdict.ruling, chosen(finding)) == (ruling, [])
    assert stage.repositories.log == []


def test_several_groups_merge_when_a_literal_pattern_lists_them() -> None:
    """The user names the project, and says who speaks for it."""
    stage = stage_under(rule("spam", "pypi", "corp"))
    stage.repository("pypi").has("spam", "2.0")
    stage.repository("corp").has("spam", "1.0")
    finding = stage.find("spam")
    assert finding.verdict.ruling is Ruling.ROUTED
    assert chosen(finding) == [("2.0", "pypi"), ("1.0", "corp")]


def test_several_groups_are_judged_when_a_glob_lists_them() -> None:
    """As without a map: a glob names projects that do not exist yet."""
    stage = stage_under(rule("*", "pypi", "corp"))
    stage.repository("pypi").has("spam", "2.0")
    stage.repository("corp").has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_several_groups_merge_under_a_glob_when_the_rule_declares_it() -> None:
    """`merge = "declared"`."""
    stage = stage_under(rule("*", "pypi", "corp", merge="declared", reason="one team"))
    stage.repository("pypi").has("spam", "2.0")
    stage.repository("corp").has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.ROUTED


def test_tracks_are_not_believed_when_the_map_does_not_trust_them() -> None:
    """`trust-tracks = false`: that operator links nothing."""
    text = """
        [repositories]
        pypi = ["https://pypi.example/simple/"]
        corp = {urls = ["https://corp.example/simple/"], trust-tracks = TRUST}

        [[mapping]]
        paths = ["*"]
        repositories = ["pypi", "corp"]
    """
    rulings = []
    for trust in ("true", "false"):
        stage = Stage(map=mapping(text.replace("TRUST", trust)))
        stage.repository("pypi").has("spam", "1.0")
        corp = stage.repository("corp").has("spam", "2.0")
        corp.says("spam", tracks=("https://pypi.example/simple/spam/",))
        rulings.append(stage.find("spam").verdict.ruling)
    assert rulings == [Ruling.TRACKED, Ruling.CONFLICT]


# Stages


def test_later_stage_is_asked_when_the_earlier_one_lacks_the_name() -> None:
    """`terminating = false`."""
    stage = stage_under(*IN_TURN)
    stage.repository("pypi").has("spam", "2.0")
    finding = stage.find("spam")
    assert chosen(finding) == [("2.0", "pypi")]
    assert stage.repositories.log == [("corp", "spam"), ("pypi", "spam")]


def test_later_stage_is_judged_by_its_own_rule() -> None:
    """That the earlier one declares its only repository says nothing of two others."""
    stage = stage_under(rule("spam*", "corp", terminating=False), rule("*", "pypi", "x"))
    for name in ("pypi", "x"):
        stage.repository(name).has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_later_stage_is_not_asked_when_the_earlier_one_has_the_name() -> None:
    """Whatever versions the later one may have."""
    stage = stage_under(*IN_TURN)
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi").has("spam", "99.0")
    assert chosen(stage.find("spam")) == [("1.0", "corp")]
    assert stage.repositories.asked("pypi") == []


def test_later_stage_is_not_asked_when_the_earlier_one_cannot_be_asked() -> None:
    """An outage is not absence: it must not decide where a name comes from."""
    stage = stage_under(*IN_TURN)
    stage.repository("corp").fails("spam")
    stage.repository("pypi").has("spam", "99.0")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE
    assert stage.repositories.asked("pypi") == []


def test_later_stage_is_not_asked_when_the_earlier_one_has_an_empty_page() -> None:
    """A page without files is an answer, and stops."""
    stage = stage_under(*IN_TURN)
    stage.repository("corp").says("spam")
    stage.repository("pypi").has("spam", "99.0")
    assert stage.find("spam").verdict.ruling is Ruling.ABSENT
    assert stage.repositories.asked("pypi") == []


def test_later_stage_is_not_asked_before_every_group_of_the_earlier_one_lacks_the_name() -> None:
    """One of two is not enough."""
    rules = (rule("spam", "corp", "x", terminating=False), rule("*", "pypi"))
    stage = stage_under(*rules)
    stage.repository("x").has("spam", "1.0")
    assert chosen(stage.find("spam")) == [("1.0", "x")]
    assert stage.repositories.asked("pypi") == []


def test_asking_ahead_waits_for_the_first_stage() -> None:
    """What is asked ahead is a request like any other: the next stage waits for Absent."""
    stage = stage_under(*IN_TURN)
    stage.next_arrival = lambda _: 0
    discovery = stage.discovery()
    assert not discovery.advance(SPAM)
    assert stage.repositories.log == [("corp", "spam")]


def test_asking_ahead_goes_on_when_the_first_stage_lacks_the_name() -> None:
    """An Absent is half of the answer, and lets the other half be asked for."""
    stage = stage_under(*IN_TURN)
    stage.next_arrival = lambda _: 0
    discovery = stage.discovery()
    discovery.advance(SPAM)
    stage.repositories.page(stage.repository("corp").repository, SPAM)
    assert not discovery.advance(SPAM)
    assert stage.repositories.log == [("corp", "spam"), ("pypi", "spam")]


def test_discovery_is_ready_when_the_first_stage_has_the_name() -> None:
    """No later stage will be asked."""
    stage = stage_under(*IN_TURN)
    stage.repository("corp").has("spam", "1.0")
    discovery = stage.discovery()
    discovery.advance(SPAM)
    assert discovery.advance(SPAM)


def test_evidence_holds_the_answers_of_earlier_stages() -> None:
    """That corp lacked the name is why pypi was asked."""
    stage = stage_under(*IN_TURN)
    stage.repository("pypi").has("spam", "2.0")
    evidence = stage.find("spam").verdict.evidence
    assert [answer.repository.url.split(".")[0] for answer in evidence] == [
        "https://corp",
        "https://pypi",
    ]


# Index order


def test_index_order_takes_the_first_repository_that_has_the_name() -> None:
    """PEP 766's index priority: by name, never by version."""
    stage = index_order("corp", "pypi")
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi").has("spam", "99.0")
    assert chosen(stage.find("spam")) == [("1.0", "corp")]
    assert stage.repositories.asked("pypi") == []


def test_index_order_goes_on_only_after_absence() -> None:
    """The next repository hears of names that the first one lacks."""
    stage = index_order("corp", "pypi")
    stage.repository("pypi").has("spam", "99.0")
    assert chosen(stage.find("spam")) == [("99.0", "pypi")]
    stage.repository("corp").fails("spam")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE
    assert stage.repositories.asked("pypi") == []


# Outages that the user lets pass


def test_skipped_repository_does_not_stop_the_run() -> None:
    """`--unsafe-skip-unavailable`: for one repository, by its URL."""
    stage = Stage(unsafe_skip=frozenset({"https://corp.example/simple/"}))
    stage.repository("pypi").has("spam", "1.0")
    stage.repository("corp").fails("spam")
    finding = stage.find("spam")
    assert (finding.verdict.ruling, chosen(finding)) == (Ruling.SOLE, [("1.0", "pypi")])
    assert len(finding.verdict.evidence) == 2


def test_other_repository_is_not_skipped() -> None:
    """The option names one."""
    stage = Stage(unsafe_skip=frozenset({"https://corp.example/simple/"}))
    stage.repository("pypi").fails("spam")
    stage.repository("corp").has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE


def test_skipped_repository_is_judged_when_it_answers() -> None:
    """Only its outage is passed over, never its files."""
    stage = Stage(unsafe_skip=frozenset({"https://corp.example/simple/"}))
    for name in ("pypi", "corp"):
        stage.repository(name).has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_skipped_repository_lets_the_next_stage_be_asked() -> None:
    """PEP 766's fall-through, where the user asks for it."""
    stage = index_order("corp", "pypi", unsafe_skip=frozenset({"https://corp.example/simple/"}))
    stage.repository("corp").fails("spam")
    stage.repository("pypi").has("spam", "1.0")
    assert chosen(stage.find("spam")) == [("1.0", "pypi")]


# Local directories


def exclusive(stage: Stage, name: str) -> None:
    """Let this local repository's names be asked for nowhere else."""
    double = stage.repository(name, local=True)
    double.group = replace(double.group, exclusive=True)


def test_exclusive_directory_is_the_only_one_asked_when_it_has_the_name() -> None:
    """`local = "exclusive"`: names found here never go remote, prefetch included."""
    stage = Stage()
    stage.repository("pypi").has("spam", "99.0")
    exclusive(stage, "wheelhouse")
    stage.repository("wheelhouse").has("spam", "1.0")
    discovery = stage.discovery()
    discovery.advance(SPAM)
    assert chosen(discovery.find(SPAM)) == [("1.0", "wheelhouse")]
    assert stage.repositories.asked("pypi") == []


def test_exclusive_directory_stands_aside_when_it_lacks_the_name() -> None:
    """The others are asked as ever."""
    stage = Stage()
    stage.repository("pypi").has("spam", "99.0")
    exclusive(stage, "wheelhouse")
    assert chosen(stage.find("spam")) == [("99.0", "pypi")]


# Mirrors


def mirrored(*names: str) -> Stage:
    """Repositories of these names that are mirrors of one another, as the group corp."""
    stage = Stage()
    for name in names:
        stage.repository(name)
    return stage


def find_by_mirrors(stage: Stage, *names: str) -> Finding:
    """What is found of spam in the group of these mirrors."""
    doubles = [stage.repository(name) for name in names]
    group = RepositoryGroup(
        name="corp", mirrors=tuple(each.repository for each in doubles), declared_at="xpip.toml"
    )
    stage.discovery()
    policy = Policy(groups=(group,))
    return Discovery(stage.repositories, policy=policy, target=stage.target).find(SPAM)


def test_second_mirror_is_asked_when_the_first_one_cannot_be() -> None:
    """Trust in mirrors is equal; the origin names the group's canonical URL and the page used."""
    stage = mirrored("one", "two")
    stage.repository("one").fails("spam")
    stage.repository("two").has("spam", "1.0")
    finding = find_by_mirrors(stage, "one", "two")
    option = next(finding.selection.matching(SpecifierSet()))
    assert isinstance(option, Candidate)
    assert option.origin.repository == "https://one.example/simple/"
    assert option.origin.page_url == "https://two.example/simple/spam/"


def test_second_mirror_is_not_asked_when_the_first_one_has_the_name() -> None:
    """One page comes from one mirror; pages are never merged."""
    stage = mirrored("one", "two")
    stage.repository("one").has("spam", "1.0")
    stage.repository("two").has("spam", "2.0")
    assert chosen(find_by_mirrors(stage, "one", "two")) == [("1.0", "corp")]
    assert stage.repositories.asked("two") == []


@pytest.mark.parametrize("reason", [Reason.AUTH_FAILED, Reason.AUTH_REQUIRED])
def test_second_mirror_is_not_asked_when_authentication_fails(reason: Reason) -> None:
    """Wrong credentials are the user's to mend, and not to be carried around."""
    stage = mirrored("one", "two")
    stage.repository("one").fails("spam", reason)
    stage.repository("two").has("spam", "1.0")
    assert find_by_mirrors(stage, "one", "two").verdict.ruling is Ruling.UNAVAILABLE
    assert stage.repositories.asked("two") == []


def test_name_is_absent_when_every_mirror_says_so() -> None:
    """All of them are asked: mirrors lag."""
    stage = mirrored("one", "two")
    assert find_by_mirrors(stage, "one", "two").verdict.ruling is Ruling.ABSENT
    assert stage.repositories.log == [("one", "spam"), ("two", "spam")]


def test_name_is_there_when_only_a_later_mirror_has_it() -> None:
    """The first one lags."""
    stage = mirrored("one", "two")
    stage.repository("two").has("spam", "1.0")
    assert chosen(find_by_mirrors(stage, "one", "two")) == [("1.0", "corp")]


@pytest.mark.parametrize("down", ["one", "two"])
def test_name_is_not_absent_when_a_mirror_cannot_be_asked(down: str) -> None:
    """It might have had it."""
    stage = mirrored("one", "two")
    stage.repository(down).fails("spam")
    assert find_by_mirrors(stage, "one", "two").verdict.ruling is Ruling.UNAVAILABLE


def test_denial_behind_a_passing_rule_concerns_only_names_that_come_so_far() -> None:
    """What the first rule's repository has is not denied by the second one."""
    stage = stage_under(rule("spam*", "corp", terminating=False), rule("*"))
    stage.repository("corp").has("spam", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.ROUTED
    assert stage.find("spam-eggs").verdict.ruling is Ruling.DENIED


def test_exclusive_directory_comes_before_remote_ones_that_are_declared_earlier() -> None:
    """Names found there never go remote, whatever the order of stages."""
    stage = index_order("pypi")
    stage.repository("pypi").has("spam", "9.0")
    stage.repository("wheelhouse", local=True).has("spam", "1.0")
    exclusive(stage, "wheelhouse")
    assert chosen(stage.find("spam")) == [("1.0", "wheelhouse")]
    assert "pypi" not in [name for name, _ in stage.repositories.log]


def test_exclusive_directory_that_cannot_be_read_lets_nobody_else_be_asked() -> None:
    """It may have the name: a failure is not read as absence."""
    stage = Stage()
    stage.repository("pypi").has("spam", "99.0")
    stage.repository("wheelhouse", local=True).fails("spam", Reason.UNREACHABLE)
    exclusive(stage, "wheelhouse")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE
    assert stage.repositories.asked("pypi") == []


def test_refusal_is_not_skipped_as_an_outage_is() -> None:
    """`--unsafe-skip-unavailable` is for servers that are down, not for forwarded names."""
    stage = Stage(unsafe_skip=frozenset({"https://corp.example/simple/"}))
    stage.repository("corp").fails("spam", Reason.REDIRECT_FOREIGN)
    stage.repository("pypi").has("spam", "99.0")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE


# Mirrors in a race


def race(stage: Stage, *names: str, first: str) -> Finding:
    """What is found of spam when this mirror answers before the others."""
    doubles = [stage.repository(name) for name in names]
    group = RepositoryGroup(
        name="corp", mirrors=tuple(each.repository for each in doubles), declared_at="xpip.toml"
    )
    place = names.index(first)
    stage.next_arrival = lambda open_questions: min(place, open_questions - 1)
    stage.discovery()
    policy = Policy(groups=(group,), race_mirrors=True)
    return Discovery(stage.repositories, policy=policy, target=stage.target).find(SPAM)


@pytest.mark.parametrize(("first", "version"), [("one", "1.0"), ("two", "2.0"), ("three", "3.0")])
def test_race_takes_the_page_that_arrives_first(first: str, version: str) -> None:
    """All mirrors are asked at once; one page comes from one mirror."""
    stage = mirrored("one", "two", "three")
    for number, name in enumerate(["one", "two", "three"], start=1):
        stage.repository(name).has("spam", f"{number}.0")
    assert chosen(race(stage, "one", "two", "three", first=first)) == [(version, "corp")]
    assert stage.repositories.log == [("one", "spam"), ("two", "spam"), ("three", "spam")]


@pytest.mark.parametrize("reason", [Reason.HTTP_STATUS, Reason.AUTH_FAILED])
def test_race_goes_on_when_the_first_answer_is_no_page(reason: Reason) -> None:
    """All were asked already: neither an outage nor a failed login is carried anywhere."""
    stage = mirrored("one", "two", "three")
    stage.repository("one").fails("spam", reason)
    stage.repository("three").has("spam", "1.0")
    assert chosen(race(stage, "one", "two", "three", first="one")) == [("1.0", "corp")]


def test_race_ends_in_absence_when_every_mirror_says_so() -> None:
    """Mirrors lag: one that says no proves nothing yet."""
    stage = mirrored("one", "two")
    assert race(stage, "one", "two", first="two").verdict.ruling is Ruling.ABSENT


@pytest.mark.parametrize("first", ["one", "two"])
@pytest.mark.parametrize("down", ["one", "two"])
def test_race_does_not_end_in_absence_when_a_mirror_cannot_be_asked(first: str, down: str) -> None:
    """Whoever answers first."""
    stage = mirrored("one", "two")
    stage.repository(down).fails("spam")
    assert race(stage, "one", "two", first=first).verdict.ruling is Ruling.UNAVAILABLE


@pytest.mark.parametrize("first", ["one", "two"])
def test_race_reports_the_same_failure_when_the_order_of_answers_differs(first: str) -> None:
    """The failed login, which the user can mend."""
    stage = mirrored("one", "two")
    stage.repository("one").fails("spam", Reason.HTTP_STATUS)
    stage.repository("two").fails("spam", Reason.AUTH_FAILED)
    (answer,) = race(stage, "one", "two", first=first).verdict.evidence
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.AUTH_FAILED
