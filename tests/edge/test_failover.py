"""A file that its own mirror does not hand out is had from another one, if it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from tests.support.asking import Asking
from tests.support.server import LoopbackServer, Response
from tests.support.world import RepositoryDouble, World

from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata, Found, Hash, Unavailable
from xpip.errors import AvailabilityError, PolicyError, Reason, XpipError

NAME = "spam-1.0-py3-none-any.whl"


@pytest.fixture
def one(world: World) -> RepositoryDouble:
    """The first mirror, with one wheel of spam."""
    return mirror(world, "one")


@pytest.fixture
def two(world: World) -> RepositoryDouble:
    """The second mirror, with the same wheel."""
    return mirror(world, "two")


@pytest.fixture
def asking(one: RepositoryDouble, two: RepositoryDouble) -> Iterator[Asking]:
    """Ready to ask both, which are one group."""
    with Asking(one, two, mirrors=True, retries=0) as asking:
        yield asking


def mirror(world: World, name: str) -> RepositoryDouble:
    double = world.repository(name)
    double.serve("spam", "1.0", requires=["eggs"])
    return double


def fetched_from(asking: Asking, candidate: Candidate) -> Candidate:
    """What was handed out for this candidate; it is the file that its page describes."""
    fetched = asking.fetch(candidate)
    assert fetched.candidate is candidate
    assert fetched.verified
    return fetched.served


def error_of(asking: Asking, candidate: Candidate) -> XpipError:
    """How fetching it fails; nothing is left behind."""
    with pytest.raises(XpipError) as caught:
        asking.fetch(candidate)
    assert [path for path in asking.directory.rglob("*") if path.is_file()] == []
    return caught.value


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_file_comes_from_the_next_mirror_when_the_first_one_fails(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking, status: int
) -> None:
    """The origin names the page that finally answered, and the group as before."""
    one.page("spam").file_status = status
    candidate = asking.candidate(one)

    served = fetched_from(asking, candidate)

    assert served.file.url.startswith(two.origin)
    assert served.origin.page_url == two.project_url("spam")
    assert served.origin.repository == candidate.origin.repository
    assert two.projects_asked() == ["spam"]


@pytest.mark.parametrize("broken", [Response(cut_short=True, body=b"half"), Response(hang_up=True)])
def test_file_comes_from_the_next_mirror_when_the_connection_breaks(
    two: RepositoryDouble, asking: Asking, one: RepositoryDouble, broken: Response
) -> None:
    """Nothing of the broken one is kept."""
    with LoopbackServer(lambda _: broken) as server:
        candidate = asking.candidate(one, url=f"{server.origin}/{NAME}")
        served = fetched_from(asking, candidate)
    assert served.file.url.startswith(two.origin)


def test_file_comes_from_the_next_mirror_when_connections_are_refused(
    world: World, one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """A server that is down."""
    down = world.repository("down", listening=False)
    candidate = asking.candidate(one, url=f"{down.origin}/{NAME}")
    assert fetched_from(asking, candidate).file.url.startswith(two.origin)


def test_next_mirror_is_not_asked_when_the_first_one_has_the_file(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """Its page is asked for when it is needed."""
    fetched_from(asking, asking.candidate(one))
    assert two.requests == []


@pytest.mark.parametrize("status", [401, 403, 407])
def test_next_mirror_is_not_asked_when_a_login_fails(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking, status: int
) -> None:
    """Semantics 4.2: failed authentication is no outage."""
    one.page("spam").file_status = status
    error = error_of(asking, asking.candidate(one))
    assert error.reference is Reason.AUTH_FAILED
    assert two.requests == []


def test_next_mirror_is_not_asked_when_the_file_is_another(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """A mirror that lies is a refusal, not an outage."""
    candidate = asking.candidate(one, hashes=(Hash("sha256", "0" * 64),))
    assert error_of(asking, candidate).reference is Reason.HASH_MISMATCH
    assert two.requests == []


def test_file_is_refused_when_the_mirrors_list_other_contents(
    one: RepositoryDouble, world: World, asking: Asking, two: RepositoryDouble
) -> None:
    """The error names both pages and both hashes, and the file is not even asked for."""
    one.page("spam").file_status = 503
    two.page("spam").files.clear()
    two.serve("spam", "1.0", requires=["evil"])
    candidate = asking.candidate(one)

    error = error_of(asking, candidate)

    there = two.page("spam").files[0].hashes["sha256"]
    assert isinstance(error, PolicyError)
    assert error.reference is Reason.HASH_CONFLICT
    assert error.context == (
        f"{one.project_url('spam')}: sha256 {candidate.file.hashes[0].digest}",
        f"{two.project_url('spam')}: sha256 {there}",
    )
    assert two.files_asked() == []


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({"sha256": "a" * 64}, {}),
        ({}, {"sha256": "a" * 64}),
        ({"sha256": "a" * 64}, {"md5": "a" * 32}),
        ({"sha256": "a" * 64}, {"sha512": "a" * 128}),
        ({"sha256": "a" * 64, "sha512": "b" * 128}, {"sha256": "a" * 64, "sha512": "a" * 128}),
    ],
)
def test_file_is_refused_when_nothing_shows_that_the_mirrors_mean_the_same(
    world: World, here: dict[str, str], there: dict[str, str]
) -> None:
    """A secure hash has to be on both pages, and every one on both has to agree."""
    one, two = world.repository("one"), world.repository("two")
    one.serve("spam", "1.0", hashes=here)
    two.serve("spam", "1.0", hashes=there)
    one.page("spam").file_status = 503
    with Asking(one, two, mirrors=True, retries=0) as asking:
        assert error_of(asking, asking.candidate(one)).reference is Reason.HASH_CONFLICT


@pytest.mark.parametrize("demanding", ["one", "two"])
def test_file_has_to_be_all_that_both_pages_say(world: World, demanding: str) -> None:
    """What one of them alone claims counts as well."""
    one, two = mirror(world, "one"), mirror(world, "two")
    (file,) = world.repository(demanding).page("spam").files
    claims = {**file.hashes, "sha512": "0" * 128}
    world.repository(demanding).page("spam").files = [replace(file, hashes=claims)]
    one.page("spam").file_status = 503
    with Asking(one, two, mirrors=True, retries=0) as asking:
        assert error_of(asking, asking.candidate(one)).reference is Reason.HASH_MISMATCH


def test_third_mirror_is_asked_when_the_second_one_does_not_list_the_file(world: World) -> None:
    """Mirrors lag."""
    one, two, three = mirror(world, "one"), world.repository("two"), mirror(world, "three")
    one.page("spam").file_status = 503
    two.serve("spam", "0.9")
    with Asking(one, two, three, mirrors=True, retries=0) as asking:
        served = fetched_from(asking, asking.candidate(one))
    assert served.file.url.startswith(three.origin)


def test_failure_names_the_first_and_all_that_were_tried_when_no_mirror_has_the_file(
    world: World,
) -> None:
    """Absent, unavailable, unlisted and failing ones."""
    names = ["one", "two", "three", "four", "five"]
    one, two, three, four, five = mirrors = [world.repository(name) for name in names]
    one.serve("spam", "1.0")
    one.page("spam").file_status = 503
    three.page("spam").http_status = 500
    four.serve("spam", "0.9")
    five.serve("spam", "1.0")
    five.page("spam").file_status = 502
    with Asking(*mirrors, mirrors=True, retries=0) as asking:
        error = error_of(asking, asking.candidate(one))
    first, *others = error.context
    assert isinstance(error, AvailabilityError)
    assert error.message == f"{NAME} could not be fetched: status 503"
    assert first.startswith(one.origin)
    files = f"{five.origin}/five/files/spam/{NAME}"
    assert others == [
        f"other mirror: {two.project_url('spam')}: status 404",
        f"other mirror: {three.project_url('spam')}: status 500",
        f"other mirror: {four.project_url('spam')} does not list it",
        f"other mirror: {files}: {NAME} could not be fetched: status 502",
    ]


def test_first_mirror_is_asked_for_the_file_when_it_came_from_the_second(world: World) -> None:
    """Its page failed when it was needed, and is not asked for again."""
    one, two = mirror(world, "one"), mirror(world, "two")
    one.page("spam").fails_first = [503]
    two.page("spam").file_status = 503
    with Asking(one, two, mirrors=True, retries=0) as asking:
        assert isinstance(asking.page(one), Unavailable)
        error = error_of(asking, asking.candidate(two))
    assert error.context[1:] == (f"other mirror: {one.project_url('spam')}: status 503",)
    assert one.projects_asked() == ["spam"]


def test_file_is_refused_when_the_next_mirror_keeps_it_on_a_foreign_host(
    world: World, one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """What holds for the first page's files holds for the second's: `file-hosts`."""
    one.page("spam").file_status = 503
    two.page("spam").file_host = world.repository("cdn").origin
    error = error_of(asking, asking.candidate(one))
    assert error.reference is Reason.FILE_HOST_FOREIGN
    assert world.repository("cdn").requests == []


def test_file_is_refused_when_the_next_mirror_holds_the_project_in_quarantine(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """The first one lags: it would have been refused there, too."""
    one.page("spam").file_status = 503
    two.page("spam").status = {"status": "quarantined"}
    assert error_of(asking, asking.candidate(one)).reference is Reason.QUARANTINED


def test_metadata_comes_from_the_next_mirror_when_the_first_one_fails(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """As the file does."""
    one.page("spam").file_status = 503
    answer = asking.client.metadata(asking.candidate(one))
    assert isinstance(answer, CoreMetadata)
    assert [str(each) for each in answer.requires] == ["eggs"]
    assert two.files_asked() == [f"{NAME}.metadata"]


def test_wheel_is_fetched_once_when_its_metadata_needed_all_of_it(world: World) -> None:
    """The second mirror offers no metadata and no ranges."""
    one, two = (
        world.repository(name, core_metadata=False, ranges=False) for name in ("one", "two")
    )
    for each in (one, two):
        each.serve("spam", "1.0")
    one.page("spam").file_status = 503
    with Asking(one, two, mirrors=True, retries=0) as asking:
        candidate = asking.candidate(one)
        assert isinstance(asking.client.metadata(candidate), CoreMetadata)
        asked = list(two.files_asked())
        assert fetched_from(asking, candidate).origin.page_url == two.project_url("spam")
    assert two.files_asked() == asked


@pytest.mark.parametrize(
    ("status", "reason"), [(401, Reason.AUTH_FAILED), (403, Reason.AUTH_FAILED)]
)
def test_metadata_is_not_asked_of_the_next_mirror_when_a_login_fails(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking, status: int, reason: Reason
) -> None:
    """As the file is not."""
    one.page("spam").file_status = status
    answer = asking.client.metadata(asking.candidate(one))
    assert isinstance(answer, Unavailable)
    assert answer.reason is reason
    assert two.requests == []


def test_metadata_is_refused_when_the_mirrors_list_other_contents(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """Nobody resolves with what may be another file's."""
    one.page("spam").file_status = 503
    two.page("spam").files.clear()
    two.serve("spam", "1.0", requires=["evil"])
    answer = asking.client.metadata(asking.candidate(one))
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.HASH_CONFLICT
    here, there = (each.page("spam").files[0].hashes["sha256"] for each in (one, two))
    assert answer.more == (
        f"{one.project_url('spam')}: sha256 {here}",
        f"{two.project_url('spam')}: sha256 {there}",
    )


