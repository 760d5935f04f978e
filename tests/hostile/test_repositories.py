"""Servers that lie, at every layer: each ends in an answer with its reason, and soon.

What no server can bring about: a traceback, a wait without end, memory without bounds, a no that
was never said, and a page that was not sent whole.
"""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Any

import pytest
from tests.support.asking import Asking
from tests.support.lying import JSON, LyingServer, Pieces, response

from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.errors import Reason

MIB = 1 << 20
SECONDS = 20.0
"""Of the clock, on a very busy machine; each takes two at most on an idle one."""
ROW = {"filename": "spam-1.0.tar.gz", "url": "spam-1.0.tar.gz", "hashes": {"sha256": "ab" * 32}}
PAGE = json.dumps({"meta": {"api-version": "1.0"}, "name": "spam", "files": [ROW]}).encode()
OK = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n".encode()
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


Piece = bytes | float | Iterable[bytes | float]


def ask(*pieces: Piece, **limits: Any) -> Answer:
    """What the server of these pieces is taken to have answered, in bounded time and memory."""

    def answer(_: str) -> Pieces:
        for piece in pieces:
            if isinstance(piece, bytes | float):
                yield piece
            else:
                yield from piece

    return served(answer, **limits)


def served(answer: Callable[[str], Pieces], **limits: Any) -> Answer:
    told = {"timeout": 0.4, "longest": 2.0, "retries": 0, "largest_page": MIB, **limits}
    tracemalloc.start()
    began = time.monotonic()

    def until_it_should_have_ended(path: str) -> Pieces:
        for piece in answer(path):
            if time.monotonic() - began > SECONDS:
                return
            yield piece

    try:
        with (
            LyingServer(until_it_should_have_ended) as server,
            Asking(server.url, **told) as asking,
        ):
            said = asking.page(server.url)
            assert time.monotonic() - began < SECONDS
            assert tracemalloc.get_traced_memory()[1] < 24 * MIB
            return said
    finally:
        tracemalloc.stop()


def unusable(answer: Answer) -> Reason:
    assert isinstance(answer, Unavailable), answer
    return answer.reason


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def empty_blocks() -> bytes:
    """Deflate blocks that hold nothing: gzip that goes on for ever and never says a byte."""
    return b"\x00\x00\x00\xff\xff" * 2000


def slowly(piece: bytes, pause: float) -> Iterable[bytes | float]:
    return chain.from_iterable(repeat((piece, pause)))


ENDLESS: dict[str, tuple[tuple[Piece, ...], Reason]] = {
    "page": ((CHUNKED, repeat(chunk(b"[" * 65536))), Reason.LIMIT),
    "spaces": ((CHUNKED, repeat(chunk(b" " * 65536))), Reason.LIMIT),
    "unframed": ((OK + b"\r\n", repeat(b"[" * 65536)), Reason.LIMIT),
    "promised": ((OK + b"Content-Length: 999999999999\r\n\r\n", repeat(b" " * 9999)), Reason.LIMIT),
    "body drop by drop": (
        (CHUNKED, slowly(chunk(b" "), 0.05)),
        Reason.LIMIT,
    ),
    "headers drop by drop": ((OK, slowly(b"X", 0.1)), Reason.UNREACHABLE),
    "status drop by drop": ((slowly(b"H", 0.1),), Reason.UNREACHABLE),
    "headers": ((OK, repeat(b"X-A: b\r\n" * 100)), Reason.UNREACHABLE),
    "header": ((OK + b"X: ", repeat(b"x" * 65536)), Reason.UNREACHABLE),
    "status line": ((b"HTTP/1.1 200 ", repeat(b"x" * 65536)), Reason.UNREACHABLE),
    "interim answers": ((repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50),), Reason.UNREACHABLE),
    "interim answers drop by drop": (
        (slowly(b"HTTP/1.1 100 Continue\r\n\r\n", 0.1),),
        Reason.UNREACHABLE,
    ),
    "chunk extension": ((CHUNKED + b"5;", repeat(b"x" * 65536)), Reason.UNREACHABLE),
    "trailer": ((CHUNKED + chunk(PAGE) + b"0\r\n", repeat(b"X: y\r\n" * 999)), Reason.UNREACHABLE),
    "tiny chunks": ((CHUNKED, repeat(chunk(b" ") * 500)), Reason.LIMIT),
    "gzip of nothing": (
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
            repeat(empty_blocks()),
        ),
        Reason.LIMIT,
    ),
    "gzip file name": (
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\x08\0\0\0\0\0\xff",
            repeat(b"x" * 65536),
        ),
        Reason.LIMIT,
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_answer_without_end_is_cut_off(name: str) -> None:
    """However it goes on: in time, in bytes, or in what comes before the answer."""
    pieces, reason = ENDLESS[name]
    assert unusable(ask(*pieces)) is reason


