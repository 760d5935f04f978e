"""Private names, held against all names that a public repository has.

Asks nobody: the whole list is there already, so that no private name has to be sent. Says of each
name whether a stranger has it, which names are easily taken for it, and whether the mapping file
would let a stranger's file in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.auditing.near_misses import NearMiss, near_misses
from xpip.core.auditing.private_names import KnownFrom, PrivatePattern
from xpip.core.decisions import Candidate
from xpip.core.facts import Answer
from xpip.core.policy import Policy, RepositoryGroup, Target
from xpip.core.reporting.replayed import danger
from xpip.core.routing import route
from xpip.core.what_if import Consequence, replays, supposed


class Standing(StrEnum):
    """What a public repository's list says of a private name."""

    UNCLAIMED = "unclaimed"
    TAKEN = "taken"


class NameStanding(Struct, frozen=True, kw_only=True):
    """One private name.

    Attributes:
        known_from: who says that it is private.
        let_in: how a stranger's file of that name could come in; empty where none could.
        asked: what the public repository answered for the name, where it was to be asked.
    """

    name: NormalizedName
    standing: Standing
    known_from: tuple[str, ...]
    near: tuple[NearMiss, ...]
    let_in: tuple[str, ...]
    asked: Answer | None = None

    @property
    def is_dangerous(self) -> bool:
        """Whether a stranger has the name, and his file could come in."""
        return self.standing is Standing.TAKEN and bool(self.let_in)


class Below(Struct, frozen=True, kw_only=True):
    """Names that strangers have below a private namespace or glob, and nobody calls private."""

    pattern: PrivatePattern
    names: tuple[NormalizedName, ...]


def stand(
    private: KnownFrom,
    public: Collection[NormalizedName],
    let_in: Mapping[NormalizedName, tuple[str, ...]],
) -> tuple[NameStanding, ...]:
    """How each private name stands, those that are in danger first."""
    near = near_misses(private, public)
    found = [
        NameStanding(
            name=name,
            standing=Standing.TAKEN if name in public else Standing.UNCLAIMED,
            known_from=private[name],
            near=near[name],
            let_in=let_in.get(name, ()),
        )
        for name in private
    ]
    return tuple(sorted(found, key=_urgency))


def _urgency(each: NameStanding) -> tuple[bool, bool, bool, bool, str]:
    taken = each.standing is Standing.TAKEN
    return not each.is_dangerous, not taken, not each.let_in, not each.near, each.name


def below(
    patterns: Collection[PrivatePattern],
    public: Collection[NormalizedName],
    private: Collection[NormalizedName],
) -> tuple[Below, ...]:
    """What strangers have registered where only private names were thought to be."""
    found = (
        Below(
            pattern=pattern,
            names=tuple(
                sorted(name for name in public if pattern.matches(name) and name not in private)
            ),
        )
        for pattern in patterns
    )
    return tuple(each for each in found if each.names)


def ways_in(
    name: NormalizedName,
    policy: Policy,
    target: Target,
    private: Collection[RepositoryGroup],
) -> tuple[str, ...]:
    """How a stranger's file of a name could come in, if private groups have the name today."""
    routing = route(name, policy)
    holder = next((group for group in routing.groups if group in private), None)
    if holder is None:
        return tuple(
            f"{stage.rule} sends it to {group.name}"
            for stage in routing.stages
            for group in stage.groups
            if not group.is_local
        )
    finding = supposed(name, holder, policy, target)
    return tuple(dict.fromkeys(_ways(replays(finding, policy, target), private)))


def _ways(
    consequences: Iterator[Consequence], private: Collection[RepositoryGroup]
) -> Iterator[str]:
    trusted = {group.name for group in private}
    for each in consequences:
        if each.is_dangerous and isinstance(each.chosen, Candidate):
            origin = each.chosen.origin
            if origin.group not in trusted:
                yield danger(each)
