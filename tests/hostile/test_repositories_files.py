"""Servers that lie about files, metadata and what may be kept; and the command before them."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest
from tests.support.asking import Asking
from tests.support.command import kept_variables
from tests.support.lying import LyingServer, Pieces, response
from tests.support.wheels import build_wheel

from xpip.core.facts import (
    Absent,
    CoreMetadata,
    Found,
    InvalidMetadata,
    MetadataAnswer,
    Unavailable,
)
from xpip.edge.cache.pages import PageCache
from xpip.edge.repositories.kept_pages import KeptPages
from xpip.errors import Reason, XpipError

NAME = "spam-1.0-py3-none-any.whl"
HEAD = b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"
LIMITS: dict[str, Any] = {"timeout": 0.5, "longest": 2.0, "retries": 0}


@pytest.fixture
def wheel(tmp_path: Path) -> bytes:
    return build_wheel(tmp_path, "spam", "1.0").read_bytes()


def page(**claims: object) -> bytes:
    row = {"filename": NAME, "url": f"../../files/{NAME}", "hashes": {}, **claims}
    return response(json.dumps({"files": [row]}).encode())


def metadata(answers: Mapping[str, bytes | Iterator[bytes]], **claims: object) -> MetadataAnswer:
    """What is made of a server that answers so for the wheel, by the end of the path."""

    def answer(path: str) -> Pieces:
        if path.startswith("/simple/"):
            return [page(**claims)]
        given = answers[path.rpartition(".")[2]]
        return [given] if isinstance(given, bytes) else given

    began = time.monotonic()
    with LyingServer(answer) as server, Asking(server.url, **LIMITS) as asking:
        found = asking.client.metadata(asking.candidate(server.url))
        assert time.monotonic() - began < 15
        return found


def partial(body: bytes, said: str) -> bytes:
    return response(body, f"Content-Range: {said}", status="206 Partial Content")


RANGES = {
    "none": "",
    "of another place": "bytes 0-9/10",
    "of more": "bytes 0-99999/100000",
    "beyond its end": "bytes 5-9/7",
    "backwards": "bytes 9-0/10",
    "unknown size": "bytes 0-9/*",
    "other units": "lines 0-9/10",
    "no numbers": "bytes a-b/c",
    "endless digits": f"bytes 0-{'9' * 500}/{'9' * 501}",
    "other digits": "bytes \u00b2-\u00b3/\u00b9",
    "huge size": "bytes 999999999999999990-999999999999999999/1000000000000000000",
}


@pytest.mark.parametrize("name", RANGES)
def test_metadata_is_read_from_the_whole_wheel_when_ranges_are_lies(
    name: str, tmp_path: Path, wheel: bytes
) -> None:
    """`Content-Range` and body have to agree with each other, and with what was asked for."""
    asked = count()

    def answer(path: str) -> Pieces:
        if path.startswith("/simple/"):
            return [page()]
        # The lie first; then, for the whole wheel, the truth.
        return [partial(wheel[:10], RANGES[name]) if not next(asked) else response(wheel)]

    with LyingServer(answer) as server, Asking(server.url, **LIMITS) as asking:
        found = asking.client.metadata(asking.candidate(server.url))
    assert isinstance(found, CoreMetadata)


MANY = HEAD + b"".join(b"Requires-Dist: a%d\n" % number for number in range(10_001))
METADATA: dict[str, bytes] = {
    "endless requirements": MANY,
    "endless headers": HEAD + b"X: y\n" * 900_000,
    "deep parentheses": HEAD
    + b"Requires-Dist: a; "
    + b"(os_name=='' or " * 200
    + b"os_name==''"
    + b")" * 200
    + b"\n",
    "long requirement": HEAD + b"Requires-Dist: a" + b">=1," * 2000 + b"<2\n",
    "endless digits": HEAD + b"Requires-Dist: a>=" + b"9" * 4500 + b"\n",
    "another name": HEAD.replace(b"spam", b"eggs"),
    "another version": HEAD.replace(b"1.0", b"1.1", 1).replace(b"Version: 1.0", b"Version: 2"),
    "the next major": HEAD.replace(b"2.1", b"3.0"),
    "nothing": b"",
    "a login page": b"<!DOCTYPE html><h1>Log in</h1>",
    "NUL": b"\0" * 100_000,
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_is_none_when_nothing_can_be_made_of_it(name: str) -> None:
    """The release is passed over, with the reason; nobody is asked for ten thousand projects."""
    body = METADATA[name]
    claim = {"sha256": hashlib.sha256(body).hexdigest()}
    found = metadata({"metadata": response(body)}, **{"core-metadata": claim})
    assert isinstance(found, InvalidMetadata)


def test_metadata_is_refused_when_it_is_endless() -> None:
    """Sixteen megabytes of it are more than any project has to say."""
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    endless = iter([head, *repeat(b"X: y\n" * 20_000, 400)])
    found = metadata({"metadata": endless}, **{"core-metadata": True})
    assert isinstance(found, Unavailable)
    assert found.reason in {Reason.LIMIT, Reason.UNREACHABLE}


@pytest.mark.parametrize("limit", [b"9" * 30, b"16777217"])
def test_part_of_a_wheel_is_refused_when_it_is_larger_than_any(limit: bytes) -> None:
    """Of a wheel's directory kilobytes are asked for; a server may send what it likes."""
    endless = (
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-%b/%b\r\n\r\n" % (limit, limit),
        *repeat(bytes(1 << 20), 20),
    )
    found = metadata({"whl": iter(endless)})
    assert isinstance(found, Unavailable)
    assert found.reason is Reason.LIMIT


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"size": 1}, Reason.HASH_MISMATCH),
        ({"size": 1 << 80}, Reason.HASH_MISMATCH),
        ({"hashes": {"sha256": "ab" * 32}}, Reason.HASH_MISMATCH),
        ({"hashes": {"sha256": "short"}}, Reason.HASH_MISMATCH),
        ({"hashes": {"sha512": "x" * 128}}, Reason.HASH_MISMATCH),
        ({"hashes": {"sha256": ""}}, Reason.HASH_MISMATCH),
    ],
)
def test_file_is_refused_when_it_is_not_what_its_page_says(
    wheel: bytes, claims: dict[str, object], reason: Reason
) -> None:
    """Absurd sizes and hashes among them: a claim that cannot hold does not."""

    def answer(path: str) -> Pieces:
        return [page(**claims) if path.startswith("/simple/") else response(wheel)]

    with LyingServer(answer) as server, Asking(server.url, **LIMITS) as asking:
        with pytest.raises(XpipError) as caught:
            asking.fetch(asking.candidate(server.url))
        assert not list(asking.directory.rglob("*.whl"))
    assert caught.value.reference is reason


