"""Documents → other documents, most of which still get past a reader's first check.

One function, `mutated`, for hypothesis and for atheris: its randomness is an argument.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

_LONGEST = 1 << 16
TOKENS: tuple[bytes, ...] = (
    *(b"", b"\0", b"\n", b"\r", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc2\x85"),
    *(
        b" ",
        b"\t",
        b"\x1b[2J",
        b"[bold]",
        b"\xe2\x80\xae",
        b"\xe2\x84\xaa",
        b"\xc4\xb1",
        b"\xed\xa0\x80",
    ),
    *(
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"<",
        b">",
        b'"',
        b"'",
        b"\\",
        b"/",
        b"..",
        b"../",
        b"%2e%2e/",
    ),
    *(
        b"@",
        b":",
        b";",
        b",",
        b"#",
        b"&",
        b"?",
        b"=",
        b"==",
        b"===",
        b"~=",
        b"!=",
        b"*",
        b"!",
        b"+",
    ),
    *(
        b"$",
        b"${A}",
        b"%",
        b"%(a)s",
        b"|",
        b"&#",
        b"&#0;",
        b"<!--",
        b"<a ",
        b"<a href=",
        b"<base href=",
    ),
    *(b"0", b"-1", b"1e999", b"NaN", b"9" * 30, b"9" * 5000, b"1!", b"1." * 200, b"\xd9\xa1"),
    *(
        b" or ",
        b" and ",
        b"not in ",
        b"extra",
        b"python_version",
        b"os_name",
        b"(" * 300,
        b"[" * 3000,
    ),
    *(b"null", b"true", b"{}", b"[]", b"spam", b"SPAM", b"spam-1.0.tar.gz", b"sha256", b"a" * 300),
    *(
        b"https://",
        b"file:///",
        b"http://[::1",
        b"//user:pw@host:99999/",
        b"git+",
        b"data:",
        b"\xe2\x84\x80",
    ),
    *(
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"inf",
        b"0x",
        b"1_0",
        b"-e ",
        b"-r ",
    ),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1 << 70, 10**400, float("nan"), float("inf"), 1e308, 0.5),
    *("", " ", "\0", "\n", "\ud800", "\u202e", "\u212a", "../../x", "/etc/passwd", "a" * 5000),
    *("9" * 5000, "1." * 500, "https://[", "//a:x/", "file:///x", "%2e%2e%2f", "quarantined"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", ">=" + "9" * 4500, "~=1," * 900),
    *([], {}, [[]], [{}], {"": ""}, ["spam"], [None], {"sha256": None}, {"sha256": "ab" * 32}),
)


def mutated(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    """The document with one to four things changed.

    Args:
        others: documents of its kind, to take parts of.
    """
    for _ in range(random.randint(1, 4)):
        change = random.choice((*_changes(raw), *_BYTES))
        raw = change(raw, random, others)[:_LONGEST]
    return raw


Change = Callable[[bytes, Random, list[bytes]], bytes]


def _changes(raw: bytes) -> tuple[Change, ...]:
    """What suits the kind of document, more likely than changes of bytes alone."""
    if raw[:4] == b"PK\x03\x04":
        return (_zip,) * 8
    if raw[257:262] == b"ustar":
        return (_tar,) * 6
    if raw[:1] in (b"{", b"["):
        return (_json,) * 6
    return (_line, _token, _token)


def _token(raw: bytes, random: Random, _: list[bytes]) -> bytes:
    place = random.randint(0, len(raw))
    end = place + random.choice((0, 0, 0, 1, 4, 16))
    return raw[:place] + random.choice(TOKENS) + raw[end:]


def _flip(raw: bytes, random: Random, _: list[bytes]) -> bytes:
    changed = bytearray(raw or b" ")
    changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _repeat(raw: bytes, random: Random, _: list[bytes]) -> bytes:
    start = random.randint(0, len(raw))
    end = min(len(raw), start + random.choice((1, 2, 8, 40)))
    return raw[:end] + raw[start:end] * random.choice((1, 2, 30, 2000)) + raw[end:]


def _cut(raw: bytes, random: Random, _: list[bytes]) -> bytes:
    start = random.randint(0, len(raw))
    return raw[:start] + raw[start + random.choice((1, 3, 10, 100, 1 << 20)) :]


def _cross(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    other = random.choice(others) if others else raw
    start = random.randint(0, len(other))
    place = random.randint(0, len(raw))
    return raw[:place] + other[start : start + random.choice((4, 20, 1 << 20))] + raw[place:]


_BYTES: tuple[Change, ...] = (_token, _flip, _repeat, _cut, _cross)


def _line(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    lines = raw.split(b"\n")
    place = random.randrange(len(lines))
    other = random.choice(random.choice(others or [raw]).split(b"\n"))
    how = random.randrange(4)
    if how == 0:
        lines.insert(place, other)
    elif how == 1:
        lines[place] = other
    elif how == 2:
        lines[place] = _token(lines[place], random, others)
    else:
        lines[place : place + 1] = lines[place : place + 1] * random.choice((0, 2, 500))
    return b"\n".join(lines)


def _json(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    """One value of the first line changed; what follows it (in a cache's entry) is left."""
    head, newline, rest = raw.partition(b"\n")
    try:
        document = json.loads(raw)
        newline = rest = b""
    except (ValueError, RecursionError):
        try:
            document = json.loads(head)
        except (ValueError, RecursionError):
            return _token(raw, random, others)
    places = list(_places(document))
    if not places:
        return json.dumps(random.choice(ODD)).encode() + newline + rest
    parent, key = random.choice(places)
    how = random.randrange(5)
    if how == 0 and isinstance(parent, dict):
        parent[random.choice((*map(str, parent), "files", "name", "\ud800"))] = parent.pop(key)
    elif how == 1 and isinstance(parent, dict):
        del parent[key]
    elif how == 2:
        parent[key] = [parent[key]] * random.choice((1, 2, 300))
    elif how == 3 and isinstance(parent[key], str):
        changed = _token(parent[key].encode("utf-8", "surrogatepass"), random, others)
        parent[key] = changed.decode("utf-8", "surrogateescape")
    else:
        parent[key] = random.choice(ODD)
    return (
        json.dumps(document, ensure_ascii=random.random() < 0.9).encode("utf-8", "surrogatepass")
        + newline
        + rest
    )


def _places(value: Any) -> Any:
    """Every container in a document with each of its keys."""
    pending = [value]
    while pending:
        each = pending.pop()
        for key in list(each) if isinstance(each, dict) else range(len(each)):
            yield each, key
            if isinstance(each[key], dict | list):
                pending.append(each[key])


_NAMES = (
    *("../x", "/x", "a/../../x", "C:x", "a\\b", "a\nb", "a\x1b[2Jb", "eggs/", "EGGS/__init__.py"),
    *("eggs-1.0.dist-info/INSTALLER", "eggs-1.0.dist-info/direct_url.json", "x" * 300, "a/" * 200),
    *("eggs-1.0.data/scripts/python", "eggs-1.0.data/data/pyvenv.cfg", "spam.py", "..", ".", ""),
    *("eggs-1.0.data/data/.xpip-x/journal", "eggs-1.0.data/scripts/../../x", "con.py", "a\u0301"),
)


def _zip(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    """One member renamed, changed, doubled, dropped or made a link; RECORD mostly fits."""
    try:
        members = _members(raw)
    except Exception:
        return _flip(raw, random, others)
    if not members:
        return raw
    _change_member(members, random, others)
    if random.random() < 0.8:
        members = _recorded(members)
    return _zipped(members)


def _change_member(
    members: list[tuple[zipfile.ZipInfo, bytes]], random: Random, others: list[bytes]
) -> None:
    place = random.randrange(len(members))
    info, content = members[place]
    mode = info.external_attr
    match random.randrange(6):
        case 0:
            info = zipfile.ZipInfo(random.choice(_NAMES) or "-")
            info.external_attr = mode
        case 1:
            content = random.choice((_token, _line, _repeat, _cut))(content, random, others)
        case 2:
            info.external_attr = random.choice((0o120777, 0o040755, 0o020666, 0o104755)) << 16
            content = random.choice((b"../../outside", b"/etc/passwd", content))
        case 3:
            twin = zipfile.ZipInfo(info.filename)
            members.append((twin, _flip(content, random, others)))
        case 4:
            members.append((zipfile.ZipInfo(random.choice(_NAMES) or "-"), content))
        case _:
            info.compress_type = random.choice((0, 8, 12, 14))
    members[place] = info, content


def _members(raw: bytes) -> list[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return [(info, archive.read(info)[:_LONGEST]) for info in archive.infolist()[:50]]


def _recorded(members: list[tuple[zipfile.ZipInfo, bytes]]) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """The members, with a RECORD that tells the truth of them."""
    record = [info for info, _ in members if info.filename.endswith(".dist-info/RECORD")]
    if not record:
        return members
    rows = []
    for info, content in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        name = '"' + info.filename.replace('"', '""') + '"'
        rows.append(f"{name},,\n" if info in record else f"{name},sha256={digest},{len(content)}\n")
    text = "".join(rows).encode("utf-8", "surrogateescape")
    return [(info, text if info in record else content) for info, content in members]


def _zipped(members: list[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    written = io.BytesIO()
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(written, "w") as archive:
        warnings.simplefilter("ignore")  # of doubled names
        for info, content in members:
            archive.writestr(info, content, info.compress_type)
    return written.getvalue()


def _tar(raw: bytes, random: Random, others: list[bytes]) -> bytes:
    """One member of a tar renamed, changed, or made a link or a device."""
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            members = [(m, _content(archive, m)) for m in archive.getmembers()[:50]]
    except Exception:
        return _flip(raw, random, others)
    if not members:
        return raw
    member, content = random.choice(members)
    how = random.randrange(4)
    if how == 0:
        member.name = random.choice((*_NAMES, "spam-1.0/link/x", "other/x", "spam-1.0/../x"))
    elif how == 1:
        member.type = random.choice((b"1", b"2", b"3", b"5", b"6", b"0"))
        member.linkname = random.choice(
            ("../outside", "/etc/passwd", "spam-1.0/spam.py", "..", "a" * 300, "x/../..", "")
        )
    elif how == 2:
        member.mode = random.choice((0, 0o7777, 0o4755))
        member.size = len(content)
    else:
        members.append((tarfile.TarInfo(random.choice(_NAMES)), b""))
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for each, text in members:
            each.size = len(text) if each.isreg() else 0
            archive.addfile(each, io.BytesIO(text))
    return written.getvalue()


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member) if member.isreg() else None
    return stream.read(_LONGEST) if stream else b""
