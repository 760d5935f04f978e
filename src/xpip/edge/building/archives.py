"""Archives opened so that a small one cannot fill the memory, and that all of it is read.

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
from typing import IO, Self, cast


def _gzip(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path))


def _bz2(path: Path) -> IO[bytes]:
    return bz2.BZ2File(path)


def _lzma(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", _XzFile(path))


_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {
    ".tar": lambda path: open(path, "rb"),  # noqa: SIM115 - `open_tar` closes it
    ".tar.gz": _gzip,
    ".tgz": _gzip,
    ".tar.bz2": _bz2,
    ".tbz": _bz2,
    ".tar.xz": _lzma,
    ".txz": _lzma,
}
_PIECE = 64 * 1024
_LARGEST_READ = 16 * 1024**2
_LARGEST_HEADERS = 1024**2
"""Bytes of headers before one member; tarfile reads and keeps them as a whole."""
_MOST_HEADERS = 256
"""Fields that an archive gives to all its members: each member gets a copy."""
_LARGEST_END = 1024**2
"""Bytes of zeros that a tar archive may end with; ten thousand are usual."""
_LARGEST_DICTIONARY = 256 * 1024**2
"""Bytes that an xz archive may have kept in memory: four times what the program itself takes."""


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


def tar_members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members one after another, to the archive's very end.

    Raises:
        ValueError: the archive ends in the middle, goes on behind its end, or has headers that
            could fill the memory.
        OSError, EOFError, TarError, LZMAError: it cannot be read.
    """
    stream = cast("_Bounded", tar.fileobj)
    end = -1
    while (item := _next(tar, stream)) is not None:
        if max(len(tar.pax_headers), len(item.pax_headers)) > _MOST_HEADERS:
            raise ValueError(f"{item.name!r} has more than {_MOST_HEADERS} header fields")
        if item.size < 0 or item.offset_data <= end:
            raise ValueError(f"{item.name!r} lies before the member before it")
        end = item.offset_data
        # Nobody looks back: the list would be the largest thing in memory.
        tar.members = []  # type: ignore[attr-defined]
        yield item
    # What ended it was read last: a block of zeros, or what tarfile takes for the end as well.
    last = stream.last
    rest = last + stream.read(_LARGEST_END)
    if len(last) < tarfile.BLOCKSIZE or rest.strip(b"\0") or stream.read(1):
        raise ValueError("it does not end as an archive does: with zeros, and nothing behind them")


def _next(tar: tarfile.TarFile, stream: _Bounded) -> tarfile.TarInfo | None:
    with stream.reading_headers():
        return tar.next()


class _Bounded:
    """A stream that ends a run rather than go beyond its limit, or be read in one gulp."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit = stream, limit
        self._headers: int | None = None
        self.last = b""
        self.tell = stream.tell

    @contextmanager
    def reading_headers(self) -> Iterator[None]:
        """What is read meanwhile is kept, so it must be little."""
        self._headers = _LARGEST_HEADERS
        yield
        self._headers = None

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise ValueError(f"it has a header of {size} bytes")
        if self._headers is not None:
            self._headers -= size
            if self._headers < 0:
                raise ValueError(f"it has a header of more than {_LARGEST_HEADERS} bytes")
        left = self._limit - self._stream.tell()
        # One byte more shows that there is more.
        piece = self._stream.read(min(size, left + 1))
        if len(piece) > left:
            raise self._too_much()
        self.last = piece
        return piece

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            raise ValueError("only whole positions are sought here")
        if position < 0:
            raise ValueError("it leads to before its beginning")
        if position > self._limit:
            raise self._too_much()
        return self._stream.seek(position)

    def _too_much(self) -> ValueError:
        return ValueError(f"it unpacks to more than {self._limit} bytes")


class _XzFile:
    """An xz archive, read forwards, whose dictionary fits into memory."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - `open_tar` closes it
        self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_LARGEST_DICTIONARY)
        self._position = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        parts = []
        while size > 0 and not self._unpacker.eof:
            raw = self._file.read(_PIECE) if self._unpacker.needs_input else b""
            if self._unpacker.needs_input and not raw:
                raise EOFError("it ends in the middle")
            parts.append(self._unpacker.decompress(raw, size))
            size -= len(parts[-1])
            self._position += len(parts[-1])
        if self._unpacker.eof and (self._unpacker.unused_data or self._file.read(1)):
            raise ValueError("something stands behind its end")
        return b"".join(parts)

    def seek(self, position: int) -> int:
        if position < self._position:
            raise ValueError("it is read forwards")
        while position > self._position and self.read(min(_PIECE, position - self._position)):
            pass
        return self._position
