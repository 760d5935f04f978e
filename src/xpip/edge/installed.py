"""What an environment holds already: its .dist-info and .egg-info, read when they are asked for.

Decides which entry of a library directory is a project's (recording-installed-packages
standard). May not know who asks, nor whether what it finds will be kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property

from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.facts import InstalledDistribution, InvalidMetadata, RecordedOrigin
from xpip.core.metadata import parse_metadata
from xpip.core.reporting.records import ORIGIN, read_origin
from xpip.errors import Reason, UsageError


class SitePackages:
    """The distributions in some library directories; of two of one name, the first path's.

    A snapshot: the directories are listed once, and each project's metadata is read once.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._found: dict[NormalizedName, InstalledDistribution | None] = {}
        self._broken: dict[str, str] = {}

    def find(self, project: NormalizedName) -> InstalledDistribution | None:
        """The distribution of this name, if it is installed and readable.

        Raises:
            UsageError: `no-environment`, where a directory is there but cannot be listed.
        """
        if project not in self._found:
            self._found[project] = self._first_readable(project)
        return self._found[project]

    def __iter__(self) -> Iterator[InstalledDistribution]:
        """All of them, sorted by name."""
        found = map(self.find, sorted(self._entries))
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

    def _first_readable(self, project: NormalizedName) -> InstalledDistribution | None:
        for location in self._entries.get(project, ()):
            read = _read(project, location)
            if isinstance(read, InstalledDistribution):
                return read
            self._broken[location] = read.detail
        return None


def _metadata_entries(path: str) -> list[str]:
    """Names of the .dist-info, then of the .egg-info, in an order that no file system decides."""
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
    found = (name for name in names if name.endswith((".dist-info", ".egg-info")))
    return sorted(found, key=lambda name: (name.endswith(".egg-info"), name))


def _read(project: NormalizedName, location: str) -> InstalledDistribution | InvalidMetadata:
    try:
        with open(_metadata_file(location), "rb") as stream:
            metadata = parse_metadata(stream.read())
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


def _metadata_file(location: str) -> str:
    if location.endswith(".dist-info"):
        return os.path.join(location, "METADATA")
    # distutils wrote PKG-INFO as a file in the directory's place.
    return os.path.join(location, "PKG-INFO") if os.path.isdir(location) else location


def _installer(location: str) -> str | None:
    try:
        with open(os.path.join(location, "INSTALLER"), encoding="utf-8", errors="replace") as file:
            return file.read().strip() or None
    except OSError:
        return None


def _origin(location: str) -> RecordedOrigin | None:
    try:
        with open(os.path.join(location, ORIGIN), "rb") as file:
            return read_origin(file.read())
    except OSError:
        return None