def test_metadata_failure_names_all_that_were_tried_when_no_mirror_has_it(
    one: RepositoryDouble, two: RepositoryDouble, asking: Asking
) -> None:
    """The reason is the first one's."""
    one.page("spam").file_status = 503
    two.page("spam").file_status = 502
    answer = asking.client.metadata(asking.candidate(one))
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.HTTP_STATUS
    assert "status 503" in answer.detail
    (other,) = answer.more
    assert other.startswith(f"other mirror: {two.origin}")
    assert "status 502" in other


def test_local_file_has_no_other_mirror(one: RepositoryDouble, tmp_path: Path) -> None:
    """A directory that cannot be read is this machine's own trouble."""
    with Asking(one, mirrors=True) as asking:
        gone = asking.candidate(one, url=(tmp_path / NAME).as_uri())
        assert error_of(asking, gone).reference is Reason.UNREACHABLE


def test_page_of_the_next_mirror_is_asked_for_once_when_many_files_fail(world: World) -> None:
    """By eight threads at a time."""
    one, two = world.repository("one"), world.repository("two")
    two.latency = 0.05
    for each in (one, two):
        for number in range(10):
            each.serve("spam", f"1.{number}")
    one.page("spam").file_status = 503
    with Asking(one, two, mirrors=True, retries=0) as asking:
        fetched = asking.fetcher.fetch_all(every_candidate(asking, one))
    assert len(fetched) == 10
    assert two.projects_asked() == ["spam"]


def every_candidate(asking: Asking, root: RepositoryDouble) -> list[Candidate]:
    """One for each release that the page lists."""
    answer, model = asking.page(root), asking.candidate(root)
    assert isinstance(answer, Found)
    return [
        structs.replace(model, version=release.version, file=release.files[0])
        for release in answer.page.releases
    ]
