"""Archives opened so that a small one cannot fill the memory.

Decides what an archive is, by its name, and how far it may be read. May not know what is in it.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast


def _gzip(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path))


def _bz2(path: Path) -> IO[bytes]:
    return bz2.BZ2File(path)


def _lzma(path: Path) -> IO[bytes]:
    return lzma.LZMAFile(path)


_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {
    ".tar": lambda path: open(path, "rb"),  # noqa: SIM115 - `open_tar` closes it
    ".tar.gz": _gzip,
    ".tgz": _gzip,
    ".tar.bz2": _bz2,
    ".tbz": _bz2,
    ".tar.xz": _lzma,
    ".txz": _lzma,
}
# tarfile reads a header's extension as a whole; contents it reads bit by bit.
_LARGEST_READ = 16 * 1024**2


def is_zip(path: Path) -> bool:
    """Whether this is a zip archive, by its name."""
    return path.name.lower().endswith(".zip")


@contextmanager
def open_tar(path: Path, *, limit: int) -> Iterator[tarfile.TarFile]:
    """Open a tar archive, compressed or not, of which `limit` bytes at most are unpacked.

    Raises:
        ValueError: the name has no suffix of a tar archive; while it is read: it is too large.
        OSError, EOFError, TarError, LZMAError: it cannot be read.
    """
    name = path.name.lower()
    opener = next((_OPENERS[suffix] for suffix in _OPENERS if name.endswith(suffix)), None)
    if opener is None:
        known = " ".join([*_OPENERS, ".zip"])
        raise ValueError(f"its name has none of the suffixes that are known: {known}")
    with opener(path) as stream:
        bounded = cast("IO[bytes]", _Bounded(stream, limit))
        with tarfile.open(fileobj=bounded, mode="r:") as tar:
            yield tar


class _Bounded:
    """A stream that ends a run rather than go beyond its limit, or be read in one gulp."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit = stream, limit
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise ValueError(f"it has a header of {size} bytes")
        self._check(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            raise ValueError("only whole positions are sought here")
        self._check(position)
        return self._stream.seek(position)

    def _check(self, position: int) -> None:
        if position > self._limit:
            raise ValueError(f"it unpacks to more than {self._limit} bytes")
