"""Wheels of spam 1.0 that somebody made with bad intentions; each is wrong in one way."""

from __future__ import annotations

import base64
import hashlib
import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.wheels import record_hash
from tests.support.zips import DESCRIPTOR, STORED, UTF_8, Piece, write_pieces

NAME = "spam-1.0-py3-none-any.whl"
INFO, DATA = "spam-1.0.dist-info", "spam-1.0.data"
METADATA = b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"
WHEEL = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
CODE = b"x = 1\n"
EVIL = b"import os\n"
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}"

CHANGED = "metadata-changed"

Make = Callable[[Path], Path]


@dataclass(frozen=True, slots=True)
class HostileWheel:
    """One of them: what is wrong, what xpip says to that, and how it is made."""

    id: str
    said: str
    make: Make
    reason: str = "wheel-invalid"

    @property
    def exit_code(self) -> int:
        """Where its METADATA is not what was resolved with, that is found first."""
        return 3 if self.reason == CHANGED else 5


def pieces_of(
    files: Mapping[str, bytes] | None = None,
    *,
    metadata: bytes = METADATA,
    wheel: bytes = WHEEL,
    info: str = INFO,
    record: Callable[[str], str] = lambda text: text,
) -> list[Piece]:
    """The members of a wheel that is right, but for these."""
    contents = {"spam.py": CODE, f"{info}/METADATA": metadata, f"{info}/WHEEL": wheel}
    contents |= files or {}
    rows = [f"{_quoted(name)},{record_hash(raw)},{len(raw)}\n" for name, raw in contents.items()]
    contents[f"{info}/RECORD"] = record("".join([*rows, f"{info}/RECORD,,\n"])).encode()
    return [Piece(name=name, content=raw) for name, raw in contents.items()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set('",\n\r') else name


def holding(files: Mapping[str, bytes] | None = None, **other: Any) -> Make:
    """A wheel with these files too; RECORD lists them."""
    return lambda directory: write_pieces(directory / NAME, pieces_of(files, **other))


def laid_out(**layout: Any) -> Make:
    """A wheel whose zip file is put together in another way."""
    return lambda directory: write_pieces(directory / NAME, pieces_of(), **layout)


def changed(**first: Any) -> Make:
    """A wheel whose first member is told of in another way."""

    def make(directory: Path) -> Path:
        code, *rest = pieces_of()
        return write_pieces(directory / NAME, [replace(code, **first), *rest])

    return make


def with_pieces(*more: Piece, rows: str = "") -> Make:
    """A wheel with these members too, and what RECORD shall say of them."""

    def make(directory: Path) -> Path:
        listed = pieces_of(record=lambda text: text + rows)
        return write_pieces(directory / NAME, [*listed, *more])

    return make


def _row(name: str, content: bytes = EVIL) -> str:
    return f"{name},{record_hash(content)},{len(content)}\n"


def _wheels() -> Iterator[HostileWheel]:
    yield from _names()
    yield from _kinds()
    yield from _layouts()
    yield from _sizes()
    yield from _records()
    yield from _identities()
    yield from _entry_points()
    yield from _places()


ASTRAY = {
    "parent": "../evil.py",
    "parent-deep": "spam/../../evil.py",
    "parent-last": "spam/..",
    "absolute": "/tmp/evil.py",
    "double-slash": "//evil/share",
    "empty-part": "spam//evil.py",
    "dot-part": "spam/./evil.py",
    "dot-first": "./evil.py",
    "backslash": "spam\\evil.py",
    "backslash-parent": "..\\evil.py",
    "drive": "C:evil.py",
    "drive-absolute": "C:/evil.py",
    "stream": "spam/evil.py:hidden",
    "line-feed": "spam/evil\n.py",
    "carriage-return": "spam/evil\r.py",
    "tab": "spam/evil\t.py",
    "escape": "spam/\x1b[2Jevil.py",
    "delete": "spam/evil\x7f.py",
    "c1-control": "spam/\x9b2Jevil.py",
    "bidi": f"spam/{RIGHT_TO_LEFT}yp.live",
    "bidi-isolate": "spam/\u2067evil.py",
    "zero-width": "spam/ev\u200bil.py",
    "line-separator": "spam/evil\u2028.py",
    "tag-characters": "spam/evil\U000e0041.py",
    "blank-letter": "spam/\u3164.py",
    "trailing-dot": "spam/evil.py.",
    "trailing-space": "spam/evil.py ",
    "trailing-dot-in-directory": "spam./evil.py",
    "three-dots": "spam/.../evil.py",
    "long-part": f"spam/{'x' * 300}.py",
    "long-part-in-utf-8": f"spam/{'ä' * 130}.py",
    "long-path": "/".join(["spam" * 40] * 10),
    "deep-path": "a/" * 200 + "evil.py",
    "very-deep-path": "a/" * 30_000 + "evil.py",
}


def _names() -> Iterator[HostileWheel]:
    for key, name in ASTRAY.items():
        yield HostileWheel(f"name-{key}", "is no path that a wheel may hold", holding({name: EVIL}))
    nul = Piece(name=b"evil.py\0.txt", content=EVIL)
    yield HostileWheel(
        "name-nul", "is no path that a wheel may hold", with_pieces(nul, rows=_row("evil.py"))
    )
    legacy = Piece(name="évil.py".encode("cp437"), content=EVIL, local={"flags": 0})
    legacy = replace(legacy, central={"flags": 0})
    yield HostileWheel(
        "name-of-no-known-encoding",
        "not marked as UTF-8",
        with_pieces(legacy, rows=_row("évil.py")),
    )
    not_utf_8 = Piece(name=b"\xff\xfe.py", content=EVIL)
    yield HostileWheel("name-not-utf-8", "can't decode", with_pieces(not_utf_8))
    yield from _twins()


def _twins() -> Iterator[HostileWheel]:
    pairs = {
        "case": ("Eggs.py", "eggs.PY"),
        "case-of-directory": ("Eggs/a.py", "eggs/A.py"),
        "composition": ("caf\u00e9.py", "cafe\u0301.py"),
        "composition-and-case": ("caf\u00c9.py", "cafe\u0301.py"),
        "long-s": ("sum.py", "\u017fum.py"),
        "kelvin": ("k.py", "\u212a.py"),
    }
    for key, (one, other) in pairs.items():
        yield HostileWheel(f"twins-{key}", "may be one path", holding({one: CODE, other: EVIL}))
    yield HostileWheel(
        "twins-same-name", "may be one path", with_pieces(Piece(name="spam.py", content=EVIL))
    )
    yield HostileWheel("twins-listed-twice", "does not begin where", changed(listed=2))
    yield HostileWheel(
        "twins-file-and-directory",
        "is a file and a directory",
        holding({"eggs": EVIL, "Eggs/a.py": CODE}),
    )
    yield HostileWheel(
        "twins-file-and-empty-directory",
        "is a file and a directory",
        with_pieces(Piece(name="spam.py/", central={"attributes": 0o040755 << 16})),
    )


def _kinds() -> Iterator[HostileWheel]:
    kinds = {
        "symlink": stat.S_IFLNK,
        "fifo": stat.S_IFIFO,
        "character-device": stat.S_IFCHR,
        "block-device": stat.S_IFBLK,
        "socket": stat.S_IFSOCK,
        "directory-without-slash": stat.S_IFDIR,
    }
    for key, kind in kinds.items():
        piece = Piece(name="link", content=b"/etc", central={"attributes": (kind | 0o777) << 16})
        rows = _row("link", b"/etc")
        yield HostileWheel(
            f"kind-{key}", "is a link or a special file", with_pieces(piece, rows=rows)
        )
    link = {"attributes": (stat.S_IFLNK | 0o777) << 16}
    yield HostileWheel(
        "kind-symlink-as-directory",
        "is a link or a special file",
        with_pieces(Piece(name="link/", central=link)),
    )
    yield HostileWheel(
        "kind-directory-with-contents",
        "is a directory and has contents",
        with_pieces(Piece(name="eggs/", content=EVIL, central={"attributes": 0o040755 << 16})),
    )


def _layouts() -> Iterator[HostileWheel]:
    for key, (said, make) in {**_ENDS, **_WIDE_ENDS}.items():
        yield HostileWheel(key, said, make)
    yield HostileWheel(
        "zip-prefix-counted", "does not begin where", laid_out(prefix=b"\x7fELF" * 9)
    )
    yield HostileWheel("zip-gap-before-directory", "between its last", laid_out(gap=b"PK\3\4"))
    yield HostileWheel("zip-gap-between", "does not begin where", changed(after=b"hidden"))
    yield HostileWheel("zip-counts-fewer", "and claims 3", laid_out(end={"members": 3}))
    yield HostileWheel("zip-counts-more", "and claims 9", laid_out(end={"members": 9}))
    yield HostileWheel("zip-hidden-member", "does not begin where", changed(listed=0))
    yield from _headers()


_NO_END = "does not end as a zip file does"
_AROUND = "stands before its first member, or around its directory"
_ENDS = {
    "zip-prefix": (_AROUND, laid_out(prefix=b"#!/bin/sh\n", shift=-10)),
    "zip-suffix": (_NO_END, laid_out(suffix=b"evil")),
    "zip-comment": (_NO_END, laid_out(comment=b"evil")),
    "zip-two-ends": (_AROUND, laid_out(suffix=b"PK\5\6" + b"\0" * 18)),
    "zip-end-in-comment": (_AROUND, laid_out(comment=b"PK\5\6" + b"\0" * 18)),
    "zip-directory-shorter": (_AROUND, laid_out(end={"length": 60})),
    "zip-directory-elsewhere": (_AROUND, laid_out(end={"start": 0})),
}
_TWICE = "says twice where its directory is"
_MISSING = {"members": 0xFFFF, "length": 0xFFFFFFFF, "start": 0xFFFFFFFF}
_WIDE_ENDS = {
    "zip64-other-start": (_TWICE, laid_out(wide={"start": 0})),
    "zip64-other-count": (_TWICE, laid_out(wide={"members": 1})),
    "zip64-other-length": (_TWICE, laid_out(wide={"length": 0})),
    "zip64-missing": (_AROUND, laid_out(end=_MISSING)),
    "zip64-huge-directory": (_AROUND, laid_out(end=_MISSING, wide={"length": 2**62})),
}


def _headers() -> Iterator[HostileWheel]:
    sizes = "has two sizes or checksums"
    yield HostileWheel("local-other-name", "another name", changed(local={"name": b"evil.p"}))
    yield HostileWheel("local-longer-name", "another name", changed(local={"name": b"spam.pyc"}))
    yield HostileWheel("local-other-size", sizes, changed(local={"size": 1}))
    yield HostileWheel("local-other-packed-size", sizes, changed(local={"packed": 1}))
    yield HostileWheel("local-other-checksum", sizes, changed(local={"checksum": 1}))
    yield HostileWheel("local-other-method", "described in two ways", changed(local={"method": 0}))
    yield HostileWheel("local-other-flags", "described in two ways", changed(local={"flags": 0}))
    yield HostileWheel("central-other-size", sizes, changed(central={"size": 2**31}))
    yield HostileWheel(
        "central-other-offset", "does not begin where", changed(central={"offset": 7})
    )
    descriptor = {"flags": UTF_8 | DESCRIPTOR}
    zeros = {**descriptor, "checksum": 0, "packed": 0, "size": 0}
    yield HostileWheel(
        "descriptor-missing", "followed by other sizes", changed(local=zeros, central=descriptor)
    )
    lies = struct.pack("<4s3L", b"PK\7\x08", zlib.crc32(CODE), 1, 1)
    yield HostileWheel(
        "descriptor-lies",
        "followed by other sizes",
        changed(local=zeros, central=descriptor, after=lies),
    )
    name = struct.pack("<2HBL", 0x7075, 12, 1, zlib.crc32(b"spam.py")) + b"evil.py"
    yield HostileWheel(
        "extra-other-name", "gives it another name", changed(central={"extra": name})
    )
    yield HostileWheel(
        "extra-other-name-local", "gives it another name", changed(local={"extra": name})
    )
    wide = struct.pack("<2H2Q", 1, 16, 2**40, 2**40)
    yield HostileWheel("extra-other-size", "two sizes or places", changed(local={"extra": wide}))
    yield HostileWheel(
        "extra-other-size-central", "two sizes or places", changed(central={"extra": wide})
    )
    yield HostileWheel(
        "extra-cut-short", "gives it another name", changed(local={"extra": b"\1\0\xff\0ab"})
    )
    encrypted = {"flags": UTF_8 | 1}
    yield HostileWheel("encrypted", "is encrypted", changed(local=encrypted, central=encrypted))
    strong = {"flags": UTF_8 | 0x41}
    yield HostileWheel("encrypted-strongly", "is encrypted", changed(local=strong, central=strong))
    patch = {"flags": UTF_8 | 0x20}
    yield HostileWheel("patch-of-another-file", "patch", changed(local=patch, central=patch))
    for method in (1, 6, 9, 12, 14, 93, 99):
        yield HostileWheel(
            f"method-{method}", "compressed in a way that is not used", changed(method=method)
        )
    yield HostileWheel(
        "stored-with-two-sizes",
        "is stored, with two sizes",
        changed(method=STORED, local={"size": 99}, central={"size": 99}),
    )


def _sizes() -> Iterator[HostileWheel]:
    zeros = b"\0" * 1024**2
    hundreds = {f"zeros{number}": zeros for number in range(600)}
    yield HostileWheel("bomb-of-zeros", "it would become", holding(hundreds))
    claims = {"size": 2**32 - 2}
    yield HostileWheel("bomb-claimed", "it would become", changed(local=claims, central=claims))
    yield HostileWheel("bomb-overlapping", "does not begin where", _overlapping)
    yield HostileWheel("bomb-of-members", "has more than 200000", _many_members)
    yield HostileWheel("bomb-uncounted", "has more than 200000", _uncounted_members)
    blank = METADATA + b"\n" + b"x" * 100 * 1024**2
    yield HostileWheel("metadata-of-100-mb", "absurdly", holding(metadata=blank))
    fields = METADATA + b"Keywords: x\n" * 1_000_000
    yield HostileWheel("metadata-fields", "bytes of fields", holding(metadata=fields))
    more = b"X: y\n" * 1_000_000
    yield HostileWheel("wheel-file-of-5-mb", "absurdly many", holding(wheel=WHEEL + more))
    yield HostileWheel(
        "record-of-50-mb", "absurdly many", holding(record=lambda text: text + "x" * 50 * 1024**2)
    )
    rows = "".join(f"{number},,\n" for number in range(500_000))
    yield HostileWheel(
        "record-of-500000-rows", "more than a wheel may hold", holding(record=lambda t: t + rows)
    )
    field = '"' + "x" * 200_000 + '",,\n'
    yield HostileWheel(
        "record-of-one-long-field", "field larger", holding(record=lambda t: t + field)
    )


def _overlapping(directory: Path) -> Path:
    """Many names for the contents of one member: a bomb that needs no deflate."""
    code, *rest = pieces_of()
    twins = [replace(code, name=f"spam{n}.py", central={"offset": 0}) for n in range(50)]
    return write_pieces(directory / NAME, [code, *twins, *rest])


def _many_members(directory: Path) -> Path:
    return laid_out(end={"members": 0xFFFF}, wide={"members": 2**32})(directory)


def _uncounted_members(directory: Path) -> Path:
    """A directory of half a million members that says it has four."""
    path = write_pieces(directory / NAME, pieces_of())
    raw = path.read_bytes()
    start = raw.index(b"PK\1\2")
    entry = raw[start : start + 46 + len("spam.py")]
    listed = entry * 500_000
    numbers = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 4, 4, len(listed), start, 0)
    path.write_bytes(raw[:start] + listed + numbers)
    return path


