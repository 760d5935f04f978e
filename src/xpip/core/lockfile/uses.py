"""Which parts of a project lead to each pin: itself, its extras, its dependency groups.

A walk over a resolution that is made for all of them together; chooses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.decisions import Pin, Resolution
from xpip.core.dependencies import Dependencies, Dependency


class UseKind(StrEnum):
    """What somebody who installs from a lock can ask for."""

    ALWAYS = "always"
    EXTRA = "extra"
    GROUP = "group"


class Use(Struct, frozen=True, kw_only=True, order=True):
    """A part of what is locked, that may be installed with or without the others.

    Attributes:
        name: of the extra, or of the dependency group; normalised.
    """

    kind: UseKind
    name: str = ""


ALWAYS = Use(kind=UseKind.ALWAYS)
Uses = frozenset[Use]
Node = tuple[NormalizedName, NormalizedName | None]
"""A project, without its extras or by one of them."""


def uses_of(
    resolution: Resolution, roots: Mapping[Use, Iterable[Dependency]]
) -> dict[NormalizedName, Uses]:
    """The uses that need each project of a resolution.

    Args:
        resolution: of all roots together.
        roots: what each use asks for itself.
    """
    graph = _Graph(resolution)
    found: dict[NormalizedName, Uses] = {}
    for use, dependencies in roots.items():
        for project in graph.reached(dependencies):
            found[project] = found.get(project, frozenset()) | {use}
    return found


def needed_by(pin: Pin, dependencies: Dependencies) -> frozenset[NormalizedName]:
    """The projects that a pin needs, by the extras that it is pinned with."""
    found = (*dependencies.of(pin.metadata), *dependencies.of_extras(pin.metadata, pin.extras))
    return frozenset(each.project for each in found)


class _Graph:
    """Who needs whom, extra by extra."""

    def __init__(self, resolution: Resolution) -> None:
        self._pins = {pin.project: pin for pin in resolution.pins}
        self._dependencies = Dependencies(resolution.target)

    def reached(self, roots: Iterable[Dependency]) -> frozenset[NormalizedName]:
        """Every project that these lead to."""
        seen: set[Node] = set()
        waiting = list(roots)
        while waiting:
            for node in _nodes(waiting.pop()):
                if node not in seen and node[0] in self._pins:
                    seen.add(node)
                    waiting.extend(self._needs(node))
        return frozenset(project for project, _ in seen)

    def _needs(self, node: Node) -> Iterable[Dependency]:
        project, extra = node
        metadata = self._pins[project].metadata
        if extra is None:
            return self._dependencies.of(metadata)
        return self._dependencies.of_extras(metadata, frozenset({extra}))


def _nodes(dependency: Dependency) -> tuple[Node, ...]:
    plain: Node = (dependency.project, None)
    return (plain, *((dependency.project, extra) for extra in sorted(dependency.extras)))
