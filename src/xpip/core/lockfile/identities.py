"""Who attested what is locked (PEP 740), as a lock records it: `attestation-identities` (PEP 751).

Whoever is recorded attests what is installed from the lock, and what takes its place when it is
locked anew; only a rule of today's that says itself who has to can change that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName

from xpip.core.lockfile.document import InvalidLock
from xpip.core.policy import Identity

_KEY = "attestation-identities"


def check_identities(pylock: Pylock) -> None:
    """Be sure that nothing is recorded of a publisher that could not be held against anything.

    Raises:
        InvalidLock: something is.
    """
    for number, package in enumerate(pylock.packages):
        for index, claims in enumerate(package.attestation_identities or ()):
            for name, value in claims.items():
                if not isinstance(value, str) or not value:
                    place = f"packages[{number}].{_KEY}[{index}].{name}"
                    raise InvalidLock(place, "what a publisher claims is a string")


def recorded_identities(package: Package, place: str) -> tuple[Identity, ...]:
    """The publishers that an entry records."""
    return tuple(
        Identity(claims=tuple(sorted(claims.items())), declared_at=f"{place}.{_KEY}[{index}]")
        for index, claims in enumerate(package.attestation_identities or ())
    )


def identities_to_record(identities: Iterable[Identity]) -> list[Mapping[str, Any]] | None:
    """Publishers whose attestations have been verified, the kind of each first."""
    claims = dict.fromkeys(each.claims for each in identities)
    return [dict(sorted(each, key=lambda claim: claim[0] != "kind")) for each in claims] or None


def known_identities(old: Pylock, shown: str) -> dict[NormalizedName, tuple[Identity, ...]]:
    """What a lock that is there already records of every project."""
    return dict(_known(old, shown))


def _known(old: Pylock, shown: str) -> Iterator[tuple[NormalizedName, tuple[Identity, ...]]]:
    found: dict[NormalizedName, list[Identity]] = {}
    for number, package in enumerate(old.packages):
        place = f"{shown} packages[{number}]"
        found.setdefault(package.name, []).extend(recorded_identities(package, place))
    for name, identities in found.items():
        if identities:
            yield name, tuple(dict.fromkeys(identities))
