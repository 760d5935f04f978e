"""Which of many names are easily taken for one of a few? As typosquats are made.

One slip of a key, letters that look alike, separators left out or moved, words in another order.
Made to hold a few thousand names against a million within seconds: slips are made out of the few,
looks are compared as skeletons.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from enum import StrEnum

from msgspec import Struct
from packaging.utils import NormalizedName

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
_SHORTEST = 5
"""Characters. Shorter names are all one slip from each other."""
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "-": None})


class Likeness(StrEnum):
    """Why one name is easily taken for another."""

    SLIP = "one key apart"
    LOOKS = "looks alike"
    SEPARATORS = "other separators"
    ORDER = "words in another order"


class NearMiss(Struct, frozen=True, kw_only=True):
    """A name that is easily taken for another one."""

    name: NormalizedName
    likeness: Likeness


def near_misses(
    names: Collection[NormalizedName], among: Collection[NormalizedName]
) -> dict[NormalizedName, tuple[NearMiss, ...]]:
    """Of each name, those that are easily taken for it; the names themselves are none.

    Args:
        names: those to protect, a few thousand at most.
        among: all that there are; membership must be quick.
    """
    own = frozenset(names)
    found: dict[NormalizedName, dict[NormalizedName, Likeness]] = {name: {} for name in sorted(own)}
    for name, other, likeness in (*_alike(own, among), *_slipped(own, among)):
        if other not in own:
            found[name].setdefault(other, likeness)
    return {
        name: tuple(NearMiss(name=other, likeness=others[other]) for other in sorted(others))
        for name, others in found.items()
    }


_Match = tuple[NormalizedName, NormalizedName, Likeness]


def _alike(own: Iterable[NormalizedName], among: Iterable[NormalizedName]) -> Iterator[_Match]:
    skeletons = _by(own, _skeleton)
    words = _by((name for name in own if "-" in name), _words)
    lengths = {len(name) for name in own}
    for other in among:
        for name in skeletons.get(_skeleton(other), ()):
            same = name.replace("-", "") == other.replace("-", "")
            yield name, other, Likeness.SEPARATORS if same else Likeness.LOOKS
        if "-" in other and len(other) in lengths:
            for name in words.get(_words(other), ()):
                yield name, other, Likeness.ORDER


def _by(
    names: Iterable[NormalizedName], key: Callable[[str], str]
) -> dict[str, list[NormalizedName]]:
    table: dict[str, list[NormalizedName]] = {}
    for name in names:
        table.setdefault(key(name), []).append(name)
    return table


def _skeleton(name: str) -> str:
    plain = name.translate(_LOOKALIKES)
    return plain.replace("rn", "m").replace("vv", "w") if "rn" in plain or "vv" in plain else plain


def _words(name: str) -> str:
    return "-".join(sorted(name.split("-")))


def _slipped(own: Iterable[NormalizedName], among: Collection[NormalizedName]) -> Iterator[_Match]:
    for name in own:
        if len(name) >= _SHORTEST:
            for slip in _slips(name):
                if slip != name and slip in among:
                    yield name, NormalizedName(slip), Likeness.SLIP


def _slips(name: str) -> Iterator[str]:
    """Everything one edit away: a character more, less or another, or two exchanged."""
    for place in range(len(name) + 1):
        before, after = name[:place], name[place:]
        yield from (f"{before}{character}{after}" for character in _ALPHABET)
        if after:
            yield before + after[1:]
            yield from (f"{before}{character}{after[1:]}" for character in _ALPHABET)
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
