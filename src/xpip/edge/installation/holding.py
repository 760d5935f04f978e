"""An environment to oneself, with the work of killed runs undone first.

What undoes it is imported where there is something to undo. May not know what a run is going to do:
mostly it is nothing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xpip.edge.installation.own_files import OWN_FILES
from xpip.errors import InstallationError, Reason

if TYPE_CHECKING:
    from xpip.edge.installation.journal import Recovery


@contextmanager
def environment_lock(
    prefix: str,
    *,
    scheme: Mapping[str, str] | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Recovery, ...]]:
    """Have the environment to oneself, with the work of a run that was killed undone first.

    Take it before reading what is installed. It is not reentrant. `prefix` is made if it is not
    there; `on_wait` is called once if another run has it. Yields what became of killed runs. What
    lies neither below `prefix` nor below the scheme's directories is not touched.

    Raises:
        InstallationError: `disk`.
    """
    with disk_errors():
        os.makedirs(prefix, exist_ok=True)
        release = _hold(os.path.join(prefix, f"{OWN_FILES}.lock"), on_wait)
    try:
        with disk_errors():
            recovered = _recovered(prefix, scheme or {})
        yield recovered
    finally:
        release()


def _recovered(prefix: str, scheme: Mapping[str, str]) -> tuple[Recovery, ...]:
    with os.scandir(prefix) as entries:
        left = [entry for entry in entries if entry.name.startswith(f"{OWN_FILES}-")]
    left = [entry for entry in left if entry.is_dir(follow_symlinks=False)]
    if not left:
        return ()
    from xpip.edge.installation.journal import Bounds, recover

    bounds = Bounds((prefix, *scheme.values()))
    return tuple(recover(entry.path, entry.name, bounds) for entry in left)


def _hold(path: str, on_wait: Callable[[], None]) -> Callable[[], object]:
    """Lock a file, as filelock does on POSIX; importing that takes a tenth of the shortest run.

    Returns:
        What lets go of it.
    """
    try:
        import fcntl
    except ImportError:
        return _hold_otherwise(path, on_wait)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)

    def release() -> None:
        # A process that was forked meanwhile has the descriptor, too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)

    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, OSError) and error.errno == errno.ENOSYS:
            return _hold_otherwise(path, on_wait)
        raise
    return release


def _hold_otherwise(path: str, on_wait: Callable[[], None]) -> Callable[[], object]:
    """The same where the system, or what the environment lies on, has no such locks."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_wait()
        lock.acquire()
    return lock.release


@contextmanager
def disk_errors() -> Iterator[None]:
    """What the operating system refuses, as an error of xpip's.

    Raises:
        InstallationError: `disk`.
    """
    try:
        yield
    except OSError as error:
        raise InstallationError(
            f"the environment cannot be changed: {error.strerror or error}",
            context=[str(name) for name in (error.filename, error.filename2) if name],
            reference=Reason.DISK,
        ) from error
