"""Which part of a project's versions can satisfy a specifier at all?

A project can have thousands of them, of which most requirements want the newest few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version


def within(versions: Sequence[Version], specifier: SpecifierSet) -> Sequence[Version]:
    """A part of these versions, outside of which none satisfies the specifier.

    Whether those inside do is for the specifier to say.

    Args:
        versions: newest first.
    """
    start, end = _places(versions, specifier)
    return versions[start:end]


def within_but(
    versions: Sequence[Version], specifier: SpecifierSet, passing_over: int
) -> Iterator[Version]:
    """As `within`, without some of them.

    Args:
        passing_over: the bits of their places.
    """
    start, end = _places(versions, specifier)
    left = ((1 << end) - (1 << min(start, end))) & ~passing_over
    while left:
        lowest = left & -left
        yield versions[lowest.bit_length() - 1]
        left ^= lowest


def _places(versions: Sequence[Version], specifier: SpecifierSet) -> tuple[int, int]:
    start, end = 0, len(versions)
    for clause in specifier:
        floor, ceiling = _bounds(clause.operator, clause.version)
        if ceiling is not None:
            start = max(start, _first_within(versions, ceiling))
        if floor is not None:
            end = min(end, _first_below(versions, floor))
    return start, end


def older(versions: Sequence[Version], version: Version) -> Sequence[Version]:
    """Those of these versions, newest first, that are older than this one."""
    return versions[_first_below(versions, version) :]


def _first_below(versions: Sequence[Version], floor: Version) -> int:
    return _first(versions, lambda version: version < floor)


def _first_within(versions: Sequence[Version], ceiling: Version) -> int:
    return _first(versions, lambda version: _public(version) <= ceiling)


def _public(version: Version) -> Version:
    # PEP 440: `<=` and `==` ignore the local part of a candidate, which sorts above its public one.
    return version if version.local is None else Version(version.public)


@lru_cache(maxsize=8192)
def _bounds(operator: str, text: str) -> tuple[Version | None, Version | None]:
    """The lowest and the highest version that may satisfy a clause, as far as it says."""
    try:
        version = Version(text)
    except InvalidVersion:  # A wildcard, or any text after `===`.
        return None, None
    if operator == "~=":
        *prefix, last = version.release[:-1]
        release = ".".join(map(str, (*prefix, last + 1)))
        return version, Version(f"{version.epoch}!{release}")
    floor = version if operator in (">=", ">", "==") else None
    ceiling = version if operator in ("<=", "<", "==") else None
    return floor, ceiling


def _first(versions: Sequence[Version], holds: Callable[[Version], bool]) -> int:
    """Place of the first one for which it holds, as it then does for all older ones."""
    low, high = 0, len(versions)
    while low < high:
        middle = (low + high) // 2
        if holds(versions[middle]):
            high = middle
        else:
            low = middle + 1
    return low
