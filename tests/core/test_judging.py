"""PEP 708 as test vectors: which repositories' pages may be one namespace.

The names are those of the vectors. V21 needs a mapping file and V23 known hashes.
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.memory import MemoryRepository, repository
from tests.support.namesakes import FOO, P, X, Y, admitted_by, pypi, ruling_on, verdict_on, x, y

from xpip.core.decisions import Ruling
from xpip.core.facts import Found, ProjectPage, ProjectStatus
from xpip.core.judging import judge
from xpip.core.simple import JSON_TYPE, parse_page


def parsed(double: MemoryRepository, **document: Any) -> Found:
    """The double's page as its server would have written it."""
    page = {
        "meta": {"api-version": "1.2"},
        "name": "foo",
        "files": [{"filename": "foo-2.0-py3-none-any.whl", "url": "foo.whl", "hashes": {}}],
        **document,
    }
    read = parse_page(
        json.dumps(page).encode(),
        content_type=JSON_TYPE,
        repository=double.repository,
        project=FOO,
        url=double.project_url("foo"),
    )
    assert isinstance(read, ProjectPage)
    return Found(page=read)


def test_v01_two_repositories_are_refused_when_nothing_links_them() -> None:
    """The heart of it: xpip does not choose between strangers, and admits neither."""
    verdict = verdict_on(pypi(), x())
    assert (verdict.ruling, verdict.admitted) == (Ruling.CONFLICT, ())


def test_v02_two_repositories_merge_when_one_tracks_the_other() -> None:
    """`tracks` is an operator's word that both hold the same project."""
    verdict = verdict_on(pypi(), x(tracks=(P,)))
    assert verdict.ruling is Ruling.TRACKED
    assert admitted_by(verdict) == [P, X]


def test_v03_two_repositories_merge_when_the_better_known_one_tracks() -> None:
    """The direction is the operator's affair: no repository is special."""
    assert ruling_on(pypi(tracks=(X,)), x()) is Ruling.TRACKED


def test_v04_tracks_grants_nothing_when_it_names_a_repository() -> None:
    """PEP 708: the URL must be that of the project, not of the repository."""
    assert ruling_on(pypi(), x(tracks=("https://pypi.example/simple/",))) is Ruling.CONFLICT


def test_v05_tracks_grants_nothing_when_it_names_another_project() -> None:
    """PEP 708: both must be the same project after normalisation."""
    assert ruling_on(pypi(), x(tracks=("https://pypi.example/simple/bar/",))) is Ruling.CONFLICT


def test_v06_tracks_links_when_it_spells_the_same_url_otherwise() -> None:
    """Case, default port and a missing slash make no other place."""
    assert ruling_on(pypi(), x(tracks=("HTTPS://PyPI.example:443/simple/Foo",))) is Ruling.TRACKED


def test_v07_tracks_grants_nothing_when_it_names_plain_http() -> None:
    """Whoever answers on port 80 need not be who answers on 443."""
    assert ruling_on(pypi(), x(tracks=("http://pypi.example/simple/foo/",))) is Ruling.CONFLICT


def test_v08_chain_of_trackers_is_refused() -> None:
    """PEP 708: `tracks` points to the owner, not to another tracker."""
    assert ruling_on(pypi(), x(tracks=(P,)), y(tracks=(X,))) is Ruling.CONFLICT


def test_v09_chain_of_trackers_merges_when_each_names_the_owner_too() -> None:
    """One valid entry is enough; the invalid one beside it does no harm."""
    assert ruling_on(pypi(), x(tracks=(P,)), y(tracks=(X, P))) is Ruling.TRACKED


def test_v10_trackers_of_one_owner_merge_when_the_owner_is_not_asked() -> None:
    """Both operators assert the same owner."""
    verdict = verdict_on(x(tracks=(P,)), y(tracks=(P,)))
    assert verdict.ruling is Ruling.TRACKED
    assert admitted_by(verdict) == [X, Y]


def test_v11_two_repositories_merge_when_each_lists_the_other() -> None:
    """PEP 708: the page's own URL is implied in `alternate-locations`."""
    verdict = verdict_on(pypi(alternate_locations=(X,)), x(alternate_locations=(P,)))
    assert verdict.ruling is Ruling.ALTERNATE
    assert admitted_by(verdict) == [P, X]


def test_v12_alternate_locations_grant_nothing_when_the_other_is_silent() -> None:
    """PEP 708: every location must agree; one side's word would be an attacker's key."""
    assert ruling_on(pypi(alternate_locations=(X,)), x()) is Ruling.CONFLICT


def test_v13_alternate_locations_grant_nothing_when_the_lists_differ() -> None:
    """A location that only one of them names is no agreement, asked or not."""
    pages = (pypi(alternate_locations=(X, Y)), x(alternate_locations=(P,)))
    assert ruling_on(*pages) is Ruling.CONFLICT


