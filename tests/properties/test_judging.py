"""Laws of the judge, whatever repositories answer."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from tests.support.memory import MemoryRepository, repository

from xpip.core.decisions import Ruling, Verdict
from xpip.core.facts import Answer, Layout, ProjectStatus
from xpip.core.judging import judge
from xpip.core.urls import canonical_project_url

FOO = canonicalize_name("foo")
NAMES = ("a", "b", "c", "d")
PAGES = tuple(f"https://{name}.example/simple/foo/" for name in NAMES)
OWNER = "https://owner.example/foo/"
REFUSED = (Ruling.CONFLICT, Ruling.QUARANTINED, Ruling.UNAVAILABLE)

places = st.sampled_from((*PAGES, OWNER, "../../simple/foo/", "https://a.example/simple/bar/"))
links = st.lists(places, max_size=3).map(tuple)
statuses = st.sampled_from((*[ProjectStatus.ACTIVE] * 9, ProjectStatus.QUARANTINED))


@st.composite
def found_or_not(draw: st.DrawFn, name: str) -> MemoryRepository:
    """A repository that has foo, or an empty page of it, or lacks it, or is down."""
    double = repository(name)
    kind = draw(st.sampled_from(("files",) * 9 + ("empty", "absent", "down", "elsewhere")))
    if kind == "down":
        return double.fails("foo")
    if kind == "absent":
        return double.lacks("foo")
    double.says("foo", tracks=draw(links), alternate_locations=draw(links), status=draw(statuses))
    if kind == "elsewhere":
        double.says("foo", url=f"https://{name}.example/moved/foo/")
    return double if kind == "empty" else double.has("foo", "1.0")


worlds = st.tuples(*(found_or_not(name) for name in NAMES))
small_worlds = st.tuples(found_or_not("a"), found_or_not("b"))


def answers_of(doubles: Sequence[MemoryRepository]) -> list[Answer]:
    return [double.answer("foo") for double in doubles]


def essence(verdict: Verdict) -> tuple[Ruling, frozenset[str]]:
    """What a verdict comes to: the ruling, and the pages it lets in."""
    return verdict.ruling, frozenset(page.url for page in verdict.admitted)


@given(worlds, st.data())
def test_verdict_does_not_depend_on_the_order_of_answers(
    doubles: tuple[MemoryRepository, ...], data: st.DataObject
) -> None:
    """Neither speed nor declaration decides whose name it is."""
    answers = answers_of(doubles)
    shuffled = data.draw(st.permutations(answers))
    assert essence(judge(FOO, shuffled)) == essence(judge(FOO, answers))


@given(st.permutations(range(3)), st.integers(1, 2), links, links)
def test_verdict_does_not_depend_on_the_order_of_answers_when_some_redirect(
    order: list[int], redirecting: int, tracks: tuple[str, ...], alternates: tuple[str, ...]
) -> None:
    """Repositories that end on one page are that page, in whatever order they say so."""
    doubles = [repository(name).has("foo", "1.0") for name in NAMES[:3]]
    for double in doubles[: redirecting + 1]:
        double.says("foo", url=PAGES[0])
        double.says("foo", tracks=tracks, alternate_locations=alternates)
    answers = answers_of(doubles)
    reordered = judge(FOO, [answers[position] for position in order])
    assert essence(reordered) == essence(judge(FOO, answers))


@given(worlds, st.integers(0, 4), st.sampled_from(Layout))
def test_repository_that_claims_nothing_never_turns_a_refusal_into_an_install(
    doubles: tuple[MemoryRepository, ...], position: int, layout: Layout
) -> None:
    """More strangers never make a name safer."""
    answers = answers_of(doubles)
    assume(judge(FOO, answers).ruling in REFUSED)
    stranger = repository("stranger", "https://owner.example/", layout=layout).has("foo", "9.0")
    answers.insert(position, stranger.answer("foo"))
    assert not judge(FOO, answers).ruling.admits


@given(small_worlds, st.integers(0, 2))
def test_repository_that_claims_nothing_is_never_let_in_beside_others(
    doubles: tuple[MemoryRepository, ...], position: int
) -> None:
    """A name that is taken cannot be joined by a page that nobody names."""
    answers = answers_of(doubles)
    assume(judge(FOO, answers).ruling.admits)
    stranger = repository("stranger").has("foo", "9.0")
    answers.insert(position, stranger.answer("foo"))
    assert judge(FOO, answers).ruling is Ruling.CONFLICT


@given(worlds, st.integers(0, 4))
def test_absent_answers_never_change_the_verdict_on_the_others(
    doubles: tuple[MemoryRepository, ...], position: int
) -> None:
    """A repository without the name has no say in it."""
    answers = answers_of(doubles)
    with_absence = [*answers]
    with_absence.insert(position, repository("silent").lacks("foo").answer("foo"))
    assert essence(judge(FOO, with_absence)) == essence(judge(FOO, answers))


@given(worlds, links, st.integers(0, 4))
def test_page_without_files_never_changes_the_verdict_on_the_others(
    doubles: tuple[MemoryRepository, ...], claims: tuple[str, ...], position: int
) -> None:
    """Whatever it claims: PEP 708 speaks of discovered files."""
    answers = answers_of(doubles)
    empty = repository("empty").says("foo", tracks=claims, alternate_locations=claims)
    with_empty = [*answers]
    with_empty.insert(position, empty.answer("foo"))
    assert essence(judge(FOO, with_empty)) == essence(judge(FOO, answers))


@given(worlds)
def test_pages_are_admitted_if_and_only_if_the_ruling_says_so(
    doubles: tuple[MemoryRepository, ...],
) -> None:
    """No ruling contradicts what it lets in."""
    verdict = judge(FOO, answers_of(doubles))
    assert bool(verdict.admitted) == verdict.ruling.admits


odd_urls = st.one_of(
    st.text(),
    st.text(alphabet="[]@:/?#%.\\ht0ps\n٣", max_size=20).map("https://".__add__),
    st.builds("https://{}/simple/foo/".format, st.text(max_size=10)),
)


@given(st.lists(odd_urls, max_size=3), st.lists(odd_urls, max_size=3))
@example(["https://[", "http://h:99999/foo/"], ["https://h:port/foo/", "\ud800"])
def test_judging_is_total_when_pages_claim_nonsense(tracks: list[str], others: list[str]) -> None:
    """A stranger's page cannot bring the run down, nor link itself by what is no URL."""
    claims = {"tracks": tuple(tracks), "alternate_locations": tuple(others)}
    pages = [repository(name).has("foo", "1.0").says("foo", **claims) for name in NAMES[:2]]
    verdict = judge(FOO, answers_of([*pages, repository("c").has("foo", "1.0")]))
    assert verdict.ruling is Ruling.CONFLICT


@given(odd_urls)
@example("https://[")
@example("http://h:99999/foo/")
@example("//[::1/foo/")
def test_canonical_project_url_is_total(url: str) -> None:
    """Whatever a page calls a URL has a spelling."""
    assert isinstance(canonical_project_url(url), str)
