"""What an environment holds already: its .dist-info and .egg-info, read when they are asked for.

Decides which entry of a library directory is a project's (recording-installed-packages
standard), and reads what was recorded beside it. May not know who asks, nor whether what it
finds will be kept. What reads direct_url.json is imported where one is read: few are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xpip.core.facts import CoreMetadata, InstalledDistribution, InvalidMetadata, RecordedOrigin
from xpip.core.metadata_fields import parse_identity
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.reporting.records import DIRECT_URL, ORIGIN, PROVENANCE, read_origin
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    from xpip.core.direct_records import DirectRecord

_AT_ONCE = 1 << 17
"""Bytes; a file ends where fewer are read."""
_METADATA = (".dist-info", ".egg-info")
_DEVELOPED = {
    ".egg-link": "setup.py develop made it, and recorded no files",
    ".egg": "easy_install made it, and recorded no files",
}
"""What other tools may still count as installed, and no standard describes."""


class SitePackages:
    """The distributions in some library directories; of two of one name, the first path's.

    A snapshot: the directories are listed once, and each project's metadata is read once.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._found: dict[NormalizedName, InstalledDistribution | None] = {}
        self._identified: dict[NormalizedName, InstalledDistribution | None] = {}
        self._broken: dict[str, str] = {}

    def find(self, project: NormalizedName) -> InstalledDistribution | None:
        """The distribution of this name, if it is installed and readable.

        Raises:
            UsageError: `no-environment`, where a directory is there but cannot be listed.
        """
        if project not in self._found:
            self._found[project] = next(self._readable(project), None)
        return self._found[project]

    def identify(self, project: NormalizedName) -> InstalledDistribution | None:
        """The same as far as its name, version and origin go: what it requires is left unread.

        Raises:
            UsageError: as `find`.
        """
        if project not in self._identified:
            read = (_identified(project, each) for each in self._entries.get(project, ()))
            found = (each for each in read if isinstance(each, InstalledDistribution))
            self._identified[project] = next(found, None)
        return self._identified[project]

    def copies(self, project: NormalizedName) -> tuple[InstalledDistribution, ...]:
        """All distributions of this name; there should be one, and it is the first that counts."""
        return tuple(self._readable(project))

    def unreadable(self, project: NormalizedName) -> tuple[tuple[str, str], ...]:
        """Entries of this name that count as not installed: their paths, and why."""
        tuple(self._readable(project))
        mine = self._entries.get(project, ())
        return tuple((path, why) for path, why in self._broken.items() if path in mine)

    def __iter__(self) -> Iterator[InstalledDistribution]:
        """All of them, sorted by name."""
        return self.beside(())

    def beside(self, projects: Collection[str]) -> Iterator[InstalledDistribution]:
        """All but these, which are left unread; sorted by name."""
        found = (self.find(each) for each in sorted(self._entries) if each not in projects)
        return (distribution for distribution in found if distribution is not None)

    def broken(self) -> tuple[tuple[str, str], ...]:
        """Entries met so far that count as not installed: their paths, and why."""
        return tuple(self._broken.items())

    @cached_property
    def _entries(self) -> dict[NormalizedName, list[str]]:
        entries: dict[NormalizedName, list[str]] = {}
        for path in self._paths:
            for filename in _metadata_entries(path):
                project = canonicalize_name(os.path.splitext(filename)[0].partition("-")[0])
                entries.setdefault(project, []).append(os.path.join(path, filename))
        return entries

    def _readable(self, project: NormalizedName) -> Iterator[InstalledDistribution]:
        for location in self._entries.get(project, ()):
            read = _read(project, location)
            if isinstance(read, InstalledDistribution):
                yield read
            else:
                self._broken[location] = read.detail


def _metadata_entries(path: str) -> list[str]:
    """Names of the .dist-info, then of older kinds, in an order that no file system decides."""
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError(
            "a library directory of the environment cannot be listed",
            context=[f"{path}: {error.strerror}"],
            reference=Reason.NO_ENVIRONMENT,
        ) from error
    order = (*_METADATA, *_DEVELOPED)
    found = (name for name in names if name.endswith(order))
    return sorted(found, key=lambda name: (order.index(os.path.splitext(name)[1]), name))


