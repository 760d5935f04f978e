"""Does what is installed have all it needs? Requirements against distributions; asks nobody.

Extras count where an installed distribution asks for them: what only the user asked for with
an extra is not recorded anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from xpip.core.dependencies import Dependencies, Dependency, Extras
from xpip.core.facts import InstalledDistribution
from xpip.core.names import NormalizedName
from xpip.core.policy import Target


class Unmet(Struct, frozen=True, kw_only=True):
    """A requirement that holds on the target, and that nothing installed satisfies."""

    distribution: InstalledDistribution
    needs: Dependency
    found: InstalledDistribution | None
    """What has the name, in a version that will not do."""

    @property
    def requirement(self) -> str:
        """The requirement, as one would write it."""
        return shown_dependency(self.needs)


def unmet(installed: Iterable[InstalledDistribution], target: Target) -> tuple[Unmet, ...]:
    """Every requirement that is broken or missing, in the order of the distributions."""
    known = _by_name(installed)
    return tuple(
        Unmet(distribution=distribution, needs=needs, found=known.get(needs.project))
        for distribution, needs in _needs(known, target)
        if not _satisfied(needs, known.get(needs.project))
    )


def left_without(
    removed: Iterable[InstalledDistribution],
    remaining: Iterable[InstalledDistribution],
    target: Target,
) -> tuple[Unmet, ...]:
    """What the remaining distributions need of those that go."""
    gone = {distribution.project for distribution in removed}
    return tuple(each for each in unmet(remaining, target) if each.needs.project in gone)


def required_by(
    installed: Iterable[InstalledDistribution], target: Target
) -> Mapping[NormalizedName, tuple[NormalizedName, ...]]:
    """For each project that others need, the names of these."""
    known = _by_name(installed)
    found: dict[NormalizedName, dict[NormalizedName, None]] = {}
    for distribution, needs in _needs(known, target):
        found.setdefault(needs.project, {})[distribution.project] = None
    return {project: tuple(sorted(names)) for project, names in found.items()}


def shown_dependency(needs: Dependency) -> str:
    """A dependency as a requirement, without its marker."""
    extras = f"[{','.join(sorted(needs.extras))}]" if needs.extras else ""
    return f"{needs.project}{extras}{needs.specifier}"


def _by_name(
    installed: Iterable[InstalledDistribution],
) -> dict[NormalizedName, InstalledDistribution]:
    known: dict[NormalizedName, InstalledDistribution] = {}
    for distribution in installed:
        known.setdefault(distribution.project, distribution)
    return known


def _needs(
    known: Mapping[NormalizedName, InstalledDistribution], target: Target
) -> Iterator[tuple[InstalledDistribution, Dependency]]:
    """Each distribution with each of its needs; those of extras once others ask for the extra."""
    dependencies = Dependencies(target)
    nothing: Extras = frozenset()
    seen: set[tuple[NormalizedName, Extras]] = set()
    waiting = [(distribution, nothing) for distribution in reversed(list(known.values()))]
    while waiting:
        distribution, extras = waiting.pop()
        metadata = distribution.metadata
        found = dependencies.of_extras(metadata, extras) if extras else dependencies.of(metadata)
        for needs in found:
            yield distribution, needs
            wanted = known.get(needs.project)
            if wanted and needs.extras and (needs.project, needs.extras) not in seen:
                seen.add((needs.project, needs.extras))
                waiting.append((wanted, needs.extras))


def _satisfied(needs: Dependency, found: InstalledDistribution | None) -> bool:
    # A direct reference is met by what is there: its version is not said (PEP 508).
    return found is not None and needs.specifier.contains(found.version, prereleases=True)
