"""A project keeps coming from where what is installed came from, or somebody says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.stage import Stage

from xpip.core.continuity import OriginChange, origin_changes
from xpip.core.decisions import Resolution
from xpip.core.direct_references import parse_direct
from xpip.core.facts import InstalledDistribution, RecordedOrigin
from xpip.core.planning import plan
from xpip.core.policy import NameSet, OriginChanges

SPAM = canonicalize_name("spam")
CORP, PYPI = "https://corp.example/simple/", "https://pypi.example/simple/"


def stage_with(*names: str, **policy: Any) -> Stage:
    """Repositories of these names that have spam 2.0, and corp and pypi in any case."""
    stage = Stage(**policy)
    for name in ("corp", "pypi"):
        stage.repository(name)
    for name in names:
        stage.repository(name).has("spam", "2.0")
    return stage


class Remembering:
    """The port `InstalledDistributions`: spam 1.0, from a place."""

    def __init__(self, stage: Stage, origin: RecordedOrigin | None) -> None:
        found = stage.installed.has("spam", "1.0").find(SPAM)
        assert found is not None
        self._spam = replace(found, origin=origin)

    def find(self, project: str) -> InstalledDistribution | None:
        return self._spam if project == SPAM else None


def changes(
    stage: Stage, *, old: str | None = CORP, page: str | None = None
) -> tuple[OriginChange, ...]:
    """What an upgrade of spam, once taken from `old`, changes of its origin."""
    origin = RecordedOrigin(repository=old, page_url=page or f"{old}spam/") if old else None
    installed = Remembering(stage, origin)
    attempt = stage.resolve("spam", upgrade=["spam"])
    assert isinstance(attempt.outcome, Resolution)
    findings = {finding.project: finding for finding in attempt.findings}
    return origin_changes(plan(attempt.outcome, installed).changes, findings, stage.policy)


def test_project_may_come_from_a_place_that_the_user_names() -> None:
    """No repository is asked, so that none can have taken the name over."""
    stage = stage_with("pypi")
    attempt = stage.resolve("spam", upgrade=["spam"])
    assert isinstance(attempt.outcome, Resolution)
    installed = Remembering(stage, RecordedOrigin(repository=CORP, page_url=f"{CORP}spam/"))
    (change,) = plan(attempt.outcome, installed).changes
    place = replace(change.candidate, reference=parse_direct("./spam", directory="/home"))
    assert origin_changes([replace(change, candidate=place)], {}, stage.policy) == ()


def test_project_may_not_come_from_elsewhere_when_nothing_links_the_two() -> None:
    """The private repository lost the name, and a stranger's file is the only one left."""
    assert changes(stage_with("pypi")) == (OriginChange(project=SPAM, old=CORP, new=PYPI),)


def test_project_may_come_from_where_it_came_from() -> None:
    """However its URL is spelled."""
    for old in (CORP, "HTTPS://Corp.example:443/simple"):
        assert changes(stage_with("corp"), old=old, page="https://gone.example/spam/") == ()


def test_project_may_come_from_another_repository_when_its_page_is_the_same() -> None:
    """Both end on one page: they are one repository for it."""
    assert changes(stage_with("pypi"), page=f"{PYPI}Spam") == ()


def test_project_may_come_from_another_repository_when_the_verdict_links_them() -> None:
    """PEP 708 `tracks`: the old page is one of those admitted today."""
    stage = stage_with("pypi")
    stage.repository("corp").has("spam", "1.5").says("spam", tracks=(f"{PYPI}spam/",))
    assert changes(stage) == ()


def test_project_may_come_from_another_mirror_of_the_old_repository() -> None:
    """Mirrors of one group are one repository, whichever of them was canonical then."""
    text = f"""
        [repositories]
        corp = ["{CORP}", "https://eu.corp.example/simple/"]

        [[mapping]]
        paths = ["*"]
        repositories = ["corp"]
    """
    stage = Stage(map=mapping(text))
    stage.repository("corp").has("spam", "2.0")
    stage.repository("eu", "https://eu.corp.example/simple/")
    assert changes(stage, old="https://eu.corp.example/simple/") == ()


def test_project_may_come_from_anywhere_when_its_origin_is_unknown() -> None:
    """What other tools put there never refuses."""
    assert changes(stage_with("pypi"), old=None) == ()


# Under a map


def test_project_may_come_from_another_repository_when_a_rule_names_it() -> None:
    """The user says so, of this project and that repository."""
    assert changes(stage_with("pypi", map=mapping(rule("spam", "pypi")))) == ()
    assert changes(stage_with("pypi", map=mapping(rule("sp* spam", "pypi")))) == ()


@pytest.mark.parametrize("pattern", ["*", "sp?m", "spam*"])
def test_project_may_not_come_from_elsewhere_when_a_rule_only_covers_it(pattern: str) -> None:
    """A glob names nothing."""
    assert changes(stage_with("pypi", map=mapping(rule(pattern, "pypi"))))


def test_project_may_not_come_from_elsewhere_when_its_own_rule_lists_another_repository() -> None:
    """The rule that names it speaks of corp; that pypi was asked at all is a glob's doing."""
    rules = rule("spam", "corp", terminating=False) + rule("*", "pypi")
    assert changes(stage_with("pypi", map=mapping(rules)))


# Allowed for a run


def allowing(**allowed: Any) -> tuple[OriginChange, ...]:
    return changes(stage_with("pypi", origin_changes=OriginChanges(**allowed)))


def test_origin_may_change_when_the_user_allows_it_for_the_project() -> None:
    """`--allow-origin-change NAME`, or `:all:`."""
    assert allowing(projects=NameSet(names=frozenset({SPAM}))) == ()
    assert allowing(projects=NameSet(everything=True)) == ()
    assert allowing(projects=NameSet(names=frozenset({canonicalize_name("eggs")})))


def test_origin_may_change_when_the_user_allows_the_move() -> None:
    """`--allow-origin-change OLD=NEW`: in this direction, however the URLs are spelled."""
    assert (
        allowing(moves=frozenset({(CORP.rstrip("/"), PYPI.upper().replace("SIMPLE", "simple"))}))
        == ()
    )
    assert allowing(moves=frozenset({(PYPI, CORP)}))
    assert allowing(moves=frozenset({("https://x.example/", PYPI)}))
