"""What a file's name says: its project and version, as spelled. Nothing is opened or validated."""

from __future__ import annotations

from collections.abc import Sequence

_SDIST_SUFFIXES = (".tar.gz", ".zip")
ARCHIVE_SUFFIXES = (
    *(".whl", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar.Z", ".tar"),
    *(".zip", ".egg"),
)
"""Suffixes by which a link on a page counts as a claim to a name, usable or not."""


_SAFE = frozenset(map(chr, range(ord("!"), ord("~") + 1))) - frozenset('/\\:*?"<>|')
_SAFE_BYTES = "".join(_SAFE).encode()
_LONGEST = 240
"""Characters. File systems take 255 bytes, and what is being written has a longer name."""


def is_unsafe(filename: str) -> bool:
    """Whether some system would not take it as a name on disk, or a terminal as text.

    No standard allows such names: names and versions, tags and builds are ASCII and without spaces.
    """
    return len(filename) > _LONGEST or not _SAFE.issuperset(filename)


def are_safe(filenames: Sequence[str]) -> bool:
    """Whether none of these names is unsafe; a page can list many thousands."""
    characters = "".join(filenames).encode("utf-8", "surrogatepass")
    return not characters.translate(None, _SAFE_BYTES) and (
        max(map(len, filenames), default=0) <= _LONGEST
    )


def split_filename(filename: str) -> tuple[str, str] | None:
    """Name and version as a wheel's or sdist's file name spells them; nothing is validated.

    None where the name has neither form, or would not be safe as a name on disk.
    """
    return None if is_unsafe(filename) else split_safe_filename(filename)


def split_safe_filename(filename: str) -> tuple[str, str] | None:
    """As `split_filename`, of a name that is known not to be unsafe."""
    if filename.startswith("."):
        return None
    if filename.endswith(".whl"):
        parts = filename[:-4].split("-")
        return (parts[0], parts[1]) if len(parts) in (5, 6) else None
    for suffix in _SDIST_SUFFIXES:
        if filename.endswith(suffix):
            name, dash, version = filename[: -len(suffix)].rpartition("-")
            return (name, version) if dash else None
    return None