def slowly(times: int) -> list[bytes | float]:
    return [piece for _ in range(times) for piece in (b"P", 0.05)]


BROKEN: dict[str, list[bytes | float]] = {
    "short": [response(b"PK", "Content-Length: 900")],
    "part": [partial(b"PK", "bytes 0-1/2")],
    "drip": [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *slowly(100)],
    "compressed": [response(b"PK", "Content-Encoding: gzip", "Content-Length: 900")],
    "no answer": [b"HTTP/1.1 100 Continue\r\n\r\n"],
    "not modified": [response(status="304 Not Modified")],
    "login": [response(b"<h1>Log in</h1>", status="401 Unauthorized")],
}


@pytest.mark.parametrize("name", BROKEN)
def test_file_is_unavailable_when_it_does_not_come_whole(name: str) -> None:
    """And nothing of it stays."""

    def answer(path: str) -> Pieces:
        return [page()] if path.startswith("/simple/") else BROKEN[name]

    with LyingServer(answer) as server, Asking(server.url, **LIMITS) as asking:
        with pytest.raises(XpipError) as caught:
            asking.fetch(asking.candidate(server.url))
        assert not list(asking.directory.rglob("*.whl"))
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    "headers",
    [
        ('ETag: "\xe9"',),
        (f'ETag: "{"x" * 60_000}"',),
        ("Last-Modified: \xff", "ETag: \t"),
        ("Vary: *", 'ETag: "x"', "Cache-Control: max-age=99999999999999999999"),
        ("Age: -1", "Cache-Control: max-age=-1"),
    ],
)
def test_kept_answer_ends_no_later_question(tmp_path: Path, headers: tuple[str, ...]) -> None:
    """What cannot be sent back is not kept: else the page would be out of reach for good."""
    kept = KeptPages(PageCache(tmp_path), now=0.0)
    body = page().partition(b"\r\n\r\n")[2]
    with LyingServer(lambda _: [response(body, *headers)]) as server:
        for _ in range(2):
            with Asking(server.url, kept=kept, **LIMITS) as asking:
                assert isinstance(asking.page(server.url), Found)


