"""RECORD as it is written: rows of paths, hashes and sizes (recording installed projects)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable


def record_hash(digest: bytes) -> str:
    """A sha256 as RECORD has it."""
    return f"sha256={base64.urlsafe_b64encode(digest).decode('ascii').rstrip('=')}"


def record_row(path: str, content: bytes) -> tuple[str, str, int]:
    """The row of a file with this content."""
    return path, record_hash(hashlib.sha256(content).digest()), len(content)


def record_text(rows: Iterable[tuple[str, str, int | str]]) -> str:
    """Lines of a RECORD."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
