"""A real HTTP/1.1 server on loopback: sockets, keep-alive and a log of requests.

What is served is decided elsewhere, by a function from `Incoming` to `Response`. This module
only knows how to send that, also badly: late, cut short, or without end; over TLS, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from socketserver import TCPServer
from ssl import SSLContext
from types import TracebackType
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as it came in; names of headers in lower case.

    Attributes:
        connection: tells connections apart.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    connection: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Incoming):
    """A request in the log, with the status it was answered with."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What to send, and how badly.

    Attributes:
        latency: seconds before the first byte.
        cut_short: promise twice the body's length, send the body, hang up.
        endless: promise a huge body and send a byte now and then, for ever.
        hang_up: close the connection without a byte.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    latency: float = 0
    cut_short: bool = False
    endless: bool = False
    hang_up: bool = False

    @property
    def promised_length(self) -> int:
        """The Content-Length to announce."""
        if self.endless:
            return 1 << 30
        return 2 * len(self.body) if self.cut_short else len(self.body)


class LoopbackServer:
    """Serves what `answer` says on a free port of 127.0.0.1, from construction until `stop`.

    Args:
        tls: the server's side of https, or None for http.
        listening: False keeps the port, so that nobody else gets it, and refuses connections.
    """

    def __init__(
        self,
        answer: Callable[[Incoming], Response],
        *,
        tls: SSLContext | None = None,
        listening: bool = True,
    ) -> None:
        self.requests: list[Request] = []
        self._scheme = "http" if tls is None else "https"
        self._sockets = _Sockets(answer, self.requests, tls)
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(0.01,))
        if listening:
            self._sockets.server_activate()
            self._thread.start()

    @property
    def origin(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self._sockets.server_port}"

    def stop(self) -> None:
        """Hang up on everybody.

        Raises:
            Exception: the first one that `answer` raised, so that no test can miss it.
        """
        if self._thread.ident is None:
            self._sockets.server_close()
            return
        self._sockets.hang_up()
        self._thread.join()
        if self._sockets.failures:
            raise self._sockets.failures[0]

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
    """The listening socket and the open connections, one thread for each."""

    request_queue_size = 128
    daemon_threads = False

    def __init__(
        self,
        answer: Callable[[Incoming], Response],
        requests: list[Request],
        tls: SSLContext | None,
    ) -> None:
        self.answer = answer
        self.log = requests
        self.failures: list[Exception] = []
        self.stopping = threading.Event()
        self._connections: set[socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        if tls is not None:
            # The handshake belongs to the connection's thread: a client may never finish it.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.server_bind()

    def server_bind(self) -> None:
        # HTTPServer would ask the resolver for this host's full name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up whenever they like: that is no failure of the server."""

    def hang_up(self) -> None:
        """Stop accepting, wake the threads that wait for a client, and join them."""
        self.stopping.set()
        self.shutdown()
        for connection in tuple(self._connections):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue  # the client was quicker
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection: read a request, log it, answer it, and again."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True  # else each answer waits 40 ms for an ACK
    server: _Sockets

    def do_GET(self) -> None:
        incoming = Incoming(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            connection=self.client_address[1],
        )
        response = self._answer(incoming)
        # Logged first: a client that holds the answer can rely on the log.
        self.server.log.append(
            Request(
                method=incoming.method,
                path=incoming.path,
                headers=incoming.headers,
                connection=incoming.connection,
                status=response.status,
            )
        )
        self.server.stopping.wait(response.latency)
        if response.hang_up:
            self.close_connection = True
        else:
            self._send(response)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server looks for

    def _answer(self, incoming: Incoming) -> Response:
        try:
            return self.server.answer(incoming)
        except Exception as failure:
            self.server.failures.append(failure)
            return Response(status=500, body=repr(failure).encode())

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 304:
            self.send_header("Content-Length", str(response.promised_length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
            self._misbehave(response)

    def _misbehave(self, response: Response) -> None:
        while response.endless and not self.server.stopping.wait(0.02):
            self.wfile.write(b" ")
        if response.endless or response.cut_short:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Say nothing on stderr: the log is `LoopbackServer.requests`."""
