"""A directory for what one run needs and nobody else: private, and gone when the run ends.

Decides what killed runs left there, too: what nobody holds any more, or what is older than any
run. May not know what lies in it.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from xpip.errors import InstallationError, Reason

_PREFIX = "xpip-"
_HELD = f"{_PREFIX}run-"
_YOUNG = 60.0
"""Seconds in which a directory may be made and not be held yet."""
_DAY = 86400.0


class RunDirectory(os.PathLike[str]):
    """A directory that is made when somebody asks for its path: many runs need none.

    Args:
        parent: where; None for where the system keeps what is temporary (`TMPDIR`).
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = parent
        self._stack = ExitStack()
        self._path: str | None = None
        self._making = threading.Lock()

    def __fspath__(self) -> str:
        """Where it is.

        Raises:
            InstallationError: `disk`, where the system keeps none.
            OSError: none can be made in the parent that was named.
        """
        with self._making:
            if self._path is None:
                self._path = self._stack.enter_context(_made(self._parent))
        return self._path

    def close(self) -> None:
        """Away with it, and all that is in it."""
        self._stack.close()


@contextmanager
def run_directory(parent: Path | None = None) -> Iterator[RunDirectory]:
    """A new one, for as long as a run lasts."""
    with closing(RunDirectory(parent)) as directory:
        yield directory


@contextmanager
def _made(parent: Path | None) -> Iterator[str]:
    import tempfile

    try:
        made = tempfile.TemporaryDirectory(prefix=_HELD, dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        if parent is not None:
            raise
        raise InstallationError(
            f"no directory for temporary files can be made: {error.strerror or error}",
            context=[str(error.filename)] if error.filename else [],
            hint="TMPDIR names one in which there is room.",
            reference=Reason.DISK,
        ) from error
    # At the end a worker may still be busy with an answer that nobody waits for any more.
    with made as name:
        lock = _held(name)
        try:
            _clear_after_killed_runs(os.path.dirname(name))
            yield name
        finally:
            if lock is not None:
                os.close(lock)


def _held(directory: str) -> int | None:
    """A descriptor that keeps other runs away while it is open; None where there are no locks."""
    try:
        import fcntl

        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (OSError, ImportError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _clear_after_killed_runs(parent: str) -> None:
    import shutil

    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and _is_abandoned(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode) or (os.name != "nt" and status.st_uid != os.getuid()):
        return False
    age = time.time() - status.st_mtime
    return age > _DAY or (age > _YOUNG and entry.name.startswith(_HELD) and _is_let_go(entry.path))


def _is_let_go(directory: str) -> bool:
    """Whether the run that held it is gone."""
    descriptor = _held(directory)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True
