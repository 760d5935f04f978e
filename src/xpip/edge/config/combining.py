"""The mapping files of a run as one: the one in force, what it extends, and what stands beside it.

What is enforced by the machine's or the user's own file holds whatever else is found; what a
project's file enforces also holds where an option names another file, or none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from xpip.core.mapping_file import (
    Extension,
    MapFile,
    MapSource,
    combine_maps,
    enforces_all,
    extensions_of,
)
from xpip.core.policy import RepositoryMap
from xpip.edge.config.maps import Download, FoundMap, read_map
from xpip.errors import Reason, UsageError

_DEEPEST = 32


def combined(
    chosen: FoundMap | None,
    beside: Sequence[FoundMap],
    discovered: Sequence[FoundMap],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    now: datetime,
    download: Download | None = None,
) -> RepositoryMap | None:
    """The files of a run as one map; None where none of them says anything for it.

    Args:
        chosen: the file in force.
        beside: the machine's and the user's own.
        discovered: those found by walking up, nearest first.
        environ: environment variables.
        cwd: the working directory.
        now: what ages such as `7d` count from.
        download: what fetches files that others extend by URL.

    Raises:
        UsageError: `map-invalid`: one cannot be read, is wrong, or others may write it.
    """
    chains = _Chains(cwd, download)
    if chosen is not None and chosen in beside and enforces_all(chosen.raw, chosen.source):
        # It leaves all other names to whoever comes after it, and here nobody does.
        chosen = None
    in_force = chains.of(chosen) if chosen else []
    known = {file.source.path for file in in_force}
    # What an outer file enforces holds below it, whatever stands there.
    others = (*beside, *reversed(discovered))
    standing = [chains.of(found) for found in others if found.source.path not in known]
    made = combine_maps(in_force, standing, variables=environ, now=now)
    _check_verifiable(made)
    return made if in_force or made.enforced else None


def _check_verifiable(made: RepositoryMap) -> None:
    demanding = next((rule for rule in made.all_rules if rule.identity is not None), None)
    if demanding is not None and find_spec("pypi_attestations") is None:
        raise UsageError(
            f"The mapping file is not valid: {demanding.key_path}.identity: attestations cannot "
            "be verified here, because xpip was installed without its extra for that",
            reference=Reason.MAP_INVALID,
            context=[demanding.declared_at],
            hint="pip install 'xpip[attestations]'",
        )


class _Chains:
    """Mapping files with those that they extend, nearest first."""

    def __init__(self, cwd: Path, download: Download | None) -> None:
        self._cwd = cwd
        self._download = download

    def of(self, found: FoundMap) -> list[MapFile]:
        files: dict[str, MapFile] = {}
        self._gather(MapFile(raw=found.raw, source=found.source), files, ())
        return list(files.values())

    def _gather(self, file: MapFile, files: dict[str, MapFile], path: tuple[str, ...]) -> None:
        path = (*path, file.source.path)
        files[file.source.path] = file
        for extension in extensions_of(file.raw, file.source):
            other = self._extended(file.source, extension)
            place = other.source.path
            if place in path:
                raise _invalid(file.source, extension, f"comes back to {place}")
            if len(path) == _DEEPEST:
                raise _invalid(file.source, extension, f"is more than {_DEEPEST} files deep")
            # Files may meet in one: it is read once, or their number would double at each step.
            if place not in files:
                self._gather(other, files, path)

    def _extended(self, source: MapSource, extension: Extension) -> MapFile:
        if extension.url is not None:
            return self._downloaded(source, extension, extension.url)
        if source.directory is None:
            raise _invalid(source, extension, "is a path, and this file came from a URL")
        assert extension.path is not None
        path = Path(source.directory, extension.path)
        if path.exists() and not path.is_file():
            # Opening a pipe would wait for ever.
            raise _invalid(source, extension, "is not a regular file")
        place = Path(os.path.realpath(path))
        found = read_map(place, cwd=self._cwd, discovered=source.discovered)
        return MapFile(raw=found.raw, source=found.source)

    def _downloaded(self, source: MapSource, extension: Extension, url: str) -> MapFile:
        if self._download is None:
            raise _invalid(source, extension, "is a URL, and this command asks no network")
        raw = self._download(url)
        found = hashlib.sha256(raw).hexdigest()
        if found != extension.sha256:
            raise _invalid(source, extension, f"{url} has changed: its sha256 is {found}")
        return MapFile(
            raw=raw,
            source=MapSource(path=url, directory=None, discovered=source.discovered),
        )


def _invalid(source: MapSource, extension: Extension, problem: str) -> UsageError:
    return UsageError(
        f"The mapping file is not valid: {extension.key_path}: {problem}",
        reference=Reason.MAP_INVALID,
        context=[source.path],
    )
