"""From a candidate to a file on this disk that is what its page says."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.asking import Asking, Silence, candidate_of, credentials_for, free_port
from tests.support.asking import transport as make_transport
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.world import RepositoryDouble, World

from xpip.core.decisions import Candidate, Ruling
from xpip.core.facts import File, Hash
from xpip.edge.repositories.fetched_file import Digests
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.errors import (
    AvailabilityError,
    ExitCode,
    InstallationError,
    PolicyError,
    Reason,
    SeveralErrors,
)

NAME = "spam-1.0-py3-none-any.whl"
CONTENT = b"the content of a wheel, as far as fetching is concerned"


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to fetch from this repository."""
    with Asking(corp) as asking:
        yield asking


def linked(url: str, *, hashed: bool = True, size: int | None = None) -> Candidate:
    """A candidate whose file holds CONTENT."""
    hashes = (Hash("sha256", hashlib.sha256(CONTENT).hexdigest()),) if hashed else ()
    return candidate_of(File(filename=NAME, url=url, hashes=hashes, size=size), "spam", "1.0")


def in_turn(*answers: Response) -> Callable[[Incoming], Response]:
    """Answer with each of these once, and with the last for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def kept(asking: Asking) -> list[str]:
    """The names of all files that fetching left behind."""
    return [path.name for path in asking.directory.rglob("*") if path.is_file()]


def test_file_is_kept_under_its_name_when_its_hash_holds(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """With the digest that the record of its origin needs."""
    fetched = asking.fetch(asking.candidate(corp))
    content = fetched.path.read_bytes()
    assert fetched.path.name == NAME
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()
    assert fetched.verified
    assert asking.observer.bytes == len(content)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_file_is_refused_when_its_hash_does_not_hold(
    corp: RepositoryDouble, asking: Asking, algorithm: str
) -> None:
    """Whatever came is gone again, and the error says both digests."""
    candidate = asking.candidate(corp, hashes=(Hash(algorithm, "0" * 64),))
    with pytest.raises(PolicyError) as caught:
        asking.fetch(candidate)
    assert caught.value.reference is Reason.HASH_MISMATCH
    assert f"the page says {algorithm} {'0' * 64}" in caught.value.context
    assert kept(asking) == []


def test_file_is_refused_when_only_its_weaker_hash_holds(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """All that its page says of it has to be true."""
    true = asking.candidate(corp).file.hashes
    candidate = asking.candidate(corp, hashes=(*true, Hash("sha512", "0" * 128)))
    with pytest.raises(PolicyError):
        asking.fetch(candidate)


@pytest.mark.parametrize("weaker", ["sha256", "sha384"])
def test_file_is_refused_when_only_its_stronger_hash_holds(weaker: str) -> None:
    """Else a file would pass for the one whose sha256 somebody knows."""
    true = Hash("sha512", hashlib.sha512(CONTENT).hexdigest())
    with LoopbackServer(lambda _: Response(body=CONTENT)) as server, Asking() as asking:
        claims = (Hash(weaker, "0" * 64), true)
        file = File(filename=NAME, url=server.origin, hashes=claims)
        with pytest.raises(PolicyError) as caught:
            asking.fetch(candidate_of(file, "spam", "1.0"))
        assert f"the page says {weaker} {'0' * 64}" in caught.value.context
        assert kept(asking) == []


@pytest.mark.parametrize("hashes", [(), (Hash("md5", "0" * 32), Hash("sha1", "0" * 40))])
def test_file_is_unverified_when_no_hash_says_what_it_is(
    corp: RepositoryDouble, asking: Asking, hashes: tuple[Hash, ...]
) -> None:
    """Nobody is told that md5 or sha1 had shown anything."""
    assert not asking.fetch(asking.candidate(corp, hashes=hashes)).verified


def fetch_known(url: str, directory: Path, *known: Hash) -> FetchedFile:
    """Fetch CONTENT, of which the page claims nothing, where these hashes are known."""
    transport = make_transport()
    candidate = replace(linked(url, hashed=False), known_hashes=frozenset(known))
    try:
        (fetched,) = Fetcher(transport, [directory], Silence()).fetch_all([candidate])
    finally:
        transport.close()
    return fetched


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("local", [True, False])
def test_file_without_a_hash_is_verified_when_it_is_a_known_one(
    tmp_path: Path, algorithm: str, local: bool
) -> None:
    """Its page does not say what it is, and the user does."""
    (tmp_path / NAME).write_bytes(CONTENT)
    known = Hash(algorithm, hashlib.new(algorithm, CONTENT).hexdigest())
    with LoopbackServer(lambda _: Response(body=CONTENT)) as server:
        url = (tmp_path / NAME).as_uri() if local else server.origin
        assert fetch_known(url, tmp_path, Hash("sha256", "0" * 64), known).verified


@pytest.mark.parametrize(
    "known",
    [
        pytest.param((Hash("sha256", "0" * 64), Hash("sha512", "0" * 128)), id="others"),
        pytest.param((Hash("md5", hashlib.md5(CONTENT).hexdigest()),), id="md5"),
        pytest.param((), id="none"),
    ],
)
@pytest.mark.parametrize("local", [True, False])
def test_file_without_a_hash_is_refused_when_it_is_not_a_known_one(
    tmp_path: Path, known: tuple[Hash, ...], local: bool
) -> None:
    """md5 knows nothing."""
    files = tmp_path / "files"
    files.mkdir()
    (tmp_path / NAME).write_bytes(CONTENT)
    with LoopbackServer(lambda _: Response(body=CONTENT)) as server:
        url = (tmp_path / NAME).as_uri() if local else server.origin
        with pytest.raises(PolicyError) as caught:
            fetch_known(url, files, *known)
    assert caught.value.reference is Reason.HASH_MISMATCH
    assert f"what came has sha256 {hashlib.sha256(CONTENT).hexdigest()}" in caught.value.context
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("size", [0, len(CONTENT) - 1, len(CONTENT) + 1])
def test_file_is_refused_when_its_size_is_another(size: int, hashed: bool) -> None:
    """The page describes another file."""
    with LoopbackServer(lambda _: Response(body=CONTENT)) as server, Asking() as asking:
        with pytest.raises(PolicyError) as caught:
            asking.fetch(linked(server.origin, size=size, hashed=hashed))
        assert caught.value.reference is Reason.HASH_MISMATCH
        assert kept(asking) == []


def test_file_without_end_is_left_when_it_is_longer_than_its_page_says() -> None:
    """Or it would fill the disk."""
    endless = Response(body=CONTENT, endless=True)
    with (
        LoopbackServer(lambda _: endless) as server,
        Asking() as asking,
        pytest.raises(PolicyError) as caught,
    ):
        asking.fetch(linked(server.origin, size=len(CONTENT)))
    assert "what came is  more" in caught.value.context


def test_file_without_end_is_left_when_its_page_says_no_size() -> None:
    """There is a size that no distribution has."""
    candidate = linked("http://127.0.0.1/", hashed=False)
    digests = Digests(candidate.file, None, largest=len(CONTENT))
    digests.update(CONTENT)
    before = digests.overflow
    digests.update(b"!")
    assert (before, digests.overflow) == (False, True)
    with pytest.raises(PolicyError) as caught:
        digests.verified(candidate, Path(NAME))
    assert caught.value.reference is Reason.HASH_MISMATCH


def test_file_is_refused_when_the_server_encodes_it() -> None:
    """The hash is of the file's own bytes, and these are what is asked for."""
    packed = Response(body=gzip.compress(CONTENT), headers={"Content-Encoding": "gzip"})
    with LoopbackServer(lambda _: packed) as server, Asking() as asking:
        with pytest.raises(PolicyError):
            asking.fetch(linked(server.origin))
        assert server.requests[0].headers["accept-encoding"] == "identity"


