"""What earlier runs worked out, and this one need not."""

from __future__ import annotations

from pathlib import Path

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


def _derived(directory: Path | None, kind: str) -> Derived | None:
    return Derived(directory, kind) if directory is not None and is_private(directory) else None
