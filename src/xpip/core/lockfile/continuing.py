"""What a lock that is there already says to the one that takes its place.

Its versions are wishes: they come first where they will do. Its origins are more than that
(semantics 7.6): a project that it took from one repository is not taken from a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.continuity import OriginChange, origin_changes
from xpip.core.decisions import Candidate, Pin
from xpip.core.discovery import Finding
from xpip.core.facts import CoreMetadata, InstalledDistribution, RecordedOrigin
from xpip.core.planning import Change
from xpip.core.policy import NameSet, Policy, Target


def preferences(
    old: Pylock, target: Target, *, upgrade: NameSet = NameSet()
) -> dict[NormalizedName, Version]:
    """The versions that a lock has for a machine, whatever extras and groups they are for.

    Args:
        old: the lock.
        target: the machine.
        upgrade: projects whose versions do not matter any more.
    """
    found: dict[NormalizedName, set[Version]] = {}
    for package in old.packages:
        if package.version and package.name not in upgrade and _is_for(package, old, target):
            found.setdefault(package.name, set()).add(package.version)
    return {name: versions.pop() for name, versions in found.items() if len(versions) == 1}


def _is_for(package: Package, old: Pylock, target: Target) -> bool:
    if package.marker is None:
        return True
    environment: dict[str, str | frozenset[str]] = {
        **target.environment,
        "extras": frozenset(old.extras or ()),
        "dependency_groups": frozenset(
            (*(old.dependency_groups or ()), *(old.default_groups or ()))
        ),
    }
    try:
        return package.marker.evaluate(environment, context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def changed_origins(
    old: Pylock, pins: Iterable[Pin], findings: Mapping[NormalizedName, Finding], policy: Policy
) -> tuple[OriginChange, ...]:
    """The pins that would come from a repository to which nothing links the lock's own.

    A direct reference, and an entry without an index, have an origin that is not known.
    """
    recorded: dict[NormalizedName, list[Package]] = {}
    for package in old.packages:
        recorded.setdefault(package.name, []).append(package)
    return tuple(
        change
        for pin in pins
        for change in _changed(pin, recorded.get(pin.project, []), findings, policy)
    )


def _changed(
    pin: Pin, packages: list[Package], findings: Mapping[NormalizedName, Finding], policy: Policy
) -> Iterator[OriginChange]:
    chosen = pin.chosen
    if not isinstance(chosen, Candidate) or not all(each.index for each in packages):
        return
    replaced = [
        Change(pin=pin, candidate=chosen, replaces=_as_installed(each)) for each in packages
    ]
    changes = origin_changes(replaced, findings, policy)
    # Where the lock has several, by machine, each is the project's as well as the others.
    if packages and len(changes) == len(packages):
        yield changes[0]


def _as_installed(package: Package) -> InstalledDistribution:
    version, index = package.version or Version("0"), package.index or ""
    return InstalledDistribution(
        project=package.name,
        version=version,
        metadata=CoreMetadata(name=package.name, version=version),
        location="",
        origin=RecordedOrigin(repository=index, page_url=f"{index.rstrip('/')}/{package.name}/"),
    )
