"""Zip files written byte by byte, so that they can say one thing here and another there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STORED, DEFLATED = 0, 8
UTF_8, DESCRIPTOR = 0x800, 0x8


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One member, and how it is told of.

    Attributes:
        local: what stands before the contents, where it is not what the directory says: `name`,
            `flags`, `method`, `checksum`, `packed`, `size`, `extra`.
        central: the same of the directory; also `attributes`, `offset`.
        before: bytes in front of it that belong to nobody.
        after: bytes behind its contents: a data descriptor, if they are one.
        listed: whether the directory tells of it; twice, if it is 2.
    """

    name: bytes | str
    content: bytes = b""
    method: int = DEFLATED
    local: Mapping[str, Any] = field(default_factory=dict)
    central: Mapping[str, Any] = field(default_factory=dict)
    before: bytes = b""
    after: bytes = b""
    listed: int = 1

    @property
    def packed(self) -> bytes:
        """The contents as they are written."""
        if self.method != DEFLATED:
            return self.content
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(self.content) + packer.flush()

    def told(self, **other: Any) -> dict[str, Any]:
        """What is said of it, here or there."""
        raw = self.name.encode() if isinstance(self.name, str) else self.name
        return {
            "name": raw,
            "flags": UTF_8,
            "method": self.method,
            "checksum": zlib.crc32(self.content),
            "packed": len(self.packed),
            "size": len(self.content),
            "extra": b"",
            "attributes": 0o100644 << 16,
            "offset": 0,
            **other,
        }


def write_pieces(
    path: Path,
    pieces: Iterable[Piece],
    *,
    prefix: bytes = b"",
    gap: bytes = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    shift: int = 0,
    end: Mapping[str, int] | None = None,
    wide: Mapping[str, int] | None = None,
) -> Path:
    """Write a zip file.

    Args:
        path: where.
        pieces: its members, in this order.
        prefix: what stands before the first.
        gap: what stands before the directory.
        comment: what the last record brings along.
        suffix: what stands behind the last record.
        shift: added to every offset that is written.
        end: fields of the last record that are not true: `members`, `length`, `start`.
        wide: of the zip64 record, which is written if this is given.
    """
    whole, directory, members = bytearray(prefix), bytearray(), 0
    for piece in pieces:
        whole += piece.before
        offset = len(whole) + shift
        whole += _local(piece.told(**piece.local)) + piece.packed + piece.after
        for _ in range(piece.listed):
            directory += _central(piece.told(**{"offset": offset, **piece.central}))
            members += 1
    whole += gap
    true = {"members": members, "length": len(directory), "start": len(whole) + shift}
    whole += directory
    if wide is not None:
        whole += _wide_records(len(whole) + shift, **{**true, **wide})
    whole += _end(comment, **{**true, **(end or {})}) + suffix
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole)
    return path


def _local(said: Mapping[str, Any]) -> bytes:
    name: bytes = said["name"]
    extra: bytes = said["extra"]
    return (
        struct.pack("<4s5H", b"PK\3\4", 20, said["flags"], said["method"], 0, 0x21)
        + struct.pack("<3L", said["checksum"], said["packed"], said["size"])
        + struct.pack("<2H", len(name), len(extra))
        + name
        + extra
    )


def _central(said: Mapping[str, Any]) -> bytes:
    name: bytes = said["name"]
    extra: bytes = said["extra"]
    return (
        struct.pack("<4sBB5H", b"PK\1\2", 20, 3, 20, said["flags"], said["method"], 0, 0x21)
        + struct.pack("<3L", said["checksum"], said["packed"], said["size"])
        + struct.pack("<5H", len(name), len(extra), 0, 0, 0)
        + struct.pack("<2L", said["attributes"], said["offset"])
        + name
        + extra
    )


def _wide_records(position: int, *, members: int, length: int, start: int) -> bytes:
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, members, members, length, start)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, position, 1)


def _end(comment: bytes, *, members: int, length: int, start: int) -> bytes:
    numbers = struct.pack("<4s4H2L", b"PK\5\6", 0, 0, members, members, length, start)
    return numbers + struct.pack("<H", len(comment)) + comment
