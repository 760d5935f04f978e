"""A file of the user's that is written whole, and never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from xpip.errors import Reason, UsageError


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
    number, beside = tempfile.mkstemp(dir=path.parent, prefix=".xpip-")
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


def _taken(path: Path) -> UsageError:
    return UsageError(
        f"{path.name} is there already, and is left as it is",
        reference=Reason.USAGE,
        context=[str(path)],
        hint="--force replaces it; -o FILE writes another one.",
    )
