"""A file of the user's that is written whole, and never over another one unasked."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from xpip.errors import Reason, UsageError

_BESIDE = ".xpip-new-"
_YOUNG = 60.0
"""Seconds, of which no run needs so many to write a file."""


def check_free(path: Path, *, force: bool) -> None:
    """Be sure that a file may be written there, before anything is done for it.

    Raises:
        UsageError: something is there already.
    """
    if not force and os.path.lexists(path):
        raise _taken(path)


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a file, all of it or nothing.

    Args:
        path: where to.
        text: what it holds.
        force: whether a file that is there may be replaced.

    Raises:
        UsageError: something is there already, or it cannot be written.
    """
    check_free(path, force=force)
    try:
        _write(path, text.encode(), force=force)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be written: {error.strerror}",
            reference=Reason.USAGE,
            context=[str(path)],
        ) from None


def _write(path: Path, raw: bytes, *, force: bool) -> None:
    _clear_after_killed_runs(path.parent)
    import tempfile

    number, beside = tempfile.mkstemp(dir=path.parent, prefix=_BESIDE)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(raw)
        os.chmod(beside, 0o644)
        if force:
            os.replace(beside, path)
        else:
            # Unlike a renaming, a link never takes the place of what came in the meantime.
            os.link(beside, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _clear_after_killed_runs(directory: Path) -> None:
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(_BESIDE) and _is_old_file(entry):
                os.unlink(entry.path)


def _is_old_file(entry: os.DirEntry[str]) -> bool:
    # A younger one may be another run's, at this moment.
    status = entry.stat(follow_symlinks=False)
    return stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > _YOUNG


def _taken(path: Path) -> UsageError:
    return UsageError(
        f"{path.name} is there already, and is left as it is",
        reference=Reason.USAGE,
        context=[str(path)],
        hint="--force replaces it; -o FILE writes another one.",
    )