def test_file_is_asked_for_again_when_it_breaks_off() -> None:
    """From its beginning, and nothing of the broken attempt is kept."""
    answers = in_turn(Response(body=CONTENT[:9], cut_short=True), Response(body=CONTENT))
    with LoopbackServer(answers) as server, Asking() as asking:
        assert asking.fetch(linked(server.origin)).path.read_bytes() == CONTENT
        assert kept(asking) == [NAME]


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_file_is_unavailable_when_it_breaks_off_again_and_again(retries: int) -> None:
    """As often as retries are allowed; less than promised is not the file."""
    with LoopbackServer(lambda _: Response(body=CONTENT, cut_short=True)) as server:
        with Asking(retries=retries) as asking, pytest.raises(AvailabilityError) as caught:
            asking.fetch(linked(server.origin))
        assert caught.value.reference is Reason.UNREACHABLE
        assert len(server.requests) == 1 + retries


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_file_is_unavailable_when_nobody_listens(retries: int) -> None:
    """Retries are counted once, not once more for each of them."""
    with Asking(retries=retries) as asking:
        with pytest.raises(AvailabilityError):
            asking.fetch(linked(f"http://127.0.0.1:{free_port()}/{NAME}"))
        assert len(asking.pauses) == retries


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Reason.HTTP_STATUS),
        (206, Reason.HTTP_STATUS),
        (503, Reason.HTTP_STATUS),
        (401, Reason.AUTH_FAILED),
        (403, Reason.AUTH_FAILED),
    ],
)
def test_file_is_unavailable_when_the_server_does_not_give_it(status: int, reason: Reason) -> None:
    """Even with the right bytes in the body."""
    with (
        LoopbackServer(lambda _: Response(status=status, body=CONTENT)) as server,
        Asking() as asking,
        pytest.raises(AvailabilityError) as caught,
    ):
        asking.fetch(linked(server.origin))
    assert caught.value.reference is reason


