"""Requests, retries, redirects and limits, as far as no page or wheel is concerned."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.support.asking import credentials_for, free_port, raw_server
from tests.support.asking import transport as make_transport
from tests.support.server import Incoming, LoopbackServer, Request
from tests.support.server import Response as Sent

from xpip.core.urls import WebOrigin
from xpip.edge.repositories.transport import Failed, Failure, Response, Transport
from xpip.errors import Reason

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def anywhere(_: str, __: str) -> None:
    """Let every redirect pass."""


def everywhere(_: WebOrigin) -> bool:
    """Let whoever is known log in."""
    return True


def at_once(_: float) -> None:
    """Do not wait before a retry."""


def get(transport: Transport, url: str) -> Response | Failure:
    """One request, over a transport that is closed afterwards."""
    try:
        return transport.get(url, may_follow=anywhere, login=everywhere)
    finally:
        transport.close()


def statuses(*answers: Sent) -> Callable[[Incoming], Sent]:
    """Answer with each of these once, and with the last for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def redirect(url: str) -> Sent:
    """A redirect."""
    return Sent(status=302, headers={"Location": url})


def authorization(request: Request) -> str | None:
    """User and password of a request, if it brought some."""
    header = request.headers.get("authorization")
    return header and base64.b64decode(header.removeprefix("Basic ")).decode()


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_transport_asks_again_as_often_as_it_is_told(retries: int) -> None:
    """And gives the last status to whoever knows what it means."""
    with LoopbackServer(lambda _: Sent(status=503)) as server:
        answer = get(make_transport(retries=retries, pause=at_once), server.origin)
    assert isinstance(answer, Response)
    assert answer.status == 503
    assert len(server.requests) == 1 + retries


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_transport_asks_once_when_the_answer_is_final(status: int) -> None:
    """Asking again would not change it."""
    with LoopbackServer(lambda _: Sent(status=status)) as server:
        get(make_transport(pause=at_once), server.origin)
    assert len(server.requests) == 1


def test_transport_asks_again_when_the_connection_breaks() -> None:
    """Before the first byte of an answer nothing is lost by that."""
    with raw_server([b"", OK]) as url:
        answer = get(make_transport(pause=at_once), url)
    assert isinstance(answer, Response)
    assert answer.body == b"hello"


def test_transport_waits_longer_each_time_when_nobody_listens() -> None:
    """Each pause is longer than the one before, whatever the chance part of it."""
    pauses: list[float] = []
    get(make_transport(pause=pauses.append), f"http://127.0.0.1:{free_port()}/")
    assert len(pauses) == 3
    assert pauses == sorted(pauses)


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("0", 0.0), ("86400", 30.0), ("9" * 400, 30.0)]
)
def test_transport_waits_as_long_as_the_server_asks(asked: str, waited: float) -> None:
    """RFC 9110, section 10.2.3; within reason, or a repository could hang every run."""
    pauses: list[float] = []
    busy = Sent(status=429, headers={"Retry-After": asked})
    with LoopbackServer(statuses(busy, Sent())) as server:
        answer = get(make_transport(pause=pauses.append), server.origin)
    assert isinstance(answer, Response)
    assert pauses == [waited]


@pytest.mark.parametrize("asked", ["", "soon", "-1", "²", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_transport_waits_as_usual_when_the_server_asks_in_other_words(asked: str) -> None:
    """Whatever stands there, it ends neither the run nor its patience."""
    pauses: list[float] = []
    busy = Sent(status=503, headers={"Retry-After": asked})
    with LoopbackServer(statuses(busy, Sent())) as server:
        answer = get(make_transport(pause=pauses.append), server.origin)
    assert isinstance(answer, Response)
    assert 0 < pauses[0] < 1


def test_credentials_go_to_their_own_web_origin() -> None:
    """As HTTP Basic, in UTF-8."""
    with LoopbackServer(lambda _: Sent()) as server:
        login = credentials_for(server.origin, "me", "sécret")
        get(make_transport([login]), f"{server.origin}/any/path")
    assert authorization(server.requests[0]) == "me:sécret"


def test_credentials_go_to_no_other_port_of_their_host() -> None:
    """A web origin is scheme, host and port: another port may be another owner's."""
    with LoopbackServer(lambda _: Sent()) as own, LoopbackServer(lambda _: Sent()) as other:
        get(make_transport([credentials_for(own.origin, "me", "secret")]), other.origin)
    assert authorization(other.requests[0]) is None


def test_credentials_are_not_sent_along_when_a_redirect_leaves_their_web_origin() -> None:
    """Whoever is forwarded to gets what is bound to their own web origin, or nothing."""
    with LoopbackServer(lambda _: Sent()) as other:
        with LoopbackServer(lambda _: redirect(f"{other.origin}/spam")) as own:
            get(make_transport([credentials_for(own.origin, "me", "secret")]), own.origin)
        assert authorization(own.requests[0]) == "me:secret"
        assert authorization(other.requests[0]) is None


def test_credentials_are_not_taken_back_when_a_redirect_stays() -> None:
    """Each step within the web origin needs them."""
    with LoopbackServer(statuses(redirect("/two"), redirect("three"), Sent())) as own:
        get(make_transport([credentials_for(own.origin, "me", "secret")]), own.origin)
    assert [authorization(request) for request in own.requests] == ["me:secret"] * 3


@pytest.mark.parametrize("trick", ["//{own}@{other}/", "//{other}/\\@{own}", "//{other}#@{own}/"])
def test_credentials_stay_when_a_redirect_only_looks_like_their_web_origin(trick: str) -> None:
    """What stands before an @ or after a # is not the host."""
    with LoopbackServer(lambda _: Sent()) as other:
        hosts = {"other": other.origin.removeprefix("http://")}
        with LoopbackServer(
            lambda _: redirect("http:" + trick.format(own=own.origin[7:], **hosts))
        ) as own:
            login = credentials_for(own.origin, "me", "secret")
            get(make_transport([login], retries=0), own.origin)
        assert all("secret" not in (authorization(each) or "") for each in other.requests)


def test_cookies_are_forgotten() -> None:
    """Cookies know no web origin: one repository could set them for another on its host."""
    cookie = Sent(headers={"Set-Cookie": "session=1; Path=/"})
    with LoopbackServer(lambda _: cookie) as one, LoopbackServer(lambda _: Sent()) as other:
        transport = make_transport()
        for origin in (one.origin, one.origin, other.origin):
            transport.get(origin, may_follow=anywhere, login=everywhere)
        transport.close()
    assert all("cookie" not in request.headers for request in (*one.requests, *other.requests))


def test_redirect_is_followed_only_where_the_rule_lets_it() -> None:
    """The rule's reason is the failure's; what it refuses is not asked."""
    with LoopbackServer(lambda _: Sent()) as other:
        with LoopbackServer(lambda _: redirect(other.origin)) as own:
            transport = make_transport()
            answer = transport.get(
                own.origin, may_follow=lambda *_: Reason.FILE_HOST_FOREIGN, login=everywhere
            )
            transport.close()
        assert isinstance(answer, Failure)
        assert answer.reason is Reason.FILE_HOST_FOREIGN
        assert other.requests == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "HTTPX://h/"])
