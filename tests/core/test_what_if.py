"""What would follow if a repository said something else of a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.version import Version
from tests.support.maps import mapping, rule
from tests.support.stage import Stage

from xpip.core.facts import InstalledDistribution, RecordedOrigin
from xpip.core.policy import IndexOrder, NameSet, OriginChanges
from xpip.core.what_if import Consequence, Event, Outcome, replays

CORP_AND_PYPI = f"""
[repositories]
corp = ["https://corp.example/simple/"]
pypi = ["https://pypi.example/simple/"]

{rule("spam", "corp")}
{rule("*", "pypi")}
"""


def staged(text: str | None = None, **policy: Any) -> Stage:
    """On corp there is spam 1.0; pypi lacks it."""
    stage = Stage(map=mapping(text), **policy) if text else Stage(**policy)
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi")
    return stage


def replayed(
    stage: Stage, installed: InstalledDistribution | None = None
) -> dict[tuple[Event, str | None], Consequence]:
    """What follows, by event and repository."""
    finding = stage.find("spam")
    return {
        (each.event, each.group.name if each.group else None): each
        for each in replays(finding, stage.policy, stage.target, installed)
    }


def outcomes(stage: Stage, name: str) -> dict[Event, Outcome]:
    """What follows from what happens to one repository."""
    return {
        event: each.outcome for (event, group), each in replayed(stage).items() if group == name
    }


def dangers(stage: Stage) -> set[tuple[str, str | None]]:
    """The dangerous events, and at which repository."""
    return {
        (event.value, name) for (event, name), each in replayed(stage).items() if each.is_dangerous
    }


def test_every_event_is_harmless_when_a_rule_names_one_repository() -> None:
    """Whatever happens there, the name is sent nowhere else."""
    assert outcomes(staged(CORP_AND_PYPI), "corp") == {
        Event.APPEARS: Outcome.SAME,
        Event.LOST: Outcome.NOTHING,
        Event.EMPTIED: Outcome.NOTHING,
        Event.REFUSES: Outcome.UNAVAILABLE,
        Event.FAILS: Outcome.UNAVAILABLE,
        Event.FORWARDS: Outcome.REFUSED,
    }


def test_repository_that_is_not_routed_to_can_only_gain_the_name_in_vain() -> None:
    """It is not asked, so nothing else that happens to it is worth a replay."""
    assert outcomes(staged(CORP_AND_PYPI), "pypi") == {Event.APPEARS: Outcome.SAME}


def test_name_without_a_map_switches_when_its_only_repository_loses_it() -> None:
    """The gap that judging leaves: a stranger's release is then the only one."""
    assert outcomes(staged(), "corp") == {
        Event.APPEARS: Outcome.SAME,
        Event.LOST: Outcome.SWITCHED,
        Event.EMPTIED: Outcome.SWITCHED,
        Event.REFUSES: Outcome.UNAVAILABLE,
        Event.FAILS: Outcome.UNAVAILABLE,
        Event.FORWARDS: Outcome.REFUSED,
    }


def test_stranger_beside_the_owner_is_a_collision_without_a_map() -> None:
    """Both have files, and nothing links them."""
    assert outcomes(staged(), "pypi") == {
        Event.APPEARS: Outcome.REFUSED,
        Event.REFUSES: Outcome.UNAVAILABLE,
        Event.FAILS: Outcome.UNAVAILABLE,
        Event.FORWARDS: Outcome.REFUSED,
    }


def test_being_offline_ends_the_run_and_switches_nothing() -> None:
    """Nobody answers, so nobody is believed."""
    assert replayed(staged())[Event.OFFLINE, None].outcome is Outcome.UNAVAILABLE


def test_outage_is_dangerous_when_the_user_lets_runs_go_on_without_the_repository() -> None:
    """`--unsafe-skip-unavailable` is called unsafe for this."""
    stage = staged(unsafe_skip=frozenset({"https://corp.example/simple/"}))

    assert {("refuses", "corp"), ("fails", "corp")} <= dangers(stage)


def test_index_order_lets_an_earlier_repository_take_a_name_over() -> None:
    """PEP 766's index priority: the first that has the name is the only one."""
    stage = Stage(order=IndexOrder.INDEX)
    stage.repository("pypi")
    stage.repository("corp").has("spam", "1.0")

    assert ("appears", "pypi") in dangers(stage)


def test_rule_that_passes_on_lets_the_next_repository_take_a_lost_name() -> None:
    """`terminating = false`: absence sends the name on."""
    weak = CORP_AND_PYPI.replace(rule("spam", "corp"), rule("spam", "corp", terminating=False))

    assert dangers(staged(weak)) == {("lost", "corp")}


def test_linked_repository_may_take_the_name_over_and_that_is_said() -> None:
    """`tracks` links them: whoever can publish on either can publish the name."""
    stage = staged()
    stage.repository("pypi").has("spam", "0.9")
    stage.repository("pypi").says("spam", tracks=("https://corp.example/simple/spam/",))

    assert ("appears", "pypi") in dangers(stage)


def test_directory_of_ones_own_is_no_stranger() -> None:
    """What lies on this machine was put there by its user."""
    stage = Stage()
    stage.repository("wheelhouse", local=True).has("spam", "1.0")
    stage.repository("pypi").has("spam", "2.0")

    lost = replayed(stage)[Event.LOST, "pypi"]

    assert (lost.outcome, lost.is_dangerous) == (Outcome.OWN, False)


