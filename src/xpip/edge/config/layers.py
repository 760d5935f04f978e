"""Which mapping files a run has: the one in force, and those that stand beside it.

What they say is read by `combining`, which is imported where there is one: most runs have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from xpip.core.policy import RepositoryMap
from xpip.edge.config.maps import Download, discovered_maps, find_map, standing_maps


def load_map(
    option: str | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    now: datetime,
    no_map: bool = False,
    download: Download | None = None,
) -> RepositoryMap | None:
    """The mapping files of a run as one map, if there are any.

    Args:
        option: the file that the user names.
        environ: environment variables.
        cwd: the working directory.
        now: what ages such as `7d` count from.
        no_map: whether only what is enforced holds.
        download: what fetches files that others extend by URL.

    Raises:
        UsageError: `map-invalid`: one cannot be read, is wrong, or others may write it.
    """
    beside = [*standing_maps(environ, cwd)]
    discovered = [*discovered_maps(environ, cwd)]
    chosen = None
    if not no_map:
        chosen = find_map(option, environ=environ, cwd=cwd, discovered=discovered)
    if chosen is None and not beside and not discovered:
        return None
    from xpip.edge.config.combining import combined

    return combined(
        chosen, beside, discovered, environ=environ, cwd=cwd, now=now, download=download
    )
