"""A project page as it is kept between runs: one release can be read without the others.

A head in JSON says everything but the files; they follow it, release by release, as the rows that
the page had. Reading touches the head and the releases looked at. What is read is data and never
more, whoever wrote it: bytes that are not such a page are None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder, encode
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.facts import Misfit, MisfitKind, ProjectPage, ProjectStatus, Release, Repository
from xpip.core.simple.files import UnreadFiles, dump_files

_BREAK = b"\n"

_Count = Annotated[int, Meta(ge=0, le=1 << 40)]


class _Head(Struct, frozen=True):
    url: str
    base: str
    content_type: str
    api_version: str
    status: ProjectStatus
    status_reason: str | None
    tracks: tuple[str, ...]
    alternate_locations: tuple[str, ...]
    misfits: list[tuple[str, MisfitKind]]
    releases: list[tuple[str, _Count, _Count]]
    """Of each its version, the number of its files, and the bytes of their rows."""


_HEAD = Decoder(_Head)


def dump_page(page: ProjectPage) -> bytes:
    """A page that was read from a response, as bytes."""
    blobs: list[bytes] = []
    index: list[tuple[str, int, int]] = []
    base = page.url
    for release in page.releases:
        blob, base = dump_files(release.files, base)
        index.append((str(release.version), len(release.files), len(blob)))
        blobs.append(blob)
    head = _Head(
        url=page.url,
        base=base,
        content_type=page.content_type,
        api_version=page.api_version,
        status=page.status,
        status_reason=page.status_reason,
        tracks=page.tracks,
        alternate_locations=page.alternate_locations,
        misfits=[(each.filename, each.kind) for each in page.misfits],
        releases=index,
    )
    return b"".join([encode(head), _BREAK, *blobs])


def load_page(
    raw: bytes, *, repository: Repository, project: NormalizedName, start: int = 0
) -> ProjectPage | None:
    """The page that these bytes are, from `start` on; None if they are none."""
    end = raw.find(_BREAK, start)
    try:
        head = _HEAD.decode(memoryview(raw)[start:end])
        releases = tuple(_releases(head, raw, end + 1))
    except (DecodeError, ValueError, RecursionError):
        return None
    return ProjectPage(
        project=project,
        repository=repository,
        url=head.url,
        content_type=head.content_type,
        api_version=head.api_version,
        status=head.status,
        status_reason=head.status_reason,
        tracks=head.tracks,
        alternate_locations=head.alternate_locations,
        releases=releases,
        misfits=tuple(Misfit(filename=name, kind=kind) for name, kind in head.misfits),
    )


def _releases(head: _Head, raw: bytes, place: int) -> Iterator[Release]:
    # Pages can have megabytes: no byte is copied that nobody looks at.
    for version, count, length in head.releases:
        files = UnreadFiles(raw, count, head.base, slice(place, place + length))
        yield Release(version=Version(version), files=files)
        place += length
    if place != len(raw):
        raise ValueError("more or fewer files than the head says")