def test_v14_alternate_locations_agree_whatever_their_order() -> None:
    """PEP 708: order has no meaning, and a location listed need not be asked."""
    pages = (pypi(alternate_locations=(P, X, Y)), x(alternate_locations=(Y, X, P)))
    assert ruling_on(*pages) is Ruling.ALTERNATE


def test_v15_third_repository_refuses_all_when_it_stands_apart() -> None:
    """Linked repositories do not outvote the one that nothing links."""
    pages = (pypi(alternate_locations=(X,)), x(alternate_locations=(P,)), y())
    verdict = verdict_on(*pages)
    assert (verdict.ruling, verdict.admitted) == (Ruling.CONFLICT, ())


def test_v16_third_repository_joins_when_it_tracks_one_of_those_that_agree() -> None:
    """Trackers stand with what they track; the roots that remain must agree."""
    pages = (pypi(alternate_locations=(X,)), x(alternate_locations=(P,)), y(tracks=(P,)))
    assert ruling_on(*pages) is Ruling.ALTERNATE


def test_v17_page_without_files_is_no_claim_to_the_name() -> None:
    """PEP 708 speaks of discovered files: a placeholder blocks nobody."""
    verdict = verdict_on(pypi(), repository("x").says("foo"))
    assert verdict.ruling is Ruling.SOLE
    assert admitted_by(verdict) == [P]


def test_v18_files_for_other_machines_are_claims_all_the_same() -> None:
    """The verdict knows no platform, else it would differ from machine to machine."""
    foreign = repository("x").has("foo", "9.0", tag="cp27-cp27m-win32", requires_python="<3")
    assert ruling_on(pypi(), foreign) is Ruling.CONFLICT


def test_v19_local_directory_merges_with_a_repository() -> None:
    """PEP 708: what lies on the user's own disk is always mergeable."""
    wheelhouse = repository("wheelhouse", local=True).has("foo", "1.0")
    verdict = verdict_on(pypi(), wheelhouse)
    assert verdict.ruling is Ruling.SOLE
    assert set(admitted_by(verdict)) == {P, "file:///wheels/wheelhouse"}


def test_v20_two_repositories_are_one_when_one_redirects_to_the_other() -> None:
    """One page answered both questions, and is admitted once, as its own repository's."""
    moved = repository("x").has("foo", "1.0").says("foo", url=P)
    for verdict in (verdict_on(moved, pypi()), verdict_on(pypi(), moved)):
        assert verdict.ruling is Ruling.SAME_PAGE
        assert [page.repository for page in verdict.admitted] == [pypi().repository]


def test_v22_outage_is_never_read_as_absence() -> None:
    """Who takes a repository down must not decide where a name comes from."""
    verdict = verdict_on(pypi(), repository("x").fails("foo"))
    assert (verdict.ruling, verdict.admitted) == (Ruling.UNAVAILABLE, ())


def test_v24_tracks_is_honoured_on_a_page_of_api_version_1_0() -> None:
    """Features are detected, not derived from a version number."""
    tracker = parsed(x(), meta={"api-version": "1.0", "tracks": [P]})
    assert judge(FOO, [pypi().answer("foo"), tracker]).ruling is Ruling.TRACKED


def test_v25_tracks_is_honoured_as_a_single_string() -> None:
    """PEP 708's first draft had one string where the final text has an array."""
    tracker = parsed(x(), meta={"api-version": "1.2", "tracks": P})
    assert judge(FOO, [pypi().answer("foo"), tracker]).ruling is Ruling.TRACKED


def test_v25_tracks_grants_nothing_when_it_is_null() -> None:
    """No word is no link."""
    silent = parsed(x(), meta={"api-version": "1.2", "tracks": None})
    assert judge(FOO, [pypi().answer("foo"), silent]).ruling is Ruling.CONFLICT


def test_v25_tracks_grants_nothing_when_it_holds_no_text() -> None:
    """A number is no URL, and no reason to fall over."""
    broken = parsed(x(), meta={"api-version": "1.2", "tracks": [1]})
    assert judge(FOO, [pypi().answer("foo"), broken]).ruling is Ruling.CONFLICT


def test_v26_mutual_tracks_are_refused() -> None:
    """Each points at a tracker, so neither names an owner."""
    assert ruling_on(pypi(tracks=(X,)), x(tracks=(P,))) is Ruling.CONFLICT


def test_v27_tracking_oneself_grants_nothing() -> None:
    """A page that names itself names nobody else."""
    assert ruling_on(pypi(), x(tracks=(X,))) is Ruling.CONFLICT


def test_v28_quarantine_blocks_the_name_on_every_repository() -> None:
    """PEP 792: falling through to another repository would be the attacker's window."""
    held = repository("x").says("foo", status=ProjectStatus.QUARANTINED)
    verdict = verdict_on(pypi(), held)
    assert (verdict.ruling, verdict.admitted) == (Ruling.QUARANTINED, ())
