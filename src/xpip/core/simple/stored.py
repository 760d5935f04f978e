"""A project page as it is kept between runs: one release can be read without the others.

A head in JSON says everything but the files: verdicts, versions and how many files each has. The
rows of each release lie elsewhere, and are touched when it is looked at. What is read is data and
never more, whoever wrote it: a head that is none is None, and rows that are not those that were
kept are asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from operator import sub
from typing import Annotated, Protocol

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder, encode
from packaging.version import Version

from xpip.core.facts import (
    File,
    Misfit,
    ProjectPage,
    ProjectStatus,
    Repository,
)
from xpip.core.listed_versions import ListedVersions
from xpip.core.names import NormalizedName
from xpip.core.simple.listed_files import FilesWhenRead, dump_files, read_files
from xpip.core.simple.ordered_releases import OrderedReleases
from xpip.core.simple.sorted_releases import SortedReleases

_SEAL = 8
"""Bytes of a release's digest, by which damage shows; who could forge it writes the head, too."""

_VERSIONS = re.compile(
    r"(?:[0-9]++(?:![0-9]++)?+(?:\.[0-9]++)*+(?:(?:a|b|rc)[0-9]++)?+(?:\.post[0-9]++)?+"
    r"(?:\.dev[0-9]++)?+(?:\+[a-z0-9]++(?:\.[a-z0-9]++)*+)?+\n)*+",
    re.ASCII,
)
"""Versions as `str` writes them, a line each: none of them has to be parsed to know that it is."""
_LONGEST = 600
"""Characters of one: Python refuses longer numbers, as it is set up."""

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
    misfits: tuple[Misfit, ...]
    versions: str
    """Newest first, each on a line that ends; what follows says of each:"""
    counts: list[_Count]
    """How many files."""
    lengths: list[_Count]
    """How many bytes of rows."""
    seals: bytes
    """What digest these have."""


_HEAD = Decoder(_Head)


class Rows(Protocol):
    """What was kept of a page's rows."""

    @property
    def size(self) -> int:
        """Bytes of all of them."""

    def read(self, start: int, end: int) -> bytes:
        """The bytes from one place to another; any others where they are damaged."""

    def anew(self, version: Version) -> Sequence[File]:
        """The files of a release, of which something else was kept, as they are listed now.

        Raises:
            XpipError: they cannot be had.
        """


class DumpedPage(Struct, frozen=True, kw_only=True):
    """A page as bytes.

    Attributes:
        rows: of each release, the oldest first: what is looked at most lies next to what follows.
    """

    head: bytes
    rows: Sequence[bytes]


def dump_page(page: ProjectPage) -> DumpedPage:
    """A page that was read from a response, as bytes."""
    base, releases = _releases_of(page)
    blobs = [blob for _, _, blob in releases]
    head = _Head(
        url=page.url,
        base=base,
        content_type=page.content_type,
        api_version=page.api_version,
        status=page.status,
        status_reason=page.status_reason,
        tracks=page.tracks,
        alternate_locations=page.alternate_locations,
        misfits=page.misfits,
        versions=_written([version for version, _, _ in releases]),
        counts=[count for _, count, _ in releases],
        lengths=[len(each) for each in blobs],
        seals=b"".join(map(_seal_of, blobs)),
    )
    return DumpedPage(head=encode(head), rows=blobs[::-1])


def leave_to(page: ProjectPage, dumped: DumpedPage, rows: Rows) -> None:
    """Let a page that was dumped be read from where its rows are kept now."""
    if isinstance(page.releases, SortedReleases):
        page.releases.leave_to(_KeptReleases(_HEAD.decode(dumped.head), rows))


def _releases_of(page: ProjectPage) -> tuple[str, Sequence[tuple[str, int, bytes]]]:
    """Where URLs start from; and of each release its version, number of files, and rows."""
    if isinstance(page.releases, SortedReleases):
        return page.releases.base, list(page.releases.dumped())
    base, releases = page.url, []
    for release in sorted(page.releases, key=lambda each: each.version, reverse=True):
        rows, base = dump_files(release.files, base)
        releases.append((str(release.version), len(release.files), rows))
    return base, releases


def _written(versions: Sequence[str]) -> str:
    text = "".join([f"{each}\n" for each in versions])
    if _VERSIONS.fullmatch(text):
        return text
    # Some are spelled otherwise, as `1.0-1` is.
    return "".join([f"{Version(each)}\n" for each in versions])


def load_page(
    raw: bytes | memoryview, rows: Rows, *, repository: Repository, project: NormalizedName
) -> ProjectPage | None:
    """The page that has this head and these rows; None if it is none."""
    try:
        head = _HEAD.decode(raw)
        releases = _KeptReleases(head, rows)
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
        misfits=head.misfits,
    )


class _KeptReleases(OrderedReleases):
    """The releases that a head tells of.

    Raises:
        ValueError: it tells of such as cannot be.
    """

    __slots__ = ("_ends", "_files", "_head", "_rows")

    def __init__(self, head: _Head, rows: Rows) -> None:
        texts = head.versions.splitlines()
        if not _VERSIONS.fullmatch(head.versions) or max(map(len, texts), default=0) > _LONGEST:
            raise ValueError("not versions as they are written")
        self.versions = ListedVersions(texts)
        number = len(texts)
        if not number == len(head.counts) == len(head.lengths) == len(head.seals) / _SEAL:
            raise ValueError("not as much of one release as of another")
        # From the end: the newest release comes last.
        self._ends = [*accumulate(head.lengths, sub, initial=rows.size)]
        if self._ends[-1] != 0:
            raise ValueError("more or fewer rows than the head says")
        self.file_count = sum(head.counts)
        self._head = head
        self._rows = rows
        self._files: dict[int, _KeptFiles] = {}

    def files_at(self, place: int) -> _KeptFiles:
        """The files of the release at a place in the order."""
        if place not in self._files:
            head = self._head
            self._files[place] = _KeptFiles(
                _Kept(
                    rows=self._rows,
                    start=self._ends[place + 1],
                    end=self._ends[place],
                    seal=head.seals[place * _SEAL : (place + 1) * _SEAL],
                    version=self.versions[place],
                    base=head.base,
                ),
                head.counts[place],
            )
        return self._files[place]


class _Kept(Struct, frozen=True, kw_only=True):
    """Where a release is kept, and how it is known again."""

    rows: Rows
    start: int
    end: int
    seal: bytes
    version: Version
    base: str


class _KeptFiles(FilesWhenRead):
    """The files of a release that was kept, found whole when it is looked at."""

    __slots__ = ("_kept",)

    def __init__(self, kept: _Kept, count: int) -> None:
        super().__init__(count)
        self._kept = kept

    def read(self) -> Sequence[File]:
        """The files as they were kept, or else as they are listed now."""
        kept = self._kept
        raw = kept.rows.read(kept.start, kept.end)
        if _seal_of(raw) != kept.seal:
            return kept.rows.anew(kept.version)
        return read_files(raw, self._count, kept.base)


def _seal_of(rows: bytes) -> bytes:
    return sha256(rows).digest()[:_SEAL]
