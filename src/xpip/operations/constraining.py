"""Constraints as they are written down → limits to versions."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.declarations import DeclaredRequirement
from xpip.core.direct_requests import DirectRequest
from xpip.core.resolution import Constraint
from xpip.errors import Reason, UsageError


def constraints_of(declared: Iterable[DeclaredRequirement]) -> dict[NormalizedName, Constraint]:
    """Limits to versions, of each project.

    Raises:
        UsageError: one of them names more than a project and its versions.
    """
    constraints: dict[NormalizedName, Constraint] = {}
    for each in declared:
        _constrain(constraints, each)
    return constraints


def _constrain(
    constraints: dict[NormalizedName, Constraint], declared: DeclaredRequirement
) -> None:
    wanted = declared.wanted
    if isinstance(wanted, DirectRequest):
        raise _bad_constraint(declared, "names a place; it may limit versions")
    if wanted.extras:
        raise _bad_constraint(declared, "names extras; it may limit versions")
    project = canonicalize_name(wanted.name)
    known = constraints.get(project, Constraint(specifier=SpecifierSet()))
    constraints[project] = Constraint(
        specifier=known.specifier & wanted.specifier,
        declared_at=(*known.declared_at, str(declared.declared_at)),
    )


def _bad_constraint(declared: DeclaredRequirement, problem: str) -> UsageError:
    return UsageError(
        f"A constraint {problem}",
        reference=Reason.REQUIREMENTS_INVALID,
        context=[f"{declared.declared_at}: {declared.wanted}"],
    )
