"""What each answer of a server means: Found, Absent, or Unavailable with its reason."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.asking import RETRIES, Asking, KnownLogins, Root, free_port, raw_server
from tests.support.asking import transport as make_transport
from tests.support.pages import Format
from tests.support.server import LoopbackServer, Response
from tests.support.world import RepositoryDouble, World

from xpip.core.facts import Absent, Answer, Found, Layout, Repository, Unavailable
from xpip.core.policy import PageFormat, RepositoryGroup
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.errors import Reason

JSON = "application/vnd.pypi.simple.v1+json"
PAGE = json.dumps({"meta": {"api-version": "1.0"}, "name": "spam", "files": []}).encode()


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


def ask(corp: Root, *others: Root, project: str = "spam", **limits: Any) -> Answer:
    """One question to the first repository; the others are configured too."""
    with Asking(corp, *others, **limits) as asking:
        return asking.page(corp, project)


def unusable(answer: Answer) -> Reason:
    """Why an answer is neither a page nor a no."""
    assert isinstance(answer, Unavailable), answer
    return answer.reason


@pytest.mark.parametrize("form", ["json", "html", "html-legacy"])
def test_page_is_found_when_the_server_sends_one(corp: RepositoryDouble, form: Format) -> None:
    """PEP 691 and PEP 503, with `pypi:repository-version` or without."""
    corp.page("spam").format = form
    answer = ask(corp)
    assert isinstance(answer, Found)
    assert [str(release.version) for release in answer.page.releases] == ["1.0"]
    assert answer.url == corp.project_url("spam")


def test_page_is_found_when_it_lists_no_file(corp: RepositoryDouble) -> None:
    """The name is known there: that is no absence."""
    corp.page("bare")
    answer = ask(corp, project="bare")
    assert isinstance(answer, Found)
    assert answer.page.file_count == 0


@pytest.mark.parametrize("status", [404, 410])
def test_project_is_absent_when_the_repository_says_so(corp: RepositoryDouble, status: int) -> None:
    """The only two statuses that are a no; asked once, whatever the body looks like."""
    corp.page("spam").http_status = status
    answer = ask(corp)
    assert isinstance(answer, Absent)
    assert answer.detail == f"status {status}"
    assert len(corp.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 407])
def test_page_is_unavailable_when_the_server_denies_it(corp: RepositoryDouble, status: int) -> None:
    """Whoever may not look has not been told that nothing is there."""
    corp.page("spam").http_status = status
    assert unusable(ask(corp)) is Reason.AUTH_FAILED


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 402, 405, 406, 408, 418, 451])
def test_page_is_unavailable_when_the_status_is_any_other(
    corp: RepositoryDouble, status: int
) -> None:
    """Even with a perfect page in the body."""
    corp.page("spam").http_status = status
    assert unusable(ask(corp)) is Reason.HTTP_STATUS


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_page_is_unavailable_when_the_server_fails_again_and_again(
    corp: RepositoryDouble, status: int
) -> None:
    """Asked again as often as configured, and then given up on."""
    corp.page("spam").http_status = status
    assert unusable(ask(corp)) is Reason.HTTP_STATUS
    assert len(corp.requests) == 1 + RETRIES


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_page_is_found_when_the_server_recovers(corp: RepositoryDouble, status: int) -> None:
    """Retries are for this."""
    corp.page("spam").fails_first = [status] * RETRIES
    assert isinstance(ask(corp), Found)


def test_project_is_absent_when_the_server_fails_and_then_says_no(corp: RepositoryDouble) -> None:
    """The last answer counts, not the first."""
    corp.page("spam").fails_first, corp.page("spam").http_status = [503], 404
    assert isinstance(ask(corp), Absent)


def test_page_is_unavailable_when_nobody_listens() -> None:
    """A refused connection."""
    assert unusable(ask(f"http://127.0.0.1:{free_port()}/simple/")) is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 40", b"HTTP/1.1 404 Not", b"404 Not Found\r\n\r\n", b"\x15\x03\x01\x00\x02"],
)
def test_page_is_unavailable_when_the_socket_closes_before_the_answer(answer: bytes) -> None:
    """Half a status line is no status, whatever number it begins with."""
    with raw_server([answer] * (1 + RETRIES)) as url:
        assert unusable(ask(url)) is Reason.UNREACHABLE


@pytest.mark.parametrize("form", ["json", "html", "html-legacy"])
def test_page_is_unavailable_when_its_body_breaks_off(corp: RepositoryDouble, form: Format) -> None:
    """Also where the part that came could be read as a page."""
    corp.page("spam").format, corp.page("spam").cut_short = form, True
    assert unusable(ask(corp)) is Reason.UNREACHABLE


def test_page_is_unavailable_when_its_last_chunk_is_missing() -> None:
    """RFC 9112, section 7.1: a chunked body ends with a chunk of no bytes."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw_server([head.encode() + b"%x\r\n%s\r\n" % (len(PAGE), PAGE)]) as url:
        assert unusable(ask(url)) is Reason.UNREACHABLE


