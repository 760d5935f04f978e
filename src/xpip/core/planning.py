"""A resolution and what is installed → what is to change. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.decisions import Candidate, Pin, Resolution
from xpip.core.facts import InstalledDistribution
from xpip.core.policy import Target

if TYPE_CHECKING:
    from packaging.version import Version

    from xpip.core.dependencies import Dependency
    from xpip.core.ports import InstalledDistributions


class Change(Struct, frozen=True, kw_only=True):
    """One project that gets another distribution than it has."""

    pin: Pin
    candidate: Candidate
    replaces: InstalledDistribution | None


class Breakage(Struct, frozen=True, kw_only=True):
    """A requirement of an installed distribution that a change leaves unmet."""

    distribution: InstalledDistribution
    needs: Dependency
    gets: Version


class Plan(Struct, frozen=True, kw_only=True):
    """What a resolution changes in an environment, and what it leaves alone.

    Attributes:
        removals: distributions that go, with nothing in their place.
    """

    changes: tuple[Change, ...]
    kept: tuple[Pin, ...]
    removals: tuple[InstalledDistribution, ...] = ()


def plan(resolution: Resolution, installed: InstalledDistributions) -> Plan:
    """What has to be done for the resolution to hold."""
    changes: list[Change] = []
    kept: list[Pin] = []
    for pin in resolution.pins:
        if isinstance(pin.chosen, Candidate):
            replaces = installed.find(pin.project)
            changes.append(Change(pin=pin, candidate=pin.chosen, replaces=replaces))
        else:
            kept.append(pin)
    return Plan(changes=tuple(changes), kept=tuple(kept))


def breakages(
    planned: Plan, installed: Iterable[InstalledDistribution], target: Target
) -> tuple[Breakage, ...]:
    """What the plan breaks of distributions that nobody asked about.

    The resolution is of what was asked for and what that needs; others may need it otherwise.
    """
    new = {change.pin.project: change.pin.version for change in planned.changes if change.replaces}
    if not new:
        return ()
    from xpip.core.dependencies import Dependencies

    dependencies = Dependencies(target)
    return tuple(
        Breakage(distribution=distribution, needs=needs, gets=new[needs.project])
        for distribution in installed
        if distribution.project not in new
        for needs in dependencies.of(distribution.metadata)
        if needs.project in new
        and not needs.specifier.contains(new[needs.project], prereleases=True)
    )
