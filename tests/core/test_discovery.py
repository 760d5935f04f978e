"""One project from its name to its candidates: what is asked, what is found, what is kept."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import ProjectStatus
from xpip.core.routing import NO_MAP

SPAM = canonicalize_name("spam")


def candidates(finding: Finding) -> list[Candidate]:
    options = finding.selection.matching(SpecifierSet())
    return [each for each in options if isinstance(each, Candidate)]


def stage_with(*names: str) -> Stage:
    """Repositories of these names, each with one release of spam."""
    stage = Stage()
    for position, name in enumerate(names, start=1):
        stage.repository(name).has("spam", f"{position}.0")
    return stage


def test_discovery_asks_every_repository_for_the_project() -> None:
    """Without a mapping file all of them may speak for every name."""
    stage = stage_with("pypi", "corp")
    stage.find("spam")
    assert stage.repositories.log == [("pypi", "spam"), ("corp", "spam")]


def test_discovery_finds_nothing_when_nobody_is_asked() -> None:
    """`--no-index` without any links: absent, and no reason to stop."""
    assert Stage().find("spam").verdict.ruling is Ruling.ABSENT


def test_discovery_asks_once_for_each_project_in_a_run() -> None:
    """A finding is remembered, so a run cannot judge one name twice."""
    stage = stage_with("pypi")
    discovery = stage.discovery()
    assert discovery.find(SPAM) is discovery.find(SPAM)
    assert stage.repositories.asked("pypi") == ["spam"]


def test_discovery_tells_the_origin_of_each_candidate() -> None:
    """Group, repository, page, rule and ruling ride on the candidate from here on."""
    (candidate,) = candidates(stage_with("corp").find("spam"))
    origin = candidate.origin
    assert (origin.group, origin.repository) == ("corp", "https://corp.example/simple/")
    assert origin.page_url == "https://corp.example/simple/spam/"
    assert (origin.rule, origin.ruling) == (NO_MAP, Ruling.SOLE)


def test_discovery_tells_each_candidate_its_own_repository_when_pages_merge() -> None:
    """Linked pages are one namespace, but each file keeps where it came from."""
    stage = stage_with("pypi", "corp")
    stage.repository("corp").says("spam", tracks=("https://pypi.example/simple/spam/",))
    found = [(str(each.version), each.origin.group) for each in candidates(stage.find("spam"))]
    assert found == [("2.0", "corp"), ("1.0", "pypi")]


def test_discovery_takes_the_final_address_of_a_page_that_redirects() -> None:
    """The origin is the page that answered, not the one that was asked."""
    stage = stage_with("corp")
    stage.repository("corp").says("spam", url="https://corp.example/moved/spam/")
    (candidate,) = candidates(stage.find("spam"))
    assert candidate.origin.page_url == "https://corp.example/moved/spam/"


def test_discovery_looks_on_through_the_first_repository_only_when_a_name_is_in_conflict() -> None:
    """So that further conflicts are met; the ruling on its origin keeps it from being used."""
    (candidate,) = candidates(stage_with("pypi", "corp").find("spam"))
    assert (candidate.origin.group, candidate.origin.ruling) == ("pypi", Ruling.CONFLICT)


def test_discovery_passes_over_an_empty_page_when_it_looks_on_through_a_conflict() -> None:
    """The first page with files is the one that leads to further names."""
    stage = Stage()
    stage.repository("empty").says("spam")
    for name in ("pypi", "corp"):
        stage.repository(name).has("spam", "1.0")
    (candidate,) = candidates(stage.find("spam"))
    assert candidate.origin.group == "pypi"


def test_discovery_selects_nothing_when_a_name_is_quarantined() -> None:
    """Not even from the other repository."""
    stage = stage_with("pypi")
    stage.repository("corp").says("spam", status=ProjectStatus.QUARANTINED)
    finding = stage.find("spam")
    assert (finding.verdict.ruling, candidates(finding)) == (Ruling.QUARANTINED, [])


def test_discovery_selects_nothing_when_a_repository_is_unavailable() -> None:
    """What the others have is not looked at."""
    stage = stage_with("pypi")
    stage.repository("corp").fails("spam")
    finding = stage.find("spam")
    assert (finding.verdict.ruling, candidates(finding)) == (Ruling.UNAVAILABLE, [])


def test_discovery_merges_when_the_policy_merges_this_name() -> None:
    """`--unsafe-merge` holds for the names it was given, under a ruling of its own."""
    stage = Stage(unsafe_merge=frozenset({SPAM}))
    for name in ("pypi", "corp"):
        stage.repository(name).has("spam", "1.0").has("eggs", "1.0")
    assert stage.find("spam").verdict.ruling is Ruling.UNSAFE_MERGE
    assert stage.find("eggs").verdict.ruling is Ruling.CONFLICT


def test_discovery_is_ready_when_every_page_is_here() -> None:
    """One page of two is not enough to judge by."""
    stage = stage_with("pypi", "corp")
    stage.next_arrival = lambda _: 0
    discovery = stage.discovery()
    discovery.advance(SPAM)
    stage.repositories.page(stage.repository("pypi").repository, SPAM)
    half = discovery.advance(SPAM)
    stage.repositories.page(stage.repository("corp").repository, SPAM)
    assert (half, discovery.advance(SPAM)) == (False, True)