def test_not_modified_changes_nothing_of_what_others_have(tmp_path: Path) -> None:
    """Two repositories with one ETag on one host: each has its own answer."""
    kept = KeptPages(PageCache(tmp_path), now=0.0)
    body = page().partition(b"\r\n\r\n")[2]

    def answer(path: str) -> Pieces:
        if path.startswith("/one/"):
            return [response(body, 'ETag: "same"', "Cache-Control: max-age=3600")]
        return [response(status="304 Not Modified")]

    with LyingServer(answer) as server:
        one, two = f"{server.origin}/one/", f"{server.origin}/two/"
        with Asking(one, two, kept=kept, **LIMITS) as asking:
            assert isinstance(asking.page(one), Found)
            other = asking.page(two)
    assert isinstance(other, Unavailable)
    assert other.reason is Reason.HTTP_STATUS


def test_absence_elsewhere_is_no_answer_of_this_repository(tmp_path: Path) -> None:
    """A 404 is kept under the repository that said it."""
    kept = KeptPages(PageCache(tmp_path), now=0.0)

    def answer(path: str) -> Pieces:
        if path.startswith("/one/"):
            return [response(status="404 Not Found")]
        return [page()]

    with LyingServer(answer) as server:
        one, two = f"{server.origin}/one/", f"{server.origin}/two/"
        with Asking(one, two, kept=kept, **LIMITS) as asking:
            assert isinstance(asking.page(one), Absent)
            assert isinstance(asking.page(two), Found)


# The command, in a process that may not have more than so much memory

MEMORY = 1 << 30


def html(text: bytes) -> Pieces:
    return [response(text, content_type="text/html")]


def rows(*names: str, **fields: object) -> Pieces:
    listed = [{"filename": each, "url": each, "hashes": {}, **fields} for each in names]
    return [response(json.dumps({"files": listed}).encode())]


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.pypi.simple.v1+json\r\n\r\n"
COMMANDS: dict[str, tuple[Pieces, int]] = {
    "endless page": ([WHOLE, *repeat(b"[" * (1 << 20), 80)], 4),
    "brackets": ([response(b'{"files":[],"name":[%b0]}' % (b"[]," * 15_000_000))], 4),
    "unended tags": (html(b"<a href=" * 50_000), 4),
    "links": (html(b"<a href=x>" * 300_000), 4),
    "deep": ([response(b'{"files":' + b"[" * 1_000_000)], 4),
    "login page": (html(b"<form>Log in</form>"), 4),
    "interim answers": ([b"HTTP/1.1 103 Hints\r\n\r\n" * 20_000], 4),
    "odd names": (rows("spam-1.0\n.tar.gz", "spam-1.0\x1b[2J.zip", "\u017fpam-1.0.zip"), 1),
    "odd fields": (rows("spam-1.0.zip", size=-1, yanked=[1], **{"upload-time": 7}), 1),
    "odd dates": (rows("spam-1.0.zip", **{"upload-time": "0001-01-01T00:00:00+23:59"}), 4),
    "monstrous Python": (rows("spam-1.0.zip", **{"requires-python": "!=1," * 200_000}), 4),
    "quarantined": ([response(b'{"files":[],"project-status":{"status":"quarantined"}}')], 3),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_ends_with_its_own_error_before_a_hostile_repository(
    name: str, tmp_path: Path
) -> None:
    """In seconds, in a gigabyte, without a traceback, with the exit code that says what it was."""
    pieces, exit_code = COMMANDS[name]

    def answer(path: str) -> Pieces:
        return pieces if path == "/simple/spam/" else [response(status="404 Not Found")]

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    with LyingServer(answer) as server:
        told = ["-i", server.url, "--retries", "0", "--timeout", "2", "--no-cache", "spam"]
        ended = subprocess.run(
            [sys.executable, "-m", "xpip", "install", "--target", "out", *told],
            cwd=tmp_path,
            env={**kept_variables(), "MALLOC_ARENA_MAX": "2"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            preexec_fn=limited,
        )
    assert ended.returncode == exit_code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "\x1b[2J" not in ended.stderr + ended.stdout
    assert {each.name for each in (tmp_path / "out").glob("*")} <= {".xpip.lock"}
