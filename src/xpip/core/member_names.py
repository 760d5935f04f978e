"""Names of an archive's members → which may become paths, and which are one path somewhere.

Knows file systems by their common habits: the length of a name, and what they do not tell apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from xpip.core.printable import printable

LONGEST_PART = 255
"""Bytes of a file's or directory's name that file systems take."""
LONGEST_PATH = 1024
"""Bytes of a whole path that all systems take; wheels stay far below."""
DEEPEST = 64
OLD_METADATA = (".egg-info", ".egg-link", ".egg")
"""What installers of old wrote, and tools still take for an installed distribution."""

# Windows drops trailing dots and spaces and reads colons as streams: `x.` is `x`, `x:y` is in `x`.
_ASTRAY = re.compile(r"[\\:\x00-\x1f\x7f]|[. ](/|$)")


def is_too_long(name: str) -> bool:
    """Whether a path is longer or deeper than archives have any need of."""
    if len(name) <= DEEPEST and name.isascii():
        return False
    raw = name.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST_PART:
        return name.count("/") > DEEPEST
    parts = raw.split(b"/")
    return len(raw) > LONGEST_PATH or len(parts) > DEEPEST or max(map(len, parts)) > LONGEST_PART


def is_plain(name: str) -> bool:
    """Whether a path is relative, means the same on each system, and shows all its characters."""
    # What ends in a dot is astray, and so are `.` and `..`.
    if _ASTRAY.search(name) or "//" in f"/{name}/":
        return False
    shown = (name.isascii() and name.isprintable()) or printable(name) == name
    return shown and not is_too_long(name)


def folded(name: str) -> str:
    """One spelling for all names that some file system takes for one."""
    if name.isascii():
        return name.lower()
    # The Unicode Standard, D145: canonical caseless matching.
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def is_metadata(top: str) -> bool:
    """Whether this name in a library directory is taken for an installed distribution."""
    return folded(top).endswith((".dist-info", *OLD_METADATA))


def find_clash(files: Iterable[str], directories: Iterable[str] = ()) -> tuple[str, str] | None:
    """Two members that some file system has one path for; files of one name, or of a directory's.

    Args:
        files: paths of files.
        directories: paths of directories; those that files lie in need not be named.
    """
    seen: dict[str, str] = {}
    for name in files:
        key = folded(name)
        if key in seen:
            return seen[key], name
        seen[key] = name
    pending = {each.rpartition("/")[0] for each in seen} | {folded(each) for each in directories}
    while pending := pending - {""}:
        for both in pending & seen.keys():
            return seen[both], f"{both}/"
        pending = {directory.rpartition("/")[0] for directory in pending}
    return None
