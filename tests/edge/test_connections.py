"""What connections are opened for, how long they are kept, and what is asked for over them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Semaphore

import pytest
from tests.support.asking import raw_server, transport
from tests.support.server import Incoming, LoopbackServer, Response

from xpip.core.policy import Network
from xpip.edge.repositories.connections import Connections, target_of
from xpip.edge.repositories.transport import Response as Answer
from xpip.edge.repositories.transport import Transport

SMALL = b"not here"
LARGE = bytes(1 << 20)


def connections_used(
    answer: Callable[[Incoming], Response], requests: int = 3, **headers: str
) -> int:
    """How many connections so many requests in a row take."""
    with LoopbackServer(answer) as server:
        asking = transport(retries=0)
        for _ in range(requests):
            ask(asking, server.origin, **headers)
        asking.close()
        assert len(server.requests) == requests
        return len({each.connection for each in server.requests})


def ask(asking: Transport, url: str, **headers: str) -> Answer:
    """One request that is answered."""
    answer = asking.get(url, headers=headers, may_follow=lambda _, __: None, login=lambda _: False)
    assert isinstance(answer, Answer), answer
    return answer


# How long they are kept


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Response(body=SMALL), id="page"),
        pytest.param(Response(body=LARGE), id="large-page"),
        pytest.param(Response(status=404, body=SMALL), id="absent"),
        pytest.param(Response(status=304), id="unchanged"),
    ],
)
def test_connection_is_used_again_when_its_answer_was_read(answer: Response) -> None:
    """Also where nobody wants the body: most answers of a warm run are 304."""
    assert connections_used(lambda _: answer) == 1


def test_connection_is_used_again_after_a_redirect() -> None:
    """Its small body is read on the way."""

    def answer(incoming: Incoming) -> Response:
        if incoming.path == "/there":
            return Response()
        return Response(status=302, headers={"Location": "/there"}, body=SMALL)

    with LoopbackServer(answer) as server:
        asking = transport()
        ask(asking, f"{server.origin}/here")
        asking.close()
    assert len({each.connection for each in server.requests}) == 1


def test_connection_is_given_up_when_much_of_its_answer_is_left() -> None:
    """An error page of any length is not read for the connection's sake."""
    assert connections_used(lambda _: Response(status=404, body=LARGE)) == 3


def test_connection_is_given_up_when_the_rest_does_not_come() -> None:
    """Half an answer says nothing of where the next one would begin."""
    short = Response(status=404, body=SMALL, cut_short=True)
    assert connections_used(lambda _: short, requests=2) == 2


def test_connection_that_the_server_gave_up_is_not_used_again() -> None:
    """It looks at what it keeps before it asks: no request is lost, and none is made twice."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    hung_up = Semaphore(0)
    with raw_server([answer, answer], hung_up.release) as url:
        asking = transport(retries=0)
        assert ask(asking, url).body == b"hello"
        hung_up.acquire()
        assert ask(asking, url).body == b"hello"
        asking.close()


# What is asked for


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"),
        ("http://h/simple/spam/", "/simple/spam/"),
        ("http://h/a?b=c&d#e", "/a?b=c&d"),
        ("http://h/spam 1.0+cpu.whl", "/spam%201.0+cpu.whl"),
        ("http://h/1.0%2Bcpu.whl?x=%", "/1.0%2Bcpu.whl?x=%25"),
        ("http://h/spæm?ø", "/sp%C3%A6m?%C3%B8"),
        ('http://h/"<>`{}', "/%22%3C%3E%60%7B%7D"),
        ("http://h/a/./b/../c", "/a/c"),
        ("http://h/a/../../../b", "/b"),
        ("http://h/a/%2E%2e/b/..", "/"),
        ("http://h/a/b/.", "/a/b/"),
        ("http://h/a..b/.c/...", "/a..b/.c/..."),
    ],
)
def test_target_is_what_a_server_takes(url: str, target: str) -> None:
    """RFC 3986, 5.2.4 and 6.2.2: nothing that it would have to resolve, or could not read."""
    assert target_of(url).decode() == target


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "//127.0.0.1/", "http:///spam", "http://h:/\ud800"]
)
def test_nothing_is_asked_for_where_there_is_no_server(url: str) -> None:
    """Whatever a page names."""
    with pytest.raises(ValueError):  # noqa: PT011  # their words are shown, and not compared
        Connections(Network()).send(url, {})


def test_certificates_are_not_read_when_nothing_is_asked_over_https() -> None:
    """It takes longer than many requests."""
    with LoopbackServer(lambda _: Response()) as server:
        connections = Connections(Network(ca_file="/gone"))
        connections.send(f"{server.origin}/", {}).close()
        connections.close()
    assert len(server.requests) == 1
