"""The nouns that resolvelib works with: identifiers, requirements, and choices.

resolvelib calls a way to settle an identifier a candidate; here it is a `Choice`, because a
`Candidate` is a file, and what is installed or the interpreter itself can be chosen as well.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Dependency, Extras
from xpip.core.facts import InstalledDistribution
from xpip.core.values import Abridged

Identifier = str

PYTHON: Identifier = "<Python>"
"""The interpreter, as if it were a project; there is none that a requirement here asks for."""


def identifier_of(project: NormalizedName, extras: Extras) -> Identifier:
    """`name`, or `name[extra,…]`, which is resolved beside its base and installs nothing."""
    return f"{project}[{','.join(sorted(extras))}]" if extras else project


class Choice(Struct, frozen=True, kw_only=True, eq=False):
    """One way to settle an identifier. Compared by identity; the provider makes each once."""

    identifier: Identifier
    version: Version
    chosen: Candidate | InstalledDistribution
    extras: Extras = frozenset()

    def __str__(self) -> str:
        return f"{self.identifier} {self.version}"


# How a specifier limits versions; plain numbers, because they are joined often.
LIMITED, BOUNDED_ABOVE, PINNED = 1, 2, 4

_TIGHTNESS = {
    "==": PINNED,
    "===": PINNED,
    "<": BOUNDED_ABOVE,
    "<=": BOUNDED_ABOVE,
    "~=": BOUNDED_ABOVE,
}


class VersionRequirement(Abridged, frozen=True, eq=False):
    """A project, with extras, within a range of versions."""

    unshown: ClassVar = ("_admitted",)

    dependency: Dependency
    identifier: Identifier
    specifier: str
    """As text."""
    tightness: int
    """Which limits its clauses set, joined: what preferences look at."""
    _admitted: dict[Choice, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, dependency: Dependency) -> VersionRequirement:
        """The requirement that a dependency makes."""
        return cls(
            dependency,
            identifier_of(dependency.project, dependency.extras),
            str(dependency.specifier),
            _tightness_of(dependency.specifier),
        )

    def admits(self, choice: Choice) -> bool:
        """Whether the choice's version is in range.

        Pre-releases pass: which of them are offered at all was decided by the selection.
        """
        admitted = self._admitted.get(choice)
        if admitted is None:
            admitted = self.dependency.specifier.contains(choice.version, prereleases=True)
            self._admitted[choice] = admitted
        return admitted

    def __str__(self) -> str:
        return f"{self.identifier} {self.specifier}".strip()


def _tightness_of(specifier: SpecifierSet) -> int:
    tightness = 0
    for clause in specifier:
        tightness |= LIMITED
        if clause.version.endswith(".*"):
            tightness |= BOUNDED_ABOVE if clause.operator == "==" else 0
        else:
            tightness |= _TIGHTNESS.get(clause.operator, 0)
    return tightness


class PythonRequirement(Struct, frozen=True, eq=False):
    """Requires-Python of a distribution, where the interpreter does not meet it."""

    specifier: SpecifierSet
    identifier: Identifier = PYTHON

    def admits(self, choice: Choice) -> bool:
        """Never."""
        return False

    def __str__(self) -> str:
        return f"Python {self.specifier}"


class ExactRequirement(Struct, frozen=True, eq=False):
    """The base distribution that `name[extra]` extends: that very choice."""

    choice: Choice

    @property
    def identifier(self) -> Identifier:
        """The base's identifier."""
        return self.choice.identifier

    def admits(self, choice: Choice) -> bool:
        """Whether it is the same distribution."""
        return choice.chosen is self.choice.chosen

    def __str__(self) -> str:
        chosen = self.choice.chosen
        if isinstance(chosen, Candidate) and chosen.reference is not None:
            return str(replace(chosen.reference, project=chosen.project))
        return f"{self.choice.identifier} =={self.choice.version}"


class UnusableRequirement(Struct, frozen=True, eq=False):
    """Stands for a distribution's unreadable metadata: nothing can satisfy it."""

    detail: str
    identifier: Identifier = "<usable metadata>"

    def admits(self, choice: Choice) -> bool:
        """Never."""
        return False

    def __str__(self) -> str:
        return self.detail


AnyRequirement = VersionRequirement | PythonRequirement | ExactRequirement | UnusableRequirement
