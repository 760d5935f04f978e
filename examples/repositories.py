"""Small real repositories on loopback, and small real wheels to put on them."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import zipfile
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


class Repository:
    """A simple repository (PEP 691) of the wheels in one directory, below its own web origin."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple/"

    def __enter__(self) -> Repository:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, path: str) -> tuple[str, bytes] | None:
        folder, _, name = path.strip("/").partition("/")
        if folder == "files" and (self.directory / name).is_file():
            return "application/octet-stream", (self.directory / name).read_bytes()
        wheels = sorted(self.directory.glob(f"{name.strip('/').replace('-', '_')}-*.whl"))
        if folder != "simple" or not wheels:
            return None
        page = {
            "meta": {"api-version": "1.1"},
            "name": name.strip("/"),
            "files": [self._file(wheel) for wheel in wheels],
        }
        return "application/vnd.pypi.simple.v1+json", json.dumps(page).encode()

    def _file(self, wheel: Path) -> dict[str, object]:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return {
            "filename": wheel.name,
            "url": f"/files/{wheel.name}",
            "hashes": {"sha256": digest},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = repository._answer(self.path)
                content_type, body = answer or ("text/plain", b"not here\n")
                self.send_response(200 if answer else 404)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """The demo's own output is enough."""

        return Handler


def make_wheel(
    directory: Path, name: str, version: str, *, requires: Sequence[str] = (), text: str = ""
) -> Path:
    """A pure-Python wheel with one module, whose `text` says whose it is."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    contents = {
        f"{module}.py": f"text = {text!r}\n",
        f"{info}/METADATA": metadata + "".join(f"Requires-Dist: {each}\n" for each in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={_digest(body)},{len(body.encode())}\n" for path, body in contents.items()
    )
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = directory / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, body in contents.items():
            archive.writestr(path, body)
    return wheel


def _digest(body: str) -> str:
    digest = hashlib.sha256(body.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
