"""Which files of an environment belong to which installed distribution.

Decides by RECORD, and by what the recording-installed-packages standard (RI) lets a distribution
claim: never what lies outside the environment's scheme, nor what keeps it running. Changes
nothing.
"""

from __future__ import annotations

import csv
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import source_from_cache

from xpip.core.facts import InstalledDistribution
from xpip.edge.installation.own_files import OWN_FILES
from xpip.errors import InstallationError, Reason

# Beside the interpreter, `python._pth` says what it imports from, and `pybuilddir.txt` where its
# library lies: see getpath.py.
_INTERPRETER = re.compile(
    r"(python|pypy)w?[\d.]*t?(\.exe|\.dll)?(\._pth)?|pybuilddir\.txt", re.IGNORECASE
)


class Ownership:
    """Whose the files of an environment are."""

    def __init__(self, prefix: str, scheme: Mapping[str, str]) -> None:
        self._real: dict[str, str] = {}
        self._absent: set[str] = set()
        self._leaving: set[str] = set()
        self._prefix = self._directory(prefix)
        self._roots = {name: self._directory(path) for name, path in scheme.items()}
        self._below = {name: _with_separator(root) for name, root in self._roots.items()}
        self._own = os.path.join(self._prefix, OWN_FILES)
        scripts = self._roots["scripts"]
        self._guarded = {scripts, os.path.dirname(scripts), self._prefix}

    def resolve(self, path: str, scheme: str | None = None) -> str | None:
        """The real path of a file in the scheme, or in one directory of it; None if it is not.

        A link in the last place of the absolute `path` is not followed.
        """
        real = self._real_path(path)
        below = tuple(self._below.values()) if scheme is None else self._below[scheme]
        inside = real.startswith(below)
        return real if inside and not self._is_protected(real) else None

    def resolve_directory(
        self, path: str, names: Collection[str], scheme: str
    ) -> tuple[str, str | None]:
        """The real path of a directory, and the first of these files that may not be in it."""
        real = self._directory(path)
        if not _with_separator(real).startswith(self._below[scheme]):
            return real, next(iter(names))
        if real not in self._guarded and not real.startswith(self._own):
            return real, None
        forbidden = (name for name in names if self._is_protected(os.path.join(real, name)))
        return real, next(forbidden, None)

    def files_of(self, distributions: Sequence[InstalledDistribution]) -> tuple[str, ...]:
        """Real paths of what goes with them: files that no other RECORD lists, their bytecode.

        Raises:
            InstallationError: `unremovable`, where one of them has no RECORD that can be read,
                or one that claims what is not a distribution's to claim.
        """
        claimed: dict[str, None] = {}
        for distribution in distributions:
            for path in _claims_of(distribution):
                if (real := self.resolve(path)) is None:
                    claim = os.path.normpath(path)
                    raise _unremovable(distribution, "claims what is no distribution's", claim)
                if os.path.isfile(real) or os.path.islink(real):
                    claimed[real] = None
            self._leaving.add(os.path.realpath(distribution.location))
        shared = self.owners(claimed) if claimed else {}
        files = [path for path in claimed if path not in shared]
        return tuple(dict.fromkeys((*files, *_bytecode(files))))

    def owners(self, paths: Collection[str]) -> dict[str, str]:
        """Which of these real paths staying distributions list: path → name of the .dist-info."""
        owners: dict[str, str] = {}
        for site in dict.fromkeys((self._roots["purelib"], self._roots["platlib"])):
            for name in sorted(os.listdir(site)) if os.path.isdir(site) else ():
                location = os.path.join(site, name)
                if name.endswith(".dist-info") and location not in self._leaving:
                    with suppress(OSError, ValueError, csv.Error):
                        listed = map(self._real_path, recorded_paths(location))
                        owners.update(dict.fromkeys(filter(paths.__contains__, listed), name))
        return owners

    def _real_path(self, path: str) -> str:
        directory, name = os.path.split(path)
        return os.path.join(self._directory(directory), name)

    def _directory(self, path: str) -> str:
        # One step at a time: most directories share what lies above them.
        steps: list[tuple[str, str]] = []
        while (real := self._real.get(path)) is None:
            above, name = os.path.split(path)
            if name in {"", os.curdir, os.pardir}:
                real = self._real[path] = os.path.realpath(path)
                break
            steps.append((path, name))
            path = above
        for step, name in reversed(steps):
            real = self._real[step] = self._step(real, name)
        return real

    def _step(self, directory: str, name: str) -> str:
        real = os.path.join(directory, name)
        if directory in self._absent:
            self._absent.add(real)
            return real
        try:
            status = os.lstat(real)
        except OSError:
            # Neither it nor what is below it can be a link.
            self._absent.add(real)
            return real
        return os.path.realpath(real) if stat.S_ISLNK(status.st_mode) else real

    def _is_protected(self, real: str) -> bool:
        """The interpreter, what makes it a virtual environment's (PEP 405), and xpip's own."""
        directory, name = os.path.split(real)
        scripts = self._roots["scripts"]
        if directory == scripts and _INTERPRETER.fullmatch(name):
            return True
        if name.lower() == "pyvenv.cfg" and directory in {scripts, os.path.dirname(scripts)}:
            return True
        return real.startswith(self._own)


