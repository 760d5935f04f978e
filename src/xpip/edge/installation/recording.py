"""RECORD as it is written: rows of paths, hashes and sizes (recording installed projects)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable

from xpip.core.hashes import hash_in_record

_QUOTED = re.compile(r'[",\r\n]|^$')


def record_row(path: str, content: bytes) -> tuple[str, str, int]:
    """The row of a file with this content."""
    return path, hash_in_record("sha256", hashlib.sha256(content).digest()), len(content)


def record_text(rows: Iterable[tuple[str, str, int | str]]) -> str:
    """Lines of a RECORD."""
    rows = list(rows)
    if not any(_QUOTED.search(path) for path, _, _ in rows):
        # Nearly no path needs quotes, and `csv` takes five times as long.
        return "".join([f"{path},{digest},{size}\n" for path, digest, size in rows])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
