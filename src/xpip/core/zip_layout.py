"""What stands where in a zip file → one reading of it, or why there may be several.

A zip tells of its members twice: in a directory at its end, and before each member. Programs
differ in which of the two they believe, and in what they pass over between them; so a file whose
tellings differ can be one wheel to who checks it and another to who installs it. Only a file that
leaves no choice is accepted (APPNOTE 6.3.10, sections 4.3 and 4.4). Knows no disk.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import IO, NamedTuple
from zipfile import ZipFile, ZipInfo

from msgspec import Struct

MAX_MEMBERS = 200_000
"""How many members a zip may have; of the large distributions each has some tens of thousands."""
_MAX_DIRECTORY = 48 * 1024**2

STORED, DEFLATED = 0, 8
"""The methods that are read; others need not say how much memory they take."""

ReadAt = Callable[[int, int], bytes]
"""An offset and a length → the bytes there, or as many as there are."""

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_HEADER = struct.Struct("<4s5H3L2H")
_KIND, _NUMBERS = struct.Struct("<2H"), struct.Struct("<3L2H")
"""Parts of a header: flags and method; checksum, sizes, and the lengths of what follows."""

_HEADER_SIGNATURE, _DIRECTORY_SIGNATURE = b"PK\3\4", b"PK\1\2"
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF
_DESCRIPTOR, UTF_8 = 0x0008, 0x0800
_KNOWN_FLAGS = _DESCRIPTOR | UTF_8 | 0x0006
"""Bits 1 and 2 say how hard a compressor tried."""
_EXTRA_SIZES, _EXTRA_NAME = 0x0001, 0x7075


class AmbiguousZip(ValueError):
    """A zip file that different programs may read differently, or that claims the impossible."""


class Directory(Struct, frozen=True, kw_only=True):
    """Where the directory lies, and how many members it tells of."""

    start: int
    end: int
    members: int


def find_directory(read: ReadAt, size: int, *, comment: int = 0) -> Directory:
    """The directory of a file of this size, before anything of it is believed or loaded.

    Args:
        read: reads the file.
        size: bytes of the file.
        comment: how many bytes may stand behind its end; code hosts write a commit's digest there.

    Raises:
        AmbiguousZip: it is not where every program finds it, or absurdly large.
    """
    position, record = _find_end(read, size, comment)
    _, disk, first_disk, here, members, length, start, commented = _END.unpack(record)
    if (
        commented != size - position - _END.size
        or disk != first_disk
        or disk not in {0, _MAX_16}
        or here != members
    ):
        raise AmbiguousZip("its last record is not the last, or speaks of several disks")
    directory = _Claim(members, length, start)
    end, wide = _wide_claim(read, position)
    if wide is not None:
        if not directory.gives_way_to(wide):
            raise AmbiguousZip("it says twice where its directory is, and differently")
        directory = wide
    if directory.start + directory.length != end:
        raise AmbiguousZip("something stands before its first member, or around its directory")
    if directory.members > MAX_MEMBERS or directory.length > _MAX_DIRECTORY:
        raise AmbiguousZip(f"it has more than {MAX_MEMBERS} members")
    listed = read(directory.start, directory.length)
    if listed.count(_DIRECTORY_SIGNATURE) > 2 * MAX_MEMBERS:
        raise AmbiguousZip(f"it has more than {MAX_MEMBERS} members")
    return Directory(start=directory.start, end=end, members=directory.members)


def open_zip(file: IO[bytes], *, comment: int = 0) -> ZipFile:
    """A zip file that leaves no choice how it is read; `comment` as in `find_directory`.

    Raises:
        AmbiguousZip: there is a choice.
        BadZipFile, ValueError, NotImplementedError, OSError: it cannot be read.
    """
    return locate_members(file, reader(file), comment=comment)[0]


def locate_members(
    file: IO[bytes], read: ReadAt, *, comment: int = 0
) -> tuple[ZipFile, Mapping[int, int]]:
    """The same, and where the contents of each member begin, by where its header does.

    Args:
        read: reads the file, too.
        file, comment: as for `open_zip`, and so are the errors.
    """
    directory = find_directory(read, file.seek(0, 2), comment=comment)
    archive = ZipFile(file)
    if archive.start_dir != directory.start:
        raise AmbiguousZip("its directory is not where its last record says")
    return archive, check_members(archive.infolist(), directory, read)


def reader(file: IO[bytes]) -> ReadAt:
    """Reads a file anywhere."""

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    return read


def check_members(items: Iterable[ZipInfo], directory: Directory, read: ReadAt) -> dict[int, int]:
    """Hold what stands before each member, and between them, to what the directory says.

    Returns:
        Where the contents of each begin, by where its header does.

    Raises:
        AmbiguousZip: it differs, or something else stands there.
    """
    ordered = sorted(items, key=lambda item: item.header_offset)
    if len(ordered) != directory.members:
        raise AmbiguousZip(f"it holds {len(ordered)} members, and claims {directory.members}")
    position = 0
    starts = {}
    for item in ordered:
        name = item.orig_filename
        if item.header_offset != position:
            raise AmbiguousZip(f"{name!r} does not begin where the member before it ends")
        if item.compress_type not in {STORED, DEFLATED}:
            raise AmbiguousZip(f"{name!r} is compressed in a way that is not used here")
        if item.compress_type == STORED and item.compress_size != item.file_size:
            raise AmbiguousZip(f"{name!r} is stored, with two sizes")
        start, end = _plain_place(item, read) or _place(item, read)
        starts[position], position = start, end
    if position != directory.start:
        raise AmbiguousZip("something stands between its last member and its directory")
    return starts


def _find_end(read: ReadAt, size: int, comment: int) -> tuple[int, bytes]:
    """Where the last record stands, and that record."""
    first = max(0, size - _END.size - comment)
    tail = read(first, size - first)
    position = tail.rfind(b"PK\5\6")
    if position != tail.find(b"PK\5\6") or position > len(tail) - _END.size or position < 0:
        raise AmbiguousZip("it does not end as a zip file does: with its directory, and no comment")
    return first + position, tail[position : position + _END.size]


class _Claim(NamedTuple):
    """What a last record says of the directory."""

    members: int
    length: int
    start: int

    def gives_way_to(self, wide: _Claim) -> bool:
        """Whether each number is the same, or says that it stands in the wide record."""
        pairs = zip(self, wide, (_MAX_16, _MAX_32, _MAX_32), strict=True)
        return all(narrow in {full, limit} for narrow, full, limit in pairs)


def _wide_claim(read: ReadAt, position: int) -> tuple[int, _Claim | None]:
    """Where the directory must end, and what the zip64 record before `position` says, if any."""
    start = position - _LOCATOR.size
    locator = read(start, _LOCATOR.size) if start >= 0 else b""
    if not locator.startswith(b"PK\6\7"):
        return position, None
    _, _, offset, _ = _LOCATOR.unpack(locator)
    record = read(offset, _END_64.size) if offset == start - _END_64.size else b""
    if not record.startswith(b"PK\6\6"):
        raise AmbiguousZip("its zip64 records do not follow one another")
    _, size, _, _, disk, first_disk, here, members, length, first = _END_64.unpack(record)
    if size != _END_64.size - 12 or disk or first_disk or here != members:
        raise AmbiguousZip("its zip64 record is longer than it needs to be, or of several disks")
    return offset, _Claim(members, length, first)


class _Header(NamedTuple):
    """What stands before the contents of a member."""

    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    length: int


def _plain_place(item: ZipInfo, read: ReadAt) -> tuple[int, int] | None:
    """As `_place`, where all that stands before the contents are a name and numbers; else None."""
    sizes, named = (item.compress_size, item.file_size), item.orig_filename
    if item.extra or item.flag_bits not in {0, UTF_8} or max(sizes) >= _MAX_32:
        return None
    # Both encodings of a name have ASCII in common, which is quicker.
    name = named.encode("cp437" if not (item.flag_bits or named.isascii()) else "utf-8")
    start = item.header_offset + _HEADER.size + len(name)
    raw = read(item.header_offset, _HEADER.size + len(name))
    is_plain = (
        raw.startswith(_HEADER_SIGNATURE)
        and raw[6:10] == _KIND.pack(item.flag_bits, item.compress_type)
        and raw[14:] == _NUMBERS.pack(item.CRC, *sizes, len(name), 0) + name
    )
    return (start, start + item.compress_size) if is_plain else None


def _place(item: ZipInfo, read: ReadAt) -> tuple[int, int]:
    """Where the contents begin, and where the next member must."""
    header = _read_header(item, read)
    if (header.flags, header.method) != (item.flag_bits, item.compress_type):
        raise AmbiguousZip(f"{item.orig_filename!r} is described in two ways")
    if header.flags & ~_KNOWN_FLAGS:
        raise AmbiguousZip(f"{item.orig_filename!r} is encrypted, or a patch of another file")
    start = item.header_offset + header.length
    end = start + item.compress_size
    stated = header.checksum, header.packed, header.size
    if stated == (0, 0, 0) and header.flags & _DESCRIPTOR:
        return start, end + _descriptor(item, read, end)
    if stated != (item.CRC, item.compress_size, item.file_size):
        raise AmbiguousZip(f"{item.orig_filename!r} has two sizes or checksums")
    if header.flags & _DESCRIPTOR:
        end += _descriptor(item, read, end)
    return start, end


def _read_header(item: ZipInfo, read: ReadAt) -> _Header:
    name = item.orig_filename.encode("utf-8" if item.flag_bits & UTF_8 else "cp437")
    raw = read(item.header_offset, _HEADER.size + len(name))
    if len(raw) < _HEADER.size or not raw.startswith(_HEADER_SIGNATURE):
        raise AmbiguousZip(f"{item.orig_filename!r} is not where the directory says")
    _, _, flags, method, _, _, checksum, packed, size, named, added = _HEADER.unpack_from(raw)
    if named != len(name) or raw[_HEADER.size :] != name:
        raise AmbiguousZip(f"{item.orig_filename!r} has another name before its contents")
    length = _HEADER.size + named + added
    if item.extra:
        _check_extra(item, item.extra)
    if added:
        wide = _check_extra(item, read(item.header_offset + length - added, added))
        packed, size = _wide_sizes(packed, size, wide)
    return _Header(flags, method, checksum, packed, size, length)


def _descriptor(item: ZipInfo, read: ReadAt, position: int) -> int:
    """Length of what follows the contents (APPNOTE 4.3.9), its signature and width being free."""
    found = read(position, 24)
    numbers = item.CRC, item.compress_size, item.file_size
    for sizes in ("<3L", "<L2Q") if max(numbers) <= _MAX_32 else ("<L2Q",):
        for signature in (b"PK\7\x08", b""):
            whole = signature + struct.pack(sizes, *numbers)
            if found.startswith(whole):
                return len(whole)
    raise AmbiguousZip(
        f"{item.orig_filename!r} is followed by other sizes than the directory gives"
    )


def _check_extra(item: ZipInfo, extra: bytes) -> tuple[int, ...]:
    """The sizes that an extra field gives (APPNOTE 4.5.3); they are the directory's, too."""
    wide: tuple[int, ...] = ()
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        content, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _EXTRA_NAME or len(content) < length or (kind == _EXTRA_SIZES and wide):
            raise AmbiguousZip(
                f"{item.orig_filename!r} has an extra field that gives it another name"
            )
        if kind == _EXTRA_SIZES:
            wide = tuple(each for (each,) in struct.iter_unpack("<Q", content[: length // 8 * 8]))
    known = iter((item.file_size, item.compress_size, item.header_offset))
    if not all(each in known for each in wide):
        raise AmbiguousZip(f"{item.orig_filename!r} has two sizes or places")
    return wide


def _wide_sizes(packed: int, size: int, wide: tuple[int, ...]) -> tuple[int, int]:
    """Sizes before the contents; where they need 64 bits, both stand in the extra field."""
    if _MAX_32 in {packed, size} and len(wide) == 2:
        return wide[1], wide[0]
    return packed, size
