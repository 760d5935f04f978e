"""What an enforced mapping file leaves to options: other names, and nothing that loosens it."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from xpip.core.enforcement import chain_of
from xpip.core.facts import Layout
from xpip.core.policy import (
    ABSENT_STATUS,
    Auth,
    MappingRule,
    Policy,
    RepositoryGroup,
    RepositoryMap,
)
from xpip.core.urls import canonical_root
from xpip.edge.config.repositories import DeclaredGroups
from xpip.errors import Reason, UsageError


def beside_enforced(
    mapping: RepositoryMap, declared: DeclaredGroups, *, require_rule: bool
) -> tuple[RepositoryMap, DeclaredGroups]:
    """Repositories that options name, for the names that no enforced rule matches.

    One that the file knows is the file's own, with all that it says of it.
    """
    roots = frozenset(map(_root, declared.groups))
    known = {
        canonical_root(mirror.url): group
        for group in mapping.groups
        for mirror in group.mirrors
        if _may_stand_in(group, roots)
    }
    names = {group.name.lower() for group in mapping.groups}
    chosen = tuple(known.get(_root(each)) or _called_apart(each, names) for each in declared.groups)
    # Of one URL in two groups, the last says how it is asked: the user's own.
    groups = (*(group for group in mapping.groups if group not in chosen), *dict.fromkeys(chosen))
    return (
        replace(mapping, open_groups=None if require_rule else tuple(dict.fromkeys(chosen))),
        replace(declared, groups=groups),
    )


def _called_apart(group: RepositoryGroup, names: Collection[str]) -> RepositoryGroup:
    """A name means one repository: what the file calls `pypi` is not what everybody does."""
    return replace(group, name=group.canonical.url) if group.name.lower() in names else group


def _may_stand_in(group: RepositoryGroup, roots: Collection[str]) -> bool:
    """Whether a file's group may be asked in place of the repository that an option names.

    One that came with a checkout may not bring others along, nor teach the repository to say no.
    """
    brings_others = not all(canonical_root(mirror.url) in roots for mirror in group.mirrors)
    loosens = group.auth is Auth.NEVER or not group.absent_status <= ABSENT_STATUS
    return not (group.discovered and (brings_others or loosens))


def _root(group: RepositoryGroup) -> str:
    is_root = not group.is_local and group.canonical.layout is Layout.SIMPLE
    return canonical_root(group.canonical.url) if is_root else group.canonical.url


def check_not_loosened(policy: Policy) -> None:
    """Be sure that no option asks for what an enforced rule does not allow.

    The core would not grant it either; who asks for it should know.

    Raises:
        UsageError: one does.
    """
    enforced = policy.map.enforced if policy.map else ()
    for layer in enforced:
        for project in sorted(policy.unsafe_merge):
            for rule, _ in chain_of(project, layer.rules)[:1]:
                raise _loosens(f"--unsafe-merge {project}", rule)
        for rule in layer.rules:
            for mirror in (mirror for group in rule.groups for mirror in group.mirrors):
                if mirror.url in policy.unsafe_skip:
                    raise _loosens(f"--unsafe-skip-unavailable {mirror.url}", rule)


def _loosens(option: str, rule: MappingRule) -> UsageError:
    return UsageError(
        f"{option} would loosen a rule that is enforced",
        reference=Reason.USAGE,
        context=[f"{rule.declared_at} {rule.key_path}"],
        hint="Whoever wrote the rule has to change it.",
    )