def _read(project: NormalizedName, location: str) -> InstalledDistribution | InvalidMetadata:
    from xpip.core.metadata import parse_metadata  # brings in what reads requirements

    return _distribution(project, location, parse_metadata)


def _identified(project: NormalizedName, location: str) -> InstalledDistribution | InvalidMetadata:
    return _distribution(project, location, parse_identity)


def _distribution(
    project: NormalizedName,
    location: str,
    parse: Callable[[bytes], CoreMetadata | InvalidMetadata],
) -> InstalledDistribution | InvalidMetadata:
    developed = _DEVELOPED.get(os.path.splitext(location)[1])
    if developed:
        return InvalidMetadata(detail=developed)
    try:
        metadata = parse(raw_metadata(location))
    except OSError as error:
        return InvalidMetadata(detail=f"{os.path.basename(error.filename)}: {error.strerror}")
    if isinstance(metadata, InvalidMetadata):
        return metadata
    if metadata.name != project:
        return InvalidMetadata(detail=f"its metadata is that of {metadata.name}")
    return InstalledDistribution(
        project=project,
        version=metadata.version,
        metadata=metadata,
        location=location,
        installer=(installer := _installer(location)),
        # Another tool may have put a file of that name there, out of a wheel.
        origin=_origin(location) if installer == "xpip" else None,
    )


def raw_metadata(location: str) -> bytes:
    """The bytes of METADATA, or of PKG-INFO.

    Raises:
        OSError: there are none.
    """
    return _read_whole(_metadata_file(location))


def _read_whole(path: str) -> bytes:
    # Hundreds are read, each once: what Python's own files ask of the system takes as long again.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        parts = [os.read(descriptor, _AT_ONCE)]
        while len(parts[-1]) == _AT_ONCE:
            parts.append(os.read(descriptor, _AT_ONCE))
    finally:
        os.close(descriptor)
    return b"".join(parts)


def direct_record(location: str) -> DirectRecord:
    """What `direct_url.json` says (PEP 610): by whom it was written does not matter."""
    try:
        raw = _read_whole(os.path.join(location, DIRECT_URL))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        from xpip.core.direct_records import UnreadableRecord

        return UnreadableRecord(detail=f"{DIRECT_URL}: {error.strerror}")
    from xpip.core.direct_records import read_direct_url

    return read_direct_url(raw)


def provenance_record(location: str) -> Mapping[str, Any] | None:
    """What `provenance_url.json` says (PEP 710), if it is there and holds an object."""
    try:
        with open(os.path.join(location, PROVENANCE), "rb") as file:
            record = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def is_requested(location: str) -> bool:
    """Whether a user asked for it by name (PEP 376)."""
    return os.path.isfile(os.path.join(location, "REQUESTED"))


def wheel_tags(location: str) -> frozenset[str]:
    """The tags in its WHEEL file (PEP 427); none where there is none."""
    return _wheel_says(location, "Tag")


def wheel_format(location: str) -> str | None:
    """The Wheel-Version in its WHEEL file (PEP 427); None where there is none."""
    return next(iter(_wheel_says(location, "Wheel-Version")), None)


def _wheel_says(location: str, key: str) -> frozenset[str]:
    try:
        lines = _read_whole(os.path.join(location, "WHEEL")).decode(errors="replace").splitlines()
    except OSError:
        return frozenset()
    said = (line.partition(":") for line in lines)
    return frozenset(value.strip() for name, _, value in said if name.strip() == key)


def _metadata_file(location: str) -> str:
    if location.endswith(".dist-info"):
        return os.path.join(location, "METADATA")
    # distutils wrote PKG-INFO as a file in the directory's place.
    return os.path.join(location, "PKG-INFO") if os.path.isdir(location) else location


def _installer(location: str) -> str | None:
    try:
        raw = _read_whole(os.path.join(location, "INSTALLER"))
    except OSError:
        return None
    return raw.decode(errors="replace").strip() or None


def _origin(location: str) -> RecordedOrigin | None:
    try:
        return read_origin(_read_whole(os.path.join(location, ORIGIN)))
    except OSError:
        return None
