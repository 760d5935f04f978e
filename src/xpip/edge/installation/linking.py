"""Files of a shared tree → files of an environment: linked, cloned or copied.

Decides what is done where a file system cannot do what was asked: then files are copied. Neither
reads contents for their own sake nor knows where a file belongs.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from io import BufferedWriter

Place = Callable[[str, str, int], object]
"""Puts one file where there is none yet: where it lies, where it is to be, its mode."""


class LinkMode(StrEnum):
    """How files of the cache get into an environment."""

    HARDLINK = "hardlink"
    """They are the cache's own, and so nobody may write them."""
    REFLINK = "reflink"
    """They share the cache's blocks until they are written."""
    COPY = "copy"
    """They are the environment's own."""
    SYMLINK = "symlink"
    """They lead into the cache, and end with it."""


_CHUNK = 1024 * 1024
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
"""Flags that open a file only where there is none."""

_CLONE = 0x40049409
"""Linux: FICLONE, _IOW(0x94, 9, int) (ioctl_ficlone(2))."""


class Linker:
    """Puts files of one tree into one directory after another.

    Args:
        hidden: permissions that this run's umask denies; a link could not deny them.
    """

    def __init__(self, mode: LinkMode, *, hidden: int = 0) -> None:
        if hidden & 0o555 and mode in {LinkMode.HARDLINK, LinkMode.SYMLINK}:
            mode = LinkMode.COPY
        self._place: Place = {
            LinkMode.HARDLINK: self._hardlink,
            LinkMode.REFLINK: self._reflink,
            LinkMode.COPY: _copy,
            LinkMode.SYMLINK: self._symlink,
        }[mode]

    def place(self, source: str, target: str, files: Iterable[tuple[str, int]]) -> tuple[str, ...]:
        """Put files of one directory, by names and modes, into another.

        Returns:
            Names of which there is a file, or a directory, already; they are left out.

        Raises:
            OSError: one cannot be put there, not even as a copy.
        """
        source, target = source + os.sep, target + os.sep
        left = iter(files)
        taken = self._link_all(source, target, left) if self._place == self._hardlink else []
        for name, mode in left:
            try:
                self._place(source + name, target + name, mode)
            except FileExistsError:
                taken.append(name)
        return tuple(taken)

    def _link_all(self, source: str, target: str, files: Iterator[tuple[str, int]]) -> list[str]:
        """Link as long as that can be done: of most files, nothing else is to be decided."""
        taken, link = [], os.link
        for name, mode in files:
            try:
                link(source + name, target + name)
            except FileExistsError:
                taken.append(name)
            except OSError as error:
                self._hardlink_failed(error, source + name, target + name, mode)
                break
        return taken

    def _hardlink(self, source: str, target: str, mode: int) -> None:
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError as error:
            self._hardlink_failed(error, source, target, mode)

    def _hardlink_failed(self, error: OSError, source: str, target: str, mode: int) -> None:
        # A file may have as many links as it can have; the others may not.
        self._fall_back(source, target, mode, for_all=error.errno != errno.EMLINK)

    def _symlink(self, source: str, target: str, mode: int) -> None:
        try:
            os.symlink(source, target)
        except FileExistsError:
            raise
        except OSError:
            self._fall_back(source, target, mode)

    def _reflink(self, source: str, target: str, mode: int) -> None:
        try:
            _clone(source, target, mode)
        except FileExistsError:
            raise
        except OSError:
            self._fall_back(source, target, mode)

    def _fall_back(self, source: str, target: str, mode: int, *, for_all: bool = True) -> None:
        # File systems say in many ways what they cannot do; what hinders a copy, that one tells.
        if for_all:
            self._place = _copy
        _copy(source, target, mode)


def _copy(source: str, target: str, mode: int) -> None:
    with open(source, "rb", buffering=0) as original, _created(target, mode) as copy:
        while chunk := original.read(_CHUNK):
            copy.write(chunk)


def _clone(source: str, target: str, mode: int) -> None:
    try:
        from fcntl import ioctl
    except ImportError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), target) from None
    with open(source, "rb", buffering=0) as original:
        copy = _created(target, mode)
        try:
            ioctl(copy.fileno(), _CLONE, original.fileno())
        except OSError:
            os.unlink(target)
            raise
        finally:
            copy.close()


def _created(target: str, mode: int) -> BufferedWriter:
    """A new file, with the permissions of one that was written here."""
    return open(os.open(target, NEW_FILE, 0o777 if mode & 0o111 else 0o666), "wb")
