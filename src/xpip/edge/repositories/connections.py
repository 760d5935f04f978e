"""Connections to servers, directly or through a proxy. The only module that opens any.

httpcore speaks HTTP. Here stands no more than that a connection serves one request at a time and
is kept for the next: httpcore's pool looks at every connection for every request, and httpx around
that took a third of a cold run. HTTP/1.1, because HTTP/2 in Python takes three times the work.
"""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from xpip.core.policy import Network
from xpip.core.urls import WebOrigin, web_origin
from xpip.edge.repositories.patience import Patience
from xpip.edge.repositories.proxies import Proxies

if TYPE_CHECKING:
    import ssl

    import httpcore

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WAITS = ("connect", "read", "write", "pool")
_UNSENDABLE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,./:;=?@\[\\\]^_|~A-Za-z0-9-]")
"""What the target of a request cannot hold as it is."""
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.ASCII | re.IGNORECASE)
_HEADERS = 2
"""Times the time-out that a connection and an answer's headers may take together."""
_SMALL = 1 << 14
"""Bytes that are sooner read to their end than a connection is opened anew."""
_SOON = 0.5
"""Seconds that are waited for them."""


class Connections:
    """The connections of a run, opened when requests are due.

    Args:
        network: how servers are reached.
    """

    def __init__(self, network: Network) -> None:
        self._timeout = network.timeout
        self._network = network
        self._proxies = Proxies(network.proxy)
        self._idle: defaultdict[WebOrigin, list[httpcore.ConnectionInterface]] = defaultdict(list)
        self._pools: dict[WebOrigin, httpcore.ConnectionPool] = {}
        self._trusted: ssl.SSLContext | None = None
        self._making = threading.Lock()
        self._closed = False
        self._patience = Patience()

    def send(self, url: str, headers: Mapping[str, str]) -> Arriving:
        """Ask once; the body of what comes back is on its way.

        Raises:
            UsageError: the proxy's address, or a certificate file, cannot be used.
            ValueError: it is no URL of a server.
            Exception: what httpcore raises, which `responses.failure` puts into words.
        """
        import httpcore

        scheme, host, port = origin = web_origin(url)
        if scheme not in _DEFAULT_PORTS or not host or port is None:
            raise ValueError(f"not the URL of a server: {scheme or 'no scheme'}")
        name = host.encode() if host.isascii() else host.encode("idna")
        request = httpcore.Request(
            method=b"GET",
            url=httpcore.URL(scheme=scheme.encode(), host=name, port=port, target=target_of(url)),
            headers=[(b"Host", _host_field(scheme, name, port)), *_encoded(headers)],
            extensions={"timeout": dict.fromkeys(_WAITS, self._timeout)},
        )
        connection = self._connection(origin, request.url.origin)
        try:
            with self._patience.for_seconds(_HEADERS * self._timeout):
                response = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        return Arriving(request, response, lambda: self._release(origin, connection))

    def proxy_for(self, url: str) -> str | None:
        """The address of the proxy that is asked in the server's place, with its scheme."""
        return self._proxies.address_for(web_origin(url))

    def close(self) -> None:
        """Close what nobody uses; whoever uses one closes it."""
        self._closed = True
        for connections in tuple(self._idle.values()):
            while connections:
                connections.pop().close()

    def _connection(
        self, origin: WebOrigin, address: httpcore.Origin
    ) -> httpcore.ConnectionInterface:
        idle = self._idle[origin]
        with suppress(IndexError):
            while True:
                # The one used last: servers give up those that wait.
                connection = idle.pop()
                if not connection.has_expired():
                    return connection
                connection.close()
        return self._pool(origin).create_connection(address)

    def _release(self, origin: WebOrigin, connection: httpcore.ConnectionInterface) -> None:
        if connection.is_available() and not self._closed:
            self._idle[origin].append(connection)
        else:
            connection.close()

    def _pool(self, origin: WebOrigin) -> httpcore.ConnectionPool:
        """What makes connections to a server, by way of its proxy; it keeps none of them."""
        import httpcore

        from xpip.edge.repositories.sockets import PatientBackend

        with self._making:
            if origin not in self._pools:
                proxy = self._proxies.find(origin)
                if proxy is not None and proxy.url.scheme == b"https":
                    proxy.ssl_context = self._trust()
                trusted = self._trust() if origin[0] == "https" else None
                self._pools[origin] = httpcore.ConnectionPool(
                    ssl_context=trusted,
                    proxy=proxy,
                    network_backend=PatientBackend(self._patience),
                )
            return self._pools[origin]

    def _trust(self) -> ssl.SSLContext:
        # Takes longer than many requests: not for plain http.
        if self._trusted is None:
            from xpip.edge.repositories.trust import trusting

            self._trusted = trusting(self._network)
        return self._trusted


