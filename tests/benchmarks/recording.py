"""A server between a tool and PyPI that keeps what passes through it.

It asks PyPI for nothing that no tool asked it for. Metadata that PyPI does not serve is read out
of the wheel: by ranges from large ones, so that a long search does not fetch gigabytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote, urljoin

import httpx

from tests.benchmarks.mirror import PAGE_TYPE, Mirror, write
from tests.benchmarks.workloads import AS_OF
from xpip.edge.config import DEFAULT_INDEX

_SMALL = 1 << 20
"""Bytes. Up to here the whole wheel is fetched for its metadata: that is one request, not three."""


class Recorder:
    """Finds pages, files and metadata on disk, or at PyPI."""

    def __init__(self, mirror: Mirror, *, upstream: str = DEFAULT_INDEX) -> None:
        self._mirror = mirror
        self._upstream = upstream
        transport = httpx.HTTPTransport(retries=5)
        self._client = httpx.Client(timeout=60, follow_redirects=True, transport=transport)
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._listed: dict[str, dict[str, dict[str, Any]]] = {}
        self._fetched = 0

    @property
    def fetched(self) -> int:
        """How many requests went to PyPI."""
        return self._fetched

    def answer(self, path: str) -> bytes | None:
        """The body for the path of a URL, or None if there is none."""
        kind, project, *rest = unquote(path).strip("/").split("/")
        with self._locks[path]:
            if kind == "simple":
                return self._page(project)
            (filename,) = rest
            if filename.endswith(".metadata"):
                return self._metadata(project, filename.removesuffix(".metadata"))
            return self._file(project, filename)

    def _page(self, project: str) -> bytes | None:
        path = self._mirror.upstream(project)
        if not path.exists():
            url = urljoin(self._upstream, f"{project}/")
            answer = self._get(url, {"Accept": PAGE_TYPE})
            if answer.status_code == 404:
                return None
            write(path, answer.raise_for_status().content)
        page = self._mirror.rewritten(json.loads(path.read_bytes()), project, as_of=AS_OF)
        for file in page["files"]:
            if "core-metadata" in file:
                file["core-metadata"] = True  # its hash is known when it was asked for
        return json.dumps(page).encode()

    def _file(self, project: str, filename: str) -> bytes:
        path = self._mirror.file(project, filename)
        if not path.exists():
            answer = self._get(self._file_listed(project, filename)["url"])
            write(path, answer.raise_for_status().content)
        return path.read_bytes()

    def _metadata(self, project: str, filename: str) -> bytes:
        path = self._mirror.file(project, f"{filename}.metadata")
        if not path.exists():
            file = self._file_listed(project, filename)
            if file.get("core-metadata"):
                answer = self._get(f"{file['url']}.metadata")
                write(path, answer.raise_for_status().content)
                return answer.content
            with zipfile.ZipFile(self._wheel(project, filename)) as wheel:
                (name,) = (n for n in wheel.namelist() if _is_metadata(n))
                write(path, wheel.read(name))
        return path.read_bytes()

    def _wheel(self, project: str, filename: str) -> io.BufferedIOBase:
        listed = self._file_listed(project, filename)
        if self._mirror.file(project, filename).exists() or listed["size"] <= _SMALL:
            return io.BytesIO(self._file(project, filename))
        return io.BufferedReader(_Remote(self, listed["url"], listed["size"]), 1 << 16)

    def _file_listed(self, project: str, filename: str) -> dict[str, Any]:
        """What PyPI's page says of a file, with a whole URL."""
        if project not in self._listed:  # thousands of files of one page are asked for in turn
            files = json.loads(self._mirror.upstream(project).read_bytes())["files"]
            self._listed[project] = {each["filename"]: each for each in files}
        file = self._listed[project][filename]
        return file | {"url": urljoin(urljoin(self._upstream, f"{project}/"), file["url"])}

    def part(self, url: str, start: int, end: int) -> bytes:
        """Bytes of a remote file."""
        answer = self._get(url, {"Range": f"bytes={start}-{end - 1}"}).raise_for_status()
        return answer.content if answer.status_code == 206 else answer.content[start:end]

    def _get(self, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        self._fetched += 1
        return self._client.get(url, headers=headers)


class _Remote(io.RawIOBase):
    """A remote file, read by ranges."""

    def __init__(self, recorder: Recorder, url: str, size: int) -> None:
        self._recorder, self._url, self._size, self._at = recorder, url, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        data = self._recorder.part(self._url, self._at, end)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _is_metadata(name: str) -> bool:
    return name.count("/") == 1 and name.endswith(".dist-info/METADATA")


@contextmanager
def recording(recorder: Recorder) -> Iterator[str]:
    """Serve what a recorder finds; the URL of the index."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(send_body=True)

        def do_HEAD(self) -> None:
            self._answer(send_body=False)

        def _answer(self, *, send_body: bool) -> None:
            body = recorder.answer(self.path)
            self.send_response(404 if body is None else 200)
            page = self.path.startswith("/simple/")
            self.send_header("Content-Type", PAGE_TYPE if page else "application/octet-stream")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if send_body:
                with suppress(ConnectionError):  # it waited no longer, and will ask again
                    self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()
        server.server_close()
