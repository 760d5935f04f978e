"""Answers kept between runs: whose they are, when they count, and what damage makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name
from tests.support.asking import Asking
from tests.support.kept import (
    NOW,
    damages,
    entries,
    find_kept,
    kept_pages,
    nobody,
    only_entry,
    sealed_entry,
)
from tests.support.server import Incoming
from tests.support.world import RepositoryDouble, World

from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    Layout,
    PageRequest,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.policy import NameSet
from xpip.edge.cache.pages import PageCache, StoredAnswer, max_age_of
from xpip.edge.cache.places import is_private
from xpip.errors import AvailabilityError, Reason

CORP = Repository(url="https://corp.example/simple/")
ASKED = PageRequest(repository=CORP, project=canonicalize_name("spam"), accept="text/html")
URL = CORP.project_url(ASKED.project)
HOUR = {"cache-control": "max-age=600"}


def keep(cache: PageCache, asked: PageRequest = ASKED, **said: Any) -> None:
    """Keep an answer without files."""
    page = ProjectPage(project=asked.project, repository=asked.repository, url=URL)
    answer = {"status": 200, "url": URL, "headers": HOUR, "page": page, "now": NOW, **said}
    cache.keep(asked, **answer, anew=nobody)


def found(cache: PageCache, asked: PageRequest = ASKED) -> StoredAnswer:
    """The answer kept, which is there."""
    answer = find_kept(cache, asked)
    assert answer is not None
    return answer


@pytest.fixture
def cache(tmp_path: Path) -> PageCache:
    return PageCache(tmp_path)


# Whose they are


@pytest.mark.parametrize(
    "other",
    [
        {"repository": Repository(url="https://public.example/simple/")},
        {"repository": replace(CORP, layout=Layout.FLAT)},
        {"project": canonicalize_name("eggs")},
        {"accept": "application/vnd.pypi.simple.v1+json"},
        {"user": "alice"},
        {"repository": Repository(url="https://corp.example/simple/\nsimple")},
    ],
)
def test_answer_is_not_found_when_anything_else_was_asked(
    cache: PageCache, other: dict[str, Any]
) -> None:
    """Repository, layout, project, format and user; a line break joins nothing."""
    keep(cache)
    assert find_kept(cache, ASKED) is not None
    assert find_kept(cache, replace(ASKED, **other)) is None


@pytest.mark.parametrize("project", ["con", "a" * 300, "..", "a/../../b", "\ud800", ""])
def test_answer_lies_in_the_cache_whatever_its_project_is_called(
    cache: PageCache, tmp_path: Path, project: str
) -> None:
    """A name is only a directory's where every system takes it for one."""
    asked = replace(ASKED, project=NormalizedName(project))
    keep(cache, asked)
    assert find_kept(cache, asked) is not None
    assert len(only_entry(tmp_path).relative_to(tmp_path).parts) == 3


# What damage makes of them


def test_answer_is_not_found_when_any_byte_of_it_is_damaged(
    cache: PageCache, tmp_path: Path
) -> None:
    """Or one is missing, or one too many: a miss, never an error."""
    keep(cache)
    place = only_entry(tmp_path)
    for raw in damages(place.read_bytes()):
        place.write_bytes(raw)
        assert find_kept(cache, ASKED) is None
        cache.renew(ASKED, HOUR, NOW)
        assert find_kept(cache, ASKED) is None


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"[]", b"{}", b"[" * 9999, b"\xff", b"7"),
        *(b'{"status": Infinity}', b'{"status": "x"}', b'{"validators": [1]}'),
    ],
)
def test_answer_is_not_found_when_its_head_is_anything_else(
    cache: PageCache, tmp_path: Path, head: bytes
) -> None:
    """Also with a digest that holds: data, and never more."""
    keep(cache)
    whole = {"status": 404, "url": URL, "fetched_at": NOW, "max_age": 0, "validators": {}}
    changed = head
    if head.startswith(b'{"'):
        changed = json.dumps({**whole, "page": None, **json.loads(head)}).encode()
    only_entry(tmp_path).write_bytes(sealed_entry(changed))
    assert find_kept(cache, ASKED) is None


def test_absence_with_rows_is_not_found(cache: PageCache, tmp_path: Path) -> None:
    """Nobody wrote that: half of it is of something else."""
    said = {"status": 404, "url": URL, "fetched_at": NOW, "max_age": 0, "validators": {}}
    raw = json.dumps({**said, "page": None}).encode()
    keep(cache)
    only_entry(tmp_path).write_bytes(sealed_entry(raw))
    assert find_kept(cache, ASKED) is not None
    only_entry(tmp_path).write_bytes(sealed_entry(raw, b"[]"))
    assert find_kept(cache, ASKED) is None


