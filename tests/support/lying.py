"""A server that sends whatever bytes it is told to, as slowly as it is told, in raw sockets."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

JSON = "application/vnd.pypi.simple.v1+json"
Pieces = Iterable[bytes | float]
"""What is sent; a number is a pause in seconds, and a negative one resets the connection."""


class LyingServer:
    """Answers each connection once and hangs up.

    Attributes:
        heads: the requests, up to their bodies.

    Args:
        answer: what to send for a path.
    """

    def __init__(self, answer: Callable[[str], Pieces]) -> None:
        self.heads: list[str] = []
        self._answer = answer
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.origin = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.url = f"{self.origin}/simple/"
        self._accepting = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            self.heads.append(head.decode("latin-1"))
            for piece in self._answer(self.heads[-1].split(" ")[1]):
                if isinstance(piece, bytes):
                    connection.sendall(piece)
                elif piece < 0:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                elif self._stopping.wait(piece):
                    return
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            connection.recv(65536)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        for thread in self._threads:
            thread.join()


def response(
    body: bytes = b"", *headers: str, status: str = "200 OK", content_type: str = JSON
) -> bytes:
    """A whole answer that tells the truth about its length, but for what the headers add."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    if not any(each.lower().startswith(("content-length", "transfer-enc")) for each in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body