def _records() -> Iterator[HostileWheel]:
    known = record_hash(CODE)
    weak = {
        algorithm: f"{algorithm}="
        + base64.urlsafe_b64encode(hashlib.new(algorithm, CODE).digest()).decode().rstrip("=")
        for algorithm in ("md5", "sha1", "sha224")
    }
    for algorithm, claim in weak.items():
        yield HostileWheel(
            f"record-{algorithm}",
            f"{algorithm} hash",
            _record(partial(_put, known, claim)),
        )
    changes: dict[str, tuple[str, Callable[[str], str]]] = {
        "unknown-algorithm": ("rot13 hash", lambda t: t.replace(known, "rot13=x")),
        "no-hash": ("no hash", lambda t: t.replace(known, "")),
        "empty-hash": ("is not what RECORD says", lambda t: t.replace(known, "sha256=")),
        "half-a-hash": ("is not what RECORD says", lambda t: t.replace(known, known[:20])),
        "hash-of-another-file": (
            "is not what RECORD says",
            lambda t: t.replace(known, record_hash(EVIL)),
        ),
        "other-size": ("RECORD says 7", lambda t: t.replace(f"{known},6", f"{known},7")),
        "size-no-number": ("RECORD says six", lambda t: t.replace(f"{known},6", f"{known},six")),
        "does-not-list": ("does not list spam.py", lambda t: t.replace("spam.py,", "eggs.py,")),
        "lists-more": ("which the wheel does not hold", lambda t: t + _row("evil.py")),
        "lists-outside": ("which the wheel does not hold", lambda t: t + _row("../../evil.py")),
        "lists-absolute": ("which the wheel does not hold", lambda t: t + _row("/etc/passwd")),
        "contradicts-itself": ("contradicts itself", lambda t: t + _row("spam.py")),
        "two-columns": ("", lambda t: t.replace(f",{known},6", f",{known}")),
        "empty": ("does not list", lambda _: ""),
        "not-csv": ("", lambda _: '"'),
        "metadata-hash": (
            "METADATA is not what RECORD says",
            lambda t: t.replace(record_hash(METADATA), known),
        ),
    }
    for key, (said, change) in changes.items():
        yield HostileWheel(f"record-{key}", said, _record(change))
    unlisted = with_pieces(Piece(name="evil.py", content=EVIL))
    yield HostileWheel("record-unlisted-member", "does not list evil.py", unlisted)
    yield HostileWheel("record-missing", "RECORD", _without(f"{INFO}/RECORD"))
    yield HostileWheel("record-in-lower-case", "RECORD", _renamed("RECORD", "record"))
    not_text = Piece(name=f"{INFO}/RECORD", content=b"\xff\xfe")
    yield HostileWheel("record-not-utf-8", "decode", _replaced(not_text))
    signature = Piece(name=f"{INFO}/RECORD.p7s", content=EVIL)
    twin = Piece(name=f"{INFO}/record.P7S", content=EVIL)
    yield HostileWheel("record-two-signatures", "may be one path", with_pieces(signature, twin))


