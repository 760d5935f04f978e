"""What wheels' names say after name and version: build tag and tags (PEP 427, PEP 425).

The wheels of a release have all but their tags in common, and tags those of every other project:
each part is read once. What is in no order is for `packaging` to say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from packaging.tags import parse_tag
from packaging.utils import BuildTag, parse_wheel_filename

_SET = r"[a-z0-9_]+(?:\.[a-z0-9_]+)*"
_PLAIN = re.compile(rf"(?:[a-z_][a-z0-9_]*\.)*[a-z_][a-z0-9_]*-{_SET}-{_SET}", re.ASCII)
"""In lower case, and nothing to be said against: nearly all tags there are."""


def wheel_tags(filename: str) -> tuple[BuildTag, frozenset[str]]:
    """The build tag and the tags of a wheel.

    Raises:
        ValueError: it is no name of a wheel (`InvalidWheelFilename`), or has endless numbers.
    """
    if filename.endswith(".whl"):
        stem = filename[:-4].rsplit("-", 3)[0]
        build, tags = _build_of(stem), tags_of(filename[len(stem) + 1 : -4])
        if build is not None and tags is not None:
            return build, tags
    _, _, build, parsed = parse_wheel_filename(filename)
    return build, frozenset(map(str, parsed))


@lru_cache(maxsize=4096)
def tags_of(compressed: str) -> frozenset[str] | None:
    """The tags that a compressed set stands for (PEP 425); None where it is none."""
    if _PLAIN.fullmatch(compressed):
        parts = [part.split(".") for part in compressed.split("-")]
        return frozenset(map("-".join, product(*parts)))
    try:
        return frozenset(map(str, parse_tag(compressed)))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _build_of(stem: str) -> BuildTag | None:
    """The build tag of a wheel, of whose name this comes before its tags; None if of none."""
    try:
        return parse_wheel_filename(f"{stem}-py3-none-any.whl")[2]
    except ValueError:
        return None
