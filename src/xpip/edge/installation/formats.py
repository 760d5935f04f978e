"""Wheels of a format that is newer than xpip knows, and could be installed all the same.

Binary distribution format: "A wheel installer should warn if Wheel-Version is greater than the
version it supports, and must fail if Wheel-Version has a greater major version". Reads an
environment as it is after an installation, and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

KNOWN = "1.0"
_FIELD = b"wheel-version:"
_MOST = 1 << 16


def newer_formats(scheme: Mapping[str, str], distributions: Iterable[str]) -> dict[str, str]:
    """Their formats, by distribution.

    Args:
        scheme: absolute paths of purelib and platlib.
        distributions: NAME-VERSION of each to look at, as its .dist-info is called.
    """
    sites = dict.fromkeys((scheme["purelib"], scheme["platlib"]))
    found = {}
    for distribution in distributions:
        for site in sites:
            stated = _stated(os.path.join(site, f"{distribution}.dist-info", "WHEEL"))
            if stated not in {None, KNOWN}:
                found[distribution] = str(stated)
    return found


def _stated(path: str) -> str | None:
    """What WHEEL says; None where it is not there."""
    try:
        with open(path, "rb") as file:
            lines = file.read(_MOST).splitlines()
    except OSError:
        return None
    said = (line for line in lines if line[: len(_FIELD)].lower() == _FIELD)
    return next(said, b"").partition(b":")[2].strip().decode("ascii", "replace") or None