def test_local_file_is_read_where_it_lies(tmp_path: Path) -> None:
    """No copy is made, and its hash is verified all the same."""
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    with Asking() as asking:
        fetched = asking.fetch(linked(path.as_uri()))
    assert (fetched.path, fetched.verified) == (path, True)


def test_local_file_is_refused_when_its_hash_does_not_hold(tmp_path: Path) -> None:
    """A `file:` tree has pages with hashes too; the user's file is left alone."""
    path = tmp_path / NAME
    path.write_bytes(b"something else")
    with Asking() as asking, pytest.raises(PolicyError):
        asking.fetch(linked(path.as_uri()))
    assert path.exists()


def test_local_file_is_unavailable_when_it_vanished(tmp_path: Path) -> None:
    """Reading failed, not writing."""
    with Asking() as asking, pytest.raises(AvailabilityError) as caught:
        asking.fetch(linked((tmp_path / NAME).as_uri()))
    assert caught.value.reference is Reason.UNREACHABLE
    assert str(tmp_path / NAME) in caught.value.context


def test_file_may_come_from_another_host_when_a_hash_says_what_must_come() -> None:
    """Presigned storage: the address is anybody's, the content is not."""
    with LoopbackServer(lambda _: Response(body=CONTENT)) as storage:
        forward = Response(status=302, headers={"Location": f"{storage.origin}/{NAME}?signed"})
        with LoopbackServer(lambda _: forward) as server, Asking() as asking:
            assert asking.fetch(linked(server.origin)).verified


@pytest.mark.parametrize("hashes", [(), (Hash("md5", hashlib.md5(CONTENT).hexdigest()),)])
def test_file_may_not_come_from_another_host_when_no_hash_binds_it(
    hashes: tuple[Hash, ...],
) -> None:
    """md5 binds nothing; the other host is not asked."""
    with LoopbackServer(lambda _: Response(body=CONTENT)) as storage:
        forward = Response(status=302, headers={"Location": storage.origin})
        with LoopbackServer(lambda _: forward) as server, Asking() as asking:
            file = File(filename=NAME, url=server.origin, hashes=hashes)
            with pytest.raises(PolicyError) as caught:
                asking.fetch(candidate_of(file, "spam", "1.0"))
        assert caught.value.reference is Reason.FILE_HOST_FOREIGN
        assert storage.requests == []


def test_file_may_move_within_its_host_when_no_hash_binds_it() -> None:
    """The same web origin vouches for both addresses."""
    answers = in_turn(
        Response(status=302, headers={"Location": "/elsewhere"}), Response(body=CONTENT)
    )
    with LoopbackServer(answers) as server, Asking() as asking:
        assert not asking.fetch(linked(server.origin, hashed=False)).verified