def test_redirect_is_followed_on_the_web_only(target: str) -> None:
    """Even where the rule lets everything pass."""
    with LoopbackServer(lambda _: redirect(target)) as server:
        answer = get(make_transport(retries=0), server.origin)
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.REDIRECT_FOREIGN


def test_body_is_left_when_its_status_is_not_wanted() -> None:
    """An error page of any length costs nothing."""
    with LoopbackServer(lambda _: Sent(status=404, body=b"x", endless=True)) as server:
        answer = get(make_transport(), server.origin)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (404, b"")


def test_body_is_refused_when_it_exceeds_the_limit() -> None:
    """One byte too many, without a Content-Length to say so beforehand."""
    with raw_server([b"HTTP/1.0 200 OK\r\n\r\n" + bytes(11)]) as url:
        transport = make_transport()
        answer = transport.get(url, may_follow=anywhere, login=everywhere, limit=10)
        transport.close()
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.LIMIT


def test_stream_fails_when_its_body_breaks_off() -> None:
    """What came before is the caller's to throw away."""
    with LoopbackServer(lambda _: Sent(body=b"half", cut_short=True)) as server:
        transport = make_transport()
        with transport.stream(server.origin, may_follow=anywhere, login=everywhere) as stream:
            chunks = stream.chunks()
            assert next(chunks) == b"half"
            with pytest.raises(Failed) as caught:
                next(chunks)
        transport.close()
    assert caught.value.failure.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("url", ["http://[/", "http://a..b/", "http://127.0.0.1:1/\ud800", "x"])
def test_request_fails_when_its_address_is_none(url: str) -> None:
    """Pages can hold anything: an impossible link is a failure, not a crash."""
    answer = get(make_transport(retries=0), url)
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.UNREACHABLE


def test_close_ends_the_pause_before_a_retry() -> None:
    """Nobody waits half a minute at the end of a run for an answer that is no longer needed."""
    transport = make_transport()

    def answer(_: Incoming) -> Sent:
        threading.Thread(target=transport.close).start()
        return Sent(status=503, headers={"Retry-After": "86400"})

    with LoopbackServer(answer) as server:
        assert isinstance(
            transport.get(server.origin, may_follow=anywhere, login=everywhere), Failure
        )
    assert len(server.requests) == 1


def test_closed_transport_asks_nothing_more() -> None:
    """Also where it never asked before."""
    with LoopbackServer(lambda _: Sent()) as server:
        transport = make_transport()
        transport.close()
        assert isinstance(
            transport.get(server.origin, may_follow=anywhere, login=everywhere), Failure
        )
    assert server.requests == []


def test_close_cuts_off_a_body_that_somebody_reads() -> None:
    """Whoever waits for the next byte is woken, and has ended when the transport has."""
    transport = make_transport()
    begun, ended = threading.Event(), threading.Event()

    def read(url: str) -> None:
        try:
            with transport.stream(url, may_follow=anywhere, login=everywhere) as stream:
                begun.set()
                list(stream.chunks())
        except Failed:
            ended.set()

    with LoopbackServer(lambda _: Sent(endless=True)) as server:
        reader = threading.Thread(target=read, args=(server.origin,))
        reader.start()
        begun.wait(10)
        transport.close()
        assert ended.wait(0.5)
        reader.join()


def test_close_wakes_a_reader_whose_server_says_nothing() -> None:
    """Neither the server's patience nor the transport's own is waited for."""
    transport = make_transport(timeout=60)
    results: list[Response | Failure] = []
    header = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        reader = threading.Thread(
            target=lambda: results.append(transport.get(url, may_follow=anywhere, login=everywhere))
        )
        reader.start()
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(header)
            time.sleep(0.2)  # until the reader waits for the body
            transport.close()
            reader.join(10)
            assert isinstance(results[0], Failure)


def test_body_fails_when_it_comes_drop_by_drop() -> None:
    """A byte now and then keeps no run waiting for ever."""
    with dripping_server() as url:
        answer = get(make_transport(retries=0, timeout=0.2), url)

    assert isinstance(answer, Failure)
    assert answer.reason is Reason.LIMIT


@contextmanager
def dripping_server() -> Iterator[str]:
    """A server whose body never ends, a byte at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while True:
                    connection.sendall(b".")
                    time.sleep(0.02)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()
