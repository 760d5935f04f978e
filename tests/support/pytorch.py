"""PyTorch's repository on loopback, in the page structure of the real one.

Pages are plain HTML, one directory for each CUDA version. PyTorch's own wheels lie on another
host, with a sha256, an upload time, and metadata beside most of them. NVIDIA's libraries are
listed with links to NVIDIA's own repository. Projects of PyPI are listed too: some with links to
PyPI's files, some as old copies. A bucket that lacks a name answers 403.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from packaging.tags import sys_tags
from packaging.utils import canonicalize_name

from tests.support.projects import sha256, wheel_metadata
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble

CUDA = "cu126"
_DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
_FORBIDDEN = Response(status=403, headers={"Content-Type": "application/xml"}, body=_DENIED)


class PyTorchCopy:
    """Two servers: one for the pages, one for PyTorch's own files.

    Attributes:
        url: the root of the repository for one CUDA version.
        file_host: the web origin of its files.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._links: dict[str, list[str]] = {}
        self._files: dict[str, bytes] = {}
        self._pages = LoopbackServer(self._page)
        self._cdn = LoopbackServer(self._file)
        self.url = f"{self._pages.origin}/whl/{CUDA}/"
        self.file_host = self._cdn.origin

    def builds(
        self, name: str, version: str, *, requires: Sequence[str] = (), metadata: bool = True
    ) -> None:
        """List PyTorch's own wheels of a version: for this interpreter, and for another one.

        Args:
            name: of the project.
            version: with a local part, where it depends on CUDA.
            requires: its dependencies.
            metadata: whether it lies beside the wheel (PEP 658).
        """
        for tag in (str(next(iter(sys_tags()))), "cp39-cp39-win_amd64"):
            wheel = build_wheel(self._directory, name, version, requires=requires, tag=tag)
            self._hosts(name, wheel, metadata=metadata)

    def copies(self, name: str, version: str) -> None:
        """List a wheel that once was copied from PyPI."""
        self._hosts(name, build_wheel(self._directory, name, version), metadata=False)

    def links(self, name: str, elsewhere: RepositoryDouble) -> None:
        """List what another repository has, where it lies there."""
        page = elsewhere.page(name)
        for file in page.files:
            url = f"{elsewhere.origin}/{elsewhere.name}/files/{canonicalize_name(name)}"
            listing = file.listing(url)
            digest = f"#sha256={listing.hashes['sha256']}"
            self._link(name, f"{listing.url}{digest}", listing.filename)

    def projects_asked(self) -> list[str]:
        """The project of every request for a page, in order, repetitions kept."""
        return [request.path.rstrip("/").rpartition("/")[2] for request in self._pages.requests]

    def _hosts(self, name: str, wheel: Path, *, metadata: bool) -> None:
        content, core = wheel.read_bytes(), wheel_metadata(wheel)
        assert core is not None
        path = f"/whl/{CUDA}/{quote(wheel.name)}"
        self._files[path] = content
        attributes = 'data-upload-time="2026-01-31T12:00:00Z"'
        if metadata:
            self._files[f"{path}.metadata"] = core
            digest = f"sha256={sha256(core)['sha256']}"
            attributes += f' data-dist-info-metadata="{digest}" data-core-metadata="{digest}"'
        url = f"{self.file_host}{path}#sha256={sha256(content)['sha256']}"
        self._link(name, url, wheel.name, attributes)

    def _link(self, name: str, url: str, text: str, attributes: str = "") -> None:
        link = f'    <a href="{escape(url)}" {attributes}>{escape(text)}</a><br/>'
        self._links.setdefault(canonicalize_name(name), []).append(link)

    def _page(self, incoming: Incoming) -> Response:
        match incoming.path.split("/"):
            case ["", "whl", version, name, ""] if version == CUDA and name in self._links:
                lines = [
                    f"<!DOCTYPE html>\n<html>\n  <body>\n    <h1>Links for {name}</h1>",
                    *self._links[name],
                    "  </body>\n</html>\n<!--TIMESTAMP 1763769600-->",
                ]
                body = "\n".join(lines).encode()
                return Response(headers={"Content-Type": "text/html"}, body=body)
            case _:
                return _FORBIDDEN

    def _file(self, incoming: Incoming) -> Response:
        content = self._files.get(incoming.path)
        return _FORBIDDEN if content is None else Response(body=content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pages.stop()
        self._cdn.stop()