def test_credentials_are_not_sent_when_the_file_lies_on_another_host(
    corp: RepositoryDouble, world: World
) -> None:
    """They are the page's, not the file host's."""
    cdn = world.repository("cdn")
    corp.page("spam").file_host = cdn.origin
    corp.credentials = ("me", "secret")
    with Asking(corp, login=corp.credentials) as asking:
        asking.fetch(asking.candidate(corp))
    assert "authorization" in corp.requests[-1].headers
    assert cdn.files_asked() == [NAME]
    assert all("authorization" not in request.headers for request in cdn.requests)


def test_credentials_are_not_sent_along_when_the_file_is_forwarded(tmp_path: Path) -> None:
    """Storage gets a signature in its URL, never the repository's password."""
    with LoopbackServer(lambda _: Response(body=CONTENT)) as storage:
        forward = Response(status=302, headers={"Location": storage.origin})
        with LoopbackServer(lambda _: forward) as server:
            transport = make_transport([credentials_for(server.origin, "me", "secret")])
            candidate = candidate_of(
                linked(server.origin).file, "spam", "1.0", page_url=f"{server.origin}/simple/"
            )
            Fetcher(transport, [tmp_path], Silence()).fetch_all([candidate])
            transport.close()
        assert "authorization" in server.requests[0].headers
        assert "authorization" not in storage.requests[0].headers


@pytest.mark.parametrize("ruling", [each for each in Ruling if not each.admits])
def test_refused_file_is_never_fetched(
    corp: RepositoryDouble, asking: Asking, ruling: Ruling
) -> None:
    """Whoever asks for it all the same has a bug, which must not pass for a refusal."""
    candidate = asking.candidate(corp, ruling=ruling)
    with pytest.raises(AssertionError):
        asking.fetch(candidate)
    with pytest.raises(AssertionError):
        asking.fetcher.whole_wheel(candidate)
    assert corp.files_asked() == []


def test_file_is_fetched_once_when_its_metadata_needed_all_of_it(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """What was fetched to be looked at is not fetched again to be installed."""
    candidate = asking.candidate(corp)
    path = asking.fetcher.whole_wheel(candidate)
    assert asking.fetch(candidate).path == path
    assert corp.files_asked() == [NAME]


def test_all_failures_are_told_when_several_files_fail(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """A refusal counts for more than a failure that may pass."""
    corp.serve("eggs", "1.0")
    gone = asking.candidate(corp, "eggs")
    corp.page("eggs").file_status = 404
    wrong = asking.candidate(corp, "spam", hashes=(Hash("sha256", "0" * 64),))
    with pytest.raises(SeveralErrors) as caught:
        asking.fetcher.fetch_all([gone, wrong])
    assert [type(error) for error in caught.value.errors] == [PolicyError, AvailabilityError]
    assert caught.value.exit_code == ExitCode.REFUSED


def test_failure_is_the_disks_when_the_file_cannot_be_kept(corp: RepositoryDouble) -> None:
    """Exit 5, not 4: asking again would not help."""
    with Asking(corp) as asking:
        lost = Fetcher(asking.transport, [asking.directory / "gone"], asking.observer)
        with pytest.raises(InstallationError) as caught:
            lost.fetch_all([asking.candidate(corp)])
    assert caught.value.reference is Reason.DISK


def test_signature_in_a_files_address_is_not_shown_when_it_fails() -> None:
    """A presigned URL is a password."""
    with (
        LoopbackServer(lambda _: Response(status=404)) as server,
        Asking() as asking,
        pytest.raises(AvailabilityError) as caught,
    ):
        asking.fetch(linked(f"{server.origin}/{NAME}?token=secret"))
    assert "secret" not in " ".join([caught.value.message, *caught.value.context])


def test_file_is_fetched_into_the_next_directory_when_the_first_cannot_be_written(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """The first is where it could be kept, which is a convenience."""
    corp.serve("spam", "1.0")
    directories = [asking.directory / "gone", asking.directory]
    fetcher = Fetcher(asking.transport, directories, asking.observer)
    fetched = fetcher.fetch(asking.candidate(corp))
    assert fetched.path.parents[1] == asking.directory
