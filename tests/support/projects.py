"""One project in one repository: its files on disk, what its page says, how it misbehaves."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from tests.support.pages import Listing, PageOptions, render
from tests.support.server import Incoming, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """A file on disk, and what the page shall say of it."""

    path: Path
    version: str
    hashes: Mapping[str, str]
    metadata: bytes | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str = False

    def listing(self, root: str) -> Listing:
        """What the page says; `root` is the URL or relative path of the folder of files."""
        return Listing(
            filename=self.path.name,
            version=self.version,
            url=f"{root}/{quote(self.path.name)}",
            hashes=self.hashes,
            size=self.path.stat().st_size,
            upload_time=self.upload_time,
            requires_python=self.requires_python,
            yanked=self.yanked,
            core_metadata=None if self.metadata is None else sha256(self.metadata),
        )


@dataclass(kw_only=True)
class PageDouble(PageOptions):
    """A project's page: its files, its claims and its bad habits.

    Attributes:
        fails_first: statuses to answer the first requests with, one each.
        redirect_to: answer the page with a redirect (302) to this URL.
        body: bytes to send instead of the page.
        cut_short, endless, hang_up: see `Response`.
        file_host: the web origin its file URLs name, another repository's `origin`; its own
            repository, by relative URLs, if None.
        file_status: the status of every file.
        file_redirect: the web origin, another repository's, to redirect (302) every file to.
        ranges: whether HTTP range requests for the files are honoured.
        provenance: the provenance object of each file (PEP 740), if any; its URL is absolute.
        provenance_status: the status of every provenance object.
        provenance_host: the web origin its URLs name; its own repository's, if None.
    """

    files: list[ServedFile] = field(default_factory=list)
    http_status: int = 200
    fails_first: list[int] = field(default_factory=list)
    redirect_to: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_short: bool = False
    endless: bool = False
    hang_up: bool = False
    file_host: str | None = None
    file_status: int = 200
    file_redirect: str | None = None
    ranges: bool = True
    provenance: str | None = None
    provenance_status: int = 200
    provenance_host: str | None = None

    def yank(self, version: str, reason: bool | str = True) -> None:
        """Yank the files of one version (PEP 592)."""
        self.files = [
            replace(file, yanked=reason) if file.version == version else file for file in self.files
        ]

    def page_response(self, repository: str, project: str, incoming: Incoming) -> Response:
        """Answer for the page."""
        if self.fails_first:
            return Response(status=self.fails_first.pop(0), headers=self.headers)
        if self.redirect_to is not None:
            return Response(status=302, headers={"Location": self.redirect_to})
        own = f"http://{incoming.headers.get('host', 'localhost')}"
        body = self._rendered(repository, project, own) if self.body is None else self.body
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        unchanged = incoming.headers.get("if-none-match") == etag and self.http_status == 200
        return Response(
            status=304 if unchanged else self.http_status,
            headers={"Content-Type": self.content_type_sent, "ETag": etag, **self.headers},
            body=b"" if unchanged else body,
            cut_short=self.cut_short,
            endless=self.endless,
            hang_up=self.hang_up,
        )

    def _rendered(self, repository: str, project: str, own: str) -> bytes:
        # From /corp/simple/spam/ two steps up is /corp/: most repositories link like that.
        top = "../.." if self.file_host is None else f"{self.file_host}/{repository}"
        root = f"{top}/files/{project}"
        listings = [file.listing(root) for file in self.files]
        if self.provenance is not None:
            proofs = f"{self.provenance_host or own}/{repository}/files/{project}"
            listings = [
                replace(each, provenance_url=f"{proofs}/{each.filename}.provenance")
                for each in listings
            ]
        return render(project, listings, self)

    def file_response(self, filename: str, incoming: Incoming) -> Response:
        """Answer for a file, or for its `.metadata` (PEP 658)."""
        if self.file_status != 200:
            return Response(status=self.file_status)
        if self.file_redirect and not self.file_redirect.endswith(incoming.headers["host"]):
            location = f"{self.file_redirect}{incoming.path}"
            return Response(status=302, headers={"Location": location})
        if filename.endswith(".provenance") and self.provenance is not None:
            return Response(status=self.provenance_status, body=self.provenance.encode())
        for file in self.files:
            if filename == file.path.name:
                content = file.path.read_bytes()
                return _ranged(content, incoming) if self.ranges else Response(body=content)
            if filename == f"{file.path.name}.metadata" and self.core_metadata:
                return Response(status=200 if file.metadata else 404, body=file.metadata or b"")
        return Response(status=404)


def sha256(content: bytes) -> dict[str, str]:
    """The true hash, as a page's `hashes` has it."""
    return {"sha256": hashlib.sha256(content).hexdigest()}


def wheel_metadata(path: Path) -> bytes | None:
    """The METADATA inside a wheel; None of anything else."""
    if path.suffix != ".whl" or not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if name.endswith(".dist-info/METADATA"):
                return wheel.read(name)
    return None


def _ranged(content: bytes, incoming: Incoming) -> Response:
    """The whole content, or the one range that was asked for (RFC 9110, section 14)."""
    headers = {"Accept-Ranges": "bytes"}
    asked = incoming.headers.get("range", "").removeprefix("bytes=")
    first, dash, last = asked.partition("-")
    if not dash:
        return Response(headers=headers, body=content)
    length = len(content)
    start = int(first) if first else max(0, length - int(last))
    stop = min(int(last) + 1, length) if first and last else length
    if start >= stop:
        return Response(status=416, headers={"Content-Range": f"bytes */{length}"})
    return Response(
        status=206,
        headers={**headers, "Content-Range": f"bytes {start}-{stop - 1}/{length}"},
        body=content[start:stop],
    )
