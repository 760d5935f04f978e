"""The search, which goes back to the cause of a dead end, and meets none twice.

In each round one identifier that is not settled gets a pin. To go back to the last pin that needs
any project which a conflict touches, as resolvers for Python do, is to go back to nearly every pin
where there are four hundred projects. Here a dead end is explained by the pins that brought it
about. The last of them is given up, and remembered as impossible beside the others: conflict-
directed backjumping (Prosser, 1993) with learned nogoods. What is impossible beside no other pin is
so for the whole run.

That nothing is offered holds only until a requirement names a pre-release or pins a yanked file.
The first search takes it to hold, and notes that it did. A patient one settles all others before,
and blames all pins: each could have brought in somebody who names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from xpip.core.resolution.lessons import Lessons, Pins
from xpip.core.resolution.preferences import Preference
from xpip.core.resolution.provider import Provider
from xpip.core.resolution.states import (
    Demands,
    Information,
    State,
    admits,
    parents_of,
    requirements_of,
)
from xpip.core.resolution.terms import AnyRequirement, Choice, Identifier, VersionRequirement

_MOST_REPAIRS = 50
"""How often a pin may give way to a later one; else two could do so for each other for ever."""

_MOST_IN_VAIN = 100
"""How often to look for somebody who names what is withheld: each time may fetch one more file."""


class NoAnswer(Exception):
    """There is none; never leaves `xpip.core.resolution`.

    Attributes:
        causes: what could not be met together at last.
    """

    def __init__(self, causes: Demands) -> None:
        super().__init__()
        self.causes = causes


class TooDeep(Exception):
    """None was found in time; never leaves `xpip.core.resolution`."""


class _Conflict(Exception):
    def __init__(self, demands: Demands) -> None:
        super().__init__()
        self.demands = demands


class Solver:
    """One search."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._choices = provider.choices
        self._preferences = provider.preferences
        self._states: list[State] = []
        self.lessons = Lessons(provider.choices)
        self._culprits: set[Choice] = set()
        self._dead_end: Demands = ()
        self._conflicts: list[Information] = []
        self._in_vain = 0
        self._repairs: Counter[Identifier] = Counter()
        self._ranked: dict[Identifier, tuple[Demands, bool, Preference]] = {}

    @property
    def state(self) -> State:
        """Where the search stands."""
        return self._states[-1]

    def resolve(self, roots: Iterable[AnyRequirement], *, max_rounds: int) -> State:
        """A state in which everything is settled.

        Raises:
            NoAnswer: there is none.
            TooDeep: it was not found in so many rounds.
        """
        self._begin(roots)
        for _ in range(max_rounds):
            if not self.state.unsettled:
                return self.state
            if self._attempt_to_pin(self._next()):
                self._states.append(self.state.copy())
                continue
            causes = (*self._dead_end, *self._conflicts)
            if not self._backjump():
                raise NoAnswer(causes)
            self.state.causes = causes
        raise TooDeep

    def _begin(self, roots: Iterable[AnyRequirement]) -> None:
        self._states = [State({}, {}, set())]
        demands: dict[Identifier, Demands] = {}
        try:
            for root in roots:
                self._ask(demands, root, None)
        except _Conflict as conflict:
            raise NoAnswer(conflict.demands) from None
        self.state.replace(demands)
        self._states.append(self.state.copy())

    # One round

    def _next(self) -> Identifier:
        """The identifier to be settled in this round."""
        state = self.state
        if len(state.unsettled) == 1:
            return next(iter(state.unsettled))
        worth = self._preferences.narrow(state.unsettled, state.pins, state.causes)
        return min(worth, key=self._rank)

    def _rank(self, name: Identifier) -> Preference:
        # Asked each round of every project that is open; hardly any has changed.
        demands = self.state.demands[name]
        fails = self._preferences.keeps_failing(name)
        known = self._ranked.get(name)
        if known is None or known[0] is not demands or known[1] is not fails:
            rank = self._preferences.rank(name, demands)
            known = self._ranked[name] = (demands, fails, rank)
        return known[2]

    def _attempt_to_pin(self, name: Identifier) -> bool:
        """Pin it; with patience another one, where that could help. Whether anything was pinned."""
        if self._attempt(name):
            return True
        if not self._choices.is_patient:
            return False
        failed = name
        waiting = [each for each in self._open() if each != name]
        while self._may_change(self.state.demands[failed]):
            if not waiting:
                self._in_vain += 1
                pins = self.state.pins.values()
                self._culprits = set(pins) if self._in_vain < _MOST_IN_VAIN else set()
                return False
            failed = waiting.pop(0)
            if self._attempt(failed):
                return True
        return False

    def _open(self) -> list[Identifier]:
        """What is not settled, in the order in which it was met."""
        return [name for name in self.state.demands if name in self.state.unsettled]

    def _may_change(self, demands: Demands) -> bool:
        """Whether a requirement that nobody has made yet could bring in more to choose from."""
        return any(self._choices.withheld(requirements_of(demands)))

    def _offered(self, demands: Demands) -> Iterator[Choice]:
        wanted = requirements_of(demands)
        yield from self._choices.matches(wanted)
        if not self._choices.is_patient:
            return
        base = self.state.demands.get(self._choices.base_of(wanted))
        if base and base is not demands:
            # Who names a pre-release of a project names it for its extras, too.
            named = [each for each in requirements_of(base) if isinstance(each, VersionRequirement)]
            own = frozenset(self._choices.matches(wanted))
            for choice in self._choices.matches([*wanted, *named]):
                if choice not in own:
                    yield choice

    def _attempt(self, name: Identifier) -> bool:
        demands = self.state.demands[name]
        self._dead_end = demands
        self._conflicts = []
        self._culprits = set(parents_of(demands))
        for choice in self._offered(demands):
            reason = self.lessons.reason_against(choice, self.state)
            if reason is None:
                reason = self._pin(choice)
                if reason is None:
                    return True
            self._culprits |= reason
        self.lessons.give_up(demands)
        return False

    def _pin(self, choice: Choice) -> Pins | None:
        """Pin it, unless other pins rule it out: these."""
        changed: dict[Identifier, Demands] = {}
        try:
            for requirement in self._provider.needs_of(choice):
                self._ask(changed, requirement, choice)
        except _Conflict as conflict:
            explained = self.lessons.explained(conflict.demands, choice)
            self._conflicts += explained
            self.lessons.give_up(explained)
            parents = frozenset(parents_of(explained)) - {choice}
            return self.lessons.learn(choice, parents, explained)
        against_itself = tuple(
            each
            for each in changed.get(choice.identifier, ())
            if each.parent is choice and not each.requirement.admits(choice)
        )
        if against_itself:
            return self.lessons.learn(choice, frozenset(), against_itself)
        reason = self._too_often_repaired(changed)
        if reason is None:
            self._give_way(self.state.pin(choice, changed))
        return reason

    def _ask(
        self, changed: dict[Identifier, Demands], requirement: AnyRequirement, parent: Choice | None
    ) -> None:
        """Ask this of its identifier as well, beside what has changed already."""
        name = requirement.identifier
        before = changed.get(name) or self.state.demands.get(name, ())
        demands = (*before, Information(requirement, parent))
        if self._choices.is_hopeless(requirements_of(demands)):
            raise _Conflict(demands)
        changed[name] = demands

    def _give_way(self, broken: set[Identifier]) -> None:
        """Forget what pins needed that have given way, and what was left out for their sake."""
        if not broken:
            return
        self._repairs.update(broken)
        left: dict[Identifier, Demands] = {}
        for name, demands in self.state.demands.items():
            kept = tuple(
                each
                for each in demands
                if each.parent is None or each.parent.identifier not in broken
            )
            if len(kept) != len(demands):
                left[name] = kept
        self.state.replace(left)

    def _backjump(self) -> bool:
        """Give up the pin that was made last of those to blame."""
        if not self._culprits:
            return False
        place = {pin: number for number, pin in enumerate(self.state.pins.values())}
        last = max(self._culprits, key=lambda pin: place[pin])
        self.lessons.learn(last, frozenset(self._culprits - {last}), self._dead_end)
        while self.state.pins.get(last.identifier) is last:
            self._states.pop()
        self._states.append(self.state.copy())
        return True

    def _too_often_repaired(self, changed: dict[Identifier, Demands]) -> Pins | None:
        """A pin that has given way often enough, and would have to once more."""
        for name, times in self._repairs.items():
            pin = self.state.pins.get(name)
            if times < _MOST_REPAIRS or pin is None or name not in changed:
                continue
            if self.state.has_settled(name) and not admits(changed[name], pin):
                return frozenset([pin])
        return None
