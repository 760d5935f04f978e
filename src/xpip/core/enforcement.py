"""What later files may still say about a name that an enforced rule matches.

They may drop repositories and add demands; nothing that they say lets in a file that the enforced
rules alone would not. A rule that lists none of the enforced repositories speaks of another
namesake, and has no say, unless the enforced rule came with a checkout: then it must not send a
name past the file that the user chose, nor to a repository that his options do not name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from xpip.core.names import NormalizedName
from xpip.core.patterns import Pattern
from xpip.core.policy import MappingRule, RepositoryGroup, RepositoryMap

Chain = tuple[tuple[MappingRule, Pattern], ...]


def chain_of(project: NormalizedName, rules: Iterable[MappingRule]) -> Chain:
    """The rules that a name comes to: the first that matches, and on while they pass it on."""
    chain = []
    for rule in rules:
        pattern = rule.match(project)
        if pattern is not None:
            chain.append((rule, pattern))
            if rule.terminating or not rule.groups:
                break
    return tuple(chain)


class Narrowing(Struct, frozen=True, kw_only=True):
    """What later files take away: the name itself, or repositories, a row of rules each file."""

    rows: tuple[tuple[MappingRule, ...], ...] = ()
    denial: str | None = None


def narrowing_of(
    project: NormalizedName, chain: Chain, mapping: RepositoryMap, place: int
) -> Narrowing:
    """What follows for a name from the files after the enforced layer at this place."""
    layer = mapping.enforced[place]
    enforced = {group for rule, _ in chain for group in rule.groups}
    rows = []
    user_spoke = False
    for later in _later(project, mapping, place):
        user_spoke |= not later.discovered
        if not later.rules[0].groups:
            return Narrowing(denial=denial(later.rules[0]))
        if enforced & {group for rule in later.rules for group in rule.groups}:
            rows.append(later.rules)
        elif layer.discovered and not later.discovered:
            return Narrowing(denial=_contradiction(chain, later.rules[0].declared_at))
    if layer.discovered and not user_spoke and not mapping.discovered:
        # A file that the user chose, and that has no rule for this name, would refuse it.
        chosen, where = mapping.open_groups, "your choice of repositories"
        if chosen is None:
            chosen, where = (), mapping.source
        if enforced.difference(chosen):
            return Narrowing(denial=_contradiction(chain, where, chosen))
    return Narrowing(rows=tuple(rows))


class _Row(Struct, frozen=True, kw_only=True):
    rules: tuple[MappingRule, ...]
    discovered: bool


def _later(project: NormalizedName, mapping: RepositoryMap, place: int) -> Iterator[_Row]:
    layers = [(layer.rules, layer.discovered) for layer in mapping.enforced[place + 1 :]]
    # Within one file the first rule that matches decides, and later ones say nothing.
    others = (rule for rule in mapping.rules if rule.source != mapping.enforced[place].source)
    for rules, discovered in (*layers, (others, mapping.discovered)):
        chain = chain_of(project, rules)
        if chain:
            yield _Row(rules=tuple(rule for rule, _ in chain), discovered=discovered)


def denial(rule: MappingRule) -> str:
    """Why nobody may speak for a name."""
    return f"{rule.declared_at} {rule.key_path}: {rule.reason or 'nobody may speak for this name'}"


def _contradiction(chain: Chain, other: str, chosen: Collection[RepositoryGroup] = ()) -> str:
    rule = chain[0][0]
    groups = dict.fromkeys(group for rule, _ in chain for group in rule.groups)
    names = ", ".join(group.name for group in groups if group not in chosen) or "nobody"
    return (
        f"{rule.declared_at} {rule.key_path} came with the checkout and enforces {names}, "
        f"which {other} does not name"
    )
