"""What may be chosen for each set of requirements, the same object whoever asks.

Remembers which choices have turned out to be impossible; does not know why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.dependencies import Extras
from xpip.core.facts import InstalledDistribution
from xpip.core.resolution.choosing import Chooser, Chosen
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


class _Wanted(NamedTuple):
    project: NormalizedName
    extras: Extras
    specifier: SpecifierSet
    exact: Sequence[Choice]


Find = Callable[[_Wanted], Iterator[Chosen]]
Key = tuple[NormalizedName, Extras, frozenset[str], frozenset[int]]
"""What tells sets of requirements apart: project, extras, specifiers, exact distributions."""


class Choices:
    """Makes each choice once, and offers those that nothing rules out."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self._known: dict[frozenset[AnyRequirement], Offers] = {}
        self._offers: dict[Key, Offers] = {}
        self._in_range: dict[Key, Offers] = {}
        self._impossible: set[Choice] = set()
        self._spent: dict[tuple[NormalizedName, Extras], int] = {}
        self._made: dict[tuple[int, Extras], Choice] = {}
        self.is_patient = False

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

    def expected(self, demands: Sequence[AnyRequirement]) -> Callable[[], Iterator[Choice]]:
        """As `matches`; with patience, all that others may yet bring in, too."""
        if not self.is_patient:
            return self.matches(demands)
        offers = self._all_in_range(demands)
        return lambda: offers.without(self._impossible)

    def is_hopeless(self, demands: Sequence[AnyRequirement]) -> bool:
        """Whether nothing satisfies these requirements of one identifier."""
        return next(self.expected(demands)(), None) is None

    def withheld(self, demands: Sequence[AnyRequirement]) -> Iterator[Choice]:
        """What is in range and not offered, because no requirement admits it: not yet."""
        offered = frozenset(self.matches(demands)())
        in_range = self._all_in_range(demands).without(self._impossible)
        return (choice for choice in in_range if choice not in offered)

    def be_patient(self) -> None:
        """Forget what seemed impossible, and expect what somebody may yet bring in."""
        self.is_patient = True
        self._impossible.clear()
        self._spent.clear()
        self._known.clear()
        self._offers.clear()

    def best(self, demand: AnyRequirement) -> Choice | None:
        """What satisfies a requirement best, impossible or not."""
        return self._made_once({}, self._anything, [demand]).best

    def rule_out(self, choice: Choice) -> None:
        """A choice is no part of any solution: it is offered no more."""
        self._impossible.add(choice)
        place, options = self._chooser.release_of(choice.chosen)
        if options and all(self.of(each, choice.extras) in self._impossible for each in options):
            # Projects have thousands of releases, and each requirement asks for many of them.
            spent = (choice.chosen.project, choice.extras)
            self._spent[spent] = self._spent.get(spent, 0) | 1 << place

    def base_of(self, demands: Sequence[AnyRequirement]) -> Identifier:
        """Identifier of the distribution that these requirements of one identifier extend."""
        return identifier_of(_parts(demands)[0], frozenset())

    def _offers_for(self, demands: Sequence[AnyRequirement]) -> Offers:
        known = frozenset(demands)
        if known not in self._known:
            self._known[known] = self._made_once(self._offers, self._offered, demands)
        return self._known[known]

    def _offered(self, wanted: _Wanted) -> Iterator[Chosen]:
        spent = self._spent.get((wanted.project, wanted.extras), 0)
        return self._chooser.offers(wanted.project, wanted.specifier, wanted.exact, spent)

    def _anything(self, wanted: _Wanted) -> Iterator[Chosen]:
        return self._chooser.offers(wanted.project, wanted.specifier, wanted.exact)

    def _all_in_range(self, demands: Sequence[AnyRequirement]) -> Offers:
        return self._made_once(self._in_range, self._find_in_range, demands)

    def _find_in_range(self, wanted: _Wanted) -> Iterator[Chosen]:
        return self._chooser.in_range(wanted.project, wanted.specifier, wanted.exact)

    def _made_once(
        self, known: dict[Key, Offers], find: Find, demands: Sequence[AnyRequirement]
    ) -> Offers:
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
        if key not in known:
            wanted = _Wanted(project, extras, _combined(tuple(versions.values())), exact)
            known[key] = Offers(self.of(chosen, extras) for chosen in find(wanted))
        return known[key]


def _parts(demands: Sequence[AnyRequirement]) -> tuple[NormalizedName, Extras]:
    for demand in demands:
        if isinstance(demand, VersionRequirement):
            return demand.dependency.project, demand.dependency.extras
        if isinstance(demand, ExactRequirement):
            return demand.choice.chosen.project, demand.choice.extras
    raise AssertionError("an identifier without a project")  # pragma: no cover


def _combined(specifiers: Sequence[SpecifierSet]) -> SpecifierSet:
    if len(specifiers) == 1:
        return specifiers[0]
    combined = SpecifierSet()
    for specifier in specifiers:
        combined &= specifier
    return combined