def test_page_is_unavailable_when_it_is_larger_than_the_limit(corp: RepositoryDouble) -> None:
    """Reading stops there, or an endless page would fill the memory."""
    assert unusable(ask(corp, largest_page=20)) is Reason.LIMIT


def test_page_is_unavailable_when_it_takes_longer_than_the_limit(corp: RepositoryDouble) -> None:
    """A byte now and then keeps every single read happy, but not the whole."""
    assert unusable(ask(corp, longest=-1)) is Reason.LIMIT


def test_page_is_unavailable_when_it_never_ends(corp: RepositoryDouble) -> None:
    """Whichever of the two limits comes first."""
    corp.page("spam").endless, corp.page("spam").body = True, b"{"
    assert unusable(ask(corp, longest=0, largest_page=10)) is Reason.LIMIT


def test_page_is_unavailable_when_the_server_falls_silent(corp: RepositoryDouble) -> None:
    """No first byte within the time-out, at the first attempt and the last."""
    corp.latency = 60  # ends with the world
    assert unusable(ask(corp, timeout=0.01, retries=1)) is Reason.UNREACHABLE


def test_page_is_found_when_it_is_compressed(corp: RepositoryDouble) -> None:
    """As most servers do."""
    page = corp.page("spam")
    page.body, page.headers = gzip.compress(PAGE), {"Content-Encoding": "gzip"}
    assert isinstance(ask(corp), Found)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_page_is_unavailable_when_it_grows_too_large_in_the_unpacking(
    corp: RepositoryDouble, encoding: str
) -> None:
    """The limit is on what is kept in memory, not on what is sent."""
    page = corp.page("spam")
    page.body, page.headers = gzip.compress(bytes(8 << 20)), {"Content-Encoding": encoding}
    assert unusable(ask(corp, largest_page=1 << 20)) is Reason.LIMIT


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "deflate"])
def test_page_is_unavailable_when_it_is_encoded_as_was_not_asked_for(
    corp: RepositoryDouble, encoding: str
) -> None:
    """Encodings of encodings make gigabytes out of one packet."""
    page = corp.page("spam")
    page.body = gzip.compress(gzip.compress(PAGE))
    page.headers = {"Content-Encoding": encoding}
    assert unusable(ask(corp)) is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "body",
    [gzip.compress(PAGE)[:-4], gzip.compress(PAGE) + b"more"],
    ids=["too early", "too late"],  # the bytes hold the time
)
def test_page_is_unavailable_when_its_compression_ends_elsewhere_than_it_does(
    corp: RepositoryDouble, body: bytes
) -> None:
    """Half of a compressed page could still be read as one."""
    page = corp.page("spam")
    page.body, page.headers = body, {"Content-Encoding": "gzip"}
    assert unusable(ask(corp)) is Reason.UNREACHABLE


