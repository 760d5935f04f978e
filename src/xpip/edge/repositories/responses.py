"""What comes back from a server: whole, in pieces, or not at all. Every read is bounded."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from xpip.core.urls import redacted, web_origin
from xpip.core.values import Abridged
from xpip.errors import Reason

if TYPE_CHECKING:
    from xpip.edge.repositories.connections import Arriving

MIB = 1 << 20
_LEAST_RATE = 512
"""Bytes a second; what is slower is as good as stopped."""


_LOGIN_STATUS = frozenset({401, 403, 407})


def reason_of(status: int) -> Reason:
    """What an HTTP status is a failure of, if it is one."""
    return Reason.AUTH_FAILED if status in _LOGIN_STATUS else Reason.HTTP_STATUS


class Response(Abridged, frozen=True, kw_only=True):
    """What a server finally answered.

    Attributes:
        url: the address that answered, after redirects.
        headers: names in lower case.
        body: empty where the caller did not want this status's body.
    """

    unshown: ClassVar = ("body",)

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Failure(Struct, frozen=True, kw_only=True):
    """Why there is no answer."""

    url: str
    reason: Reason
    detail: str


class Failed(Exception):
    """Carries a `Failure` out of a stream that broke.

    Attributes:
        begun: whether the body had begun to come, so that nobody asked again yet.
    """

    def __init__(self, failure: Failure, *, begun: bool = False) -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.begun = begun


class Stream:
    """A body on its way.

    Args:
        patience: seconds in which at least a little has to come, all the time.
    """

    def __init__(self, response: Arriving, url: str, *, patience: float) -> None:
        self._response = response
        self._patience = patience
        self.url = url
        self.status = response.status
        self.headers = response.headers

    def chunks(self, *, decoded: bool = True) -> Iterator[bytes]:
        """The body, in pieces; `decoded` undoes the content encoding.

        Raises:
            Failed: the connection broke off, or the body is not encoded as was asked for.
        """
        raw = self._kept_up(self._response.chunks())
        try:
            yield from self._decoded(raw) if decoded else raw
        except transient_errors(OSError, zlib.error) as error:
            raise Failed(failure(self.url, error), begun=True) from error

    def _kept_up(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        """A byte now and then would keep a connection open for ever."""
        began, size = time.monotonic(), 0
        for chunk in raw:
            yield chunk
            size += len(chunk)
            now = time.monotonic()
            if now - began >= self._patience:
                if size < _LEAST_RATE * self._patience:
                    raise self._too_much(f"less than {_LEAST_RATE} bytes a second")
                began, size = now, 0

    def _decoded(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        # By pieces: a chunk may become so large that no limit would be looked at in time.
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("identity", ""):
            return raw
        if encoding in ("gzip", "x-gzip"):
            return _inflated(raw)
        unknown = ValueError(f"a body encoded as {encoding} was not asked for")
        raise Failed(failure(self.url, unknown))

    def read(self, limit: int, seconds: float) -> bytes:
        """The whole body, within bounds.

        Raises:
            Failed: it broke off, grew too large, or took too long.
        """
        deadline = time.monotonic() + seconds
        size, parts = 0, []
        for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                raise self._too_much(f"a body of more than {limit // MIB} MiB")
            if time.monotonic() > deadline:
                raise self._too_much(f"a body that took longer than {seconds:.0f} s")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def cut(self) -> None:
        """Let whoever waits for more of it, in another thread, see it break off."""
        self._response.cut()

    def _too_much(self, detail: str) -> Failed:
        return Failed(Failure(url=redacted(self.url), reason=Reason.LIMIT, detail=detail))


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    for chunk in raw:
        rest = chunk
        while rest:
            if inflater.eof:
                raise zlib.error("a compressed body that goes on after its end")
            yield inflater.decompress(rest, MIB)
            rest = inflater.unconsumed_tail or inflater.unused_data
    yield inflater.flush()
    if not inflater.eof:
        raise zlib.error("a compressed body that breaks off")


def transient_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What httpcore raises where a connection failed, as another may not; and these others."""
    import httpcore

    return (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
        *others,
    )


def failure(url: str, error: Exception, *, proxy: str | None = None) -> Failure:
    """What a foreign exception means: the server could not be reached.

    Args:
        proxy: URL of what was asked in the server's place; named where it is what failed.
    """
    import httpcore

    words = _words(error, proxy or url) or type(error).__name__
    if proxy and isinstance(error, httpcore.ConnectError) and _system_error(error):
        words = f"the proxy {redacted(proxy)}: {words}"
    return Failure(url=redacted(url), reason=Reason.UNREACHABLE, detail=words)


def _words(error: Exception, asked: str) -> str:
    import socket

    import httpcore

    if isinstance(error, httpcore.TimeoutException):
        return "timed out"
    system = _system_error(error)
    if system is None:
        return str(error)
    words = system.strerror or str(system)
    if not isinstance(system, socket.gaierror):
        return words
    host = web_origin(asked)[1]
    unknown = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
    return f"no such host: {host}" if system.errno in unknown else f"{host}: {words}"


def _system_error(error: BaseException) -> OSError | None:
    """What the operating system said, below whatever was raised over it; TLS speaks for itself."""
    from ssl import SSLError

    below: BaseException | None = error
    while below is not None and not isinstance(below, OSError):
        # The pool of connections cuts the chain of causes, but not that of contexts.
        below = below.__cause__ or below.__context__
    return None if isinstance(below, SSLError) else below
