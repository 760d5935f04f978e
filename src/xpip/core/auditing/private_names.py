"""Which names does a mapping file keep to some of its repositories?

Decides by the file alone which repositories are private and which names it spells out for them;
names below namespaces and globs have to be told by those who have them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import ClassVar

from packaging.utils import NormalizedName

from xpip.core.mapping_file.placing import place_of
from xpip.core.patterns import Pattern, covers
from xpip.core.policy import MappingRule, Policy, RepositoryGroup
from xpip.core.routing import route
from xpip.core.values import Abridged

_LITERALS = re.compile(r"[^*?]+")
_EVERY_NAME = "*"

KnownFrom = dict[NormalizedName, tuple[str, ...]]
"""Names, and who says that they are private."""


class PrivatePattern(Abridged, frozen=True, kw_only=True):
    """A namespace or glob of a rule that private repositories speak for."""

    unshown: ClassVar = ("_pieces",)

    pattern: Pattern
    place: str
    _pieces: tuple[str, ...]

    def matches(self, name: NormalizedName) -> bool:
        """Whether it speaks of the name; quick for the many that are nothing like it."""
        return all(piece in name for piece in self._pieces) and self.pattern.matches(name)


def private_groups(policy: Policy) -> tuple[RepositoryGroup, ...]:
    """The groups that the mapping file does not ask for every name; none without one."""
    if policy.map is None:
        return ()
    everybody = {
        group
        for rule in policy.map.all_rules
        if any(covers(glob, _EVERY_NAME) for each in rule.patterns for glob in each.globs)
        for group in rule.groups
    }
    everybody |= set(policy.map.open_groups or ())
    return tuple(group for group in policy.groups if group not in everybody)


def literal_names(policy: Policy, private: Collection[RepositoryGroup]) -> KnownFrom:
    """The names that rules spell out for private groups."""
    found: KnownFrom = {}
    for rule in _private_rules(policy, private):
        for pattern in rule.patterns:
            # The name of a namespace is one of its names.
            if pattern.is_literal or pattern.is_namespace:
                name = NormalizedName(pattern.text)
                found[name] = (*found.get(name, ()), place_of(rule))
    return found


def private_patterns(
    policy: Policy, private: Collection[RepositoryGroup]
) -> tuple[PrivatePattern, ...]:
    """The namespaces and globs of rules that private groups speak for."""
    return tuple(
        PrivatePattern(
            pattern=pattern,
            place=place_of(rule),
            _pieces=tuple(_LITERALS.findall(pattern.text)),
        )
        for rule in _private_rules(policy, private)
        for pattern in rule.patterns
        if not pattern.is_literal
    )


def privately_routed(
    projects: Iterable[NormalizedName], policy: Policy, private: Collection[RepositoryGroup]
) -> tuple[NormalizedName, ...]:
    """Those of the projects that a private group may speak for; nobody is asked."""
    return tuple(
        project
        for project in projects
        if any(group in private for group in route(project, policy).groups)
    )


def together(sources: Iterable[Mapping[NormalizedName, tuple[str, ...]]]) -> KnownFrom:
    """All names, each with everybody who says so."""
    found: KnownFrom = {}
    for source in sources:
        for name, known_from in source.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *known_from)))
    return found


def _private_rules(policy: Policy, private: Collection[RepositoryGroup]) -> Iterator[MappingRule]:
    rules = policy.map.all_rules if policy.map is not None else ()
    return (rule for rule in rules if any(group in private for group in rule.groups))