def _put(old: str, new: str, text: str) -> str:
    return text.replace(old, new)


def _record(change: Callable[[str], str]) -> Make:
    return holding(record=change)


def _without(name: str) -> Make:
    def make(directory: Path) -> Path:
        return write_pieces(directory / NAME, [p for p in pieces_of() if p.name != name])

    return make


def _renamed(old: str, new: str) -> Make:
    def make(directory: Path) -> Path:
        pieces = (replace(p, name=str(p.name).replace(old, new)) for p in pieces_of())
        return write_pieces(directory / NAME, pieces)

    return make


def _replaced(piece: Piece) -> Make:
    def make(directory: Path) -> Path:
        pieces = (piece if p.name == piece.name else p for p in pieces_of())
        return write_pieces(directory / NAME, pieces)

    return make


def _identities() -> Iterator[HostileWheel]:
    info = "which is not that of spam 1.0"
    yield HostileWheel("dist-info-of-another-project", info, holding(info="eggs-1.0.dist-info"))
    yield HostileWheel("dist-info-of-another-version", info, holding(info="spam-9.9.dist-info"))
    yield HostileWheel("dist-info-without-version", info, holding(info="spam.dist-info"))
    for key, name in {
        "second-in-capitals": "eggs-1.0.DIST-INFO/METADATA",
        "second-with-long-s": "eggs-1.0.di\u017ft-info/METADATA",
        "second-without-metadata": "eggs-1.0.dist-info/direct_url.json",
    }.items():
        yield HostileWheel(f"dist-info-{key}", "2 .dist-info directories", holding({name: EVIL}))
    for name in ("eggs-1.0.dist-info", "Spam-1.0.0.dist-info"):
        make = holding({f"{name}/METADATA": EVIL})
        yield HostileWheel(f"dist-info-second-{name}", "2 .dist-info", make)
    yield HostileWheel("dist-info-none", "0 .dist-info", holding(info="spam-1.0"))
    fields = {
        "other-name": ("METADATA says eggs 1.0", METADATA.replace(b"spam", b"eggs")),
        "other-version": ("METADATA says spam 9.9", METADATA.replace(b"1.0", b"9.9")),
        "other-local-version": (
            "METADATA says spam 1.0+evil",
            METADATA.replace(b"1.0", b"1.0+evil"),
        ),
        "second-name": ("several Name", METADATA + b"Name: eggs\n"),
        "second-version": ("several Version", METADATA + b"Version: 9.9\n"),
        "second-format": ("several Metadata-Version", METADATA + b"Metadata-Version: 1.0\n"),
        "of-the-future": ("not supported", METADATA.replace(b"2.1", b"3.0")),
        "empty": ("no Metadata-Version", b""),
    }
    for key, (said, text) in fields.items():
        yield HostileWheel(f"metadata-{key}", said, holding(metadata=text))
    more = METADATA + b"Requires-Dist: evil\n"
    yield HostileWheel("metadata-more-requirements", "found evil", holding(metadata=more), CHANGED)
    yield HostileWheel("metadata-not-utf-8", "decode", holding(metadata=METADATA + b"X: \xff\n"))
    yield HostileWheel("metadata-missing", "METADATA", _without(f"{INFO}/METADATA"))
    yield HostileWheel("wheel-file-missing", "WHEEL", _without(f"{INFO}/WHEEL"))
    future = WHEEL.replace(b"1.0", b"2.0")
    yield HostileWheel("wheel-file-of-the-future", "not supported", holding(wheel=future))
    for old in ("eggs-1.0.egg-info/PKG-INFO", "eggs.egg-link", "EGGS.EGG-INFO", "eggs.egg/x"):
        yield HostileWheel(
            f"old-metadata-{old.replace('/', '-')}", "pass for another", holding({old: EVIL})
        )
    inner = f"{DATA}/purelib/eggs-1.0.egg-info"
    yield HostileWheel("old-metadata-in-data", "pass for another", holding({inner: EVIL}))


