"""A wheel's zip file → its members, if none leads astray and all of them fill no disk.

Decides nothing of what the members say: names, kinds and sizes alone (binary distribution
format). What is refused here is refused before a byte of a member is unpacked.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from zipfile import ZipFile, ZipInfo

from xpip.core.member_names import find_clash, is_plain
from xpip.core.zip_layout import UTF_8

_LARGEST_RATIO = 200
"""Bytes that one byte of a wheel may become; deflate could make a thousand of it."""
_ALWAYS_ALLOWED = 512 * 1024**2


def wheel_members(archive: ZipFile) -> list[ZipInfo]:
    """The members that are files, if all members have paths of which nothing need be feared.

    Raises:
        ValueError: one of them has not, or they are too much for a wheel of this size.
    """
    items = archive.infolist()
    for item in items:
        _check(item)
    _check_size(items, archive.start_dir)
    files = [item for item in items if not item.is_dir()]
    directories = [item.filename.rstrip("/") for item in items if item.is_dir()]
    clash = find_clash((item.filename for item in files), directories)
    if clash is not None and clash[1].endswith("/"):
        raise ValueError(f"{clash[0]!r} is a file and a directory")
    if clash is not None:
        raise ValueError(f"{clash[0]!r} and {clash[1]!r} may be one path")
    return files


def read_text_member(archive: ZipFile, name: str, limit: int) -> bytes:
    """A member that is read as a whole, if that is not too much.

    Args:
        limit: bytes.

    Raises:
        ValueError: it is. KeyError: it is not there.
    """
    item = archive.getinfo(name)
    if item.file_size > limit:
        raise ValueError(f"{name} has {item.file_size} bytes, which is absurdly many")
    return archive.read(item)


def _check(item: ZipInfo) -> None:
    # zipfile cuts names at a NUL; the name as it was written must do.
    name = item.orig_filename
    if name != item.filename or not is_plain(name.removesuffix("/")):
        raise ValueError(f"{name!r} is no path that a wheel may hold")
    if not (item.flag_bits & UTF_8 or name.isascii()):
        # Binary distribution format: "Archive filenames are encoded as UTF-8".
        raise ValueError(f"{name!r} is not marked as UTF-8: each program would read another name")
    kind = stat.S_IFMT(item.external_attr >> 16)
    if kind not in {0, stat.S_IFDIR if item.is_dir() else stat.S_IFREG}:
        raise ValueError(f"{name!r} is a link or a special file")
    if item.is_dir() and item.file_size:
        raise ValueError(f"{name!r} is a directory and has contents")


def _check_size(items: Sequence[ZipInfo], packed: int) -> None:
    size = sum(item.file_size for item in items)
    if size > max(_ALWAYS_ALLOWED, _LARGEST_RATIO * packed):
        raise ValueError(f"it would become {size} bytes, of {packed}")
