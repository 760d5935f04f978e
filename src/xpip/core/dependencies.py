"""Metadata and a target → the requirements that apply there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.facts import CoreMetadata
from xpip.core.policy import Target
from xpip.core.values import dataclass

Extras = frozenset[NormalizedName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A project that another one needs, or that the user asks for."""

    project: NormalizedName
    specifier: SpecifierSet
    extras: Extras = frozenset()
    url: str | None = field(default=None)
    """A direct reference (PEP 508); refused inside metadata."""


def as_dependency(requirement: Requirement) -> Dependency:
    """A parsed requirement, its names normalised (PEP 503, PEP 685)."""
    return Dependency(
        project=canonicalize_name(requirement.name),
        specifier=requirement.specifier,
        extras=frozenset(map(canonicalize_name, requirement.extras)),
        url=requirement.url,
    )


class Dependencies:
    """The requirements of distributions, as far as they apply to one target."""

    def __init__(self, target: Target) -> None:
        self._environment = dict(target.environment)

    def of(self, metadata: CoreMetadata) -> Iterator[Dependency]:
        """What the distribution needs without any extra."""
        for requirement in metadata.requires:
            if self.applies(requirement):
                yield as_dependency(requirement)

    def of_extras(self, metadata: CoreMetadata, extras: Extras) -> Iterator[Dependency]:
        """What these extras add."""
        for requirement in metadata.requires:
            if requirement.marker is None or self.applies(requirement):
                continue
            if any(self._holds(requirement.marker, extra) for extra in extras):
                yield as_dependency(requirement)

    def applies(self, requirement: Requirement) -> bool:
        """Whether a requirement's marker holds on the target, with no extra."""
        return self.admits(requirement.marker)

    def admits(self, marker: Marker | None) -> bool:
        """Whether a marker holds on the target, with no extra."""
        return marker is None or self._holds(marker, "")

    def _holds(self, marker: Marker, extra: str) -> bool:
        try:
            return marker.evaluate({**self._environment, "extra": extra})
        except (UndefinedComparison, UndefinedEnvironmentName):
            return False
