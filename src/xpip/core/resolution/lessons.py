"""What dead ends teach a search: which choice is impossible beside which pins, and why.

A reason is a set of pins; an empty one holds for the whole run.
"""

from __future__ import annotations

from collections.abc import Iterator

from xpip.core.resolution.choices import Choices
from xpip.core.resolution.states import Demands, Information, State, parents_of, requirements_of
from xpip.core.resolution.terms import AnyRequirement, Choice

Pins = frozenset[Choice]

_MOST_CAUSES = 40
"""Requirements told of an impasse."""


class Lessons:
    """What one search has learned."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._reasons: dict[Choice, list[Pins]] = {}
        self._why: dict[Choice, Demands] = {}
        self._given_up: set[tuple[AnyRequirement, ...]] = set()

    def reason_against(self, choice: Choice, state: State) -> Pins | None:
        """Pins that are known to rule it out."""
        for reason in self._reasons.get(choice, ()):
            if all(state.pins.get(pin.identifier) is pin for pin in reason):
                return reason
        if choice.extras:
            # The distribution that it extends may be out of range: that needs no metadata.
            for each in state.demands.get(choice.chosen.project, ()):
                if not each.requirement.admits(choice):
                    return self.learn(choice, frozenset(parents_of([each])), (each,))
        return None

    def explained(self, conflict: Demands, choice: Choice) -> Demands:
        """As few of these as needed that leave nothing of what a choice needs."""
        own = tuple(i for i in conflict if i.parent is choice or i.parent is None)
        others = tuple(i for i in conflict if i.parent is not choice and i.parent)
        if self._choices.is_hopeless(requirements_of(own)):
            return own
        for other in others:
            if self._choices.is_hopeless(requirements_of((*own, other))):
                return (*own, other)
        return own + others

    def learn(self, choice: Choice, reason: Pins, why: Demands) -> Pins:
        """The choice is impossible beside these pins."""
        if reason:
            self._reasons.setdefault(choice, []).append(reason)
            self._why.setdefault(choice, why)
        else:
            self._reasons[choice] = [reason]
            self._why[choice] = why
            self._choices.rule_out(choice)
        return reason

    def give_up(self, demands: Demands) -> None:
        """Nothing was found for these, which are all of one identifier."""
        self._given_up.add(requirements_of(demands))

    @property
    def given_up(self) -> Iterator[tuple[AnyRequirement, ...]]:
        """All that nothing was found for, each time the requirements of one identifier."""
        yield from self._given_up

    def causes_of(self, found: Demands) -> list[Information]:
        """The causes of an impasse, down to the requirements that cannot be met together."""
        causes: list[Information] = []
        seen: set[Information] = set()
        waiting = list(found)
        while waiting and len(causes) < _MOST_CAUSES:
            cause = waiting.pop(0)
            if cause in seen:
                continue
            seen.add(cause)
            best = self._choices.best(cause.requirement)
            why = self._why.get(best) if best else None
            # That the user asks for a project is no cause where its releases have one.
            if why is None or cause.parent is not None:
                causes.append(cause)
            waiting += why or ()
        return causes
