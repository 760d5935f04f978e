"""METADATA out of a wheel: on disk, or on a server by range requests (RFC 9110, section 14).

A remote wheel's directory and one member are read, so kilobytes of a wheel of any size. What
is read this way has no verified hash: the whole wheel is compared with it before it is
installed.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from errno import EINVAL
from pathlib import Path
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from xpip.core.zip_layout import find_directory, reader

_TAIL = 24 * 1024
_AROUND = 16 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})$")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA$")
_LARGEST = 16 << 20

BROKEN_WHEEL = (BadZipFile, zlib.error, RuntimeError, EOFError, ValueError)
"""What `zipfile` raises for bytes that are no wheel it can read."""

GetRange = Callable[[str], tuple[str, bytes]]
"""A `Range` header's value → the answer's `Content-Range` and body."""


class NoRanges(Exception):
    """The server does not serve ranges, or not truthfully."""


def read_local(path: Path) -> bytes:
    """METADATA of a wheel on disk.

    Raises:
        BROKEN_WHEEL: these bytes are no wheel.
        OSError: they cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except OSError as error:
            if error.errno != EINVAL:
                raise
            # Not the disk's fault: parts of it are said to lie before its first byte.
            raise BadZipFile("its directory leads out of it") from error


def read_remote(get: GetRange) -> bytes:
    """METADATA of the wheel behind `get`.

    Raises:
        NoRanges: a range other than the one asked for came back.
        BROKEN_WHEEL: these bytes are no wheel.
    """
    return _read(cast("IO[bytes]", _RangedFile(get)))


def _read(file: IO[bytes]) -> bytes:
    # Its directory is bounded before it is loaded; all the rest is checked before it is installed.
    find_directory(reader(file), file.seek(0, io.SEEK_END))
    with ZipFile(file) as wheel:
        return _member(wheel)


def _member(wheel: ZipFile) -> bytes:
    members = [info for info in wheel.infolist() if _METADATA.match(info.filename)]
    if len(members) != 1:
        raise BadZipFile(f"it has {len(members)} METADATA files")
    member = members[0]
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("its METADATA is compressed in a way that wheels are not")
    if member.file_size > _LARGEST:
        raise BadZipFile("its METADATA is absurdly large")
    with wheel.open(member) as stream:
        # Bounded, because the size that a zip says need not be true.
        return stream.read(_LARGEST)


class _RangedFile(io.BufferedIOBase):
    """A file of which only the parts that are read are fetched, and what lies around them."""

    def __init__(self, get: GetRange) -> None:
        super().__init__()
        self._get = get
        self._position = 0
        # The end of a zip says where its directory is.
        first, body, self._size = self._fetch(f"bytes=-{_TAIL}")
        if first + len(body) != self._size:
            raise NoRanges("the last bytes were asked for, others came")
        self._parts = [(first, body)]

    def seekable(self) -> bool:
        """A zip is read from its end."""
        return True

    def tell(self) -> int:
        """Where the next read starts."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go elsewhere; nothing is fetched yet."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes from here on."""
        start = min(self._position, self._size)
        end = self._size if size is None or size < 0 else min(start + size, self._size)
        self._position = end
        for first, body in self._parts:
            if first <= start and end <= first + len(body):
                return body[start - first : end - first]
        return self._more(start, end)

    def _more(self, start: int, end: int) -> bytes:
        # Writers put .dist-info last: before the directory that is being read.
        low, high = max(0, start - _AROUND), min(self._size, max(end, start + _AROUND)) - 1
        first, body, size = self._fetch(f"bytes={low}-{high}")
        if first != low or len(body) != high - low + 1 or size != self._size:
            raise NoRanges(f"bytes {low}-{high} were asked for, others came")
        self._parts.append((first, body))
        return body[start - low : end - low]

    def _fetch(self, wanted: str) -> tuple[int, bytes, int]:
        content_range, body = self._get(wanted)
        said = _CONTENT_RANGE.match(content_range)
        if said is None:
            raise NoRanges(f"not a Content-Range: {content_range!r}")
        first, last, size = map(int, said.groups())
        if last - first + 1 != len(body) or last >= size:
            raise NoRanges("the body is not the range it says")
        return first, body, size
