"""Where a new rule belongs among the rules of a mapping file, so that it holds.

Knows patterns and the order of rules alone. A narrower pattern that stands there already is an
exception, and stays one; every other rule that would catch a name of the new one comes after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from xpip.core.patterns import Pattern, covers, overlap
from xpip.core.policy import MappingRule
from xpip.errors import Reason, UsageError


class Room(Struct, frozen=True, kw_only=True):
    """The places that a new rule may take: before which rules.

    Attributes:
        exceptions: rules that speak of some of its names and go before it.
        loses: the rule that had some of its names until now, unless that is the one for all names.
    """

    first: int
    last: int
    exceptions: tuple[int, ...]
    loses: int | None = None


def room(rules: Sequence[MappingRule], patterns: Sequence[Pattern]) -> Room:
    """Find the places at which a rule with these patterns holds.

    Raises:
        UsageError: there is none; only the user can know what he means.
    """
    exceptions = tuple(
        number
        for number, rule in enumerate(rules)
        if any(_narrower(old, new) for old in rule.patterns for new in patterns)
    )
    catching = (number for number, rule in enumerate(rules) if _catches(rule, patterns))
    first = exceptions[-1] + 1 if exceptions else 0
    last = next(catching, len(rules))
    if first > last:
        raise UsageError(
            f"There is no place in the mapping file where {_listed(patterns)} would hold",
            reference=Reason.USAGE,
            context=[
                f"{place_of(rules[last])}: a new rule must come before it, or it takes its names",
                f"{place_of(rules[first - 1])}: a new rule must come after it, or hides it",
            ],
            hint="Change the rules by hand; `xpip help mapping-file` tells how they are read.",
        )
    loses = last if last < len(rules) and not is_for_all_names(rules[last]) else None
    return Room(first=first, last=last, exceptions=exceptions, loses=loses)


def holder(rules: Sequence[MappingRule], pattern: Pattern) -> int | None:
    """The rule that has this very pattern, unless an earlier rule hides it."""
    for number, rule in enumerate(rules):
        if pattern in rule.patterns:
            return number
        if any(_within(pattern, old) for old in rule.patterns):
            return None
    return None


def speaks_of(rule: MappingRule, pattern: Pattern) -> bool:
    """Whether the rule matches any name that the pattern matches."""
    return any(_meet(old, pattern) for old in rule.patterns)


def is_for_all_names(rule: MappingRule) -> bool:
    """Whether no name comes past the rule."""
    return any(covers(glob, "*") for each in rule.patterns for glob in each.globs)


def place_of(rule: MappingRule) -> str:
    """File and line of a rule; where no line is known, its key path."""
    known = rule.declared_at.rpartition(":")[2].isdigit()
    return rule.declared_at if known else f"{rule.declared_at} {rule.key_path}"


def _catches(rule: MappingRule, patterns: Sequence[Pattern]) -> bool:
    return any(
        _meet(old, new) and not _narrower(old, new) for old in rule.patterns for new in patterns
    )


def _narrower(one: Pattern, other: Pattern) -> bool:
    return _within(one, other) and not _within(other, one)


def _within(narrow: Pattern, wide: Pattern) -> bool:
    return all(any(covers(glob, each) for glob in wide.globs) for each in narrow.globs)


def _meet(one: Pattern, other: Pattern) -> bool:
    return any(overlap(glob, each) for glob in one.globs for each in other.globs)


def _listed(patterns: Sequence[Pattern]) -> str:
    return ", ".join(map(str, patterns))
