"""`on-unusable`: when a rule passes on a name of which it has files (PEP 766's fall-through)."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from tests.support.maps import mapping, rule
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import ProjectStatus

OTHER_MACHINE = "cp312-cp312-win_amd64"
NEXT: dict[str, Any] = {"terminating": False, "on-unusable": "next"}


def stage_under(*rules: str) -> Stage:
    """PyPI has spam 99.0; what corp and x have is up to the test."""
    stage = Stage(map=mapping("".join(rules)))
    for name in ("pypi", "corp", "x"):
        stage.repository(name)
    stage.repository("pypi").has("spam", "99.0")
    return stage


def corp_then_pypi(**keys: Any) -> Stage:
    """The rule of corp passes on what cannot be used."""
    return stage_under(rule("spam", "corp", **NEXT, **keys), rule("*", "pypi"))


def exclusive_directory_under(*rules: str) -> Stage:
    """A directory has spam 1.0 for another machine, PyPI has spam 99.0."""
    repositories = """
        [repositories]
        pypi = ["https://pypi.example/simple/"]
        wheels = {urls = ["./wheels"], local = "exclusive"}
    """
    stage = Stage(map=mapping(dedent(repositories) + "".join(rules)))
    stage.repository("pypi").has("spam", "99.0")
    stage.repository("wheels", "file:///project/wheels/").has("spam", "1.0", tag=OTHER_MACHINE)
    return stage


def chosen(finding: Finding) -> list[tuple[str, str]]:
    """Version and group of each candidate, best first."""
    options = finding.selection.matching(SpecifierSet())
    return [(str(o.version), o.origin.group) for o in options if isinstance(o, Candidate)]


def passed_over(finding: Finding) -> list[list[str]]:
    """The groups of each stage that was passed over."""
    return [[group.name for group in stage.groups] for stage in finding.passed_over]


@pytest.mark.parametrize(
    "listed",
    [{"tag": OTHER_MACHINE}, {"requires_python": ">=99"}],
    ids=["another-machine", "another-python"],
)
def test_name_is_passed_on_when_no_file_can_be_used(listed: dict[str, Any]) -> None:
    """And the stage is told of: the rule is weakened."""
    stage = corp_then_pypi()
    stage.repository("corp").has("spam", "1.0", **listed)
    finding = stage.find("spam")
    assert (chosen(finding), passed_over(finding)) == ([("99.0", "pypi")], [["corp"]])
    assert len(finding.verdict.evidence) == 2


def test_name_is_passed_on_when_the_page_has_no_files() -> None:
    """None can be used."""
    stage = corp_then_pypi()
    stage.repository("corp").says("spam")
    assert chosen(stage.find("spam")) == [("99.0", "pypi")]


def test_name_is_passed_on_when_a_demand_leaves_nothing() -> None:
    """What a rule does not let in cannot be used."""
    stage = corp_then_pypi(hashes="required")
    stage.repository("corp").has("spam", "1.0", hashes=())
    assert chosen(stage.find("spam")) == [("99.0", "pypi")]


def test_name_is_not_passed_on_when_one_file_can_be_used() -> None:
    """Whatever its version."""
    stage = corp_then_pypi()
    stage.repository("corp").has("spam", "1.0").has("spam", "2.0", tag=OTHER_MACHINE)
    finding = stage.find("spam")
    assert (chosen(finding), passed_over(finding)) == ([("1.0", "corp")], [])
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_its_file_is_yanked() -> None:
    """PEP 592: an exact pin may take it."""
    stage = corp_then_pypi()
    stage.repository("corp").has("spam", "1.0", yanked=True)
    assert chosen(stage.find("spam")) == []
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_its_file_would_have_to_be_refused() -> None:
    """A refusal ends the run: an attacker could else send a name on by tampering with its page."""
    stage = corp_then_pypi()
    stage.repository("corp").has("spam", "1.0", url="https://elsewhere.example/spam-1.0.whl")
    assert chosen(stage.find("spam")) == []
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_its_status_is_not_admitted() -> None:
    """Denied is an answer."""
    stage = corp_then_pypi(status=["archived"])
    stage.repository("corp").has("spam", "1.0", tag=OTHER_MACHINE)
    assert stage.find("spam").verdict.ruling is Ruling.DENIED
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_it_is_quarantined() -> None:
    """V28: another repository's file would be the attacker's window."""
    stage = corp_then_pypi()
    stage.repository("corp").says("spam", status=ProjectStatus.QUARANTINED)
    assert stage.find("spam").verdict.ruling is Ruling.QUARANTINED
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_it_is_in_conflict() -> None:
    """Unusable files of two repositories are two claims to the name."""
    stage = stage_under(rule("sp*", "corp", "x", **NEXT), rule("*", "pypi"))
    for name in ("corp", "x"):
        stage.repository(name).has("spam", "1.0", tag=OTHER_MACHINE)
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_the_repository_is_unavailable() -> None:
    """Nothing is known of its files."""
    stage = corp_then_pypi()
    stage.repository("corp").fails("spam")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_an_exclusive_directory_has_it() -> None:
    """`local = "exclusive"`: names found there never go remote, usable or not."""
    stage = exclusive_directory_under(rule("spam", "wheels", **NEXT), rule("*", "pypi"))
    assert chosen(stage.find("spam")) == []
    assert stage.repositories.asked("pypi") == []


def test_name_is_not_passed_on_when_an_exclusive_directory_of_several_has_it() -> None:
    """As where it is the only repository of its rule."""
    stage = exclusive_directory_under(rule("spam", "wheels", "pypi", **NEXT), rule("*", "pypi"))
    assert chosen(stage.find("spam")) == []
    assert stage.repositories.asked("pypi") == []


def test_name_is_passed_on_from_rule_to_rule() -> None:
    """Each of them has to say so."""
    rules = (rule("spam", "corp", **NEXT), rule("spam", "x", **NEXT), rule("*", "pypi"))
    stage = stage_under(*rules)
    for name in ("corp", "x"):
        stage.repository(name).has("spam", "1.0", tag=OTHER_MACHINE)
    finding = stage.find("spam")
    assert (chosen(finding), passed_over(finding)) == ([("99.0", "pypi")], [["corp"], ["x"]])


def test_name_stays_with_the_first_rule_when_the_later_one_lacks_it() -> None:
    """So that the report tells of the files that are there."""
    stage = stage_under(rule("spam", "corp", **NEXT), rule("*", "x"))
    stage.repository("corp").has("spam", "1.0", tag=OTHER_MACHINE)
    finding = stage.find("spam")
    assert finding.verdict.ruling is Ruling.ROUTED
    assert [each.filename for each in finding.selection.rejections()] == [
        f"spam-1.0-{OTHER_MACHINE}.whl"
    ]
    assert stage.repositories.log == [("corp", "spam"), ("x", "spam")]


def test_name_goes_no_further_when_the_later_rule_denies_it() -> None:
    """Nobody may speak for it there, and what is here cannot be used."""
    stage = stage_under(rule("spam", "corp", **NEXT), rule("*", reason="banned"))
    stage.repository("corp").has("spam", "1.0", tag=OTHER_MACHINE)
    assert chosen(stage.find("spam")) == []
    assert stage.repositories.log == [("corp", "spam")]
