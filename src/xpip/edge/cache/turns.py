"""Who may use what is kept, and when: any number of runs at once, or one that tidies up.

A lock on a file in the cache's directory. Where the system has no such locks, everybody goes
ahead: an entry that vanishes is fetched again, or ends a run with an error, and is never wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xpip.edge.cache.places import LOCK


class Turn:
    """A run's hold on the cache; nobody tidies up in the meantime."""

    def __init__(self, directory: Path) -> None:
        self._descriptor = _opened(directory)
        _hold(self._descriptor, alone=False)

    def try_alone(self) -> bool:
        """Whether nobody else holds the cache, and nobody will until this turn ends."""
        return _hold(self._descriptor, alone=True, wait=False)

    def end(self) -> None:
        """Let others tidy up."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def alone(directory: Path, on_wait: Callable[[], object]) -> Iterator[None]:
    """Tidy up, when all runs that use the cache have ended."""
    descriptor = _opened(directory)
    try:
        if not _hold(descriptor, alone=True, wait=False):
            on_wait()
            _hold(descriptor, alone=True)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _opened(directory: Path) -> int | None:
    try:
        return os.open(
            directory / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600
        )
    except OSError:
        return None


def _hold(descriptor: int | None, *, alone: bool, wait: bool = True) -> bool:
    """Whether it is held now; True also where the system knows no such locks."""
    try:
        import fcntl
    except ImportError:
        return True
    if descriptor is None:
        return True
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
