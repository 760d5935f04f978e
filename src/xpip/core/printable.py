"""Text that a stranger may have written → text that cannot act on who reads it."""

from __future__ import annotations

import re
from functools import cache

# Unicode's categories Cc, Cf, Cs, Zl and Zp, and what looks like nothing at all: letters that are
# blank, and the selectors of variants by which a text can hold another, unseen. Left as they are:
# tab, line feed, and marks that are seen (the Arabic and Syriac signs of Cf).
_UNPRINTABLE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


@cache
def _unprintable() -> re.Pattern[str]:
    return re.compile(_UNPRINTABLE)


def printable(text: str) -> str:
    """The text without characters that act on a reader, or that no reader sees."""
    if text.isascii() and text.isprintable():
        return text
    return _unprintable().sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def one_line(text: str) -> str:
    """The same, and no line can begin within it that a reader would take for xpip's own."""
    return printable(text).replace("\n", "\\x0a")
