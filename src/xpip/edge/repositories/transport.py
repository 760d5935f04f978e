"""HTTP: requests, retries, redirects, limits.

Says what a server answered, or how it failed to; does not know what a page or a wheel is.
Redirects are followed here one by one, each only where the caller's rule lets it; credentials
go to the web origin they are bound to and to no other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from xpip import __version__
from xpip.core.policy import Credentials, Network
from xpip.core.urls import WebOrigin, joined, redacted, web_origin
from xpip.edge.repositories.connections import Arriving, Connections
from xpip.edge.repositories.responses import (
    MIB,
    Failed,
    Failure,
    Response,
    Stream,
    failure,
    transient_errors,
)
from xpip.errors import Reason

__all__ = [
    "CONNECTIONS",
    "Failed",
    "Failure",
    "Logins",
    "MayFollow",
    "MayLogIn",
    "Response",
    "Stream",
    "Transport",
]

_RETRIED = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 10
_MAX_WAIT = 30.0
# devpi answers 404 for every project below `/user/index/`, unless it takes the client for pip: to
# others, a URL that works in pip.conf would look like a repository that has nothing.
_USER_AGENT = f"xpip/{__version__} (compatible with pip/26)"
_MAX_FAREWELL = 1.0
_PLAIN = Network()
CONNECTIONS = 32
"""Requests for pages and metadata in flight, over all hosts.

A run of 141 projects takes seven round trips longer with 16, and none less with 48.
"""


MayFollow = Callable[[str, str], Reason | None]
"""From one URL to another: None to go there, or the reason why not."""

MayLogIn = Callable[[WebOrigin], bool]
"""Whether a request may bring what logs in to this web origin, where that is known."""


class Logins(Protocol):
    """Finds what logs in to a web origin."""

    def find(self, origin: WebOrigin) -> Credentials | None:
        """What is known without asking anybody."""

    def ask(self, origin: WebOrigin) -> Credentials | None:
        """What can be found out after a server refused."""


class Transport:
    """A pool of connections, made when the first request is due.

    Args:
        logins: each sent to its own web origin, and to no other.
        network: how servers are reached.
        longest: seconds that a whole body may take.
        pause: waits so many seconds before a retry; ends early when the transport is closed.
    """

    def __init__(
        self,
        *,
        logins: Logins,
        network: Network = _PLAIN,
        longest: float = 300.0,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._logins = logins
        self._network = network
        self._longest = longest
        self._connections = Connections(network)
        self._closed = threading.Event()
        self._pause = pause or self._closed.wait
        self._streams: set[Stream] = set()
        self._reading = threading.Condition()

    @property
    def retries(self) -> int:
        """How often whatever broke off is begun again."""
        return self._network.retries

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        may_follow: MayFollow,
        login: MayLogIn,
        limit: int = 256 * MIB,
        wanted: Collection[int] = (200,),
    ) -> Response | Failure:
        """Ask for a whole body.

        Args:
            url: where.
            headers: sent along, to every hop.
            may_follow: asked before each redirect.
            login: asked before each hop, whether it may log in there.
            limit: bytes, after decompression.
            wanted: statuses whose body is read.
        """
        try:
            with self.stream(url, headers=headers, may_follow=may_follow, login=login) as stream:
                body = stream.read(limit, self._longest) if stream.status in wanted else b""
                return Response(
                    url=stream.url, status=stream.status, headers=stream.headers, body=body
                )
        except Failed as failed:
            return failed.failure

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        may_follow: MayFollow,
        login: MayLogIn,
    ) -> Iterator[Stream]:
        """Ask for a body bit by bit; retried until the first byte, not after.

        Raises:
            Failed: no answer, a redirect that may not be followed, or a body that broke off.
        """
        if self._network.offline:
            raise Failed(
                Failure(url=redacted(url), reason=Reason.OFFLINE, detail="it is not kept here")
            )
        sent = {
            "Accept": "*/*",
            "User-Agent": _USER_AGENT,
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        at = url
        for _ in range(_MAX_REDIRECTS):
            response = self._send(at, sent, login)
            try:
                if response.status not in _REDIRECTS or "location" not in response.headers:
                    with self._on_its_way(
                        Stream(response, at, patience=self._network.timeout)
                    ) as stream:
                        yield stream
                    return
            finally:
                response.close()
            at = _next_hop(at, response.headers["location"], may_follow)
        raise Failed(
            Failure(url=redacted(url), reason=Reason.UNREACHABLE, detail="too many redirects")
        )

    def close(self) -> None:
        """Cut off every body, wait for its reader to be done, and ask nothing more."""
        with self._reading:
            self._closed.set()
            for stream in self._streams:
                stream.cut()
            self._reading.wait_for(lambda: not self._streams, _MAX_FAREWELL)
        self._connections.close()

    @contextmanager
    def _on_its_way(self, stream: Stream) -> Iterator[Stream]:
        with self._reading:
            self._check_open(stream.url)
            self._streams.add(stream)
        try:
            yield stream
        finally:
            with self._reading:
                self._streams.discard(stream)
                self._reading.notify_all()

    def _check_open(self, url: str) -> None:
        if self._closed.is_set():
            raise Failed(failure(url, RuntimeError("nothing more is asked in this run")))

    def _send(self, url: str, headers: Mapping[str, str], may_log_in: MayLogIn) -> Arriving:
        origin = _origin(url)
        if not may_log_in(origin):
            return self._persist(url, headers)
        login = self._logins.find(origin)
        response = self._persist(url, _authorized(headers, login))
        if response.status == 401 and login is None:
            login = self._logins.ask(origin)
            if login is not None:
                response.close()
                response = self._persist(url, _authorized(headers, login))
        return response

    def _persist(self, url: str, headers: Mapping[str, str]) -> Arriving:
        """Ask once, and as often again as the network's rules say."""
        for attempt in range(self._network.retries + 1):
            last = attempt == self._network.retries
            self._check_open(url)
            try:
                response = self._connections.send(url, headers)
            except transient_errors(OSError, ValueError) as error:
                if last or not isinstance(error, transient_errors()):
                    proxy = self._connections.proxy_for(url)
                    raise Failed(failure(url, error, proxy=proxy)) from error
                self._pause(_backoff(attempt))
                continue
            if last or response.status not in _RETRIED:
                return response
            response.close()
            self._pause(_wait(response, attempt))
        raise AssertionError("unreachable")  # pragma: no cover