def gzipped(body: bytes, encoding: str = "gzip") -> bytes:
    return response(body, f"Content-Encoding: {encoding}")


BOMB = gzip.compress(bytes(64 * MIB), 9)
COMPRESSED: dict[str, tuple[bytes, Reason]] = {
    "bomb": (gzipped(BOMB), Reason.LIMIT),
    "bomb in a bomb": (gzipped(gzip.compress(BOMB), "gzip, gzip"), Reason.UNREACHABLE),
    "bomb after a page": (gzipped(gzip.compress(PAGE) + BOMB), Reason.UNREACHABLE),
    "deflate": (gzipped(zlib.compress(PAGE), "deflate"), Reason.UNREACHABLE),
    "brotli": (gzipped(PAGE, "br"), Reason.UNREACHABLE),
    "zstandard": (gzipped(PAGE, "zstd"), Reason.UNREACHABLE),
    "nobody's": (gzipped(PAGE, "x" * 1000), Reason.UNREACHABLE),
    "two of them": (gzipped(PAGE, "identity, gzip"), Reason.UNREACHABLE),
    "not at all": (gzipped(PAGE), Reason.UNREACHABLE),
    "damaged": (gzipped(gzip.compress(PAGE)[:-8] + bytes(8)), Reason.UNREACHABLE),
    "broken off": (gzipped(gzip.compress(PAGE)[:-9]), Reason.UNREACHABLE),
}


@pytest.mark.parametrize("name", COMPRESSED)
def test_compression_neither_fills_the_memory_nor_hides_a_break(name: str) -> None:
    """What was asked for is gzip, once, and whole."""
    raw, reason = COMPRESSED[name]
    assert unusable(ask(raw)) is reason


LENGTH = f"Content-Length: {len(PAGE)}"
FRAMED: dict[str, tuple[bytes, Reason]] = {
    "too long": (response(PAGE, f"Content-Length: {len(PAGE) + 1}"), Reason.UNREACHABLE),
    "too short": (response(PAGE, f"Content-Length: {len(PAGE) - 1}"), Reason.NOT_AN_INDEX),
    "negative": (response(PAGE, "Content-Length: -1"), Reason.UNREACHABLE),
    "a word": (response(PAGE, "Content-Length: all"), Reason.UNREACHABLE),
    "endless digits": (response(PAGE, f"Content-Length: {'9' * 5000}"), Reason.UNREACHABLE),
    "two": (response(PAGE, LENGTH, "Content-Length: 9"), Reason.UNREACHABLE),
    "other digits": (response(PAGE, "Content-Length: \xb2"), Reason.UNREACHABLE),
    "with chunks that lie": (
        response(b"9\r\n" + PAGE + b"\r\n0\r\n\r\n", LENGTH, "Transfer-Encoding: chunked"),
        Reason.UNREACHABLE,
    ),
    "unknown transfer coding": (response(PAGE, "Transfer-Encoding: gzip"), Reason.UNREACHABLE),
    "twice chunked": (
        response(chunk(PAGE) + b"0\r\n\r\n", "Transfer-Encoding: chunked, chunked"),
        Reason.UNREACHABLE,
    ),
    "enormous chunk": (CHUNKED + b"f" * 40 + b"\r\n" + PAGE, Reason.UNREACHABLE),
    "negative chunk": (CHUNKED + b"-5\r\n" + PAGE, Reason.UNREACHABLE),
    "no last chunk": (CHUNKED + chunk(PAGE), Reason.UNREACHABLE),
    "half a trailer": (CHUNKED + chunk(PAGE) + b"0\r\nX: ", Reason.UNREACHABLE),
}


@pytest.mark.parametrize("name", FRAMED)
def test_page_is_unavailable_when_its_length_is_a_lie(name: str) -> None:
    """RFC 9112, section 6: what is not known to be whole is no page."""
    raw, reason = FRAMED[name]
    assert unusable(ask(raw)) is reason


def test_page_is_found_when_chunks_and_a_length_are_given() -> None:
    """RFC 9112, section 6.3: the chunks decide."""
    body = chunk(PAGE) + b"0\r\n\r\n"
    answer = ask(response(body, "Content-Length: 3", "Transfer-Encoding: chunked"))
    assert isinstance(answer, Found)
    assert answer.page.file_count == 1


