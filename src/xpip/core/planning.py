"""A resolution and what is installed → what is to change. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from xpip.core.decisions import Candidate, Pin, Resolution
from xpip.core.facts import InstalledDistribution
from xpip.core.ports import InstalledDistributions


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One project that gets another distribution than it has."""

    pin: Pin
    candidate: Candidate
    replaces: InstalledDistribution | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a resolution changes in an environment, and what it leaves alone."""

    changes: tuple[Change, ...]
    kept: tuple[Pin, ...]


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
