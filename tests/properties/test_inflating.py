"""What inflates a member makes no difference to what is accepted: igzip or zlib."""

from __future__ import annotations

import hashlib
import zlib
from zipfile import ZIP_DEFLATED, ZipInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from xpip.core.hashes import hash_in_record
from xpip.edge.installation.contents import VerifiedContents
from xpip.edge.installation.inflating import NewInflater, decompressobj
from xpip.errors import InstallationError

CONTENTS = st.one_of(
    st.binary(max_size=300), st.binary(min_size=1, max_size=9).map(lambda few: few * 1000)
)
LARGE = 5 * 1024**2
"""Bytes of what is not held as a whole."""


def packed(content: bytes, level: int, *, ended: bool) -> bytes:
    """As a member holds it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if ended else zlib.Z_SYNC_FLUSH)


def outcome(raw: bytes, content: bytes, new_inflater: NewInflater) -> bytes | None:
    """What is read of a member that promises this content; None if it is refused."""
    item = ZipInfo("spam.py")
    item.compress_type = ZIP_DEFLATED
    item.compress_size, item.file_size = len(raw), len(content)
    item.CRC = zlib.crc32(content)
    promise = hash_in_record("sha256", hashlib.sha256(content).digest())

    def read(offset: int, length: int) -> bytes:
        return raw[offset : offset + length]

    try:
        return b"".join(VerifiedContents(read, item, 0, promise, "spam.whl", new_inflater))
    except InstallationError:
        return None


@settings(max_examples=30)
@given(content=CONTENTS, level=st.integers(0, 9), large=st.booleans())
def test_contents_are_read_whatever_inflates(content: bytes, level: int, *, large: bool) -> None:
    """As a whole or in pieces."""
    content = (content * (LARGE // len(content) + 1)) if large and content else content
    raw = packed(content, level, ended=True)
    assert outcome(raw, content, zlib.decompressobj) == content
    assert outcome(raw, content, decompressobj) == content


@given(
    content=CONTENTS,
    promised=st.none() | CONTENTS,
    level=st.integers(0, 9),
    ended=st.booleans(),
    cut=st.none() | st.integers(0, 300),
    more=st.binary(max_size=20),
    flips=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 7)), max_size=4),
)
def test_what_is_refused_is_refused_whatever_inflates(
    content: bytes,
    promised: bytes | None,
    level: int,
    ended: bool,
    cut: int | None,
    more: bytes,
    flips: list[tuple[int, int]],
) -> None:
    """Data that are cut short, go on, have no end, were changed, or become something else."""
    raw = bytearray(packed(content, level, ended=ended)[:cut] + more)
    for place, bit in flips if raw else ():
        raw[place % len(raw)] ^= 1 << bit
    promised = content if promised is None else promised
    with_zlib = outcome(bytes(raw), promised, zlib.decompressobj)
    assert outcome(bytes(raw), promised, decompressobj) == with_zlib
