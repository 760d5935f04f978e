"""What earlier runs worked out, and this one need not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from xpip.core.lockfile.document import load
from xpip.edge.cache.derived import Derived
from xpip.edge.cache.places import is_private
from xpip.edge.config import Options, cache_directory
from xpip.operations.surroundings import Surroundings


def interpreters_known(directory: Path | None) -> Derived | None:
    """What interpreters said of themselves; None where nothing is kept."""
    return _derived(directory, "interpreters")


def interpreters_usually_known(around: Surroundings) -> Derived | None:
    """The same, for commands without options that say where things are kept."""
    return interpreters_known(cache_directory(Options(), around.environ, around.cwd))


def lock_tables(directory: Path | None) -> Callable[[bytes], dict[str, Any]]:
    """What reads the TOML of a lock, or finds what it came to when it was last read."""
    kept = _derived(directory, "locks")
    return load if kept is None else partial(_table_of, kept)


def locks_continued(directory: Path | None) -> Derived | None:
    """What the next lock needs of locks that were read; None where nothing is kept."""
    return _derived(directory, "continued")


def selections(directory: Path | None) -> Derived | None:
    """What was selected of locks; None where nothing is kept."""
    return _derived(directory, "selections")


def _table_of(kept: Derived, raw: bytes) -> dict[str, Any]:
    from xpip.core.lockfile.stored import dump_table, load_table

    digest = hashlib.sha256(raw).hexdigest()
    stored = kept.find(digest)
    table = load_table(stored) if stored is not None else None
    if table is not None:
        return table
    table = load(raw)
    stored = dump_table(table)
    if stored is not None:
        kept.keep(stored, digest)
    return table


def _derived(directory: Path | None, kind: str) -> Derived | None:
    return Derived(directory, kind) if directory is not None and is_private(directory) else None
