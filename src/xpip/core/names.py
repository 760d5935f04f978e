"""Project names in their one spelling (names and normalization specification; PEP 503).

As `packaging.utils` has them, which brings along all that tells wheel tags: a tenth of the time in
which a command that has nothing to do can end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

__all__ = ["NormalizedName", "canonicalize_name"]

if TYPE_CHECKING:
    from packaging.utils import NormalizedName
else:
    NormalizedName = str


def canonicalize_name(name: str) -> NormalizedName:
    """The one spelling of a name that is one: lower case, and a hyphen for each run of `-_.`."""
    value = name.lower().replace("_", "-").replace(".", "-")
    while "--" in value:
        value = value.replace("--", "-")
    return cast("NormalizedName", value)
