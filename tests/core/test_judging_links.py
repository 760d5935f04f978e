"""Judging beyond PEP 708's vectors: rulings, redirects, relative URLs, pages of links."""

from __future__ import annotations

import pytest
from tests.support.memory import MemoryRepository, repository
from tests.support.namesakes import P, X, Y, admitted_by, pypi, ruling_on, verdict_on, x, y

from xpip.core.decisions import Ruling
from xpip.core.facts import Layout, ProjectStatus
from xpip.errors import Reason

LINKS = "https://links.example/foo/"


def test_one_repository_alone_is_admitted_under_the_ruling_sole() -> None:
    """Nothing to judge; the ruling says that the name rests on the silence of the others."""
    verdict = verdict_on(pypi(), repository("x"))
    assert (verdict.ruling, admitted_by(verdict)) == (Ruling.SOLE, [P])


def test_local_directories_alone_are_admitted() -> None:
    """Several directories on disk need no link."""
    left = repository("left", local=True).has("foo", "1.0")
    right = repository("right", local=True).has("foo", "2.0")
    verdict = verdict_on(left, right, repository("pypi"))
    assert (verdict.ruling, len(verdict.admitted)) == (Ruling.LOCAL, 2)


def test_local_directory_is_admitted_beside_linked_repositories() -> None:
    """It merges with whatever the remote ones come to."""
    wheelhouse = repository("wheelhouse", local=True).has("foo", "1.0")
    verdict = verdict_on(wheelhouse, pypi(), x(tracks=(P,)))
    assert (verdict.ruling, len(verdict.admitted)) == (Ruling.TRACKED, 3)


def test_local_directory_settles_no_conflict() -> None:
    """Having a copy at hand links nobody, and is not installed either."""
    wheelhouse = repository("wheelhouse", local=True).has("foo", "1.0")
    verdict = verdict_on(wheelhouse, pypi(), x())
    assert (verdict.ruling, verdict.admitted) == (Ruling.CONFLICT, ())


def test_name_is_absent_when_every_repository_says_no() -> None:
    """All answers remain as evidence of that."""
    verdict = verdict_on(repository("pypi"), repository("x").lacks("foo", "status 410"))
    assert (verdict.ruling, len(verdict.evidence)) == (Ruling.ABSENT, 2)


def test_name_is_absent_when_no_page_lists_a_file() -> None:
    """A page without files has nothing to install."""
    assert ruling_on(repository("pypi").says("foo"), repository("x")) is Ruling.ABSENT


def test_unsafe_merge_admits_all_when_the_user_asks_for_it() -> None:
    """The user's word for this name and run, and the ruling says so."""
    verdict = verdict_on(pypi(), x(), unsafe_merge=True)
    assert (verdict.ruling, admitted_by(verdict)) == (Ruling.UNSAFE_MERGE, [P, X])


def test_unsafe_merge_is_not_claimed_when_metadata_links_anyway() -> None:
    """The better reason is recorded."""
    assert ruling_on(pypi(), x(tracks=(P,)), unsafe_merge=True) is Ruling.TRACKED


def test_unsafe_merge_opens_no_quarantine() -> None:
    """It speaks of merging repositories, not of malware."""
    held = repository("x").says("foo", status=ProjectStatus.QUARANTINED)
    assert ruling_on(pypi(), held, unsafe_merge=True) is Ruling.QUARANTINED


def test_unsafe_merge_mends_no_outage() -> None:
    """What did not answer cannot be merged."""
    assert ruling_on(pypi(), repository("x").fails("foo"), unsafe_merge=True) is Ruling.UNAVAILABLE


def test_quarantine_holds_when_files_are_listed_nonetheless() -> None:
    """PEP 792 says that such a page has no files; the marker is what counts."""
    assert ruling_on(pypi(status=ProjectStatus.QUARANTINED)) is Ruling.QUARANTINED


def test_quarantine_is_said_when_another_repository_is_unreachable_too() -> None:
    """The refusal is certain, whatever the other one would have answered."""
    held = repository("x").says("foo", status=ProjectStatus.QUARANTINED)
    assert (
        ruling_on(held, repository("pypi").fails("foo", Reason.UNREACHABLE)) is Ruling.QUARANTINED
    )


def test_tracks_links_when_it_names_the_address_before_a_redirect() -> None:
    """T17: a page is known by the URL asked and by the URL that answered."""
    moved = pypi(url="https://pypi.example/mirror/foo/")
    assert ruling_on(moved, x(tracks=(P,))) is Ruling.TRACKED


