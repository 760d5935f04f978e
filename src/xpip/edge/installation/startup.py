"""Files that an interpreter runs whenever it starts, and which distributions brought them.

Decides by name and place (the `site` module; PEP 829 for `.start`). Reads an environment as it is
after an installation, and changes nothing.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence

from xpip.edge.installation.owning import recorded_paths

_SUFFIXES = (".pth", ".start")
_MODULES = frozenset({"sitecustomize.py", "usercustomize.py"})


def startup_files(
    scheme: Mapping[str, str], distributions: Iterable[str]
) -> dict[str, Sequence[str]]:
    """Names of such files, by distribution.

    Args:
        scheme: absolute paths of purelib and platlib.
        distributions: NAME-VERSION of each to look at, as its .dist-info is called.
    """
    sites = dict.fromkeys((scheme["purelib"], scheme["platlib"]))
    there = {os.path.join(site, name): name for site in sites for name in _startup_names(site)}
    found: dict[str, Sequence[str]] = {}
    # Nearly no environment has any: then no RECORD is read.
    for distribution in distributions if there else ():
        for site in sites:
            location = os.path.join(site, f"{distribution}.dist-info")
            recorded = _recorded(location) if _may_list(location, there.values()) else set()
            if names := sorted(there[path] for path in recorded & there.keys()):
                found[distribution] = names
    return found


def _startup_names(site: str) -> list[str]:
    try:
        names = os.listdir(site)
    except OSError:
        return []
    return [name for name in names if name.endswith(_SUFFIXES) or name in _MODULES]


def _may_list(location: str, names: Iterable[str]) -> bool:
    """Whether one of these names stands anywhere in RECORD: of most, no row need be read."""
    try:
        with open(os.path.join(location, "RECORD"), "rb") as record:
            raw = record.read()
    except OSError:
        return False
    # Quotes are doubled there.
    return any('"' in name or os.fsencode(name) in raw for name in names)


def _recorded(location: str) -> set[str]:
    try:
        return set(map(os.path.normpath, recorded_paths(location)))
    except (OSError, ValueError, csv.Error):
        return set()
