"""How other tools say that new files are passed over → a cooldown."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from xpip.core.durations import point_in_time

_AGE = re.compile(r"(\d{1,5})\s*(h|hours?|d|days?|w|weeks?)")
_ISO_AGE = re.compile(r"P(\d{1,5})([DW])")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def cooldown_of(text: str) -> str | None:
    """`7 days`, `P7D` or a date, as a mapping file has it; None if it is none of these."""
    found = _AGE.fullmatch(text.strip().lower()) or _ISO_AGE.fullmatch(text.strip().upper())
    written = f"{found[1]}{found[2][0].lower()}" if found else text.strip()
    try:
        point_in_time(written, _ANY_TIME)
    except (ValueError, OverflowError):
        return None
    return written
