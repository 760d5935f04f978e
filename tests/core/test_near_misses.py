"""Names that are easily taken for others, as typosquats are made."""

from __future__ import annotations

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.auditing.near_misses import Likeness, NearMiss, near_misses


def found(name: str, *others: str) -> list[tuple[str, Likeness]]:
    """What is easily taken for the name, of the others."""
    among = frozenset(map(canonicalize_name, others))
    misses = near_misses([canonicalize_name(name)], among)
    return [(miss.name, miss.likeness) for miss in misses[canonicalize_name(name)]]


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        ("acme-lb", Likeness.SLIP),
        ("acme-libs", Likeness.SLIP),
        ("acme-lid", Likeness.SLIP),
        ("acem-lib", Likeness.SLIP),
        ("acme-1ib", Likeness.LOOKS),
        ("acrne-lib", Likeness.LOOKS),
        ("acmelib", Likeness.SEPARATORS),
        ("ac-melib", Likeness.SEPARATORS),
        ("lib-acme", Likeness.ORDER),
    ],
)
def test_near_misses_are_found_as_they_are_made(other: str, likeness: Likeness) -> None:
    """One slip of a key, letters that look alike, separators, the order of words."""
    assert found("acme-lib", other, "requests") == [(other, likeness)]


def test_near_misses_leave_out_names_that_are_far_off() -> None:
    """Two slips are another name."""
    assert found("acme-lib", "acme-labs", "acme", "library", "acme-library") == []


def test_near_misses_of_short_names_are_those_that_look_alike() -> None:
    """All short names are one slip from each other."""
    assert found("six", "sax", "sex", "s1x") == [("s1x", Likeness.LOOKS)]


def test_near_misses_leave_out_names_that_are_protected_themselves() -> None:
    """`acme-lib2` beside `acme-lib1`, both private, is nobody's typosquat."""
    own = [NormalizedName("acme-lib1"), NormalizedName("acme-lib2")]

    assert near_misses(own, frozenset(own)) == {own[0]: (), own[1]: ()}


def test_near_misses_tell_each_name_once() -> None:
    """One that looks alike is mostly one slip away too."""
    assert near_misses([NormalizedName("acme-lib")], frozenset([NormalizedName("acme-1ib")])) == {
        "acme-lib": (NearMiss(name=NormalizedName("acme-1ib"), likeness=Likeness.LOOKS),)
    }