@pytest.mark.skipif(os.name == "nt", reason="links and owners")
def test_answer_is_not_found_when_it_is_only_a_link(cache: PageCache, tmp_path: Path) -> None:
    """Whoever can lay a link shall not choose the file."""
    keep(cache)
    place = only_entry(tmp_path)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert find_kept(cache, ASKED) is None


@pytest.mark.skipif(os.name == "nt", reason="links and owners")
def test_answer_is_not_found_when_others_may_have_written_it(
    cache: PageCache, tmp_path: Path
) -> None:
    """In a directory that was everybody's once."""
    keep(cache)
    only_entry(tmp_path).chmod(0o666)
    assert find_kept(cache, ASKED) is None


def test_writing_through_a_link_leaves_what_it_leads_to(cache: PageCache, tmp_path: Path) -> None:
    """An entry is renamed into its place, and not written there."""
    keep(cache)
    place, secret = only_entry(tmp_path), tmp_path / "secret"
    secret.write_bytes(b"of value")
    place.unlink()
    place.symlink_to(secret)
    keep(cache)
    assert secret.read_bytes() == b"of value"
    assert find_kept(cache, ASKED) is not None


# When they count


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=600, public"}, 600),
        ({"cache-control": "MAX-AGE=600", "age": "60"}, 540),
        ({"cache-control": "max-age=600", "age": "601"}, 0),
        ({"cache-control": "max-age=600", "age": "9" * 5000}, 0),
        ({"cache-control": "max-age=600", "age": "-5"}, 0),
        ({"cache-control": "max-age=" + "9" * 5000}, 3600),
        ({"cache-control": "max-age=31536000, immutable"}, 3600),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=600, no-store"}, None),
    ],
)
def test_answer_counts_unasked_as_long_as_its_server_says(
    headers: dict[str, str], seconds: int | None
) -> None:
    """RFC 9111, section 5.2.2, and an hour at most; what cannot be read allows nothing."""
    assert max_age_of(headers) == seconds


def test_answer_is_fresh_until_its_time_is_over(cache: PageCache) -> None:
    """A clock that went back makes nothing fresh: nobody knows how old it is."""
    keep(cache)
    answer = found(cache)
    assert [answer.is_fresh(NOW + each) for each in (0, 599, 600, -1)] == [True, True, False, False]


def test_answer_that_may_not_be_stored_takes_away_the_one_before(
    cache: PageCache, tmp_path: Path
) -> None:
    """`no-store`: what was said before does not hold any more either."""
    keep(cache)
    keep(cache, headers={"cache-control": "no-store"})
    assert entries(tmp_path) == []


def test_renewed_answer_is_as_young_as_the_renewal(cache: PageCache) -> None:
    """304: the same page, and the new headers' time."""
    keep(cache, headers={"etag": '"a"', "cache-control": "max-age=5"})
    cache.renew(ASKED, {"cache-control": "max-age=60"}, NOW + 1000)
    answer = found(cache)
    assert (answer.fetched_at, answer.max_age) == (NOW + 1000, 60)
    assert answer.validators == {"If-None-Match": '"a"'}
    assert answer.page is not None


def test_renewal_leaves_the_rows_as_they_lie(cache: PageCache, tmp_path: Path) -> None:
    """A hundred pages have megabytes of them, which still hold."""
    keep(cache, now=1.0, headers={"cache-control": "max-age=1"})
    before = only_entry(tmp_path).stat()
    cache.renew(ASKED, {"cache-control": "max-age=3600"}, 1_800_000_000.123456)
    after = only_entry(tmp_path).stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size)
    assert (found(cache).fetched_at, found(cache).max_age) == (1_800_000_000.123456, 3600)


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_renewal_writes_through_no_link(cache: PageCache, tmp_path: Path) -> None:
    """What lies there is not its user's own entry, even if it reads like one."""
    keep(cache)
    place = only_entry(tmp_path)
    elsewhere = place.rename(tmp_path / "elsewhere")
    place.symlink_to(elsewhere)
    content = elsewhere.read_bytes()
    cache.renew(ASKED, HOUR, NOW + 1000)
    assert elsewhere.read_bytes() == content


