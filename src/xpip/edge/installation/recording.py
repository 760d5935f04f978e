"""RECORD as it is written: rows of paths, hashes and sizes (recording installed projects)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable

from xpip.core.hashes import hash_in_record


def record_row(path: str, content: bytes) -> tuple[str, str, int]:
    """The row of a file with this content."""
    return path, hash_in_record("sha256", hashlib.sha256(content).digest()), len(content)


def record_text(rows: Iterable[tuple[str, str, int | str]]) -> str:
    """Lines of a RECORD."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
