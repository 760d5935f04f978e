"""Bytes → text → logical lines.

Encodings, continuations and comments are pip's. Stricter: line breaks that editors do not show,
and encodings in which a comment can hide a requirement, are errors.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

from xpip.core.direct_references import Malformed

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32's mark begins with UTF-16's: it has to be looked for first.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]{1,40})")
_PLAIN = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|kz1048|ptcp154|tis-620|hp-roman8"
    r"|euc[_-]\w+|shift_?jis\w*|gb\w+|big5\w*|johab"
)
"""Encodings in which ASCII text means itself; not so utf-7, unicode_escape, punycode …"""
_HIDDEN_BREAK = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_BREAK = re.compile("\r\n|\r|\n")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_COMMENT_LINE = re.compile(r"\s*#")


class Decoded(Struct, frozen=True, kw_only=True):
    """The text of a file, and how it was read."""

    text: str
    encoding: str
    guessed: bool = False


def decode(raw: bytes, locale_encoding: str) -> Decoded:
    """The text: by its byte order mark, a PEP 263 comment, as UTF-8, or as the locale has it.

    Raises:
        Malformed: the bytes are no text in that encoding, or the encoding is not to be used.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return Decoded(text=_decoded(raw[len(mark) :], encoding), encoding=encoding)
    declared = _declared(raw)
    if declared:
        return Decoded(text=_decoded(raw, declared), encoding=declared)
    try:
        return Decoded(text=raw.decode(), encoding="utf-8")
    except UnicodeDecodeError:
        encoding = _plain(locale_encoding)
        return Decoded(text=_decoded(raw, encoding), encoding=encoding, guessed=True)


def _declared(raw: bytes) -> str | None:
    # PEP 263: a comment in the first or second line.
    for line in re.split(rb"\r\n|\r|\n", raw[:4096], maxsplit=2)[:2]:
        found = _CODING.search(line) if line.startswith(b"#") else None
        if found:
            return _plain(found[1].decode("ascii"))
    return None


def _plain(name: str) -> str:
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        encoding = ""
    if not _PLAIN.fullmatch(encoding):
        raise Malformed(f"{name!r} is not an encoding of requirements files", "Save it as UTF-8.")
    return encoding


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed(
            f"byte {error.start} is not {encoding}",
            "Save the file as UTF-8, or name its encoding in the first line: # coding: NAME",
        ) from None


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, continuations joined, and comments and empty ones left out.

    A comment ends a line that is being continued, though it ends in a backslash itself.

    Raises:
        HiddenBreak: a line break that editors do not show as one.
    """
    start, joined = 0, ""
    for number, line in enumerate(_BREAK.split(text), start=1):
        start = start or number
        if _HIDDEN_BREAK.search(line):
            raise HiddenBreak(number)
        comment = _COMMENT_LINE.match(line)
        joined += " " + line if comment else line
        if not comment and _is_continued(line):
            joined = joined[:-1]
            continue
        if content := _without_comment(joined):
            yield start, content
        start, joined = 0, ""
    if content := _without_comment(joined):
        yield start, content


class HiddenBreak(Malformed):
    """A control character that ends a line for some readers, and not for others."""

    def __init__(self, line: int) -> None:
        super().__init__("a control character in this line ends it for some programs only")
        self.line = line


def _is_continued(line: str) -> bool:
    # "A line ending in an unescaped \": an even number of them escape one another.
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _without_comment(line: str) -> str:
    return _COMMENT.sub("", line).strip()