NO_HTTP: dict[str, tuple[Piece, ...]] = {
    "nothing": (b"",),
    "HTTP/0.9": (PAGE,),
    "HTTP/9.9": (b"HTTP/9.9 200 OK\r\n\r\n" + PAGE,),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",),
    "no status": (b"HTTP/1.1 OK\r\n\r\n",),
    "long status": (b"HTTP/1.1 2000 OK\r\n\r\n",),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n",),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46",),
    "NUL": (b"\0" * 1000,),
    "header without colon": (OK + b"spam\r\n\r\n" + PAGE,),
    "header of a NUL": (OK + b"X: \0\r\n\r\n" + PAGE,),
    "reset at once": (-1.0,),
    "reset in the headers": (OK, 0.05, -1.0),
    "reset in the body": (OK + b"Content-Length: 999\r\n\r\n", 0.05, PAGE[:9], 0.05, -1.0),
    "silence": (60.0,),
    "silence in the body": (OK + b"Content-Length: 999\r\n\r\n{", 60.0),
    "other protocol": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 60.0),
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_page_is_unavailable_when_the_answer_is_no_http(name: str) -> None:
    """Never absent, whatever it looks like."""
    answer = ask(*NO_HTTP[name])
    assert unusable(answer) in {Reason.UNREACHABLE, Reason.HTTP_STATUS, Reason.NOT_AN_INDEX}


@pytest.mark.parametrize(
    "status",
    ["206 Partial", "203 Changed", "304 Not Modified", "226 IM", "418 x", "599 x", "999 x"],
)
def test_page_is_unavailable_when_the_status_was_not_asked_for(status: str) -> None:
    """No part was asked for, and nothing is known that could be unmodified."""
    assert unusable(ask(response(PAGE, status=status))) is Reason.HTTP_STATUS


@pytest.mark.parametrize("headers", [("Retry-After: 1e99",), ("Content-Range: bytes 0-1/2",)])
def test_absence_is_believed_whatever_else_is_said(headers: tuple[str, ...]) -> None:
    """404 is the repository's own no."""
    assert isinstance(ask(response(PAGE, *headers, status="404 Not Found")), Absent)


REDIRECTS: dict[str, Reason] = {
    "http://127.0.0.2:{port}/simple/spam/": Reason.REDIRECT_FOREIGN,
    "http://localhost:{port}/simple/spam/": Reason.REDIRECT_FOREIGN,
    "http://127.0.0.1:1/simple/spam/": Reason.REDIRECT_FOREIGN,
    "http://127.0.0.1:{port}@evil.example/": Reason.REDIRECT_FOREIGN,
    "//evil.example/simple/spam/": Reason.REDIRECT_FOREIGN,
    "https://127.0.0.1:{port}/simple/spam/": Reason.REDIRECT_FOREIGN,
    "ftp://127.0.0.1:{port}/": Reason.REDIRECT_FOREIGN,
    "file:///etc/passwd": Reason.REDIRECT_FOREIGN,
    "data:text/html,x": Reason.REDIRECT_FOREIGN,
    "javascript:x": Reason.REDIRECT_FOREIGN,
    "http://[::1": Reason.REDIRECT_FOREIGN,
    "http://127.0.0.1:99999/": Reason.REDIRECT_FOREIGN,
    "http:///": Reason.UNREACHABLE,
    "\\\\evil.example\\x": Reason.UNREACHABLE,
    "": Reason.UNREACHABLE,
    "#": Reason.UNREACHABLE,
    "/simple/spam/": Reason.UNREACHABLE,
    "deeper/": Reason.UNREACHABLE,
    "?again": Reason.UNREACHABLE,
    "x" * 60_000: Reason.UNREACHABLE,
    "\xe9\xff": Reason.UNREACHABLE,
}


@pytest.mark.parametrize("location", REDIRECTS)
@pytest.mark.parametrize("status", ["302 Found", "308 Permanent"])
def test_redirect_leads_nowhere_when_it_leaves_or_never_ends(location: str, status: str) -> None:
    """Loops, other hosts, ports and schemes, and what is no address."""
    with LyingServer(lambda _: ()) as other:
        port = other.origin.rpartition(":")[2]
        to = location.format(port=port) if "{" in location else location
        answer = served(lambda _: [response(b"", f"Location: {to}", status=status)])
        assert unusable(answer) is REDIRECTS[location]
        assert other.heads == []


def test_credentials_go_nowhere_else_when_two_servers_forward_to_each_other() -> None:
    """There and back: what logs in at one is not shown to the other."""
    with LyingServer(lambda _: [response(PAGE)]) as thief:

        def answer(path: str) -> Pieces:
            return [response(b"", f"Location: {thief.origin}{path}?back", status="302 Found")]

        with (
            LyingServer(answer) as server,
            Asking(server.url, thief.url, login=("me", "secret"), retries=0) as asking,
        ):
            asking.page(server.url)
    assert all("authorization" not in head.lower() for head in thief.heads)
    assert all("authorization" in head.lower() for head in server.heads)


