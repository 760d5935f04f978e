"""Which projects could come from elsewhere tomorrow, and what would settle it."""

from __future__ import annotations

from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.stage import LINUX, Stage

from xpip.core.auditing.switching import Switches, find_switches

CORP, PYPI = "https://corp.example/simple/", "https://pypi.example/simple/"


def staged(text: str | None = None) -> Stage:
    """Two repositories: corp has acme-lib, pypi has requests; routed as the mapping file says."""
    stage = Stage(map=mapping(text)) if text else Stage()
    stage.repository("corp", CORP).has("acme-lib", "1.0")
    stage.repository("pypi", PYPI).has("requests", "2.0").has("acme-x", "1.0")
    if text:
        stage.repository("x", "https://x.example/simple/")
    return stage


def switches(stage: Stage, *names: str) -> Switches:
    """What is found for these projects."""
    discovery = stage.discovery()
    findings = [discovery.find(canonicalize_name(name)) for name in names]
    return find_switches(findings, stage.policy, LINUX, lambda _: None)


def test_switches_are_none_where_every_rule_ends_the_search() -> None:
    """What a mapping file is for."""
    found = switches(staged(rule("acme-*", "corp") + rule("*", "pypi")), "acme-lib", "requests")

    assert (found.exposures, found.remedies, found.projects) == ((), (), 2)
    assert found.replayed > 0


def test_switches_propose_to_end_the_search_where_a_rule_passes_names_on() -> None:
    """One change settles every project of that rule."""
    text = rule("acme-*", "corp", terminating=False) + rule("*", "pypi")

    found = switches(staged(text), "acme-lib", "requests")

    (exposure,) = found.exposures
    (remedy,) = found.remedies
    assert (exposure.project, exposure.group.name) == ("acme-lib", "corp")
    assert [each.event.value for each in exposure.dangers] == ["lost"]
    assert remedy.text == "xpip.toml:6: remove `terminating = false` from mapping[0]"
    assert remedy.projects == ("acme-lib",)


def test_switches_propose_a_rule_where_the_search_must_go_on() -> None:
    """acme-x is on pypi today: to end the search at corp would lose it."""
    text = rule("acme-*", "corp", terminating=False) + rule("*", "pypi")

    (remedy,) = switches(staged(text), "acme-x").remedies

    assert remedy.is_command
    assert remedy.text == "xpip map add acme-x --repository pypi"


def test_switches_propose_nothing_that_would_leave_a_danger() -> None:
    """To end the search would not do: x, in the same rule, could have a newer release as well."""
    text = rule("acme-*", "corp", "x", terminating=False, merge="declared", reason="ours")

    (remedy,) = switches(staged(text + rule("*", "pypi")), "acme-lib").remedies

    assert remedy.text == "xpip map add acme-lib --repository corp"


def test_switches_propose_to_replace_a_rule_that_names_the_project() -> None:
    """It lists a repository too many."""
    text = rule("acme-lib", "corp", "pypi") + rule("*", "pypi")

    (remedy,) = switches(staged(text), "acme-lib").remedies

    assert remedy.text == "xpip map add acme-lib --repository corp --replace"


def test_switches_without_a_map_propose_one_for_each_repository() -> None:
    """Whatever rests on another repository's silence."""
    found = switches(staged(), "acme-lib", "requests", "acme-x")

    assert [each.project for each in found.exposures] == ["acme-lib", "acme-x", "requests"]
    first, second = found.remedies
    assert first.projects == ("acme-x", "requests")
    assert first.text.startswith("xpip map add acme-x requests --repository pypi=")
    assert second.text.startswith("xpip map add acme-lib --repository corp=")


def test_switches_say_which_rule_to_change_where_none_can_be_added() -> None:
    """An enforced rule is not loosened or tightened from below when it alone decides."""
    text = rule("acme-*", "corp", terminating=False, enforced=True) + rule(
        "*", "pypi", enforced=True
    )

    found = switches(staged(text), "acme-lib")

    assert found.remedies[0].place == "xpip.toml:6"


def test_switches_leave_out_what_is_refused() -> None:
    """Nothing comes from anywhere."""
    stage = staged()
    stage.repository("pypi").has("acme-lib", "99.0")

    assert switches(stage, "acme-lib").exposures == ()
