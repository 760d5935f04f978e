"""A mapping file's bytes → the disk, whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from xpip.errors import Reason, UsageError


def write_map(path: Path, raw: bytes) -> None:
    """Put these bytes in the file's place; its mode and owner stay, and so do links to it.

    Raises:
        UsageError: it cannot be written; nothing was changed.
    """
    target = os.path.realpath(path)
    beside = f"{target}.{secrets.token_hex(4)}.tmp"
    try:
        _write_anew(beside, raw)
        try:
            _take_after(target, beside)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise UsageError(
            f"The mapping file cannot be written: {error.strerror or error}",
            reference=Reason.USAGE,
            context=[str(path)],
            hint="Nothing was changed.",
        ) from None


def _write_anew(path: str, raw: bytes) -> None:
    # Whoever may write this file says where names come from: nobody else may, whatever the umask.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    with open(number, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _take_after(target: str, beside: str) -> None:
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return
    os.chmod(beside, stat.S_IMODE(status.st_mode))
    if os.name != "nt" and status.st_uid != os.getuid():
        with suppress(OSError):
            os.chown(beside, status.st_uid, status.st_gid)