def _with_separator(path: str) -> str:
    return path if path.endswith(os.sep) else path + os.sep


def _claims_of(distribution: InstalledDistribution) -> Iterator[str]:
    """What RECORD lists, and all the rest of the .dist-info."""
    try:
        yield from recorded_paths(distribution.location)
    except (OSError, ValueError, csv.Error) as error:
        # RI: without RECORD, tools MUST NOT try to uninstall or upgrade.
        installer = distribution.installer
        hint = f"remove it with {installer}" if installer not in {None, "xpip"} else None
        detail = f"put there by {installer or 'an unknown tool'}"
        raise _unremovable(distribution, "has no RECORD of its files", detail, hint) from error
    for directory, _, names in os.walk(distribution.location):
        yield from (os.path.join(directory, name) for name in names)


def _unremovable(
    distribution: InstalledDistribution, problem: str, detail: str, hint: str | None = None
) -> InstallationError:
    return InstallationError(
        f"the installed {distribution.project} {distribution.version} {problem}",
        context=(distribution.location, detail),
        hint=hint,
        reference=Reason.UNREMOVABLE,
    )


def recorded_paths(location: str) -> Iterator[str]:
    """Paths that the RECORD in this .dist-info lists, joined to the directory they start from.

    Raises:
        OSError, ValueError, csv.Error: it is missing, or cannot be read.
    """
    site = os.path.dirname(location)
    return (os.path.join(site, path) for path, _ in recorded_rows(location))


def recorded_rows(location: str) -> Iterator[tuple[str, str]]:
    """Paths and hashes as the RECORD in this .dist-info gives them.

    Raises:
        OSError, ValueError, csv.Error: it is missing, or cannot be read.
    """
    with open(os.path.join(location, "RECORD"), encoding="utf-8", newline="") as record:
        for row in csv.reader(record):
            if row and row[0]:
                if "\0" in row[0]:
                    raise ValueError(f"{row[0]!r} is no path")
                yield row[0], row[1] if len(row) > 1 else ""


def recorded_file_count(location: str) -> int | None:
    """How many files the RECORD in this .dist-info lists; None where it cannot be read."""
    try:
        return sum(1 for _ in recorded_rows(location))
    except (OSError, ValueError, csv.Error):
        return None


def _bytecode(files: Iterable[str]) -> Iterator[str]:
    """Cached bytecode of these files, of all interpreters and optimisation levels (PEP 488)."""
    sources = {path for path in files if path.endswith(".py")}
    for directory in dict.fromkeys(map(os.path.dirname, sources)):
        cache = os.path.join(directory, "__pycache__")
        for name in os.listdir(cache) if os.path.isdir(cache) else ():
            compiled = os.path.join(cache, name)
            with suppress(ValueError):
                if source_from_cache(compiled) in sources:
                    yield compiled
