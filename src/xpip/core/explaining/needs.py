"""Who needs a project, and which versions they let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.utils import NormalizedName

from xpip.core.decisions import Pin
from xpip.core.dependencies import Dependencies, Dependency
from xpip.core.explaining.explanation import Demand
from xpip.core.policy import Target
from xpip.core.resolution import Request


def all_demands(
    request: Request, pins: Sequence[Pin], target: Target
) -> Iterator[tuple[NormalizedName, Demand]]:
    """Every requirement of a run: the user's own, those of the solution, and constraints."""
    for each in request.dependencies:
        yield each.project, _demand(each, None)
    dependencies = Dependencies(target)
    for pin in pins:
        for each in (
            *dependencies.of(pin.metadata),
            *dependencies.of_extras(pin.metadata, pin.extras),
        ):
            yield each.project, _demand(each, f"{pin.project} {pin.version}")
    for project, limit in request.constraints.items():
        by = f"you, at {', '.join(limit.declared_at)}"
        yield project, _demand(Dependency(project=project, specifier=limit.specifier), by)


def _demand(dependency: Dependency, by: str | None) -> Demand:
    extras = f"[{','.join(sorted(dependency.extras))}]" if dependency.extras else ""
    requirement = f"{dependency.project}{extras}{dependency.specifier}"
    return Demand(requirement=requirement, specifier=dependency.specifier, by=by)


def path_to(
    project: NormalizedName, pins: Mapping[NormalizedName, Pin]
) -> tuple[NormalizedName, ...]:
    """The shortest way from a project that the user named down to this one."""
    ways: list[tuple[NormalizedName, ...]] = [(project,)]
    seen = {project}
    while ways:
        way = ways.pop(0)
        pin = pins.get(way[0])
        if pin is None:
            return ()
        if pin.requested:
            return way
        for parent in pin.required_by:
            if parent not in seen:
                seen.add(parent)
                ways.append((parent, *way))
    return ()
