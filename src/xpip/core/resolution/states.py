"""Where a search stands: what is asked of each identifier, what is pinned, what is not settled.

A search goes through thousands of states that differ in a few identifiers. A state is copied as a
whole, which is cheap, and what a pin changes is all that is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from xpip.core.resolution.terms import AnyRequirement, Choice, Identifier


class Information(NamedTuple):
    """A requirement, and the choice that makes it; None for the user."""

    requirement: AnyRequirement
    parent: Choice | None


Demands = tuple[Information, ...]
"""All that is asked of one identifier."""


class State:
    """One state of a search.

    Attributes:
        demands: what is asked of each identifier that was met.
        pins: what is chosen, the latest last.
        unsettled: identifiers without a pin that satisfies what is asked; in no order.
        causes: what could not be met together when the search last went back.
    """

    __slots__ = ("causes", "demands", "pins", "unsettled")

    def __init__(
        self,
        demands: dict[Identifier, Demands],
        pins: dict[Identifier, Choice],
        unsettled: set[Identifier],
        causes: Demands = (),
    ) -> None:
        self.demands = demands
        self.pins = pins
        self.unsettled = unsettled
        self.causes = causes

    def copy(self) -> State:
        """The same, to be changed."""
        return State(self.demands.copy(), self.pins.copy(), self.unsettled.copy(), self.causes)

    def has_settled(self, identifier: Identifier) -> bool:
        """Whether something is asked of it, and its pin satisfies that."""
        return identifier in self.demands and identifier not in self.unsettled

    def pin(self, choice: Choice, changed: Mapping[Identifier, Demands]) -> set[Identifier]:
        """Pin a choice, last of all, and with it what it changes.

        Returns:
            The identifiers whose pins were settled before, and have to give way.
        """
        # Those count of which nothing was asked any more: what they need still is.
        standing = [each for each in changed if each in self.pins and each not in self.unsettled]
        self.pins.pop(choice.identifier, None)
        self.pins[choice.identifier] = choice
        self.demands.update(changed)
        self._settle((*changed, choice.identifier))
        return {each for each in standing if each in self.unsettled}

    def replace(self, demands: Mapping[Identifier, Demands]) -> None:
        """Ask this of these identifiers from now on; nothing at all where there is nothing."""
        for identifier, left in demands.items():
            if left:
                self.demands[identifier] = left
            else:
                del self.demands[identifier]
        self._settle(demands)

    def _settle(self, identifiers: Iterable[Identifier]) -> None:
        for each in identifiers:
            demands, pin = self.demands.get(each), self.pins.get(each)
            if demands is None or (pin is not None and admits(demands, pin)):
                self.unsettled.discard(each)
            else:
                self.unsettled.add(each)


def admits(demands: Demands, choice: Choice) -> bool:
    """Whether a choice satisfies all of these."""
    return all(each.requirement.admits(choice) for each in demands)


def requirements_of(demands: Iterable[Information]) -> tuple[AnyRequirement, ...]:
    """What is asked, whoever asks it."""
    return tuple(each.requirement for each in demands)


def parents_of(demands: Iterable[Information]) -> Iterator[Choice]:
    """Who asks, but for the user."""
    return (each.parent for each in demands if each.parent is not None)
