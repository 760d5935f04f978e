"""Machines and uses → markers: `environments`, and the `marker` of a package (PEP 751).

A marker of a package tells the machines of its lock apart and need say no more: which machines
those are, the lock's `environments` say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from packaging.markers import Marker

from xpip.core.lockfile.uses import ALWAYS, UseKind, Uses
from xpip.core.policy import Target
from xpip.errors import Reason, UsageError

_VARIABLES = ("sys_platform", "python_version", "platform_machine", "implementation_name")
"""What tells machines apart; in the order in which they are tried."""


def environment_marker(target: Target) -> Marker:
    """The machines that a resolution for this target is good for."""
    names = ("python_version", "sys_platform", "platform_machine", "implementation_name")
    return Marker(_clause(target, names))


def check_apart(targets: Mapping[str, Target]) -> None:
    """Be sure that markers can tell these machines from one another (PEP 751: no overlap).

    Args:
        targets: by the user's words for them.

    Raises:
        UsageError: two of them are the same to every marker.
    """
    seen: dict[str, str] = {}
    for words, target in targets.items():
        marker = str(environment_marker(target))
        if marker in seen:
            raise UsageError(
                f"No marker can tell {seen[marker]} from {words}",
                reference=Reason.USAGE,
                context=[marker],
                hint="A lock serves both where it serves one, or write a lock file for each.",
            )
        seen[marker] = words


class Conditions:
    """Tells the machines of one lock apart."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets

    def marker(self, uses: Mapping[int, Uses]) -> Marker | None:
        """When a package is installed.

        Args:
            uses: what needs it, for each machine that it is for, by number.
        """
        per_uses: dict[Uses, list[int]] = {}
        for number in sorted(uses):
            relevant = frozenset({ALWAYS}) if ALWAYS in uses[number] else uses[number]
            per_uses.setdefault(relevant, []).append(number)
        texts = [self._both(numbers, each) for each, numbers in per_uses.items()]
        return None if not all(texts) else Marker(_any_of(filter(None, texts)))

    def _both(self, numbers: Sequence[int], uses: Uses) -> str:
        of_machine, of_uses = self._machines(numbers), _uses(uses)
        parts = [f"({each})" if " or " in each else each for each in (of_machine, of_uses) if each]
        return " and ".join(parts) if len(parts) > 1 else of_machine or of_uses

    def _machines(self, numbers: Collection[int]) -> str:
        """What holds on these machines of the lock, and on none of its others."""
        inside = [each for place, each in enumerate(self._targets) if place in numbers]
        outside = [each for place, each in enumerate(self._targets) if place not in numbers]
        if not outside:
            return ""
        for names in _subsets():
            clauses = {_clause(target, names) for target in inside}
            if clauses.isdisjoint(_clause(target, names) for target in outside):
                return _any_of(sorted(clauses))
        raise AssertionError("machines that no marker tells apart")  # pragma: no cover


def _subsets() -> Iterator[tuple[str, ...]]:
    for size in range(1, len(_VARIABLES) + 1):
        yield from combinations(_VARIABLES, size)


def _clause(target: Target, names: Iterable[str]) -> str:
    return " and ".join(f'{name} == "{target.environment[name]}"' for name in names)


def _uses(uses: Uses) -> str:
    """PEP 751: `'x' in extras`, `'g' in dependency_groups`."""
    if ALWAYS in uses:
        return ""
    names = {UseKind.EXTRA: "extras", UseKind.GROUP: "dependency_groups"}
    return _any_of(f'"{use.name}" in {names[use.kind]}' for use in sorted(uses))


def _any_of(texts: Iterable[str]) -> str:
    return " or ".join(texts)
