"""Files that were fetched, kept between runs under their repository and sha256.

A file is only ever found under the digest that its page claims for it, and is hashed again, like
one from the network, before anything is made of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from xpip.core.decisions import Candidate

_LAYOUT = "files-1"


class FileCache:
    """Keeps files below one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / _LAYOUT

    def find(self, candidate: Candidate) -> Path | None:
        """Where the file lies, if it was kept; its contents are yet to be verified."""
        place = self._place(candidate)
        return place if place is not None and place.is_file() else None

    def keep(self, candidate: Candidate, path: Path) -> None:
        """Keep a verified file that its page gives the sha256 of."""
        place = self._place(candidate)
        if place is None:
            return
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made beside its place and renamed: another run sees all of it, or nothing.
            descriptor, made = tempfile.mkstemp(prefix="new-", dir=place.parent)
            os.close(descriptor)
            try:
                shutil.copyfile(path, made)
                os.replace(made, place)
            finally:
                with suppress(OSError):
                    os.unlink(made)

    def drop(self, candidate: Candidate) -> None:
        """Forget a file that is not what it was."""
        place = self._place(candidate)
        if place is not None:
            with suppress(OSError):
                place.unlink()

    def _place(self, candidate: Candidate) -> Path | None:
        digest = dict(candidate.file.hashes).get("sha256")
        if digest is None or candidate.reference is not None:
            return None
        said = f"{candidate.origin.repository}\n{digest}"
        name = hashlib.sha256(said.encode()).hexdigest()
        return self._directory / name[:2] / name[2:] / candidate.file.filename
