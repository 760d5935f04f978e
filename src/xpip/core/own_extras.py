"""Extras of a project that name others of its own: `all = ["mine[web,docs]"]`.

A project that is not published asks nobody for its own name: whoever has that on a repository may
be a stranger. Such a requirement means what the extras that it names ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace
from packaging.markers import Marker
from packaging.requirements import Requirement

from xpip.core.declarations import DeclaredRequirement
from xpip.core.direct_requests import DirectRequest
from xpip.core.names import NormalizedName, canonicalize_name

Extras = Mapping[NormalizedName, tuple[DeclaredRequirement, ...]]


class BadReference(ValueError):
    """What an extra may not ask of its own project."""

    def __init__(self, problem: str, declared: DeclaredRequirement) -> None:
        super().__init__(problem)
        self.declared = declared


def expanded(project: NormalizedName, extras: Extras) -> Extras:
    """The extras, each with all that the others it names ask for.

    Raises:
        BadReference: an extra is named that is not there, or a version of the project.
    """
    return {extra: tuple(_needs(project, extra, extras)) for extra in extras}


def _needs(
    project: NormalizedName, extra: NormalizedName, extras: Extras
) -> Iterator[DeclaredRequirement]:
    waiting: list[tuple[NormalizedName, Marker | None]] = [(extra, None)]
    # What names itself, by whatever way round, adds nothing to itself.
    seen = {(extra, "")}
    while waiting:
        name, condition = waiting.pop(0)
        for each in extras[name]:
            limited = _limited(each, condition)
            wanted = limited.wanted
            if isinstance(wanted, DirectRequest) or canonicalize_name(wanted.name) != project:
                yield limited
                continue
            for other in _named(wanted, each, extras):
                if (other, str(wanted.marker or "")) not in seen:
                    seen.add((other, str(wanted.marker or "")))
                    waiting.append((other, wanted.marker))


def _named(
    wanted: Requirement, declared: DeclaredRequirement, extras: Extras
) -> list[NormalizedName]:
    names = sorted(map(canonicalize_name, wanted.extras))
    unknown = [name for name in names if name not in extras]
    if unknown:
        raise BadReference(f"the project has no extra {unknown[0]}", declared)
    if wanted.specifier:
        raise BadReference("the project asks for a version of itself", declared)
    return names


def _limited(declared: DeclaredRequirement, marker: Marker | None) -> DeclaredRequirement:
    if marker is None:
        return declared
    both = marker if declared.marker is None else declared.marker & marker
    if isinstance(declared.wanted, DirectRequest):
        return replace(declared, wanted=replace(declared.wanted, marker=both))
    limited = Requirement(str(declared.wanted))
    limited.marker = both
    return replace(declared, wanted=limited)