def test_tracks_links_when_it_names_the_address_after_a_redirect() -> None:
    """T17, the other way round."""
    moved = pypi(url="https://pypi.example/mirror/foo/")
    assert ruling_on(moved, x(tracks=("https://pypi.example/mirror/foo/",))) is Ruling.TRACKED


def test_tracks_is_read_relative_to_its_page() -> None:
    """T18: two pages that write one relative URL do not name one owner."""
    assert ruling_on(x(tracks=("/owner/foo/",)), y(tracks=("/owner/foo/",))) is Ruling.CONFLICT


def test_tracks_links_when_a_relative_url_leads_to_the_owner() -> None:
    """T18: resolved against the page's own URL."""
    neighbour = repository("neighbour", "https://pypi.example/mirror/").has("foo", "1.0")
    neighbour.says("foo", tracks=("../../simple/foo/",))
    assert ruling_on(pypi(), neighbour) is Ruling.TRACKED


def test_alternate_locations_of_a_tracker_are_left_aside() -> None:
    """T21: only roots must agree; a copy on a tracker says nothing new."""
    pages = (
        pypi(alternate_locations=(X,)),
        x(alternate_locations=(P,)),
        y(tracks=(P,), alternate_locations=(Y,)),
    )
    assert ruling_on(*pages) is Ruling.ALTERNATE


def test_alternate_locations_grant_nothing_when_a_page_that_has_files_is_not_listed() -> None:
    """T21: the agreed list must name every root."""
    pages = (
        pypi(alternate_locations=(P, X)),
        x(alternate_locations=(P, X)),
        y(alternate_locations=(P, X)),
    )
    assert ruling_on(*pages) is Ruling.CONFLICT


def test_agreement_does_not_reach_trackers_of_somebody_else() -> None:
    """T20: a component without a root is linked to nothing here."""
    owner = "https://owner.example/foo/"
    pages = (pypi(alternate_locations=(X,)), x(alternate_locations=(P,)), y(tracks=(owner,)))
    assert ruling_on(*pages) is Ruling.CONFLICT


@pytest.mark.parametrize(
    "url", ["https://pypi.example/simple/", "https://pypi.example/simple/bar/"]
)
def test_trackers_are_not_linked_by_what_is_no_page_of_the_project(url: str) -> None:
    """T18: one URL that both name must be this project's, or any two could be joined."""
    assert ruling_on(x(tracks=(url,)), y(tracks=(url,))) is Ruling.CONFLICT


def test_tracking_oneself_takes_nothing_away() -> None:
    """T18: an invalid entry grants nothing, and makes no tracker of the page either."""
    pages = (pypi(alternate_locations=(X,)), x(alternate_locations=(P,), tracks=(X,)))
    assert ruling_on(*pages) is Ruling.ALTERNATE


def page_of_links(**claims: tuple[str, ...]) -> MemoryRepository:
    links = repository("links", LINKS, layout=Layout.FLAT)
    return links.has("foo", "1.0").says("foo", **claims)


def test_page_of_links_links_itself_to_nothing() -> None:
    """T14: a remote --find-links page has no metadata of one project that could count."""
    claims = {"tracks": (P,), "alternate_locations": (P,)}
    pages = (pypi(alternate_locations=(LINKS,)), page_of_links(**claims))
    assert ruling_on(*pages) is Ruling.CONFLICT


def test_page_of_links_owns_no_name() -> None:
    """T14: it has no project URL, so that nobody can track it."""
    assert ruling_on(x(tracks=(LINKS,)), page_of_links()) is Ruling.CONFLICT


def test_verdict_keeps_every_answer_as_evidence() -> None:
    """Reports and `explain` say what was answered, in the order asked."""
    doubles = (pypi(), x(), repository("y"))
    assert verdict_on(*doubles).evidence == tuple(each.answer("foo") for each in doubles)


def test_page_without_files_that_tracks_another_is_no_owner() -> None:
    """T18: a page that was fetched and is a tracker owns nothing, though it claims nothing too."""
    follower = repository("x").has("foo", "1.0").says("foo", tracks=(Y,))
    other = repository("third").has("foo", "2.0").says("foo", tracks=(Y,))
    empty_tracker = repository("y", "https://y.example/").says("foo", tracks=(P,))
    assert ruling_on(follower, other, empty_tracker) is Ruling.CONFLICT
