"""How things are written that are kept between runs, and where they may be."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def is_private(directory: Path) -> bool:
    """Whether a directory is this user's, and nobody else may write it; made if it is not there."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "nt":
            return True
        status = os.stat(directory)
    except OSError:
        return False
    shared = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid == os.getuid() and not status.st_mode & shared


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it: another run sees all of it, or nothing.

    A directory that cannot be written keeps nothing, and is no error.
    """
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="new-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
