"""A static file server in a process of its own, with the delay of a distant one if wished.

asyncio on one thread, no framework: some 0.05 ms of work a request, so that it is the tools that
are measured. The delay is that of a round trip: one for each request, one more for a connection's
first, and with TLS one more.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from tests.benchmarks.mirror import PAGE_TYPE

_IN_MEMORY = 1 << 16
"""Bytes. What is longer is sent by the system, from the file."""

_PAGE = f"Content-Type: {PAGE_TYPE}\r\nCache-Control: max-age=600, public\r\n"
_FILE = (
    "Content-Type: application/octet-stream\r\n"
    "Cache-Control: max-age=365000000, immutable, public\r\n"
)
_ABSENT = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Found:
    """What is sent for a path: a head, and a body here or in a file."""

    head: bytes
    unchanged: bytes
    etag: str
    body: bytes | Path


@lru_cache(maxsize=20_000)
def _find(root: Path, path: str) -> _Found | None:
    """The file for the path of a URL; files do not change while they are served."""
    file = root / unquote(path).strip("/")
    page = path.endswith("/")
    file = file / "index.json" if page else file
    if ".." in file.parts or not file.is_file():
        return None
    content = file.read_bytes()
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    fields = f"{_PAGE if page else _FILE}ETag: {etag}\r\n"
    head = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(content)}\r\n\r\n"
    unchanged = f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n"
    body = content if len(content) <= _IN_MEMORY else file
    return _Found(head.encode(), unchanged.encode(), etag, body)


class _Connection(asyncio.Protocol):
    """Answers one request after another, as clients without pipelining send them."""

    def __init__(self, root: Path, delay: float, *, tls: bool) -> None:
        self._root, self._delay = root, delay
        self._waits = 3 if tls else 2  # round trips before the answer to the first request
        self._received = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        request, ended, rest = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        self._received = rest
        waits, self._waits = self._waits, 1
        if self._delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay * waits, self._answer, request.decode("latin-1"))
        else:
            self._answer(request.decode("latin-1"))

    def _answer(self, request: str) -> None:
        line, *fields = request.split("\r\n")
        method, path, _ = line.split(" ")
        found = _find(self._root, path)
        if self._transport.is_closing():
            return
        if found is None:
            self._transport.write(_ABSENT)
        elif any(f.lower().startswith("if-none-match:") and found.etag in f for f in fields):
            self._transport.write(found.unchanged)
        elif method == "HEAD":
            self._transport.write(found.head)
        elif isinstance(found.body, bytes):
            self._transport.write(found.head + found.body)
        else:
            self._transport.write(found.head)
            task = asyncio.get_running_loop().create_task(self._send(found.body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, path: Path) -> None:
        with suppress(ConnectionError, RuntimeError), path.open("rb") as file:  # it hung up
            await asyncio.get_running_loop().sendfile(self._transport, file)


async def _serve(root: Path, delay: float, context: ssl.SSLContext | None) -> None:
    tls = context is not None
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(root, delay, tls=tls), "127.0.0.1", 0, ssl=context, backlog=512
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where a server is."""

    origin: str
    certificate: Path | None
    """The authority that its clients have to trust."""


@contextmanager
def served(root: Path, *, delay: float, tls: bool, scratch: Path) -> Iterator[Served]:
    """Serve a directory. `delay` in seconds."""
    authority = scratch / "authority.pem" if tls else None
    command = [sys.executable, "-m", __name__, str(root), str(delay)]
    if authority is not None:
        command.append(str(_make_certificates(authority)))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            scheme = "https" if tls else "http"
            yield Served(origin=f"{scheme}://127.0.0.1:{port}", certificate=authority)
        finally:
            process.terminate()


def _make_certificates(authority: Path) -> Path:
    import trustme

    made = trustme.CA()
    made.cert_pem.write_to_path(str(authority))
    server = authority.with_name("server.pem")
    made.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(server))
    return server


def main() -> None:
    """Serve until stopped; the first line of output is the port."""
    parser = argparse.ArgumentParser(description="Serve a directory on loopback.")
    parser.add_argument("root", type=Path)
    parser.add_argument("delay", type=float, help="seconds")
    parser.add_argument("certificate", type=Path, nargs="?", help="with its key, PEM")
    arguments = parser.parse_args()
    context = None
    if arguments.certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.root, arguments.delay, context))


if __name__ == "__main__":
    main()