@pytest.mark.parametrize("form", ["json", "html", "html-legacy"])
def test_page_is_unavailable_when_it_is_empty(corp: RepositoryDouble, form: Format) -> None:
    """Status 200 and not one byte."""
    corp.page("spam").format, corp.page("spam").body = form, b""
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><h1>Log in</h1><form method=post><input name=user></form>",
        b'<h1>Log in</h1><a href="/forgot">Forgotten?</a> <a href="/app.exe">Get the app</a>',
        b"<h1>404 Not Found</h1>",
    ],
)
def test_page_is_unavailable_when_it_is_a_login_or_error_page(
    corp: RepositoryDouble, body: bytes
) -> None:
    """HTML with status 200 that neither names an API version nor links to an archive."""
    corp.page("spam").format, corp.page("spam").body = "html-legacy", body
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "image/png", "?"])
def test_page_is_unavailable_when_its_type_is_no_repositorys(
    corp: RepositoryDouble, content_type: str
) -> None:
    """The very bytes of a good page, called something else."""
    corp.page("spam").content_type = content_type
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


def test_page_is_unavailable_when_it_has_no_type() -> None:
    """Nothing is guessed from the bytes."""
    with LoopbackServer(lambda _: Response(body=PAGE)) as server:
        assert unusable(ask(f"{server.origin}/simple/")) is Reason.NOT_AN_INDEX


@pytest.mark.parametrize("body", [PAGE[:-1], b"null", b"[]", b"{}", b'{"files": {}}', b"\xff"])
def test_page_is_unavailable_when_its_json_is_broken(corp: RepositoryDouble, body: bytes) -> None:
    """Not JSON, or JSON without a list of files."""
    corp.page("spam").body = body
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


@pytest.mark.parametrize("form", ["json", "html"])
def test_page_is_unavailable_when_its_api_is_of_the_next_major(
    corp: RepositoryDouble, form: Format
) -> None:
    """PEP 629: fail, because what it means is unknown."""
    corp.page("spam").format, corp.page("spam").api_version = form, "2.0"
    assert unusable(ask(corp)) is Reason.API_VERSION


def test_page_is_unavailable_when_its_type_is_of_the_next_major(corp: RepositoryDouble) -> None:
    """PEP 691 puts the version there too."""
    corp.page("spam").content_type = "application/vnd.pypi.simple.v2+json"
    assert unusable(ask(corp)) is Reason.API_VERSION


def test_page_is_unavailable_when_it_is_of_another_project(corp: RepositoryDouble) -> None:
    """A server that mixes up its pages has said nothing about this name."""
    corp.page("spam").name = "eggs"
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


def test_flat_page_has_no_such_project_when_it_lists_other_names_only(
    corp: RepositoryDouble,
) -> None:
    """`--find-links`: one page holds files of any project."""
    flat = Repository(url=corp.project_url("spam"), layout=Layout.FLAT)
    corp.page("spam").format = "html-legacy"
    assert isinstance(ask(flat), Found)
    assert isinstance(ask(flat, project="eggs"), Absent)


def flat_page(*links: str, framed: bool = True) -> bytes:
    """An answer with one page of links, which says how long it is or just ends."""
    body = "".join(f'<a href="{link}">{link}</a>\n' for link in links).encode()
    length = f"Content-Length: {len(body)}\r\n" if framed else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{length}Connection: close\r\n\r\n"
    return head.encode() + body


def ask_flat(answer: bytes, project: str) -> Answer:
    """What a repository whose one page this is answers."""
    with raw_server([answer]) as url:
        return ask(Repository(url=url, layout=Layout.FLAT), project=project)


def test_flat_page_is_unavailable_when_it_may_have_been_cut_off_before_the_project() -> None:
    """Whoever cuts the connection would otherwise take its claim to the name."""
    assert unusable(ask_flat(flat_page("eggs-1.0.tar.gz", framed=False), "spam")) is (
        Reason.UNREACHABLE
    )
    assert isinstance(ask_flat(flat_page("eggs-1.0.tar.gz"), "spam"), Absent)


