"""What inflates: igzip where it is there, zlib elsewhere; both are used in the same way.

igzip takes half the time of zlib, and inflating is what unpacking takes most of its time for.
Decides nothing of what comes out: sizes, checksums and ends are looked at by who inflates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zlib import _Decompress as Inflating
    from zlib import crc32, decompressobj
else:
    Inflating = object
    try:
        from isal.isal_zlib import crc32, decompressobj
    except ImportError:  # not made for this machine, or this Python
        from zlib import crc32, decompressobj

__all__ = ["Inflating", "NewInflater", "crc32", "decompressobj"]

NewInflater = Callable[[int], Inflating]
"""Begins to inflate data of these window bits, as `zlib.decompressobj` does."""
