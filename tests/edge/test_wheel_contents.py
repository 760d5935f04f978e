"""What a member's compressed data may be, whether it is read at once or in pieces."""

from __future__ import annotations

import base64
import hashlib
import struct
import tracemalloc
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.hostile_wheels import NAME, pieces_of
from tests.support.wheels import record_hash
from tests.support.zips import DEFLATED, STORED, write_pieces

from xpip.edge.installation.unpacking import unpack_wheel
from xpip.edge.installation.wheels import open_wheel
from xpip.errors import InstallationError, Reason

SMALL = b"x = 1\n" * 100
LARGE = hashlib.shake_256(b"").digest(5 * 1024**2)
"""More than is held as a whole."""
of_both_sizes = pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])


def packed(content: bytes, *, ended: bool = True) -> bytes:
    """As a member holds it; without its last block, if it is not `ended`."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if ended else zlib.Z_SYNC_FLUSH)


def wheel_of(directory: Path, content: bytes, raw: bytes, *, crc: int | None = None) -> Path:
    """A wheel whose first member has this content, and `raw` as its compressed data.

    The zip file and RECORD tell of the content, and both places of the zip file agree.
    """
    code, *rest = pieces_of({"spam.py": content})
    said = {
        "method": DEFLATED,
        "size": len(content),
        "checksum": zlib.crc32(content) if crc is None else crc,
    }
    first = replace(code, content=raw, method=STORED, local=said, central=said)
    return write_pieces(directory / NAME, [first, *rest])


opened = partial(open_wheel, project=canonicalize_name("spam"), version=Version("1.0"))


def contents(path: Path) -> bytes:
    """What xpip reads of a wheel's first member."""
    with opened(path) as wheel:
        first, *_ = [b"".join(each.contents) for each in wheel.members()]
    return first


def refusal(directory: Path, content: bytes, raw: bytes, *, crc: int | None = None) -> str:
    """Why such a wheel is refused."""
    with pytest.raises(InstallationError) as caught:
        contents(wheel_of(directory, content, raw, crc=crc))
    assert caught.value.reference is Reason.WHEEL_INVALID
    return caught.value.context[0]


@of_both_sizes
def test_contents_are_read_when_they_are_what_is_promised(tmp_path: Path, content: bytes) -> None:
    """What all others here are made of: nothing else is wrong with them."""
    assert contents(wheel_of(tmp_path, content, packed(content))) == content


def test_contents_may_be_empty(tmp_path: Path) -> None:
    """A limit of no bytes means none to zlib."""
    assert contents(wheel_of(tmp_path, b"", packed(b""))) == b""


def test_contents_may_be_empty_however_much_is_packed(tmp_path: Path) -> None:
    """RFC 1951 allows blocks of nothing; a file is made of them."""
    path = wheel_of(tmp_path, b"", b"\0\0\0\xff\xff" * 1024**2 + packed(b""))
    unpack_wheel(
        path,
        project=canonicalize_name("spam"),
        version=Version("1.0"),
        into=str(tmp_path / "tree"),
        shared=False,
    )
    assert (tmp_path / "tree/purelib/spam.py").read_bytes() == b""


@of_both_sizes
def test_wheel_is_refused_when_something_follows_compressed_data(
    tmp_path: Path, content: bytes
) -> None:
    """The zip file counts it among them; most programs pass over it."""
    assert "something follows" in refusal(tmp_path, content, packed(content) + b"hidden")


def test_wheel_is_refused_when_compressed_data_end_where_reading_pauses(tmp_path: Path) -> None:
    """What follows begins a piece of its own, then."""
    block = LARGE[:65531]
    # RFC 1951, 3.2.4: stored blocks, here of 64 KiB with their headers.
    header = struct.pack("<2H", len(block), ~len(block) & 0xFFFF)
    raw = (b"\0" + header + block) * 79 + b"\1" + header + block
    assert contents(wheel_of(tmp_path, block * 80, raw)) == block * 80
    assert "something follows" in refusal(tmp_path, block * 80, raw + b"hidden")


@of_both_sizes
def test_wheel_is_refused_when_compressed_data_have_no_end(tmp_path: Path, content: bytes) -> None:
    """RFC 1951: a last block ends them; some programs would wait for it."""
    raw = packed(content, ended=False)
    assert "do not end where it ends" in refusal(tmp_path, content, raw)


@of_both_sizes
@pytest.mark.parametrize("more", [b"y", bytes(100 * 1024**2)], ids=["one-byte", "bomb"])
def test_wheel_is_refused_when_a_member_becomes_more_than_promised(
    tmp_path: Path, content: bytes, more: bytes
) -> None:
    """The first bytes alone would be right, with the right CRC and hash."""
    assert "does not become" in refusal(tmp_path, content, packed(content + more))


@pytest.mark.parametrize("content", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_bomb_is_inflated_no_further_than_was_promised(tmp_path: Path, content: bytes) -> None:
    """Neither into the memory nor onto the disk."""
    path = wheel_of(tmp_path, content, packed(content + bytes(100 * 1024**2)))
    got = bytearray()

    def read() -> None:
        with opened(path) as wheel:
            for piece in next(wheel.members()).contents:
                got.extend(piece)

    tracemalloc.start()
    try:
        with pytest.raises(InstallationError):
            read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert content.startswith(got)
    assert peak < 3 * len(LARGE)


@of_both_sizes
def test_wheel_is_refused_when_a_member_becomes_less_than_promised(
    tmp_path: Path, content: bytes
) -> None:
    """Half a module may be a module."""
    assert "does not become" in refusal(tmp_path, content, packed(content[:-1]))


@of_both_sizes
def test_wheel_is_refused_when_the_checksum_differs(tmp_path: Path, content: bytes) -> None:
    """Also if RECORD agrees: the zip file makes a promise of its own."""
    assert "CRC-32 differs" in refusal(tmp_path, content, packed(content), crc=1)


@of_both_sizes
def test_wheel_is_refused_when_contents_are_not_what_record_says(
    tmp_path: Path, content: bytes
) -> None:
    """Of the same size, with the CRC of the zip file."""
    other = content[:-1] + b"!"
    crc = zlib.crc32(other)
    assert "its sha256 differs" in refusal(tmp_path, content, packed(other), crc=crc)


@of_both_sizes
def test_contents_are_held_to_the_hash_that_record_has(tmp_path: Path, content: bytes) -> None:
    """Binary distribution format: "sha256 or better"."""
    better = base64.urlsafe_b64encode(hashlib.sha512(content).digest()).decode().rstrip("=")

    def stating(digest: str) -> Path:
        known, stated = record_hash(content), f"sha512={digest}"
        pieces = pieces_of({"spam.py": content}, record=lambda text: text.replace(known, stated))
        return write_pieces(tmp_path / NAME, pieces)

    assert contents(stating(better)) == content
    with pytest.raises(InstallationError) as caught:
        contents(stating(better[:-1]))
    assert "its sha512 differs" in caught.value.context[0]
