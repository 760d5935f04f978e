"""Which zip files leave no choice how they are read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from tests.support.hostile_wheels import HOSTILE_WHEELS, HostileWheel
from tests.support.zips import DESCRIPTOR, UTF_8, Piece, write_pieces

from xpip.core.zip_layout import AmbiguousZip, open_zip

ODD = ("zip-", "zip64-", "local-", "central-", "descriptor-", "extra-", "encrypted", "method-")
AMBIGUOUS = [
    each for each in HOSTILE_WHEELS if each.id.startswith((*ODD, "stored-", "bomb-of-mem"))
]
CONTENT = b"x = 1\n" * 50
STREAMED = {"flags": UTF_8 | DESCRIPTOR, "checksum": 0, "packed": 0, "size": 0}


@pytest.mark.parametrize("hostile", AMBIGUOUS, ids=lambda each: each.id)
def test_zip_is_refused_when_programs_may_read_it_differently(
    hostile: HostileWheel, tmp_path: Path
) -> None:
    """Before anything is unpacked."""
    with hostile.make(tmp_path).open("rb") as file, pytest.raises(AmbiguousZip) as caught:
        open_zip(file)
    assert hostile.said in str(caught.value)


@pytest.mark.parametrize("signature", [b"PK\7\x08", b""])
@pytest.mark.parametrize("sizes", ["<3L", "<L2Q"])
def test_zip_is_read_when_its_sizes_follow_the_contents(
    signature: bytes, sizes: str, tmp_path: Path
) -> None:
    """Who writes to a pipe knows them only then."""
    piece = Piece(name="spam.py", content=CONTENT, local=STREAMED, central={"flags": 0x808})
    told = struct.pack(sizes, zlib.crc32(CONTENT), len(piece.packed), len(CONTENT))
    streamed = Piece(
        name="spam.py",
        content=CONTENT,
        local=STREAMED,
        central={"flags": 0x808},
        after=signature + told,
    )
    path = write_pieces(tmp_path / "x.zip", [streamed, Piece(name="eggs.py")])
    with path.open("rb") as file, open_zip(file) as archive:
        assert archive.read("spam.py") == CONTENT


def test_zip_is_read_when_it_is_written_as_a_large_one(tmp_path: Path) -> None:
    """Numbers of 64 bits where they need none, in the last records and before a member."""
    piece = Piece(name="spam.py", content=CONTENT)
    extra = struct.pack("<2H2Q", 1, 16, len(CONTENT), len(piece.packed))
    wide = Piece(
        name="spam.py",
        content=CONTENT,
        local={"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "extra": extra},
    )
    end = {"members": 0xFFFF, "length": 0xFFFFFFFF, "start": 0xFFFFFFFF}
    path = write_pieces(tmp_path / "x.zip", [wide], end=end, wide={})
    with path.open("rb") as file, open_zip(file) as archive:
        assert archive.read("spam.py") == CONTENT


def test_zip_is_read_as_the_standard_library_writes_it() -> None:
    """Stored and deflated members, directories, names in all scripts, an empty file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a/", b"")
        archive.writestr("a/\u00e4.py", CONTENT, zipfile.ZIP_DEFLATED)
        archive.writestr("empty", b"", zipfile.ZIP_STORED)
    with open_zip(made) as opened:
        assert opened.namelist() == ["a/", "a/\u00e4.py", "empty"]


def test_zip_may_have_a_comment_only_where_that_is_usual(tmp_path: Path) -> None:
    """Code hosts write a commit's digest behind their archives of sources."""
    path = write_pieces(tmp_path / "x.zip", [Piece(name="spam.py")], comment=b"c0ffee")
    with path.open("rb") as file:
        assert open_zip(file, comment=64).comment == b"c0ffee"
        with pytest.raises(AmbiguousZip):
            open_zip(file)