def test_remote_release_above_a_local_one_is_dangerous() -> None:
    """Local directories merge with whatever else is asked, and the higher version wins."""
    stage = Stage()
    stage.repository("wheelhouse", local=True).has("spam", "1.0")
    stage.repository("pypi")

    assert dangers(stage) == {("appears", "pypi")}


def installed_from(repository: str) -> InstalledDistribution:
    """A spam 1.0, as it was installed from there."""
    installed = Stage().installed.has("spam", "1.0").find("spam")  # type: ignore[arg-type]
    assert installed is not None
    origin = RecordedOrigin(repository=repository, page_url=f"{repository}spam/")
    return replace(installed, origin=origin)


def test_what_is_installed_remembers_where_it_came_from() -> None:
    """Where judging would switch, continuity refuses (semantics 7.6)."""
    installed = installed_from("https://corp.example/simple/")

    lost = replayed(staged(), installed)[Event.LOST, "corp"]

    assert (lost.outcome, lost.is_dangerous) == (Outcome.ORIGIN_CHANGED, False)


def test_what_is_installed_does_not_help_when_the_user_allows_changes() -> None:
    """`--allow-origin-change` allows this one too."""
    allowed = OriginChanges(projects=NameSet(everything=True))
    stage = staged(origin_changes=allowed)

    lost = replayed(stage, installed_from("https://corp.example/simple/"))[Event.LOST, "corp"]

    assert lost.is_dangerous


def test_stranger_is_above_every_version_that_is_known() -> None:
    """99.0 would say nothing of a project that is beyond it."""
    stage = staged()
    stage.repository("corp").has("spam", "1!2026.1")

    (version,) = {each.version for each in replayed(stage).values()}

    assert version == Version("1!2027.0")


def test_stranger_has_a_file_that_every_policy_could_take() -> None:
    """A wheel and a source distribution: whoever waits knows `--no-binary` too."""
    stage = staged(no_binary=NameSet(everything=True))
    stage.repository("corp").has("spam", "1.0", sdist=True)

    lost = replayed(stage)[Event.LOST, "corp"]

    assert lost.chosen is not None
    assert lost.chosen.file.filename == "spam-99.0.tar.gz"


def test_same_repository_is_no_switch_when_none_of_its_files_will_do_today() -> None:
    """It holds the name already, though not for this machine."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", tag="py3-none-win32")

    assert replayed(stage)[Event.APPEARS, "corp"].outcome is Outcome.SAME


def test_file_that_a_rule_refuses_refuses_the_run() -> None:
    """A threshold is met by nobody alone."""
    stage = Stage(
        map=mapping(
            """
            [repositories]
            one = ["https://one.example/simple/"]
            two = ["https://two.example/simple/"]

            [[mapping]]
            paths = ["spam"]
            repositories = ["one", "two"]
            threshold = 2
            """
        )
    )
    for name in ("one", "two"):
        stage.repository(name).has("spam", "1.0")

    assert outcomes(stage, "one")[Event.APPEARS] is Outcome.REFUSED
    assert dangers(stage) == set()


@pytest.mark.parametrize("answer", ["nothing", "conflict", "outage"])
def test_nothing_is_replayed_where_nothing_may_come(answer: str) -> None:
    """A refused or unknown name has no place that it could lose."""
    stage = Stage()
    stage.repository("corp")
    stage.repository("pypi")
    if answer == "conflict":
        stage.repository("corp").has("spam", "1.0")
        stage.repository("pypi").has("spam", "1.0")
    if answer == "outage":
        stage.repository("corp").fails("spam")

    assert replayed(stage) == {}


def test_replays_ask_nobody_and_leave_the_finding_alone() -> None:
    """They play on copies of what was heard."""
    stage = staged()
    finding = stage.find("spam")
    asked, versions = list(stage.repositories.log), finding.selection.versions
    evidence = finding.verdict.evidence

    list(replays(finding, stage.policy, stage.target))

    assert stage.repositories.log == asked
    assert finding.selection.versions == versions
    assert finding.verdict.evidence == evidence


NAMES = ("corp", "pypi", "other")
HOLDINGS = st.fixed_dictionaries({name: st.sampled_from(["1.0", "2.0", None]) for name in NAMES})


def held(stage: Stage, holdings: dict[str, str | None]) -> Stage:
    """The stage, with these versions of spam."""
    for name, version in holdings.items():
        double = stage.repository(name)
        if version is not None:
            double.has("spam", version)
    return stage


REPOSITORIES = "[repositories]\n" + "".join(
    f'{name} = ["https://{name}.example/simple/"]\n' for name in NAMES
)


@given(HOLDINGS, st.sampled_from(NAMES), st.booleans())
def test_no_event_is_dangerous_under_rules_of_one_repository_each(
    holdings: dict[str, str | None], owner: str, literal: bool
) -> None:
    """Law: whoever is the only one to be asked can only stop the run."""
    text = REPOSITORIES + rule("spam" if literal else "s*", owner) + rule("*", "pypi")
    stage = held(Stage(map=mapping(text)), holdings)

    assert dangers(stage) == set()


@given(HOLDINGS, st.sampled_from(NAMES[:2]))
def test_one_more_repository_never_endangers_a_routed_name(
    holdings: dict[str, str | None], owner: str
) -> None:
    """Law: a repository that no rule of the name lists changes none of its outcomes."""
    rules = rule("spam", owner)
    few = REPOSITORIES.replace('other = ["https://other.example/simple/"]\n', "")
    before = held(Stage(map=mapping(few + rules)), {**holdings, "other": None})
    after = held(Stage(map=mapping(REPOSITORIES + rules)), holdings)

    assert outcomes(after, owner) == outcomes(before, owner)
    assert dangers(after) == dangers(before) == set()