@pytest.mark.parametrize(
    "link",
    [
        "acme-lib-1.0.tar.bz2",
        "Acme.Lib-1.0.tar.xz",
        "acme_lib-1.0-py3.8.egg",
        "acme_lib-1.0-any.whl",
        "acme-lib-unknown.zip",
    ],
)
def test_flat_page_claims_the_project_when_it_lists_only_what_xpip_cannot_read(link: str) -> None:
    """An old repository's claim to the name is one, in whatever spelling."""
    answer = ask_flat(flat_page(link, "eggs-1.0.tar.gz"), "acme-lib")
    assert isinstance(answer, Found)
    assert (answer.page.file_count, answer.page.releases) != (0, ())


@pytest.mark.parametrize(
    "link",
    [
        "eggs-1.0.tar.bz2",
        "acme-lib-extra-1.0.tar.gz",
        "acme_library-1.0-py3.8.egg",
        "acme-1.0.tar.bz2",
        "acme_lib.egg",
    ],
)
def test_flat_page_does_not_claim_the_project_when_it_lists_other_names(link: str) -> None:
    """The whole name has to stand there, and a version may follow."""
    assert isinstance(ask_flat(flat_page(link), "acme-lib"), Absent)


def test_files_of_others_are_left_out_when_a_flat_page_has_the_project() -> None:
    """They are no files of this project that could not be read."""
    page = flat_page("spam-1.0.tar.gz", "spam-0.9.tar.bz2", "eggs-1.0.tar.gz", "eggs-1.0.egg")
    answer = ask_flat(page, "spam")
    assert isinstance(answer, Found)
    assert [misfit.filename for misfit in answer.page.misfits] == ["spam-0.9.tar.bz2"]


def ask_static(content_type: str, body: bytes, page_format: PageFormat) -> tuple[Answer, str]:
    """What a static server answers whose group has this format, and the `Accept` it was sent."""
    sent = Response(headers={"Content-Type": content_type}, body=body)
    with LoopbackServer(lambda _: sent) as server, ExitStack() as closing:
        root = Repository(url=f"{server.origin}/simple/")
        group = RepositoryGroup(
            name="corp", mirrors=(root,), declared_at="test", page_format=page_format
        )
        asking = make_transport()
        closing.callback(asking.close)
        remote = RemoteRepositories(asking, groups=[group], logins=KnownLogins())
        answer = remote.page(root, canonicalize_name("spam"))
        return answer, server.requests[0].headers["accept"]


def test_page_of_a_static_server_is_found_when_its_group_says_that_it_is_json() -> None:
    """Such a server knows files by their suffix; HTML is not even asked for."""
    answer, accept = ask_static("application/json", PAGE, PageFormat.JSON)
    assert isinstance(answer, Found)
    assert "html" not in accept


@pytest.mark.parametrize(
    ("content_type", "page_format"),
    [
        ("application/json", PageFormat.AUTO),
        ("application/json", PageFormat.HTML),
        (JSON, PageFormat.HTML),
    ],
)
def test_page_is_unavailable_when_its_group_is_set_to_another_format(
    content_type: str, page_format: PageFormat
) -> None:
    """A page that the user did not expect is none."""
    answer, accept = ask_static(content_type, PAGE, page_format)
    assert unusable(answer) is Reason.NOT_AN_INDEX
    assert ("json" in accept) is (page_format is PageFormat.AUTO)


@pytest.mark.parametrize("status", [404, 410])
def test_flat_page_is_unavailable_when_it_is_missing_itself(
    corp: RepositoryDouble, status: int
) -> None:
    """What would have spoken for every name is not there: that is a no to none of them."""
    corp.page("spam").http_status = status
    flat = Repository(url=corp.project_url("spam"), layout=Layout.FLAT)
    assert unusable(ask(flat)) is Reason.HTTP_STATUS
