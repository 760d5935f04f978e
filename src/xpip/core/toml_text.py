"""TOML bytes → a table, in bounded time, whoever wrote them.

Decides what is too large to be read; may not know what any key means.
`tomllib` is imported with the first file: most runs look for files that are not there.
"""

from __future__ import annotations

from typing import Any

_MOST_HEADER_DOTS = 100
_USUAL_DOTS = 20
"""In a line: an address, a version and a name."""
_MOST_WORK = 25_000_000
"""Sum of squares: `tomllib` takes so long for a key of many parts, which has to be one line."""


def load_toml(raw: bytes) -> dict[str, Any]:
    """Read TOML, with a byte order mark or without.

    Raises:
        ValueError: it is none, is nested without end, or could not be read in reasonable time.
    """
    import tomllib

    _check_work(raw)
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("its tables are nested too deeply") from None


def _check_work(raw: bytes) -> None:
    work = 0
    for line in raw.splitlines():
        dots = line.count(b".")
        work += dots * dots if dots > _USUAL_DOTS else 0
        is_header = line.lstrip().startswith(b"[")
        if work > _MOST_WORK or (is_header and dots > _MOST_HEADER_DOTS and b"=" not in line):
            raise ValueError("a line of it has more dots than can be read")
