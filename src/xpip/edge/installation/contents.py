"""A member of a wheel → its contents, if they are what the zip file and RECORD promise.

Decides how a member is inflated: within the size that the directory gives it, to the end that the
compressed data themselves state, with the CRC of the directory and the hash of RECORD. What may be
a member at all was decided before; where it goes is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from zipfile import ZipInfo

from xpip.core.hashes import hash_in_record
from xpip.core.zip_layout import STORED, ReadAt
from xpip.edge.installation.inflating import (
    Inflating,
    NewInflater,
    crc32,
    decompressobj,
)
from xpip.errors import InstallationError, Reason

_CHUNK = 1024 * 1024
_LARGE = 4 * 1024 * 1024
"""Bytes, packed or not, from which on a member is not held as a whole."""
_RAW_DEFLATE = -15


class _BrokenContentsError(ValueError):
    """What a member holds is not what the directory says of it."""


class VerifiedContents:
    """A member's contents in pieces, to be iterated over once, and held to all promises at the end.

    Args:
        start: where in the file they begin.
        promise: RECORD's hash, without padding.

    Attributes:
        sha256: of all of them, as RECORD has it; once they were read.
    """

    __slots__ = ("_item", "_new_inflater", "_promise", "_read", "_start", "_wheel", "sha256")

    def __init__(
        self,
        read: ReadAt,
        item: ZipInfo,
        start: int,
        promise: str,
        wheel: str,
        new_inflater: NewInflater = decompressobj,
    ) -> None:
        """Read nothing yet."""
        self._read = read
        self._item = item
        self._start = start
        self._promise = promise
        self._wheel = wheel
        self._new_inflater = new_inflater
        self.sha256 = ""

    def __iter__(self) -> Iterator[bytes]:
        """All pieces; of a member that is not large there is one, and it is verified before.

        Raises:
            InstallationError: `wheel-invalid`; the contents are not what was promised.
        """
        if self.is_large:
            yield from self._pieces()
        else:
            yield self.whole()

    @property
    def is_large(self) -> bool:
        """Whether they are not to be held as a whole."""
        return self._item.file_size > _LARGE or self._item.compress_size > _LARGE

    def whole(self) -> bytes:
        """All of them, where they are not large, in place of the pieces.

        Raises:
            InstallationError: as for those.
        """
        try:
            content = _whole(self._read, self._item, self._start, self._new_inflater)
        except Exception as error:
            raise self._broken(error) from error
        found = hash_in_record("sha256", hashlib.sha256(content).digest())
        if found == self._promise:
            self.sha256 = found
        else:
            self._settle(found, self._other_hasher(content))
        return content

    def finish(self) -> None:
        """Verify what nobody read.

        Raises:
            InstallationError: as for reading.
        """
        if not self.sha256:
            for _ in self:
                pass

    def _pieces(self) -> Iterator[bytes]:
        item, sha256, checksum, size = self._item, hashlib.sha256(), 0, 0
        other = self._other_hasher()
        try:
            for piece in _inflated(self._read, item, self._start, self._new_inflater):
                size += len(piece)
                checksum = crc32(piece, checksum)
                sha256.update(piece)
                if other is not None:
                    other.update(piece)
                if size > item.file_size:
                    raise _wrong_size(item)
                yield piece
            _check(item, size, checksum)
        except Exception as error:
            raise self._broken(error) from error
        self._settle(hash_in_record("sha256", sha256.digest()), other)

    def _settle(self, found: str, other: hashlib._Hash | None) -> None:
        """Hold RECORD to its promise; `found` is what it might have said."""
        stated = found if other is None else hash_in_record(self._algorithm, other.digest())
        if stated != self._promise:
            raise invalid_wheel(
                self._wheel,
                f"{self._item.filename} is not what RECORD says: its {self._algorithm} differs",
            )
        self.sha256 = found

    @property
    def _algorithm(self) -> str:
        return self._promise.partition("=")[0]

    def _other_hasher(self, content: bytes = b"") -> hashlib._Hash | None:
        """Of the algorithm that RECORD uses, where that is another."""
        if self._promise.startswith("sha256="):
            return None
        return hashlib.new(self._algorithm, content)

    def _broken(self, error: Exception) -> InstallationError:
        return invalid_wheel(self._wheel, f"{self._item.filename} cannot be unpacked: {error}")


def invalid_wheel(filename: str, detail: str) -> InstallationError:
    """The error for a wheel that breaks a rule."""
    message = f"{filename} is not a valid wheel"
    return InstallationError(message, context=(detail,), reference=Reason.WHEEL_INVALID)


def _whole(read: ReadAt, item: ZipInfo, start: int, new_inflater: NewInflater) -> bytes:
    """A member that is not large, read and inflated at once."""
    size = item.file_size
    content = read(start, item.compress_size)
    if len(content) != item.compress_size:
        raise _BrokenContentsError("the file ends within it")
    if item.compress_type != STORED:
        inflating = new_inflater(_RAW_DEFLATE)
        # Without a length zlib would make as much of it as there is.
        content = inflating.decompress(content, size or 1)
        if not inflating.eof and inflating.decompress(inflating.unconsumed_tail, 1):
            raise _wrong_size(item)
        _check_end(inflating)
    _check(item, len(content), crc32(content))
    return content


def _inflated(
    read: ReadAt, item: ZipInfo, position: int, new_inflater: NewInflater
) -> Iterator[bytes]:
    """Pieces of bounded size; who takes them counts them."""
    end = position + item.compress_size
    inflating = None if item.compress_type == STORED else new_inflater(_RAW_DEFLATE)
    while position < end:
        packed = read(position, min(_CHUNK, end - position))
        if not packed:
            raise _BrokenContentsError("the file ends within it")
        position += len(packed)
        if inflating is None:
            yield packed
            continue
        while piece := inflating.decompress(packed, _CHUNK):
            yield piece
            packed = inflating.unconsumed_tail
        if inflating.eof and position < end:
            break
    if inflating is not None:
        _check_end(inflating, left=end - position)


def _check_end(inflating: Inflating, left: int = 0) -> None:
    """RFC 1951, 3.2.3: a last block ends the data; programs differ in what they do without it."""
    if not inflating.eof:
        raise _BrokenContentsError("its compressed data do not end where it ends")
    if inflating.unused_data or left:
        raise _BrokenContentsError("something follows its compressed data")


def _check(item: ZipInfo, size: int, checksum: int) -> None:
    if size != item.file_size:
        raise _wrong_size(item)
    if checksum != item.CRC:
        raise _BrokenContentsError("its CRC-32 differs")


def _wrong_size(item: ZipInfo) -> _BrokenContentsError:
    return _BrokenContentsError(f"it does not become the {item.file_size} bytes that it should")
