"""Wheels that were unpacked once, kept so that installing is linking (semantics 7.7).

A tree is found only under the repository that its wheel came from and the wheel's sha256, and only
where every file still is what it was when its contents were verified. Where one may not be, its
contents are read again; a damaged tree is a miss. What a tree must fulfil to be installed at all
is not known here.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec.structs
from msgspec.structs import replace

from xpip import __version__
from xpip.core.decisions import Candidate
from xpip.core.hashes import hash_in_record
from xpip.core.unpacked import (
    UnpackedDirectory,
    UnpackedWheel,
    WheelTree,
    dump_unpacked,
    load_unpacked,
)
from xpip.edge.cache.places import (
    NEW,
    SEAL,
    digest_of,
    drawer,
    is_own,
    is_sealed,
    make_room,
    read_own,
    seal,
    write_whole,
)

LAYOUT = f"unpacked-1-{__version__}"
"""What was checked is what this version checks."""
MANIFEST = "manifest"
_TREE = "tree"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REPOSITORY = 24
"""Digits that tell repositories apart; the digest of the whole file stands behind them."""

Unpack = Callable[[str], bytes]
"""Unpacks a wheel to a directory yet to be made, and gives the manifest of that."""


class UnpackedWheels:
    """Keeps trees below one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / LAYOUT

    def find(self, candidate: Candidate, sha256: str) -> WheelTree | None:
        """The tree of the wheel with this digest; None where there is none that may be believed."""
        place = self._place(candidate, sha256)
        if place is None:
            return None
        try:
            status = os.lstat(place)
        except OSError:
            return None
        found = _read(place)
        if found is None:
            _discard(place, status)
            return None
        if (found.project, found.version) != (candidate.project, candidate.version):
            return None
        return WheelTree(directory=str(place / _TREE), wheel=found)

    def keep(self, candidate: Candidate, sha256: str, unpack: Unpack) -> WheelTree | None:
        """Unpack a verified wheel into the cache; None where nothing can be kept.

        Raises:
            XpipError: what `unpack` raises.
        """
        place = self._place(candidate, sha256)
        if place is None:
            return None
        with suppress(OSError):
            make_room(place)
            # Made beside its place and renamed: another run sees all of it, or nothing.
            made = Path(tempfile.mkdtemp(prefix=NEW, dir=place.parent))
            try:
                manifest = unpack(str(made / _TREE))
                _write(made / MANIFEST, seal(manifest))
                wheel = load_unpacked(manifest)
                with suppress(OSError):
                    os.rename(made, place)
                    tree = str(place / _TREE)
                    return None if wheel is None else WheelTree(directory=tree, wheel=wheel)
            finally:
                shutil.rmtree(made, ignore_errors=True)
            # Another run was there first.
            return self.find(candidate, sha256)
        return None

    def _place(self, candidate: Candidate, sha256: str) -> Path | None:
        if not _SHA256.fullmatch(sha256) or candidate.reference is not None:
            return None
        entry = f"{digest_of(candidate.origin.repository)[:_REPOSITORY]}-{sha256}"
        return self._directory / drawer(candidate.project) / entry


def is_whole(entry: Path) -> bool:
    """Whether every file of an entry has the contents that were verified once."""
    wheel = _manifest(entry)
    return wheel is not None and not any(
        _has_changed(f"{entry}/{_TREE}/{each.source}", each) for each in wheel.directories
    )


def size_of(entry: Path) -> int:
    """Bytes of an entry's tree; its manifest, which is another version's here, need not be read."""
    below = os.walk(entry / _TREE)
    return sum(
        os.lstat(os.path.join(directory, name)).st_size
        for directory, _, names in below
        for name in names
    )


def _read(place: Path) -> UnpackedWheel | None:
    """The manifest, if all that it lists is as it says."""
    wheel = _manifest(place)
    if wheel is None:
        return None
    tree = f"{place}/{_TREE}"
    try:
        if any(_is_doubtful(f"{tree}/{each.source}", each) for each in wheel.directories):
            return _reverified(place, wheel)
    except OSError:
        return None
    return wheel


def _manifest(place: Path) -> UnpackedWheel | None:
    raw = read_own(place / MANIFEST)
    return load_unpacked(raw[SEAL:]) if raw is not None and is_sealed(raw) else None


def _is_doubtful(directory: str, noted: UnpackedDirectory) -> bool:
    """Whether a file is not as it was left: its size, time, inode, mode are all as they were."""
    lstat = os.lstat
    for name, size, time, inode, mode in zip(
        noted.names, noted.sizes, noted.times, noted.inodes, noted.modes, strict=True
    ):
        now = lstat(f"{directory}/{name}")
        if (
            now.st_mtime_ns != time
            or now.st_size != size
            or now.st_ino != inode
            or now.st_mode != mode
        ):
            return True
    return False


def _reverified(place: Path, wheel: UnpackedWheel) -> UnpackedWheel | None:
    """The same with its files' present state, if their contents are what they were."""
    directories = []
    for each in wheel.directories:
        directory = f"{place}/{_TREE}/{each.source}"
        if _has_changed(directory, each):
            return None
        states = [os.lstat(f"{directory}/{name}") for name in each.names]
        directories.append(
            msgspec.structs.replace(
                each,
                times=[state.st_mtime_ns for state in states],
                inodes=[state.st_ino for state in states],
            )
        )
    found = replace(wheel, directories=tuple(directories))
    write_whole(place / MANIFEST, seal(dump_unpacked(found)))
    return found


def _has_changed(directory: str, noted: UnpackedDirectory) -> bool:
    """Whether a file is not the one that was verified, by what it holds."""
    rows = csv.reader(noted.rows.splitlines(keepends=True))
    for name, mode, (_, digest, _) in zip(noted.names, noted.modes, rows, strict=True):
        path = Path(directory, name)
        status = path.lstat()
        if status.st_mode != mode or not stat.S_ISREG(status.st_mode) or not is_own(status):
            return True
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").digest()
        if digest != hash_in_record("sha256", found):
            return True
    return False


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _discard(place: Path, status: os.stat_result) -> None:
    """Remove a damaged entry, unless another run has put a sound one in its place by now."""
    with suppress(OSError):
        aside = Path(tempfile.mkdtemp(prefix=NEW, dir=place.parent))
        try:
            os.rename(place, aside / "damaged")
            if (aside / "damaged").lstat().st_ino != status.st_ino:
                os.rename(aside / "damaged", place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
