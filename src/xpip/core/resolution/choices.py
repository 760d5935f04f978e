"""What may be chosen for each set of requirements, the same object whoever asks.

Remembers which choices have turned out to be impossible; does not know why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Extras
from xpip.core.facts import InstalledDistribution
from xpip.core.resolution.choosing import Chooser
from xpip.core.resolution.offers import Offers
from xpip.core.resolution.terms import (
    AnyRequirement,
    Choice,
    ExactRequirement,
    Identifier,
    VersionRequirement,
    identifier_of,
)

_NOTHING = Offers(iter(()))


class Choices:
    """Makes each choice once, and offers those that nothing rules out."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self._offers: dict[tuple[object, ...], Offers] = {}
        self._impossible: set[Choice] = set()
        self._made: dict[tuple[int, Extras], Choice] = {}

    def of(self, chosen: Candidate | InstalledDistribution, extras: Extras) -> Choice:
        """The one choice of a distribution with these extras."""
        key = (id(chosen), extras)
        if key not in self._made:
            self._made[key] = Choice(
                identifier=identifier_of(chosen.project, extras),
                version=chosen.version,
                chosen=chosen,
                extras=extras,
            )
        return self._made[key]

    def matches(self, demands: Sequence[AnyRequirement]) -> Callable[[], Iterator[Choice]]:
        """The choices that satisfy these requirements of one identifier, best first."""
        offers = self._offers_for(demands)
        return lambda: offers.without(self._impossible)

    def is_hopeless(self, demands: Sequence[AnyRequirement]) -> bool:
        """Whether nothing satisfies these requirements of one identifier."""
        return next(self.matches(demands)(), None) is None

    def best(self, demand: AnyRequirement) -> Choice | None:
        """What satisfies a requirement best, impossible or not."""
        return self._offers_for([demand]).best

    def rule_out(self, choice: Choice) -> None:
        """A choice is no part of any solution: it is offered no more."""
        self._impossible.add(choice)

    def base_of(self, choice: Choice) -> Identifier:
        """Identifier of the distribution that a choice with extras extends."""
        return identifier_of(choice.chosen.project, frozenset())

    def _offers_for(self, demands: Sequence[AnyRequirement]) -> Offers:
        exact, versions = [], {}
        for demand in demands:
            if isinstance(demand, VersionRequirement):
                versions[demand.specifier] = demand.dependency.specifier
            elif isinstance(demand, ExactRequirement):
                exact.append(demand.choice)
            else:
                return _NOTHING
        project, extras = _parts(demands)
        key = (project, extras, frozenset(versions), frozenset(id(each.chosen) for each in exact))
        if key not in self._offers:
            found = self._chooser.offers(project, _combined(versions.values()), exact)
            self._offers[key] = Offers(self.of(chosen, extras) for chosen in found)
        return self._offers[key]


def _parts(demands: Sequence[AnyRequirement]) -> tuple[NormalizedName, Extras]:
    for demand in demands:
        if isinstance(demand, VersionRequirement):
            return demand.dependency.project, demand.dependency.extras
        if isinstance(demand, ExactRequirement):
            return demand.choice.chosen.project, demand.choice.extras
    raise AssertionError("an identifier without a project")  # pragma: no cover


def _combined(specifiers: Iterable[SpecifierSet]) -> SpecifierSet:
    combined = SpecifierSet()
    for specifier in specifiers:
        combined &= specifier
    return combined