def _authorized(headers: Mapping[str, str], login: Credentials | None) -> dict[str, str]:
    if login is None:
        return dict(headers)
    from base64 import b64encode

    token = b64encode(f"{login.username}:{login.password}".encode()).decode("ascii")
    return {**headers, "Authorization": f"Basic {token}"}


def _origin(url: str) -> WebOrigin:
    try:
        return web_origin(url)
    except ValueError as error:
        raise Failed(failure(url, error)) from None


def _next_hop(at: str, location: str, may_follow: MayFollow) -> str:
    target = joined(at, location)
    refused = may_follow(at, target) or _unsafe_scheme(at, target)
    if refused is not None:
        raise Failed(
            Failure(
                url=redacted(at),
                reason=refused,
                detail=f"this server forwards to {redacted(target)}",
            )
        )
    return target


def _unsafe_scheme(at: str, target: str) -> Reason | None:
    before, after = web_origin(at)[0], web_origin(target)[0]
    safe = ("https",) if before == "https" else ("https", "http")
    return None if after in safe else Reason.REDIRECT_FOREIGN


def _backoff(attempt: int) -> float:
    import random

    jitter = 0.75 + random.random() / 2  # noqa: S311
    return min(_MAX_WAIT, 0.25 * 2.0**attempt) * jitter


def _wait(response: Arriving, attempt: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(_MAX_WAIT, float(asked)) if asked.isdecimal() else _backoff(attempt)
