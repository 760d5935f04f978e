"""resolvelib's search, which goes back to the cause of a dead end, and meets none twice.

resolvelib goes back to the last pin that needs any project which a conflict touches: among four
hundred projects that is nearly every pin. Here a dead end is explained by the pins that brought it
about. The last of them is given up, and remembered as impossible beside the others: conflict-
directed backjumping (Prosser, 1993) with learned nogoods. What is impossible beside no other pin is
so for the whole run.

That nothing is offered holds only until a requirement names a pre-release or pins a yanked file.
The first search takes it to hold, and notes that it did. A patient one settles all others before,
and blames all pins: each could have brought in somebody who names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from resolvelib import BaseReporter
from resolvelib.resolvers import Criterion, RequirementsConflicted, Resolution
from resolvelib.structs import build_iter_view

from xpip.core.resolution.preferences import Preference
from xpip.core.resolution.provider import Provider
from xpip.core.resolution.terms import AnyRequirement, Choice, Identifier, VersionRequirement

if TYPE_CHECKING:
    from resolvelib.structs import RequirementInformation

    Information = RequirementInformation[AnyRequirement, Choice]
    Demands = Criterion[AnyRequirement, Choice]

Pins = frozenset[Choice]

_MOST_REPAIRS = 50
"""How often a pin may give way to a later one; else two could do so for each other for ever."""

_MOST_CAUSES = 40
"""Requirements told of an impasse."""

_MOST_IN_VAIN = 100
"""How often to look for somebody who names what is withheld: each time may fetch one more file."""


class Solver(Resolution[AnyRequirement, Choice, Identifier]):
    """One search."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider, BaseReporter())
        self._optimistic_backjumping_ratio = 0.0  # No jump has to be taken back.
        self._choices = provider.choices
        self._preferences = provider.preferences
        self._nogoods: dict[Choice, list[Pins]] = {}
        self._why: dict[Choice, list[Information]] = {}
        self._culprits: set[Choice] = set()
        self._dead_end: list[Information] = []
        self._given_up: set[tuple[AnyRequirement, ...]] = set()
        self._conflicts: list[Information] = []
        self._in_vain = 0
        self._repairs: Counter[Identifier] = Counter()
        self._ranked: dict[Identifier, tuple[Demands, bool, Preference]] = {}
        self._satisfied: dict[Identifier, tuple[Demands, Choice, bool]] = {}

    def causes(self, found: Iterable[Information]) -> list[Information]:
        """The causes of an impasse, down to the requirements that cannot be met together."""
        causes: list[Information] = []
        seen: set[tuple[AnyRequirement, Choice | None]] = set()
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

    def gave_up(self) -> Iterator[tuple[AnyRequirement, ...]]:
        """All that nothing was found for, each time the requirements of one identifier."""
        yield from self._given_up

    # What resolvelib does in each round

    def _is_current_pin_satisfying(self, name: Identifier, criterion: Demands) -> bool:
        # Asked twice a round of every project; nearly always nothing has changed.
        pin = self._states[-1].mapping.get(name)
        if pin is None:
            return False
        known = self._satisfied.get(name)
        if known is not None and known[0] is criterion and known[1] is pin:
            return known[2]
        satisfied = all(each.requirement.admits(pin) for each in criterion.information)
        self._satisfied[name] = (criterion, pin, satisfied)
        return satisfied

    def _get_preference(self, name: Identifier) -> Preference:
        # Asked each round of every project that is open; hardly any has changed.
        criterion = self._states[-1].criteria[name]
        fails = self._preferences.keeps_failing(name)
        known = self._ranked.get(name)
        if known is None or known[0] is not criterion or known[1] is not fails:
            rank = self._preferences.rank(name, criterion.information)
            known = self._ranked[name] = (criterion, fails, rank)
        return known[2]

    def _attempt_to_pin_criterion(self, name: Identifier) -> list[Demands]:
        failed = self._attempt(name)
        if not (failed and self._choices.is_patient):
            return failed
        waiting = [each for each in self._open() if each != name]
        while failed and self._may_change(failed):
            if not waiting:
                self._in_vain += 1
                pins = self.state.mapping.values()
                self._culprits = set(pins) if self._in_vain < _MOST_IN_VAIN else set()
                return failed
            failed = self._attempt(waiting.pop(0))
        return failed

    def _open(self) -> list[Identifier]:
        criteria = self.state.criteria.items()
        return [name for name, each in criteria if not self._is_current_pin_satisfying(name, each)]

    def _may_change(self, failed: list[Demands]) -> bool:
        """Whether a requirement that nobody has made yet could bring in more to choose from."""
        return any(any(self._choices.withheld(_demands(each.information))) for each in failed)

    def _offered(self, criterion: Demands) -> Iterator[Choice]:
        demands = _demands(criterion.information)
        yield from self._choices.matches(demands)()
        base = self.state.criteria.get(self._choices.base_of(demands))
        if self._choices.is_patient and base and base is not criterion:
            # Who names a pre-release of a project names it for its extras, too.
            named = [
                each for each in _demands(base.information) if isinstance(each, VersionRequirement)
            ]
            own = frozenset(self._choices.matches(demands)())
            for choice in self._choices.matches([*demands, *named])():
                if choice not in own:
                    yield choice

    def _attempt(self, name: Identifier) -> list[Demands]:
        criterion = self.state.criteria[name]
        self._dead_end = list(criterion.information)
        self._conflicts = []
        self._culprits = set(_parents(criterion.information))
        # Its own list may be from before some of it turned out to be impossible.
        for choice in self._offered(criterion):
            reason = self._known_reason(choice)
            if reason is None:
                reason = self._pin(name, choice)
                if reason is None:
                    return []
            self._culprits |= reason
        self._given_up.add(_demands(criterion.information))
        return [criterion]

    def _pin(self, name: Identifier, choice: Choice) -> Pins | None:
        """Pin it, unless other pins rule it out: these."""
        try:
            criteria = self._get_updated_criteria(choice)
        except RequirementsConflicted as conflict:
            return self._learn_from(conflict.criterion, choice)
        against_itself = [
            each
            for each in criteria[name].information
            if each.parent is choice and not each.requirement.admits(choice)
        ]
        if against_itself:
            return self._learn(choice, frozenset(), against_itself)
        reason = self._too_often_repaired(criteria)
        if reason is None:
            left = [each for each in criteria if each not in self.state.criteria]
            self.state.criteria.update(criteria)
            # What is pinned last comes last.
            self.state.mapping.pop(name, None)
            self.state.mapping[name] = choice
            # resolvelib forgets what a pin needed that gives way; and not, where nothing had been
            # asked of that pin any more.
            broken = [each for each in left if self._is_broken(each)]
            self._remove_information_from_criteria(self.state.criteria, broken)
        return reason

    def _is_broken(self, name: Identifier) -> bool:
        is_pinned = name in self.state.mapping
        return is_pinned and not self._is_current_pin_satisfying(name, self.state.criteria[name])

    def _extract_causes(self, criteron: list[Demands]) -> list[Information]:
        return self._dead_end + self._conflicts

    def _backjump(self, causes: list[Information]) -> bool:
        """Give up the pin that was made last of those to blame."""
        if not self._culprits:
            return False
        place = {pin: number for number, pin in enumerate(self.state.mapping.values())}
        last = max(self._culprits, key=lambda pin: place[pin])
        self._learn(last, frozenset(self._culprits - {last}), self._dead_end)
        while self.state.mapping.get(last.identifier) is last:
            self._states.pop()
        self._push_new_state()
        return True

    def _remove_information_from_criteria(
        self,
        criteria: dict[Identifier, Demands],
        parents: Collection[Identifier],
    ) -> None:
        """Forget what pins needed that have given way, and what was left out for their sake."""
        if not parents:
            return
        self._repairs.update(parents)
        for name, criterion in tuple(criteria.items()):
            kept = [
                each
                for each in criterion.information
                if each.parent is None or each.parent.identifier not in parents
            ]
            if len(kept) == len(criterion.information):
                continue
            del criteria[name]
            if kept:
                found = self._choices.matches([each.requirement for each in kept])
                criteria[name] = Criterion(build_iter_view(found), kept, [])

    # Why a choice is passed over

    def _known_reason(self, choice: Choice) -> Pins | None:
        """Pins that are known to rule it out."""
        pins = self.state.mapping
        for reason in self._nogoods.get(choice, ()):
            if all(pins.get(pin.identifier) is pin for pin in reason):
                return reason
        if choice.extras:
            # The distribution that it extends may be out of range: that needs no metadata.
            base = self.state.criteria.get(choice.chosen.project)
            for each in base.information if base else ():
                if not each.requirement.admits(choice):
                    return self._learn(choice, frozenset(_parents([each])), [each])
        return None

    def _learn_from(self, criterion: Demands, choice: Choice) -> Pins:
        """As few pins as needed that leave nothing of what a choice needs."""
        own = [i for i in criterion.information if i.parent is choice or i.parent is None]
        others = [i for i in criterion.information if i.parent is not choice and i.parent]
        explained: list[Information] = own + others
        if self._choices.is_hopeless([each.requirement for each in own]):
            explained = own
        else:
            for other in others:
                if self._choices.is_hopeless([e.requirement for e in (*own, other)]):
                    explained = [*own, other]
                    break
        self._conflicts += explained
        self._given_up.add(_demands(explained))
        parents = frozenset(_parents(explained)) - {choice}
        return self._learn(choice, parents, explained)

    def _learn(self, choice: Choice, reason: Pins, why: list[Information]) -> Pins:
        if reason:
            self._nogoods.setdefault(choice, []).append(reason)
            self._why.setdefault(choice, why)
        else:
            self._nogoods[choice] = [reason]
            self._why[choice] = why
            self._choices.rule_out(choice)
        return reason

    def _too_often_repaired(self, criteria: dict[Identifier, Demands]) -> Pins | None:
        """A pin that has given way often enough, and would have to once more."""
        if not self._repairs or max(self._repairs.values()) < _MOST_REPAIRS:
            return None
        for name, times in self._repairs.items():
            pin = self.state.mapping.get(name)
            if times < _MOST_REPAIRS or pin is None or name not in self.state.criteria:
                continue
            if not self._is_current_pin_satisfying(name, self.state.criteria[name]):
                continue
            if not all(each.requirement.admits(pin) for each in criteria[name].information):
                return frozenset([pin])
        return None


def _demands(causes: Iterable[Information]) -> tuple[AnyRequirement, ...]:
    return tuple(each.requirement for each in causes)


def _parents(causes: Iterable[Information]) -> Iterator[Choice]:
    return (each.parent for each in causes if each.parent is not None)