POINTS = {
    "path": "../evil = spam:main",
    "absolute": "/tmp/evil = spam:main",
    "backslash": "bin\\evil = spam:main",
    "dots": ".. = spam:main",
    "option": "-evil = spam:main",
    "control": "ev\x1b[2Jil = spam:main",
    "bidi": f"{RIGHT_TO_LEFT}live = spam:main",
    "long": f"{'x' * 300} = spam:main",
    "trailing-dot": "evil. = spam:main",
    "no-attribute": "evil = spam",
    "code": "evil = spam:main;import os",
    "code-in-module": "evil = os;x:main",
    "call": "evil = spam:main()",
    "line-feed": "evil = spam:main\n import os",
    "empty-part": "evil = spam..x:main",
    "number": "evil = 1:main",
    "references": "a = %(b)s\nb = spam:main",
    "percent": "a = 100%",
    "twice": "a = spam:main\na = os:system",
}


def _entry_points() -> Iterator[HostileWheel]:
    for key, line in POINTS.items():
        text = f"[console_scripts]\n{line}\n".encode()
        yield HostileWheel(f"entry-point-{key}", "", holding({f"{INFO}/entry_points.txt": text}))
    laughs = [f"a{n} = {f'%(a{n - 1})s' * 100}" for n in range(1, 9)]
    bomb = "\n".join(["[console_scripts]", "a0 = " + "x" * 100, *laughs, ""]).encode()
    yield HostileWheel(
        "entry-point-bomb", "refer to each other", holding({f"{INFO}/entry_points.txt": bomb})
    )
    many = b"[console_scripts]\n" + b"".join(b"a%d = spam:main\n" % n for n in range(100_000))
    yield HostileWheel(
        "entry-point-100000", "absurdly many", holding({f"{INFO}/entry_points.txt": many})
    )
    yield HostileWheel(
        "entry-point-not-utf-8", "decode", holding({f"{INFO}/entry_points.txt": b"\xff\xfe"})
    )
    for name in ("python", "python3", "Python3.11", "python3.11._pth", "python._pth", "pyvenv.cfg"):
        text = f"[console_scripts]\n{name} = spam:main\n".encode()
        yield HostileWheel(
            f"entry-point-is-{name}",
            "where no distribution may",
            holding({f"{INFO}/entry_points.txt": text}),
            reason="file-collision",
        )


