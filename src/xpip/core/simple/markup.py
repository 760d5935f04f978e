"""HTML, handed to a parser bit by bit, so that no page takes more time than its length warrants.

`html.parser` looks at an unfinished tag again and again, and after the end from each `<` on: 150 kB
took it a minute (CVE-2025-6069 is of that kind). Knows no tag.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_PIECE = 1 << 16
_LONGEST = 1 << 18
"""Characters of one tag, comment or script."""
_ENCODINGS = re.compile(
    r"ascii|utf[-_]?(8|16)([-_].*)?|iso8859[-_]\d+|cp125\d|koi8[-_].|gb.*|big5.*|euc_.*|shift_jis.*"
)


def read_markup(reader: HTMLParser, text: str) -> None:
    """Feed all of it.

    Raises:
        ValueError: it ends within a tag, or a tag does not end.
        AssertionError: markup that some versions of `html.parser` give up on.
    """
    for start in range(0, len(text), _PIECE):
        reader.feed(text[start : start + _PIECE])
        if len(reader.rawdata) > _LONGEST:
            raise ValueError(f"a tag of more than {_LONGEST} characters")
    # Not `close`, which would make the best of it: what breaks off is no page.
    if "<" in reader.rawdata:
        raise ValueError("it ends within a tag")


def decoded(raw: bytes, charset: str) -> str:
    """Text of a page, as UTF-8 where the encoding is none of the web's.

    Python has codecs that take the square of the time, and such as are none of text.
    """
    import codecs

    try:
        name = codecs.lookup(charset).name
        if _ENCODINGS.fullmatch(name):
            return raw.decode(name, errors="replace")
    except (LookupError, ValueError):
        pass
    return raw.decode("utf-8", errors="replace")
