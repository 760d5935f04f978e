"""Files that were fetched, kept between runs under their repository and sha256.

A file is only ever found under the digest that its page claims for it, and is hashed again, like
one from the network, before anything is made of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from xpip.core.decisions import Candidate
from xpip.edge.cache.places import NEW, digest_of, drawer, is_own, make_room, mark_used, remove

LAYOUT = "files-2"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REPOSITORY = 24
"""Digits that tell repositories apart; the digest of the whole file stands behind them."""


class FileCache:
    """Keeps files below one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / LAYOUT

    def find(self, candidate: Candidate) -> Path | None:
        """Where the file lies, if it was kept; its contents are yet to be verified."""
        place = self._place(candidate)
        if place is None:
            return None
        try:
            status = os.lstat(place)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or not is_own(status):
            return None
        mark_used(place, status)
        return place

    def keep(self, candidate: Candidate, path: Path) -> None:
        """Keep a verified file that its page gives the sha256 of."""
        place = self._place(candidate)
        if place is None:
            return
        import shutil
        import tempfile

        with suppress(OSError):
            # The entry has a directory of its own: a file is found by its own name, too.
            make_room(place.parent)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            # Made beside its place and renamed: another run sees all of it, or nothing.
            made = Path(tempfile.mkdtemp(prefix=NEW, dir=place.parent))
            try:
                _link_or_copy(path, made / place.name)
                os.replace(made / place.name, place)
            finally:
                shutil.rmtree(made, ignore_errors=True)

    def drop(self, candidate: Candidate) -> None:
        """Forget a file that is not what it was."""
        place = self._place(candidate)
        if place is not None:
            remove(place)

    def _place(self, candidate: Candidate) -> Path | None:
        digest = dict(candidate.file.hashes).get("sha256", "")
        name = candidate.file.filename
        if not _SHA256.fullmatch(digest) or candidate.reference is not None:
            return None
        # It names a path from here on: a file name, and nothing more.
        if Path(name).name != name or name.startswith(NEW):
            return None
        entry = f"{digest_of(candidate.origin.repository)[:_REPOSITORY]}-{digest}"
        return self._directory / drawer(candidate.project) / entry / name


def _link_or_copy(path: Path, copy: Path) -> None:
    """Nobody writes into a file that was fetched, so that the run's own may be the cache's."""
    try:
        os.link(path, copy)
    except OSError:
        import shutil

        shutil.copyfile(path, copy)


def is_whole(entry: Path) -> bool:
    """Whether an entry holds the file that it is called by."""
    files = [each for each in entry.iterdir() if not each.name.startswith(NEW)]
    if len(files) != 1 or not stat.S_ISREG(os.lstat(files[0]).st_mode):
        return False
    with files[0].open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return entry.name.rpartition("-")[2] == digest