def _places() -> Iterator[HostileWheel]:
    nowhere = "belongs to no scheme"
    for name in (f"{DATA}/evil/x", f"{DATA}/purelib", f"{DATA}/stdlib/os.py", f"{DATA}/x"):
        yield HostileWheel(f"data-{name}", nowhere, holding({name: EVIL}))
    second = f"{DATA}/purelib/{INFO}/direct_url.json"
    yield HostileWheel("data-dist-info", "second .dist-info", holding({second: b"{}"}))
    site = f"{DATA}/data/lib/python3.11/site-packages"
    yield HostileWheel(
        "data-twice", "holds one file twice", holding({f"{DATA}/purelib/spam.py": EVIL})
    )
    protected = {
        "interpreter": f"{DATA}/scripts/python",
        "interpreter-as-data": f"{DATA}/data/bin/python3",
        "path-file": f"{DATA}/scripts/python._pth",
        "build-file": f"{DATA}/data/bin/pybuilddir.txt",
        "pyvenv.cfg": f"{DATA}/data/pyvenv.cfg",
        "pyvenv.cfg-of-scripts": f"{DATA}/scripts/pyvenv.cfg",
        "journal": f"{DATA}/data/.xpip-evil/journal",
        "lock": f"{DATA}/data/.xpip.lock",
    }
    for key, name in protected.items():
        yield HostileWheel(
            f"place-{key}", "where no distribution may", holding({name: EVIL}), "file-collision"
        )
    for key, name in {
        "activate": f"{DATA}/scripts/activate",
        "neighbour": "neighbour.py",
        "neighbour-as-data": f"{site}/neighbour.py",
    }.items():
        yield HostileWheel(
            f"place-{key}", "would overwrite files", holding({name: EVIL}), "file-collision"
        )
    yield HostileWheel(
        "place-dist-info-as-data",
        "write metadata where its data goes",
        holding({f"{site}/eggs-1.0.dist-info/METADATA": EVIL}),
    )
    yield HostileWheel(
        "place-egg-info-as-data",
        "write metadata where its data goes",
        holding({f"{site}/eggs-1.0.egg-info/PKG-INFO": EVIL}),
    )
    yield HostileWheel(
        "place-behind-a-link",
        "is outside the environment",
        holding({"leads_out/evil.py": EVIL}),
        "file-collision",
    )
    yield HostileWheel(
        "place-on-a-link", "would overwrite", holding({"a_link.py": EVIL}), "file-collision"
    )


HOSTILE_WHEELS = tuple(_wheels())
