"""Is all that is asked for installed already, with all it needs? If so, nobody has to be asked.

The resolver would come to the same: what is installed and will do is its first choice, and where
every first choice fits, its only ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from xpip.core.decisions import Pin
from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.facts import InstalledDistribution
from xpip.core.names import NormalizedName
from xpip.core.policy import Target
from xpip.core.ports import InstalledDistributions

_NO_EXTRAS: Extras = frozenset()


def standing_pins(
    dependencies: Iterable[Dependency],
    limits: Iterable[Dependency],
    installed: InstalledDistributions,
    target: Target,
    *,
    with_dependencies: bool = True,
) -> tuple[Pin, ...] | None:
    """What is installed and asked for, by name; None where some of it will not do.

    Args:
        dependencies: what is asked for, by name.
        limits: to versions of projects, whoever asks for them.
        installed: what is there.
        target: where it is.
        with_dependencies: whether all that it needs is asked for as well.
    """
    walk = _Walk(installed, target, limits, with_dependencies=with_dependencies)
    asked = tuple(dependencies)
    if not all(walk.satisfies(each, by=None) for each in asked) or not walk.goes_on():
        return None
    requested = {each.project for each in asked}
    return tuple(
        Pin(
            chosen=met.distribution,
            metadata=met.distribution.metadata,
            extras=frozenset(met.extras),
            required_by=tuple(sorted(met.required_by)),
            requested=project in requested,
        )
        for project, met in sorted(walk.met.items())
    )


class _Met(Struct, kw_only=True):
    distribution: InstalledDistribution
    extras: set[NormalizedName]
    required_by: set[NormalizedName]


class _Walk:
    """From what is asked for to all that it needs, as long as it is there and will do."""

    def __init__(
        self,
        installed: InstalledDistributions,
        target: Target,
        limits: Iterable[Dependency],
        *,
        with_dependencies: bool,
    ) -> None:
        self._installed = installed
        self._python = target.python_version
        self._dependencies = Dependencies(target)
        self._with_dependencies = with_dependencies
        self._limits: dict[NormalizedName, list[Dependency]] = {}
        for limit in limits:
            self._limits.setdefault(limit.project, []).append(limit)
        self._waiting: list[tuple[_Met, Extras]] = []
        self._seen: set[tuple[NormalizedName, Extras]] = set()
        self.met: dict[NormalizedName, _Met] = {}

    def satisfies(self, needs: Dependency, *, by: NormalizedName | None) -> bool:
        """Whether what is installed will do for this."""
        met = self.met.get(needs.project)
        if met is None:
            found = self._first_met(needs.project)
            if found is None:
                return False
            met = found
        version = met.distribution.version
        if not needs.specifier.contains(version, prereleases=True):
            return False
        if by is not None and by != needs.project:
            met.required_by.add(by)
        if needs.extras and (needs.project, needs.extras) not in self._seen:
            self._seen.add((needs.project, needs.extras))
            met.extras |= needs.extras
            self._wait_for(met, needs.extras)
        return True

    def goes_on(self) -> bool:
        """Whether everything that was met has all it needs."""
        while self._waiting:
            met, extras = self._waiting.pop()
            metadata = met.distribution.metadata
            if extras:
                found = self._dependencies.of_extras(metadata, extras)
            else:
                found = self._dependencies.of(metadata)
            if not all(self.satisfies(each, by=metadata.name) for each in found):
                return False
        return True

    def _first_met(self, project: NormalizedName) -> _Met | None:
        """What is installed of a project, if it runs here and is within its limits."""
        distribution = self._installed.find(project)
        if distribution is None:
            return None
        python = distribution.metadata.requires_python
        if python is not None and not python.contains(self._python, prereleases=True):
            return None
        for limit in self._limits.get(project, ()):
            if not limit.specifier.contains(distribution.version, prereleases=True):
                return None
        met = self.met[project] = _Met(distribution=distribution, extras=set(), required_by=set())
        self._wait_for(met, _NO_EXTRAS)
        return met

    def _wait_for(self, met: _Met, extras: Extras) -> None:
        if self._with_dependencies:
            self._waiting.append((met, extras))
