"""The tables of lock files, stored: what comes back is what went, or it is not stored."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpip.core.lockfile.stored import dump_table, load_table

NOON = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=2)))
VALUES: tuple[object, ...] = (
    True,
    1,
    -1.5,
    float("nan"),
    float("inf"),
    "",
    "date",
    "2026-01-02",
    NOON,
)
VALUES += (NOON.date(), NOON.timetz(), NOON.replace(tzinfo=None), NOON.replace(microsecond=7))
keys = st.sampled_from(("", "at", "name", "what\n"))
tables = st.dictionaries(
    keys,
    st.recursive(
        st.sampled_from(VALUES),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
        max_leaves=5,
    ),
)


@given(tables)
def test_table_comes_back_as_it_went_when_it_is_stored(table: dict[str, Any]) -> None:
    """With its dates, and as the same types."""
    raw = dump_table(table)
    if raw is not None:
        assert repr(load_table(raw)) == repr(table)


def test_lock_is_stored_with_its_times() -> None:
    """Offsets of time zones and all."""
    text = """
    lock-version = "1.0"
    [[packages]]
    name = "spam"
    upload-time = 2026-01-02T03:04:05.678901+02:00
    other = [2026-01-02, 03:04:05, 2026-01-02T03:04:05Z]
    """
    table = tomllib.loads(text)
    raw = dump_table(table)
    assert raw is not None
    assert load_table(raw) == table


@pytest.mark.parametrize(
    "table",
    [
        {"": "datetime", "at": "2026-01-02T03:04:05"},
        {"a": {"": "date", "at": "2026-01-02"}},
        {"a": {"": "what", "at": "x"}},
    ],
)
def test_table_that_looks_like_a_time_is_not_stored(table: dict[str, Any]) -> None:
    """It would come back as one."""
    assert dump_table(table) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b"{", b'{"a":{"":"what","at":"x"}}', b"\xff"])
def test_bytes_that_are_no_table_are_none(raw: bytes) -> None:
    """A damaged entry is a miss."""
    assert load_table(raw) is None


def test_moments_are_told_apart() -> None:
    """A date is no time at midnight."""
    table = {"a": date(2026, 1, 2), "b": datetime(2026, 1, 2), "c": time(0)}  # noqa: DTZ001
    raw = dump_table(table)
    assert raw is not None
    assert repr(load_table(raw)) == repr(table)
