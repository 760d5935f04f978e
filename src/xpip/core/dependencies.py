"""Metadata and a target → the requirements that apply there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from xpip.core.facts import CoreMetadata
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.policy import Target

Extras = frozenset[NormalizedName]

_ONE_EXTRA = re.compile(r'\bextra == "([A-Za-z0-9._-]+)"')
"""As packaging writes it, whatever the metadata has."""


class Dependency(Struct, frozen=True, kw_only=True):
    """A project that another one needs, or that the user asks for."""

    project: NormalizedName
    specifier: SpecifierSet
    extras: Extras = frozenset()
    url: str | None = None
    """A direct reference (PEP 508); refused inside metadata."""


def as_dependency(requirement: Requirement) -> Dependency:
    """A parsed requirement, its names normalised (PEP 503, PEP 685)."""
    return Dependency(
        project=canonicalize_name(requirement.name),
        specifier=requirement.specifier,
        extras=frozenset(map(canonicalize_name, requirement.extras)),
        url=requirement.url,
    )


class _Found:
    """What was found on one machine, whoever asked."""

    __slots__ = ("held", "known", "named")

    def __init__(self) -> None:
        self.known: dict[int, tuple[Requirement, Dependency | None]] = {}
        self.held: dict[tuple[int, str], tuple[Marker, bool]] = {}
        self.named: dict[int, tuple[Marker, Extras | None]] = {}


@lru_cache(maxsize=8)
def _found_on(environment: tuple[tuple[str, str], ...]) -> _Found:
    return _Found()


class Dependencies:
    """The requirements of distributions, as far as they apply to one target.

    Projects share most of their requirements, and nearly all of their markers: what was found of
    one is remembered. Remembered objects are kept, so that no other can have their `id`.
    """

    def __init__(self, target: Target) -> None:
        self._environment = dict(target.environment)
        found = _found_on(tuple(sorted(self._environment.items())))
        self._known, self._held, self._named = found.known, found.held, found.named

    def of(self, metadata: CoreMetadata) -> Iterator[Dependency]:
        """What the distribution needs without any extra."""
        for requirement in metadata.requires:
            known = self._known.get(id(requirement))
            if known is None:
                found = as_dependency(requirement) if self.applies(requirement) else None
                known = self._known[id(requirement)] = (requirement, found)
            if known[1] is not None:
                yield known[1]

    def of_extras(self, metadata: CoreMetadata, extras: Extras) -> Iterator[Dependency]:
        """What these extras add."""
        for requirement in metadata.requires:
            marker = requirement.marker
            if marker is None or not self._may_ask_for(marker, extras) or self.admits(marker):
                continue
            if any(self._holds(marker, extra) for extra in extras):
                yield as_dependency(requirement)

    def applies(self, requirement: Requirement) -> bool:
        """Whether a requirement's marker holds on the target, with no extra."""
        return self.admits(requirement.marker)

    def admits(self, marker: Marker | None) -> bool:
        """Whether a marker holds on the target, with no extra."""
        return marker is None or self._holds(marker, "")

    def _holds(self, marker: Marker, extra: str) -> bool:
        known = self._held.get((id(marker), extra))
        if known is None:
            known = self._held[id(marker), extra] = (marker, self._evaluate(marker, extra))
        return known[1]

    def _evaluate(self, marker: Marker, extra: str) -> bool:
        try:
            return marker.evaluate({**self._environment, "extra": extra})
        except (UndefinedComparison, UndefinedEnvironmentName):
            return False

    def _may_ask_for(self, marker: Marker, extras: Extras) -> bool:
        """Whether a marker may hold for one of these extras and not without; no more than that.

        A project can have thousands of requirements for extras of which nobody asked for any.
        """
        known = self._named.get(id(marker))
        if known is None:
            known = self._named[id(marker)] = (marker, _named_extras(str(marker)))
        return known[1] is None or not known[1].isdisjoint(extras)


def _named_extras(marker: str) -> Extras | None:
    """The extras that a marker asks for by `==`; None where it has other words for them."""
    named = _ONE_EXTRA.findall(marker)
    if len(named) != marker.count("extra"):
        return None
    return frozenset(map(canonicalize_name, named))
