"""A file that breaks off goes on from there, where it is sure to be the same file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import pytest
from tests.support.asking import Asking, candidate_of
from tests.support.server import Incoming, LoopbackServer, Response

from xpip.core.decisions import Candidate
from xpip.core.facts import File, Hash
from xpip.errors import AvailabilityError, PolicyError

NAME = "spam-1.0-py3-none-any.whl"
CONTENT = bytes(range(256)) * 40
HALF = len(CONTENT) // 2
ETAG = '"one"'


def linked(url: str, *, hashed: bool = True) -> Candidate:
    """A candidate whose file holds CONTENT."""
    hashes = (Hash("sha256", hashlib.sha256(CONTENT).hexdigest()),) if hashed else ()
    return candidate_of(File(filename=NAME, url=url, hashes=hashes), "spam", "1.0")


def broken(**headers: str) -> Response:
    """The first half, and then nothing."""
    return Response(body=CONTENT[:HALF], headers=headers, cut_short=True)


def rest(
    first: int = HALF,
    body: bytes | None = None,
    also: Mapping[str, str] | None = None,
    **headers: str,
) -> Response:
    """The second half, as RFC 9110 has it."""
    stated = {
        "Content-Range": f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}",
        **headers,
        **(also or {}),
    }
    return Response(status=206, headers=stated, body=CONTENT[HALF:] if body is None else body)


WHOLE = Response(body=CONTENT, headers={"ETag": ETAG})


def fetched(*answers: Response, hashed: bool = True) -> tuple[bytes, list[Mapping[str, str]]]:
    """What was fetched in the end, and the headers of every request."""
    with LoopbackServer(in_turn(*answers)) as server, Asking(retries=3) as asking:
        content = asking.fetch(linked(server.origin, hashed=hashed)).path.read_bytes()
        left = [path.name for path in asking.directory.rglob("*") if path.is_file()]
        assert left == [NAME]
        return content, [each.headers for each in server.requests]


def in_turn(*answers: Response) -> Callable[[Incoming], Response]:
    """Answer with each of these once."""
    left = iter(answers)
    return lambda _: next(left)


def ranges(asked: list[Mapping[str, str]]) -> list[str | None]:
    """What part was asked for, each time."""
    return [each.get("range") for each in asked]


def test_rest_alone_is_asked_for_when_a_file_breaks_off() -> None:
    """And only if the file is still the same (`If-Range`)."""
    content, asked = fetched(broken(ETag=ETAG), rest(ETag=ETAG))
    assert content == CONTENT
    assert ranges(asked) == [None, f"bytes={HALF}-"]
    assert asked[1]["if-range"] == ETAG


def test_rest_may_break_off_too() -> None:
    """Each time it goes on from where it came to."""
    third = HALF + HALF // 2
    length = len(CONTENT) - 1
    second = Response(
        status=206,
        headers={"Content-Range": f"bytes {HALF}-{length}/{len(CONTENT)}", "ETag": ETAG},
        body=CONTENT[HALF:third],
        cut_short=True,
    )
    content, asked = fetched(broken(ETag=ETAG), second, rest(third, CONTENT[third:], ETag=ETAG))
    assert content == CONTENT
    assert ranges(asked) == [None, f"bytes={HALF}-", f"bytes={third}-"]


@pytest.mark.parametrize("etag", ['W/"one"', "one", ""])
def test_all_is_asked_for_again_when_nothing_says_that_it_is_the_same(etag: str) -> None:
    """A weak validator stays while bytes change (RFC 9110, 8.8.1)."""
    content, asked = fetched(broken(**{"ETag": etag} if etag else {}), WHOLE)
    assert (content, ranges(asked)) == (CONTENT, [None, None])


def test_all_is_asked_for_again_when_no_hash_binds_the_parts() -> None:
    """Nothing would show that they do not belong together."""
    content, asked = fetched(broken(ETag=ETAG), WHOLE, hashed=False)
    assert (content, ranges(asked)) == (CONTENT, [None, None])


def test_file_begins_anew_when_the_server_sends_all_of_it() -> None:
    """It has changed, or the server knows no ranges."""
    content, asked = fetched(broken(ETag='"zero"'), WHOLE)
    assert (content, len(asked)) == (CONTENT, 2)


@pytest.mark.parametrize(
    "lie",
    [
        rest(first=HALF - 1, ETag=ETAG),
        rest(first=0, ETag=ETAG),
        rest(ETag='"two"'),
        rest(also={"Content-Range": f"bytes {HALF}-{len(CONTENT) - 2}/{len(CONTENT)}"}),
        rest(also={"Content-Range": f"bytes {HALF}-{len(CONTENT) - 1}/*"}),
        rest(also={"Content-Range": "bytes"}),
        rest(also={"Content-Encoding": "gzip"}),
        rest(body=CONTENT[HALF:-1]),
        rest(body=CONTENT),
        Response(status=206, body=CONTENT[HALF:]),
        Response(status=416, headers={"Content-Range": f"bytes */{HALF}"}),
    ],
)
def test_file_begins_anew_when_an_answer_does_not_continue_it(lie: Response) -> None:
    """What came is thrown away, and all of it is asked for."""
    content, asked = fetched(broken(ETag=ETAG), lie, WHOLE)
    assert (content, ranges(asked)) == (CONTENT, [None, f"bytes={HALF}-", None])


def test_file_begins_anew_when_its_parts_do_not_fit_together() -> None:
    """A rest that lies is no proof against the file: its hash is that of all of it."""
    wrong = rest(ETag=ETAG, body=bytes(len(CONTENT) - HALF))
    content, asked = fetched(broken(ETag=ETAG), wrong, WHOLE)
    assert (content, ranges(asked)) == (CONTENT, [None, f"bytes={HALF}-", None])


def test_file_is_refused_when_it_is_wrong_as_a_whole_too() -> None:
    """One answer with other contents is what `hash-mismatch` means."""
    wrong = rest(ETag=ETAG, body=bytes(len(CONTENT) - HALF))
    with pytest.raises(PolicyError):
        fetched(broken(ETag=ETAG), wrong, Response(body=bytes(len(CONTENT))))


def test_file_is_refused_when_its_parts_never_fit_together() -> None:
    """As often as retries are allowed, and no more."""
    wrong = rest(ETag=ETAG, body=bytes(len(CONTENT) - HALF))
    with pytest.raises((PolicyError, AvailabilityError)):
        fetched(broken(ETag=ETAG), wrong, broken(ETag=ETAG), wrong)


def test_part_is_no_answer_when_all_was_asked_for() -> None:
    """206 says that somebody asked for a part."""
    with pytest.raises(AvailabilityError):
        fetched(rest(first=HALF, ETag=ETAG))