class Arriving:
    """What a server answers, its body on its way.

    Args:
        release: called once, when nothing more of it is wanted.

    Attributes:
        status: of HTTP.
        headers: names in lower case; those that come several times joined (RFC 9110, 5.3).
    """

    def __init__(
        self, request: httpcore.Request, response: httpcore.Response, release: Callable[[], None]
    ) -> None:
        self._timeouts = request.extensions["timeout"]
        self._response = response
        self._release: Callable[[], None] | None = release
        self._chunks = response.iter_stream()
        self.status = response.status
        self.headers = _decoded(response.headers)

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes, in pieces.

        Raises:
            Exception: what httpcore raises, where it breaks off.
        """
        return self._chunks

    def cut(self) -> None:
        """Let whoever waits for more of it, in another thread, see it break off."""
        import socket

        connection = self._response.extensions["network_stream"].get_extra_info("socket")
        with suppress(OSError):
            # Not TLS's own way to shut down, which a read in another thread does not survive.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave the rest; where that is little, read it, so that the connection can be kept."""
        if self._release is None:
            return
        release, self._release = self._release, None
        try:
            if self._is_small():
                self._timeouts["read"] = _SOON
                with suppress(Exception):
                    self._read_rest(time.monotonic() + _SOON)
            self._response.close()
        finally:
            release()

    def _read_rest(self, deadline: float) -> None:
        # A byte now and then would be waited for as often as there are bytes.
        for _ in self._chunks:
            if time.monotonic() > deadline:
                return

    def _is_small(self) -> bool:
        length = self.headers.get("content-length", "")
        return self.status in (204, 304) or (
            length.isascii() and length.isdecimal() and len(length) < 9 and int(length) <= _SMALL
        )


def target_of(url: str) -> bytes:
    """What is asked for at a URL's server: path and query (RFC 9112, section 3.2.1).

    The path has no dots to be resolved (RFC 3986, 6.2.2.3): a server would resolve them, and it is
    the resolved path that rules were held to.
    """
    parts = urlsplit(url)
    path = parts.path or "/"
    if _DOTS.search(path):
        path = _without_dots(path)
    text = f"{path}?{parts.query}" if parts.query else path
    return _UNSENDABLE.sub(lambda found: quote(found[0], safe=""), text).encode("ascii")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        match segment.lower().replace("%2e", "."):
            case ".":
                pass
            case "..":
                del kept[max(1, len(kept) - 1) :]
            case _:
                kept.append(segment)
    is_directory = segments[-1].lower().replace("%2e", ".") in (".", "..")
    return "/".join([*kept, ""] if is_directory else kept) or "/"


def _host_field(scheme: str, host: bytes, port: int) -> bytes:
    name = b"[%b]" % host if b":" in host else host
    return name if port == _DEFAULT_PORTS[scheme] else b"%b:%d" % (name, port)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _decoded(headers: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    decoded: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("ascii").lower(), _text(raw_value)
        decoded[name] = f"{decoded[name]}, {value}" if name in decoded else value
    return decoded


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
