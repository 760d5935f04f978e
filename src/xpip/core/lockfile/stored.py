"""The table of a lock file ↔ JSON, which is read in a tenth of the time that TOML takes.

What does not come back as it went is not stored. Knows neither what the keys mean nor where the
bytes are kept.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

_KINDS: dict[str, type[datetime] | type[date] | type[time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}


def dump_table(table: dict[str, Any]) -> bytes | None:
    """The table as bytes that `load_table` reads; None where they would say something else."""
    try:
        raw = json.dumps(table, default=_told, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None
    return raw if load_table(raw) == table else None


def load_table(raw: bytes) -> dict[str, Any] | None:
    """The table that these bytes are; None if they are none."""
    try:
        table = json.loads(raw, object_hook=_made)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return table if isinstance(table, dict) else None


def _told(value: datetime | date | time) -> dict[str, str]:
    return {"": type(value).__name__, "at": value.isoformat()}


def _made(found: dict[str, Any]) -> Any:
    if len(found) == 2 and "" in found:
        return _KINDS[found[""]].fromisoformat(found["at"])
    return found
