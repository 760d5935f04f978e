"""HTTP: requests, retries, redirects, limits. The only module that knows httpx.

Says what a server answered, or how it failed to; does not know what a page or a wheel is.
Redirects are followed here one by one, each only where the caller's rule lets it; credentials
go to the web origin they are bound to and to no other.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xpip import __version__
from xpip.core.policy import Credentials
from xpip.core.urls import joined, redacted, web_origin
from xpip.errors import Reason

if TYPE_CHECKING:
    import httpx

_MIB = 1 << 20
_RETRIED = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 10
_MAX_WAIT = 30.0
CONNECTIONS = 16
"""Requests in flight, over all hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server finally answered.

    Attributes:
        url: the address that answered, after redirects.
        headers: names in lower case.
        body: empty where the caller did not want this status's body.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer."""

    url: str
    reason: Reason
    detail: str


class Failed(Exception):
    """Carries a `Failure` out of a stream that broke."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


MayFollow = Callable[[str, str], Reason | None]
"""From one URL to another: None to go there, or the reason why not."""


class Transport:
    """A pool of connections, made when the first request is due.

    Args:
        credentials: each sent to its own web origin, and to no other.
        retries: how often a request is made again.
        timeout: seconds without one byte.
        longest: seconds that a whole body may take.
        pause: waits so many seconds before a retry; ends early when the transport is closed.
    """

    def __init__(
        self,
        *,
        credentials: Collection[Credentials] = (),
        retries: int = 3,
        timeout: float = 30.0,
        longest: float = 300.0,
        proxy: str | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._credentials = {each.origin: each for each in credentials}
        self._retries = retries
        self._timeout = timeout
        self._longest = longest
        self._proxy = proxy
        self._client: httpx.Client | None = None
        self._making = threading.Lock()
        self._closed = threading.Event()
        self._pause = pause or self._closed.wait

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        may_follow: MayFollow,
        limit: int = 256 * _MIB,
        wanted: Collection[int] = (200,),
    ) -> Response | Failure:
        """Ask for a whole body.

        Args:
            url: where.
            headers: sent along, to every hop.
            may_follow: asked before each redirect.
            limit: bytes, after decompression.
            wanted: statuses whose body is read.
        """
        try:
            with self.stream(url, headers=headers, may_follow=may_follow) as stream:
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
    ) -> Iterator[Stream]:
        """Ask for a body bit by bit; retried until the first byte, not after.

        Raises:
            Failed: no answer, a redirect that may not be followed, or a body that broke off.
        """
        sent = {
            "User-Agent": f"xpip/{__version__}",
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        at = url
        for _ in range(_MAX_REDIRECTS):
            response = self._send(at, sent)
            try:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    yield Stream(response, at)
                    return
            finally:
                response.close()
            at = _next_hop(at, response.headers["location"], may_follow)
        raise Failed(
            Failure(url=redacted(url), reason=Reason.UNREACHABLE, detail="too many redirects")
        )

    def close(self) -> None:
        """Drop all connections, and ask nothing more."""
        self._closed.set()
        if self._client is not None:
            self._client.close()

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        import httpx

        client = self._open()
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            if self._closed.is_set():
                raise Failed(_failure(url, RuntimeError("nothing more is asked in this run")))
            try:
                request = client.build_request("GET", url, headers=self._authorized(url, headers))
                response = client.send(request, stream=True)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                if last or not isinstance(error, httpx.TransportError):
                    raise Failed(_failure(url, error)) from error
                self._pause(_backoff(attempt))
                continue
            if last or response.status_code not in _RETRIED:
                return response
            response.close()
            self._pause(_wait(response, attempt))
        raise AssertionError("unreachable")  # pragma: no cover

    def _authorized(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        known = self._credentials.get(web_origin(url))
        if known is None:
            return dict(headers)
        from base64 import b64encode

        token = b64encode(f"{known.username}:{known.password}".encode()).decode("ascii")
        return {**headers, "Authorization": f"Basic {token}"}

    def _open(self) -> httpx.Client:
        with self._making:
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def _make_client(self) -> httpx.Client:
        import ssl
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        import httpx
        import truststore

        # HTTP/1.1: httpx's HTTP/2 connections do not survive being shared by threads
        # (encode/httpx#3072), and were measured to gain nothing here.
        return httpx.Client(
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=self._timeout,
            proxy=self._proxy,
            # Cookies know no web origin: one repository could set them for another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )


class Stream:
    """A body on its way."""

    def __init__(self, response: httpx.Response, url: str) -> None:
        self._response = response
        self.url = url
        self.status = response.status_code
        self.headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.items()
        }

    def chunks(self, *, decoded: bool = True) -> Iterator[bytes]:
        """The body, in pieces; `decoded` undoes the content encoding.

        Raises:
            Failed: the connection broke off, or the body is not encoded as was asked for.
        """
        import httpx

        raw = self._response.iter_raw()
        try:
            yield from self._decoded(raw) if decoded else raw
        except (httpx.HTTPError, httpx.StreamError, OSError, zlib.error) as error:
            raise Failed(_failure(self.url, error)) from error

    def _decoded(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        # Not by httpx, which inflates a chunk at once, however large it becomes, and encodings
        # of encodings likewise: no limit would be looked at in time.
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("identity", ""):
            return raw
        if encoding in ("gzip", "x-gzip"):
            return _inflated(raw)
        failure = _failure(self.url, ValueError(f"a body encoded as {encoding} was not asked for"))
        raise Failed(failure)

    def read(self, limit: int, seconds: float) -> bytes:
        """The whole body, within bounds.

        Raises:
            Failed: it broke off, grew too large, or took too long.
        """
        deadline = time.monotonic() + seconds
        body = bytearray()
        for chunk in self.chunks():
            body += chunk
            if len(body) > limit:
                raise self._too_much(f"a body of more than {limit // _MIB} MiB")
            if time.monotonic() > deadline:
                raise self._too_much(f"a body that took longer than {seconds:.0f} s")
        return bytes(body)

    def _too_much(self, detail: str) -> Failed:
        return Failed(Failure(url=redacted(self.url), reason=Reason.LIMIT, detail=detail))


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    for chunk in raw:
        rest = chunk
        while rest:
            if inflater.eof:
                raise zlib.error("a compressed body that goes on after its end")
            yield inflater.decompress(rest, _MIB)
            rest = inflater.unconsumed_tail or inflater.unused_data
    yield inflater.flush()
    if not inflater.eof:
        raise zlib.error("a compressed body that breaks off")


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


def _failure(url: str, error: Exception) -> Failure:
    return Failure(
        url=redacted(url), reason=Reason.UNREACHABLE, detail=_words(error) or type(error).__name__
    )


def _words(error: Any) -> str:
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    return str(error)


def _backoff(attempt: int) -> float:
    return min(_MAX_WAIT, 0.25 * 2.0**attempt) * (0.75 + random.random() / 2)  # noqa: S311


def _wait(response: httpx.Response, attempt: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(_MAX_WAIT, float(asked)) if asked.isdecimal() else _backoff(attempt)
