"""Points in time as people write them: a date, a time, or so long before now."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_AGO = re.compile(r"(\d{1,5})\s*([dhw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def point_in_time(text: str, now: datetime) -> datetime:
    """Read `7d`, `36h`, `2w`, `2026-01-31` or `2026-01-31T12:00:00Z`.

    A date without a time is its first moment; what has no time zone is UTC.

    Raises:
        ValueError: it is none of these.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is neither an age, such as 7d, nor a date") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def end_of(text: str) -> datetime:
    """The first moment after `2026-01-31`, or `2026-01-31T12:00:00Z` itself.

    Raises:
        ValueError: it is neither a date nor a time.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return _moment(text)
    # No day comes after the last one, which people write for "for ever".
    after = day if day == date.max else day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


def _moment(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a date") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
