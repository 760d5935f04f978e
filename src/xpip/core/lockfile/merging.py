"""The resolutions of one or several machines → one lock (PEP 751).

What several machines have in common is written once; what differs, with the marker that tells
them apart. Equal inputs give an equal lock, whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from packaging.markers import Marker
from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate, Resolution
from xpip.core.dependencies import Dependencies
from xpip.core.discovery import Finding
from xpip.core.lockfile.conditions import Conditions, environment_marker
from xpip.core.lockfile.entries import Known, direct, indexed
from xpip.core.lockfile.uses import ALWAYS, Use, UseKind, Uses, needed_by
from xpip.core.policy import RepositoryMap

_VERSION = Version("1.0")
_SCHEMA = 1


class Machine(Struct, frozen=True, kw_only=True):
    """What was resolved for one machine.

    Attributes:
        uses: what needs each project.
    """

    resolution: Resolution
    findings: Mapping[NormalizedName, Finding]
    uses: Mapping[NormalizedName, Uses]


class _Entry(Struct, kw_only=True):
    """A package, and the machines that it is for."""

    package: Package
    uses: dict[int, Uses] = field(default_factory=dict)


def merged(
    machines: Sequence[Machine],
    *,
    offered: Sequence[Use],
    known: Known,
    mapping: RepositoryMap | None,
) -> Pylock:
    """The lock of all machines.

    Args:
        machines: each different from the others to some marker.
        offered: the extras and groups that an installation may ask for.
        known: what entries say beyond the decisions.
        mapping: in force.

    Raises:
        XpipError: something of it may stand in no lock.
    """
    ordered = sorted(machines, key=lambda each: str(environment_marker(each.resolution.target)))
    return Pylock(
        lock_version=_VERSION,
        environments=[environment_marker(each.resolution.target) for each in ordered],
        extras=[NormalizedName(each) for each in _names(offered, UseKind.EXTRA)],
        dependency_groups=_names(offered, UseKind.GROUP),
        default_groups=[] if offered else None,
        created_by="xpip",
        packages=_Merging(ordered, known).packages(),
        tool={"xpip": _witness(mapping)},
    )


def _names(offered: Sequence[Use], kind: UseKind) -> list[str]:
    return sorted({use.name for use in offered if use.kind is kind})


def _witness(mapping: RepositoryMap | None) -> dict[str, object]:
    found: dict[str, object] = {"schema": _SCHEMA}
    if mapping is not None:
        found |= {"map": mapping.source.rpartition("/")[2], "map-digest": mapping.digest}
    return found


class _Merging:
    """The packages of several machines on their way into one list."""

    def __init__(self, machines: Sequence[Machine], known: Known) -> None:
        targets = [each.resolution.target for each in machines]
        self._conditions = Conditions(targets)
        self._dependencies = [Dependencies(target) for target in targets]
        self._pins = [{pin.project: pin for pin in each.resolution.pins} for each in machines]
        self._entries: dict[NormalizedName, list[_Entry]] = {}
        for number, machine in enumerate(machines):
            for package in _packages(machine, known):
                uses = machine.uses.get(package.name, frozenset({ALWAYS}))
                self._entry(package).uses[number] = uses

    def _entry(self, package: Package) -> _Entry:
        entries = self._entries.setdefault(package.name, [])
        for entry in entries:
            if entry.package == package:
                return entry
        entries.append(_Entry(package=package))
        return entries[-1]

    def packages(self) -> list[Package]:
        """All packages, by name, version and marker."""
        made = [
            self._complete(entry, needed)
            for entries in self._entries.values()
            for entry, needed in zip(entries, map(self._needed, entries), strict=True)
        ]
        return sorted(made, key=_order)

    def _complete(self, entry: _Entry, needed: Sequence[_Entry]) -> Package:
        package, marker = entry.package, self._conditions.marker(entry.uses)
        names = [self._reference(each) for each in needed]
        return _with(package, marker, sorted(names, key=lambda each: tuple(each.values())))

    def _needed(self, entry: _Entry) -> list[_Entry]:
        """The entries that this one needs, on any of its machines."""
        found: dict[int, _Entry] = {}
        for number in entry.uses:
            pin = self._pins[number][entry.package.name]
            for project in needed_by(pin, self._dependencies[number]):
                for each in self._entries.get(project, ()):
                    if number in each.uses:
                        found.setdefault(id(each), each)
        return list(found.values())

    def _reference(self, entry: _Entry) -> dict[str, str]:
        """As little of an entry as tells it from the others of its name (PEP 751)."""
        package = entry.package
        others = [each.package for each in self._entries[package.name] if each is not entry]
        found: dict[str, str] = {"name": package.name}
        if others and package.version is not None:
            found["version"] = str(package.version)
        if package.index and any(each.version == package.version for each in others):
            found["index"] = package.index
        return found


def _packages(machine: Machine, known: Known) -> Iterator[Package]:
    for pin in machine.resolution.pins:
        chosen = pin.chosen
        if isinstance(chosen, Candidate) and chosen.reference is not None:
            yield direct(pin, known)
        else:
            yield indexed(pin, machine.findings[pin.project], known)


def _with(package: Package, marker: Marker | None, needed: list[dict[str, str]]) -> Package:
    return Package(
        name=package.name,
        version=package.version,
        marker=marker,
        requires_python=package.requires_python,
        dependencies=needed or None,
        index=package.index,
        vcs=package.vcs,
        directory=package.directory,
        archive=package.archive,
        sdist=package.sdist,
        wheels=package.wheels,
        attestation_identities=package.attestation_identities,
        tool=package.tool,
    )


def _order(package: Package) -> tuple[str, Version, str]:
    return package.name, package.version or Version("0"), str(package.marker or "")
