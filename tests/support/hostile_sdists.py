"""Source distributions of spam 1.0 that somebody made with bad intentions."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.archives import Entry, write_tar, write_zip
from tests.support.zips import Piece, write_pieces

TOP = "spam-1.0"
TAR, ZIP = f"{TOP}.tar.gz", f"{TOP}.zip"
SETUP = Entry(f"{TOP}/setup.py", "raise SystemExit('it ran')\n")
LINK, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class HostileSdist:
    """One of them: what is wrong, what xpip says to that, and how it is made."""

    id: str
    said: str
    make: Callable[[Path], Path]


def holding(*entries: Entry, zipped: bool = False) -> Callable[[Path], Path]:
    """An archive with these members too."""
    return lambda directory: (
        write_zip(directory / ZIP, [SETUP, *entries])
        if zipped
        else write_tar(directory / TAR, [SETUP, *entries])
    )


def raw_tar(*blocks: bytes, end: bytes = b"\0" * 1024) -> Callable[[Path], Path]:
    """An archive of these blocks, after the first honest member."""

    def make(directory: Path) -> Path:
        path = directory / TAR
        with gzip.open(path, "wb", compresslevel=1) as stream:
            stream.write(_member(SETUP.name, SETUP.content))
            for block in (*blocks, end):
                stream.write(block)
        return path

    return make


def _member(name: str, content: bytes | str, kind: bytes = tarfile.REGTYPE) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    header = tarfile.TarInfo(name)
    header.type, header.size = kind, len(raw)
    return header.tobuf(tarfile.GNU_FORMAT) + raw + b"\0" * (-len(raw) % 512)


def _pax(fields: Mapping[str, str], kind: bytes = tarfile.XHDTYPE) -> bytes:
    records = b""
    for key, value in fields.items():
        size = len(f" {key}={value}\n".encode())
        size += len(str(size + len(str(size))))
        records += f"{size} {key}={value}\n".encode()
    return _member("pax", records, kind)


def _sdists() -> Iterator[HostileSdist]:
    yield from _members()
    yield from _bombs()
    yield from _lies()


def _members() -> Iterator[HostileSdist]:
    names = {
        "parent": ("../evil", "no path"),
        "parent-deep": (f"{TOP}/a/../../../evil", "no path"),
        "absolute": ("/tmp/evil", "absolute"),
        "long-part": (f"{TOP}/{'x' * 300}", "longer or deeper"),
        "long-path": (f"{TOP}/" + "x" * 99 + "/y" * 600, "longer or deeper"),
        "very-deep": (f"{TOP}/" + "a/" * 15_000 + "evil", "longer or deeper"),
    }
    for key, (name, said) in names.items():
        yield HostileSdist(f"tar-{key}", said, holding(Entry(name)))
        yield HostileSdist(f"zip-{key}", said, holding(Entry(name), zipped=True))
    for key, link in {
        "absolute": "/etc/passwd",
        "parent": "../../evil",
        "hidden-parent": "a/../../..",
    }.items():
        entry = Entry(f"{TOP}/link", type=LINK, link=link)
        yield HostileSdist(f"tar-link-{key}", "is a link", holding(entry))
        yield HostileSdist(f"zip-link-{key}", "is a link", holding(entry, zipped=True))
    here = Entry(f"{TOP}/here", type=LINK, link=".")
    for zipped in (False, True):
        through = holding(here, Entry(f"{TOP}/HERE/evil"), zipped=zipped)
        yield HostileSdist(f"through-a-link-{zipped}", "through a link", through)
    for target in ("/etc/passwd", "../evil", f"{TOP}/none"):
        entry = Entry(f"{TOP}/hard", type=HARD, link=target)
        yield HostileSdist(f"tar-hard-link-{target.replace('/', '-')}", "", holding(entry))
    for key, kind in {
        "character": tarfile.CHRTYPE,
        "block": tarfile.BLKTYPE,
        "fifo": tarfile.FIFOTYPE,
    }.items():
        entry = Entry(f"{TOP}/device", type=kind)
        yield HostileSdist(f"tar-device-{key}", "is a device", holding(entry))


def _bombs() -> Iterator[HostileSdist]:
    huge = tarfile.TarInfo(f"{TOP}/huge")
    huge.size = 5 * 1024**3
    yield HostileSdist("tar-huge", "unpacks to more", raw_tar(huge.tobuf(tarfile.GNU_FORMAT)))
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
    map_of = b"9999999999\n" + b"1\n" * 40 * MIB
    yield HostileSdist(
        "tar-sparse-map", "header of", raw_tar(_pax(sparse), _member("x", map_of), end=b"")
    )
    wide = {f"k{number}": "v" for number in range(50_000)}
    yield HostileSdist(
        "tar-global-fields", "header fields", raw_tar(_pax(wide, b"g"), _member("x", ""))
    )
    yield HostileSdist("tar-many-fields", "header fields", raw_tar(_pax(wide), _member("x", "")))
    long = _member("././@LongLink", b"x" * 20 * MIB, tarfile.GNUTYPE_LONGNAME)
    yield HostileSdist("tar-long-name", "header of", raw_tar(long, _member("x", "")))
    chain = _pax({"comment": "x"}) * 5000
    yield HostileSdist("tar-chain-of-headers", "", raw_tar(chain, _member("x", "")))
    zeros = Piece(name=f"{TOP}/zeros", content=b"", local={}, central={"size": 2**32 - 2})
    yield HostileSdist("zip-claims", "two sizes", lambda d: write_pieces(d / ZIP, [zeros]))
    for method in (12, 14, 93):
        piece = Piece(name=f"{TOP}/setup.py", content=b"x", method=method)
        yield HostileSdist(f"zip-method-{method}", "compressed in a way", _zipped([piece]))
    twice = Piece(name=f"{TOP}/setup.py", content=b"x" * 1000, listed=2)
    yield HostileSdist("zip-overlapping", "does not begin where", _zipped([twice]))
    yield HostileSdist("xz-dictionary", "Memory usage limit", _xz_dictionary)


def _zipped(pieces: Iterable[Piece]) -> Callable[[Path], Path]:
    return lambda directory: write_pieces(directory / ZIP, pieces)


def _xz_dictionary(directory: Path) -> Path:
    """An archive that wants four gigabytes of memory to be unpacked (xz format, 3.1)."""
    tar = io.BytesIO(_member(SETUP.name, SETUP.content) + b"\0" * 1024)
    raw = bytearray(lzma.compress(tar.getvalue(), check=lzma.CHECK_CRC32))
    start, length = 12, (raw[12] + 1) * 4
    raw[raw.index(0x21, start) + 2] = 40
    end = start + length
    raw[end - 4 : end] = struct.pack("<L", zlib.crc32(bytes(raw[start : end - 4])))
    path = directory / f"{TOP}.tar.xz"
    path.write_bytes(raw)
    return path


def _lies() -> Iterator[HostileSdist]:
    ends = "does not end as an archive does"
    yield HostileSdist("tar-without-end", ends, raw_tar(end=b""))
    broken = b"x" * 512 + _member(f"{TOP}/hidden", "evil")
    yield HostileSdist("tar-broken-header", ends, raw_tar(broken))
    behind = b"\0" * 1024 + _member(f"{TOP}/hidden", "evil")
    yield HostileSdist("tar-goes-on", ends, raw_tar(behind))
    negative = _pax({"size": "-1024"}) + _member(f"{TOP}/x", "")
    yield HostileSdist("tar-negative-size", "", raw_tar(negative))
    yield HostileSdist("tar-cut-short", "", _cut)
    hidden = Piece(name=f"{TOP}/setup.py", content=b"x", after=b"PK\3\4hidden")
    yield HostileSdist("zip-gap", "between its last member", _zipped([hidden]))
    other = Piece(name=f"{TOP}/setup.py", local={"name": f"{TOP}/setup.pj".encode()})
    yield HostileSdist("zip-other-name", "another name", _zipped([other]))


def _cut(directory: Path) -> Path:
    path = holding(Entry(f"{TOP}/x", b"abc" * 9999))(directory)
    path.write_bytes(path.read_bytes()[:-9])
    return path


HOSTILE_SDISTS = tuple(_sdists())
