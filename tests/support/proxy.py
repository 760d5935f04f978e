"""A real forward proxy on loopback, with a log of what it was asked for.

    with ForwardProxy() as proxy:
        xpip("install", "--proxy", proxy.url, …)
    assert proxy.targets == ["GET http://127.0.0.1:1234/corp/simple/spam/"]

Plain http is asked for by absolute URL, https through a tunnel (RFC 9110, section 9.3.6).
"""

from __future__ import annotations

import base64
import select
import socket
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit

_PATIENCE = 10.0
_OF_ONE_HOP = ("connection", "content-length", "proxy-authorization", "proxy-connection")
_OF_ONE_HOP_BACK = ("connection", "content-length", "transfer-encoding")


class ForwardProxy:
    """Forwards what it is asked for, from construction until `stop`.

    Attributes:
        targets: method and target of every request, in order.
        headers: of every request, names in lower case.
        credentials: user and password that every request must bring, if any.
    """

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.credentials: tuple[str, str] | None = None
        self._sockets = _Sockets(self)
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._sockets.server_port}"

    @property
    def url(self) -> str:
        """For `--proxy`."""
        return f"http://{self.host}"

    def admits(self, headers: dict[str, str]) -> bool:
        """Log a request's headers, and say whether they bring the login."""
        self.headers.append(headers)
        if self.credentials is None:
            return True
        login = base64.b64encode(":".join(self.credentials).encode()).decode()
        return headers.get("proxy-authorization") == f"Basic {login}"

    def stop(self) -> None:
        """Take no more requests."""
        self._sockets.shutdown()
        self._thread.join()
        self._sockets.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Sockets(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: ForwardProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the resolver for this host's full name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Either side may hang up whenever it likes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True
    server: _Sockets

    def do_GET(self) -> None:
        if not self._is_admitted():
            return
        parts = urlsplit(self.path)
        upstream = HTTPConnection(parts.netloc, timeout=_PATIENCE)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OF_ONE_HOP}
            upstream.request("GET", parts._replace(scheme="", netloc="").geturl(), headers=headers)
            response = upstream.getresponse()
            body = response.read()
        finally:
            upstream.close()
        kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _OF_ONE_HOP_BACK]
        self._answer(response.status, [*kept, ("Content-Length", str(len(body)))], body)

    def do_CONNECT(self) -> None:
        if not self._is_admitted():
            return
        host, _, port = self.path.rpartition(":")
        self.close_connection = True
        with socket.create_connection((host, int(port)), _PATIENCE) as upstream:
            self._answer(200)
            _relay(self.connection, upstream)

    def _is_admitted(self) -> bool:
        self.server.proxy.targets.append(f"{self.command} {self.path}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.server.proxy.admits(headers):
            return True
        self._answer(407, [("Proxy-Authenticate", "Basic"), ("Content-Length", "0")])
        return False

    def _answer(
        self, status: int, headers: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> None:
        self.send_response_only(status)
        for name, value in headers or ():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing on stderr: the log is `ForwardProxy.targets`."""


def _relay(one: socket.socket, other: socket.socket) -> None:
    while True:
        readable, _, _ = select.select([one, other], [], [], _PATIENCE)
        if not readable:
            return
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)
