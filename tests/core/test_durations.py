"""Points in time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from xpip.core.durations import point_in_time

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("7d", timedelta(days=7)),
        ("36h", timedelta(hours=36)),
        ("2w", timedelta(weeks=2)),
        (" 3 d ", timedelta(days=3)),
        ("0d", timedelta()),
    ],
)
def test_age_counts_back_from_now(text: str, ago: timedelta) -> None:
    """Hours, days and weeks; months have no length."""
    assert point_in_time(text, NOW) == NOW - ago


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_date_is_its_first_moment_in_utc_unless_it_says_more(text: str, time: datetime) -> None:
    """The same on every machine: its own time zone plays no part."""
    assert point_in_time(text, NOW) == time


def test_time_keeps_the_zone_that_it_was_written_with() -> None:
    """What is shown is what was written."""
    zone = timezone(timedelta(hours=2))
    assert point_in_time("2026-01-31T12:00:00+02:00", NOW).utcoffset() == zone.utcoffset(None)


@pytest.mark.parametrize(
    "text", ["", "d", "7", "7m", "7y", "-7d", "1.5d", "soon", "31.01.2026", "999999d"]
)
def test_text_is_refused_when_it_is_neither_age_nor_date(text: str) -> None:
    """A demand that is not understood must not be dropped."""
    with pytest.raises(ValueError, match="neither an age"):
        point_in_time(text, NOW)


def test_age_may_be_longer_than_any_file_is_old() -> None:
    """The greatest one that can be written is no error."""
    assert point_in_time("99999w", NOW).year == 110
