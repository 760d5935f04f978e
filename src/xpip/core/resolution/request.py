"""What the user asks to be resolved."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependency
from xpip.core.policy import NameSet


class Constraint(Struct, frozen=True, kw_only=True):
    """A limit to a project's versions that asks for nothing.

    Attributes:
        declared_at: every place that says so.
    """

    specifier: SpecifierSet
    declared_at: tuple[str, ...] = ()


class Request(Struct, frozen=True, kw_only=True):
    """The projects wanted, and how what is installed already is treated.

    Attributes:
        constraints: limits to the versions of projects, whoever asks for them.
        direct: projects that the user takes from a place, and not by name.
        direct_allowed: projects that others' metadata may take from a place.
        upgrade: projects for which a newer version beats the installed one.
        reinstall: whether nothing installed counts.
        no_dependencies: whether only the projects named are wanted.
        preferred: versions, such as a lock's, that come before newer ones where they will do.
    """

    dependencies: tuple[Dependency, ...]
    constraints: Mapping[NormalizedName, Constraint] = field(default_factory=dict)
    direct: Mapping[NormalizedName, Candidate] = field(default_factory=dict)
    direct_allowed: NameSet = NameSet()
    upgrade: NameSet = NameSet()
    reinstall: bool = False
    no_dependencies: bool = False
    preferred: Mapping[NormalizedName, Version] = field(default_factory=dict)

    def constrained(self, dependency: Dependency) -> Dependency:
        """The dependency, within the limits that hold for its project."""
        constraint = self.constraints.get(dependency.project)
        if constraint is None:
            return dependency
        return replace(dependency, specifier=dependency.specifier & constraint.specifier)
