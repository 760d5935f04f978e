"""Bytes of mapping files → a `RepositoryMap`; errors carry a key path.

    source    where a file lies
    document  its tables, as TOML or JSON has them
    groups    its repositories
    rules     its rules
    layers    several files as one map
    inventory  the repositories of all of them
    naming    what the command line calls a repository
    placing   where a new rule belongs
    editing   a file's bytes, with a rule added
    rewriting  the same as text that stays as it is

Nothing in a file is ever ignored: an ignored security file is the worst outcome. Decides what
the files say, not where they are found; touches no disk and reads no variable by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from xpip.core.mapping_file.document import Extension, enforces_all, extensions_of, holds_map
from xpip.core.mapping_file.layers import SCHEMA, MapFile, combine
from xpip.core.mapping_file.source import MapSource
from xpip.core.policy import RepositoryMap

__all__ = [
    "SCHEMA",
    "Extension",
    "MapFile",
    "MapSource",
    "combine_maps",
    "enforces_all",
    "extensions_of",
    "holds_map",
    "parse_map",
]


def parse_map(
    raw: bytes, source: MapSource, *, variables: Mapping[str, str], now: datetime
) -> RepositoryMap:
    """Read one mapping file, TOML or JSON by its name.

    Args:
        raw: the file; a `pyproject.toml` has the map under `[tool.xpip.map]`.
        source: where it lies.
        variables: environment variables for `${NAME}`.
        now: what ages such as `7d` count from.

    Raises:
        UsageError: `map-invalid`, with the key path of what is wrong.
    """
    return combine_maps([MapFile(raw=raw, source=source)], variables=variables, now=now)


def combine_maps(
    in_force: Sequence[MapFile],
    standing: Sequence[Sequence[MapFile]] = (),
    *,
    variables: Mapping[str, str],
    now: datetime,
) -> RepositoryMap:
    """Read several mapping files as one map.

    Args:
        in_force: the file that decides, then those that it extends, nearest first; may be empty.
        standing: the same for files of which only what is enforced holds.
        variables: environment variables for `${NAME}`.
        now: what ages such as `7d` count from.

    Raises:
        UsageError: `map-invalid`, with the key path of what is wrong.
    """
    return combine(in_force, standing, variables=variables, now=now)