def test_redirect_with_a_body_drop_by_drop_is_not_waited_for() -> None:
    """Little bodies are read to their end, so that the connection can be kept; not at any price."""

    def answer(path: str) -> Pieces:
        if path.endswith("there"):
            yield response(PAGE)
            return
        yield b"HTTP/1.1 302 Found\r\nLocation: there\r\nContent-Length: 16000\r\n\r\n"
        for _ in range(16000):
            yield b"."
            yield 0.1

    assert isinstance(served(answer, timeout=5.0), Found)


DOCUMENTS: dict[str, tuple[bytes, type[Answer]]] = {
    "deep": (b'{"files": %b' % (b"[" * 100_000), Unavailable),
    "NaN": (
        PAGE.replace(b'"spam-1.0.tar.gz", "h', b'"spam-1.0.tar.gz", "size": NaN, "h'),
        Unavailable,
    ),
    "endless number": (PAGE.replace(b'"h', b'"size": %b, "h' % (b"9" * 5000)), Found),
    "huge exponent": (PAGE.replace(b'"h', b'"size": 1e99999, "h'), Found),
    "duplicate keys": (PAGE.replace(b'"files"', b'"files": [], "files"'), Found),
    "byte order mark": (b"\xef\xbb\xbf" + PAGE, Found),
    "UTF-16": (PAGE.decode().encode("utf-16"), Unavailable),
    "half a character": (PAGE.replace(b'"name": "spam"', b'"name": "\\ud800"'), Unavailable),
    "no UTF-8": (PAGE.replace(b'"name"', b'"\xff"'), Unavailable),
    "two documents": (PAGE + PAGE, Unavailable),
    "no files": (b'{"name": "spam"}', Unavailable),
    "files of none": (b'{"files": [null]}', Unavailable),
    "quarantined twice over": (PAGE[:-1] + b', "project-status": ["quarantined", 7]}', Found),
    "version of endless digits": (
        PAGE.replace(b'api-version": "1.0', b'api-version": "1.' + b"9" * 5000),
        Unavailable,
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_page_is_read_or_none_when_its_json_is_odd(name: str) -> None:
    """What can be understood in one way alone is read; the rest is no page."""
    raw, kind = DOCUMENTS[name]
    answer = ask(response(raw))
    assert isinstance(answer, kind), answer
    if isinstance(answer, Found):
        assert answer.page.file_count == 1


@pytest.mark.parametrize(
    "filename",
    [
        *(
            "spam-1.0\n.tar.gz",
            "spam- 1.0.tar.gz",
            "spam-1.0-py3-none-any\x1b[2J.whl",
            "a/spam-1.0.zip",
        ),
        *("..\\spam-1.0.tar.gz", "spam-1.0.tar.gz:x.zip", f"spam-1.0-{'1' * 300}-py3-none-any.whl"),
        *(
            "\u017fpam-1.0.tar.gz",
            "spam-1.0-py3-none-any\u202e.whl",
            "spam-\u0661.0.tar.gz",
            "spam-1.0\0.zip",
        ),
    ],
)
def test_file_is_no_file_of_the_project_when_its_name_is_none(filename: str) -> None:
    """It is never chosen; that it is there is still a claim to the name."""
    raw = json.dumps({"files": [ROW, {**ROW, "filename": filename}]}).encode()
    answer = ask(response(raw))
    assert isinstance(answer, Found)
    names = [file.filename for release in answer.page.releases for file in release.files]
    assert names == ["spam-1.0.tar.gz"]
    assert answer.page.file_count == 2


def test_page_of_thousands_of_files_is_read_soon() -> None:
    """Versions, epochs and digits without end among them."""
    odd = ["9" * 5000, "1!" * 50 + "1", "1." * 3000 + "1", "1.0+" + "a." * 3000 + "a"]
    versions = [*(f"{major}.{minor}" for major in range(100) for minor in range(100)), *odd]
    rows = [{**ROW, "filename": f"spam-{each}.tar.gz"} for each in versions]
    raw = json.dumps({"files": rows}).encode()
    answer = ask(response(raw), largest_page=8 * MIB, timeout=5.0)
    assert isinstance(answer, Found)
    assert answer.page.file_count == len(rows)
    assert len(answer.page.releases) >= 10_000


def test_files_of_a_page_with_a_base_elsewhere_lie_elsewhere() -> None:
    """Where they may lie is decided from their URLs, not from their page's."""
    html = b'<base href="https://evil.example/x/"><a href="spam-1.0.tar.gz">x</a>'
    answer = ask(response(html, content_type="text/html"))
    assert isinstance(answer, Found)
    (file,) = answer.page.releases[0].files
    assert file.url == "https://evil.example/x/spam-1.0.tar.gz"
