"""A project page as it is kept between runs: one release can be read without the others.

A head in JSON says everything but the files; they follow it, release by release, as the rows that
the page had. Reading touches the head and the releases looked at. What is read is data and never
more, whoever wrote it: bytes that are not such a page are None.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, overload

from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.facts import (
    File,
    Misfit,
    MisfitKind,
    ProjectPage,
    ProjectStatus,
    Release,
    Repository,
)
from xpip.core.simple.document import Row
from xpip.core.simple.files import read_file, rows_of

_BREAK = b"\n"


def dump_page(page: ProjectPage) -> bytes:
    """A page that was read from a response, as bytes."""
    blobs: list[bytes] = []
    index: list[list[object]] = []
    base = page.url
    for release in page.releases:
        rows, base = rows_of(release.files, base)
        blob = json.dumps(rows, separators=(",", ":")).encode()
        index.append([str(release.version), len(rows), len(blob)])
        blobs.append(blob)
    head = {
        "url": page.url,
        "base": base,
        "content_type": page.content_type,
        "api_version": page.api_version,
        "status": page.status.value,
        "status_reason": page.status_reason,
        "tracks": page.tracks,
        "alternate_locations": page.alternate_locations,
        "misfits": [[each.filename, each.kind.value] for each in page.misfits],
        "releases": index,
    }
    return b"".join([json.dumps(head, separators=(",", ":")).encode(), _BREAK, *blobs])


def load_page(
    raw: bytes, *, repository: Repository, project: NormalizedName, start: int = 0
) -> ProjectPage | None:
    """The page that these bytes are, from `start` on; None if they are none."""
    end = raw.find(_BREAK, start)
    # Pages can have megabytes: no byte is copied that nobody looks at.
    body = memoryview(raw)[end + 1 :]
    try:
        head = json.loads(raw[start:end])
        return ProjectPage(
            project=project,
            repository=repository,
            url=str(head["url"]),
            content_type=str(head["content_type"]),
            api_version=str(head["api_version"]),
            status=ProjectStatus(head["status"]),
            status_reason=head["status_reason"],
            tracks=tuple(map(str, head["tracks"])),
            alternate_locations=tuple(map(str, head["alternate_locations"])),
            releases=tuple(_releases(head["releases"], body, str(head["base"]))),
            misfits=tuple(
                Misfit(filename=str(name), kind=MisfitKind(kind)) for name, kind in head["misfits"]
            ),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _releases(index: Any, body: memoryview, base: str) -> Iterator[Release]:
    place = 0
    for version, count, length in index:
        if type(count) is not int or type(length) is not int or count < 0 or length < 0:
            raise ValueError("no index of releases")
        blob = body[place : place + length]
        place += length
        files = _StoredFiles(blob, count, base)
        yield Release(version=Version(version), files=files)
    if place != len(body):
        raise ValueError("more or fewer files than the head says")


def _rows(blob: memoryview, count: int) -> list[Row]:
    """The rows; none where they are not those that were counted.

    The release then has no file to choose, and its files still count as a claim to the name.
    """
    try:
        rows = json.loads(bytes(blob))
    except (ValueError, RecursionError):
        return []
    whole = isinstance(rows, list) and len(rows) == count and all(map(_is_row, rows))
    return rows if whole else []


def _is_row(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    return isinstance(row.get("filename"), str) and isinstance(row.get("url"), str)


class _StoredFiles(Sequence[File]):
    """The files of a release, read when one is looked at."""

    __slots__ = ("_base", "_blob", "_count", "_rows")

    def __init__(self, blob: memoryview, count: int, base: str) -> None:
        self._blob = blob
        self._count = count
        self._base = base
        self._rows: list[Row] | None = None

    def rows(self) -> list[Row]:
        """The rows as they were on the page."""
        if self._rows is None:
            self._rows = _rows(self._blob, self._count)
        return self._rows

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        if isinstance(index, slice):
            return [read_file(row, self._base) for row in self.rows()[index]]
        return read_file(self.rows()[index], self._base)

    def __iter__(self) -> Iterator[File]:
        return (read_file(row, self._base) for row in self.rows())