def test_two_processes_keep_at_once_and_one_of_them_whole(tmp_path: Path) -> None:
    """Whoever reads meanwhile sees the one, the other, or nothing."""
    code = (
        "import sys; from pathlib import Path; from tests.edge.test_cache_pages import *\n"
        "for n in range(200): keep(PageCache(Path(sys.argv[1])), now=float(n))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    cache, seen = PageCache(tmp_path), 0
    while any(each.poll() is None for each in writers):
        seen += find_kept(cache, ASKED) is not None
    assert [each.wait() for each in writers] == [0, 0]
    assert found(cache).fetched_at == 199.0
    assert seen
    assert len(entries(tmp_path)) == 1


# Where they may be


@pytest.mark.skipif(os.name == "nt", reason="owners and modes")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_directory_that_others_may_write_is_not_used(tmp_path: Path, mode: int) -> None:
    """Who can write there can say what repositories answer."""
    directory = tmp_path / "cache"
    directory.mkdir()
    directory.chmod(mode)
    assert not is_private(directory)
    directory.chmod(0o755)
    assert is_private(directory)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root gives files away")
def test_directory_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """Nor a link that somebody else laid, wherever it leads."""
    foreign, own, link = tmp_path / "foreign", tmp_path / "own", tmp_path / "link"
    foreign.mkdir(mode=0o700)
    os.chown(foreign, 12345, 12345)
    own.mkdir(mode=0o700)
    link.symlink_to(own)
    assert is_private(link)
    os.lchown(link, 12345, 12345)
    assert not is_private(foreign)
    assert not is_private(link)


def test_directory_made_for_the_cache_is_private(tmp_path: Path) -> None:
    """And so are those below it."""
    directory = tmp_path / "new" / "cache"
    assert is_private(directory)
    keep(PageCache(directory))
    made = [directory, *(each for each in directory.rglob("*"))]
    assert not any(each.stat().st_mode & 0o077 for each in made)


def test_file_in_the_way_is_no_directory(tmp_path: Path) -> None:
    """Nothing is kept, and nothing fails."""
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("")
    assert not is_private(in_the_way)
    keep(PageCache(in_the_way))


# As a run asks for them


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


def ask(corp: RepositoryDouble, kept_in: Path, project: str = "spam", **run: Any) -> Answer:
    """One question of one run."""
    at, offline = run.pop("at", 0.0), run.pop("offline", False)
    kept = kept_pages(kept_in, now=NOW + at, offline=offline, refresh=run.pop("refresh", None))
    with Asking(corp, *run.pop("others", ()), kept=kept, offline=offline, **run) as asking:
        return asking.page(corp, project)


def test_fresh_answer_is_not_asked_for_again(corp: RepositoryDouble, tmp_path: Path) -> None:
    """Found and absent alike, as long as the server allows."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    first = ask(corp, tmp_path / "c")
    again = ask(corp, tmp_path / "c", at=599)
    assert isinstance(first, Found)
    assert isinstance(again, Found)
    assert again.page.newest_version == first.page.newest_version
    assert [each.status for each in corp.requests] == [200]
    ask(corp, tmp_path / "c", at=600)
    assert [each.status for each in corp.requests] == [200, 304]


def test_stale_answer_is_asked_about_and_used_again(corp: RepositoryDouble, tmp_path: Path) -> None:
    """A request with If-None-Match, and no page that comes with the answer."""
    ask(corp, tmp_path / "c")
    assert isinstance(ask(corp, tmp_path / "c"), Found)
    assert [each.status for each in corp.requests] == [200, 304]
    assert corp.requests[1].headers["if-none-match"]


def test_changed_page_takes_the_place_of_the_one_kept(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Another entity tag is another page."""
    ask(corp, tmp_path / "c")
    corp.serve("spam", "2.0")
    answer = ask(corp, tmp_path / "c")
    assert isinstance(answer, Found)
    assert str(answer.page.newest_version) == "2.0"
    offline = ask(corp, tmp_path / "c", offline=True)
    assert isinstance(offline, Found)
    assert str(offline.page.newest_version) == "2.0"


def filenames(answer: Answer, version: str) -> list[str]:
    """The files of one release of a page that was found."""
    assert isinstance(answer, Found)
    return [
        file.filename
        for release in answer.page.releases
        if str(release.version) == version
        for file in release.files
    ]


def test_releases_are_read_from_a_long_entry_in_any_order(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """The newest are read with what is said of all, the others piece by piece."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    versions = [f"1.{number}" for number in range(1, 600)]
    for version in versions:
        corp.serve("spam", version)
    ask(corp, tmp_path / "c")
    answer = ask(corp, tmp_path / "c")
    for version in (*versions[300::-50], *versions[::97], versions[-1]):
        assert filenames(answer, version) == [f"spam-{version}-py3-none-any.whl"]
    assert len(corp.requests) == 1


def test_rows_stay_where_they_are_when_an_answer_is_renewed(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """The run that renewed it goes on reading them."""
    ask(corp, tmp_path / "c")
    kept = kept_pages(tmp_path / "c", now=NOW + 12345.678)
    with Asking(corp, kept=kept) as asking:
        answer = asking.page(corp, "spam")
        assert filenames(answer, "1.0") == ["spam-1.0-py3-none-any.whl"]
    assert [each.status for each in corp.requests] == [200, 304]


def test_page_that_was_kept_is_read_from_there(corp: RepositoryDouble, tmp_path: Path) -> None:
    """By the run that kept it, too: no page lies in memory longer than somebody looks at it."""
    with Asking(corp, kept=kept_pages(tmp_path / "c")) as asking:
        answer = asking.page(corp, "spam")
        damage_rows(tmp_path / "c")
        assert filenames(answer, "1.0") == ["spam-1.0-py3-none-any.whl"]
        assert [each.status for each in corp.requests] == [200, 200]


def test_page_that_could_not_be_kept_stays_in_memory(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """A disk that is full, or a file in the way: nothing is asked twice."""
    (tmp_path / "c").write_text("")
    with Asking(corp, kept=kept_pages(tmp_path / "c")) as asking:
        answer = asking.page(corp, "spam")
        assert filenames(answer, "1.0") == ["spam-1.0-py3-none-any.whl"]
    assert len(corp.requests) == 1


def damage_rows(kept_in: Path) -> None:
    """Change a file's name in the one entry that is kept."""
    place = only_entry(kept_in)
    raw = place.read_bytes()
    place.write_bytes(raw.replace(b"spam-1.0-py3", b"spam-1.0-py2", 1))


def test_release_that_is_damaged_is_asked_for_again(corp: RepositoryDouble, tmp_path: Path) -> None:
    """A miss, never a lie: what the repository lists now, and the next run finds it."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    ask(corp, tmp_path / "c")
    damage_rows(tmp_path / "c")
    with Asking(corp, kept=kept_pages(tmp_path / "c")) as asking:
        answer = asking.page(corp, "spam")
        assert filenames(answer, "1.0") == ["spam-1.0-py3-none-any.whl"]
    assert [each.status for each in corp.requests] == [200, 200]
    again = ask(corp, tmp_path / "c", offline=True)
    assert filenames(again, "1.0") == ["spam-1.0-py3-none-any.whl"]


def test_release_that_is_damaged_is_unavailable_offline(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Not passed over: offline and online choose the same, or nothing."""
    ask(corp, tmp_path / "c")
    damage_rows(tmp_path / "c")
    answer = ask(corp, tmp_path / "c", offline=True)
    with pytest.raises(AvailabilityError) as caught:
        filenames(answer, "1.0")
    assert caught.value.reference is Reason.OFFLINE


@pytest.mark.parametrize("change", [{"tracks": ["https://x.example/spam/"]}, {"http_status": 404}])
def test_release_that_is_damaged_ends_the_run_when_the_page_says_otherwise(
    corp: RepositoryDouble, tmp_path: Path, change: dict[str, Any]
) -> None:
    """It was judged by what it said: files of another page are not put in its place."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    ask(corp, tmp_path / "c")
    damage_rows(tmp_path / "c")
    with Asking(corp, kept=kept_pages(tmp_path / "c")) as asking:
        answer = asking.page(corp, "spam")
        for name, value in change.items():
            setattr(corp.page("spam"), name, value)
        with pytest.raises(AvailabilityError, match="changed"):
            filenames(answer, "1.0")


@pytest.mark.parametrize(
    "refresh", [NameSet(everything=True), NameSet(names=frozenset([ASKED.project]))]
)
def test_fresh_answer_is_asked_about_when_that_is_wanted(
    corp: RepositoryDouble, tmp_path: Path, refresh: NameSet
) -> None:
    """`--refresh`, `--refresh-package`."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    ask(corp, tmp_path / "c")
    ask(corp, tmp_path / "c", refresh=refresh)
    assert [each.status for each in corp.requests] == [200, 304]


def test_answer_says_since_when_it_was_kept_unless_the_server_says_that_it_holds(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """What was asked for again is of today."""
    asked = ask(corp, tmp_path / "c")
    offline = ask(corp, tmp_path / "c", at=86400, offline=True)
    renewed = ask(corp, tmp_path / "c", at=86400)

    assert [each.status for each in corp.requests] == [200, 304]
    assert isinstance(asked, Found)
    assert asked.kept_at is None
    assert isinstance(offline, Found)
    assert offline.kept_at == datetime.fromtimestamp(NOW, tz=UTC)
    assert isinstance(renewed, Found)
    assert renewed.kept_at is None


def test_absence_counts_offline_and_says_how_old_it_is(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Absent is kept like a page."""
    ask(corp, tmp_path / "c", project="eggs")
    answer = ask(corp, tmp_path / "c", project="eggs", at=3 * 86400 + 5, offline=True)
    assert isinstance(answer, Absent)
    assert answer.detail == "status 404, 3 days ago"
    assert answer.kept_at == datetime.fromtimestamp(NOW, tz=UTC)
    assert len(corp.requests) == 1


def test_absence_on_a_page_of_links_counts_offline(corp: RepositoryDouble, tmp_path: Path) -> None:
    """`--find-links`: a page was there, and no file of this name on it."""
    links = Repository(url=corp.links_url, layout=Layout.FLAT)
    kept = kept_pages(tmp_path / "c")
    with Asking(links, kept=kept) as asking:
        assert isinstance(asking.page(links, "eggs"), Absent)
    kept = kept_pages(tmp_path / "c", now=NOW + 61, offline=True)
    with Asking(links, kept=kept) as asking:
        answer = asking.page(links, "eggs")
    assert isinstance(answer, Absent)
    assert answer.detail == "no file of this name, 1 minute ago"
    assert len(corp.requests) == 1


def test_name_that_nobody_asked_for_is_unavailable_offline(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Never absent: nobody has said so."""
    answer = ask(corp, tmp_path / "c", offline=True)
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.OFFLINE
    assert corp.requests == []


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_failure_is_not_kept(corp: RepositoryDouble, tmp_path: Path, status: int) -> None:
    """It says nothing of the name: the page before still counts offline."""
    ask(corp, tmp_path / "c")
    corp.page("spam").http_status = status
    assert isinstance(ask(corp, tmp_path / "c", retries=0), Unavailable)
    assert isinstance(ask(corp, tmp_path / "c", offline=True), Found)


def test_kept_answer_is_asked_about_as_the_same_user(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """A server may hide a name from strangers: their "not here" is not the answer to Alice."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    ask(corp, tmp_path / "c")
    ask(corp, tmp_path / "c", login=("alice", "secret"))
    ask(corp, tmp_path / "c", login=("alice", "secret"))
    assert [each.status for each in corp.requests] == [200, 200]


def test_redirected_answer_is_no_answer_under_a_map(world: World, tmp_path: Path) -> None:
    """Kept without one, where two repositories are one for this name (4.3): judged by today's."""
    corp, public = world.repository("corp"), world.repository("public")
    public.serve("spam", "1.0")
    corp.page("spam").redirect_to = public.project_url("spam")
    run: dict[str, Any] = {"others": [public]}
    assert isinstance(ask(corp, tmp_path / "c", **run), Found)
    assert isinstance(ask(corp, tmp_path / "c", offline=True, **run), Found)
    answer = ask(corp, tmp_path / "c", offline=True, mapped=True, **run)
    assert isinstance(answer, Unavailable)


def test_unchanged_page_of_another_address_is_asked_for_whole(world: World, tmp_path: Path) -> None:
    """304 speaks for the address that answers, and the answer kept is from another one."""
    corp, mirror = world.repository("corp"), world.repository("mirror")
    corp.serve("spam", "1.0")
    ask(corp, tmp_path / "c", others=[mirror])
    page = corp.page("spam")
    mirror.page("spam").files = page.files
    asked = Incoming(method="GET", path="", headers={})
    mirror.page("spam").body = page.page_response("corp", "spam", asked).body
    page.redirect_to = mirror.project_url("spam")
    answer = ask(corp, tmp_path / "c", others=[mirror])
    assert isinstance(answer, Found)
    assert answer.url == mirror.project_url("spam")
    assert [each.status for each in mirror.requests] == [304, 200]
