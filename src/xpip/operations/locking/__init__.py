"""`xpip lock`: read, consult, resolve for each machine, merge, compare, write.

told          what it was told, and what it did
parts         what is always installed, and what extras and groups add
environments  the machines locked for
files         the lock that is there, and what lies beside it
solving       a resolution for each machine, and what no page says of its files
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace
from packaging.pylock import Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.lockfile.comparing import LockChange, change_data, lock_changes
from xpip.core.lockfile.continuing import preferences
from xpip.core.lockfile.identities import known_identities
from xpip.core.lockfile.merging import merged
from xpip.core.lockfile.rendering import rendered
from xpip.core.policy import Target
from xpip.core.reporting.notices import Notice
from xpip.edge.environment import consulted_environment
from xpip.edge.new_file import write_new
from xpip.errors import Reason, ResolutionError, UsageError
from xpip.operations.asked import Read
from xpip.operations.installation import named
from xpip.operations.locking.environments import targets_of
from xpip.operations.locking.files import LockThere, beside, check_name, lock_at
from xpip.operations.locking.parts import Parts, read_parts
from xpip.operations.locking.solving import (
    Solved,
    built_elsewhere,
    check_origins,
    known_of,
    solve_all,
)
from xpip.operations.locking.told import Locked, Locking
from xpip.operations.remembering import interpreters_known, lock_tables, locks_continued
from xpip.operations.resolving import opened
from xpip.operations.surroundings import Surroundings

__all__ = ["Locked", "Locking", "lock"]


def lock(told: Locking, around: Surroundings) -> Locked:
    """Write a lock of what is asked for, and of all it needs; or say how it would change.

    Raises:
        XpipError: it may not, or cannot, be locked; the file is as it was.
    """
    path = around.cwd / told.output
    check_name(path)
    with around.stage("reading"):
        parts = read_parts(told.asked, around)
        trusted = parts.given.gathered.options.trusted_hosts
        cache = parts.given.settings.cache_directory
        there = lock_at(
            path,
            told.output,
            trusted,
            table_of=lock_tables(cache),
            kept=locks_continued(cache),
        )
        compared = _compared(told, around, trusted) if told.diff else there
    made, notices = _made(told, parts, there.continued if there else None, around)
    with around.stage("writing"):
        raw = rendered(made)
        differs = there is None or there.raw != raw
        # Reading thousands of files takes longer than writing them.
        is_same = compared is not None and compared.raw == raw
        changes = () if is_same else lock_changes(compared.whole() if compared else None, made)
    if differs and not told.check:
        write_new(path, raw.decode(), force=True)
    return Locked(
        lock=made,
        output=told.output,
        changes=changes,
        notices=(*parts.given.settings.notices, *notices),
        written=differs and not told.check,
        outdated=_outdated(told, changes, is_new=there is None) if differs and told.check else None,
    )


def _compared(told: Locking, around: Surroundings, trusted: Collection[str]) -> LockThere:
    named_so = str(told.diff)
    found = lock_at(around.cwd / named_so, named_so, trusted)
    if found is None:
        raise UsageError(f"There is no {named_so} to compare with", reference=Reason.USAGE)
    return found


def _made(
    told: Locking, parts: Parts, old: Pylock | None, around: Surroundings
) -> tuple[Pylock, tuple[Notice, ...]]:
    """The lock, and what should be said of it."""
    environment = consulted_environment(
        python=told.python,
        environ=around.environ,
        cwd=around.cwd,
        kept=interpreters_known(parts.given.settings.cache_directory),
    )
    targets = targets_of(told, environment.target, around)
    declared = parts.given.gathered.declared
    with opened(_remembering(parts.given, old, told), declared, environment, around) as resolver:
        solved = solve_all(resolver, targets, parts, partial(_preferred, told, old))
        check_origins(old, solved, resolver)
        made = merged(
            [each.machine for each in solved],
            offered=parts.offered,
            known=known_of(solved, resolver, beside((around.cwd / told.output).parent)),
            mapping=resolver.policy.map,
        )
        elsewhere = tuple(built_elsewhere(solved, environment.target, resolver))
    return made, (*_once(solved), *elsewhere)


def _remembering(given: Read, old: Pylock | None, told: Locking) -> Read:
    """The same, where who attested a project goes on attesting it."""
    known = known_identities(old, told.output) if old else {}
    policy = replace(given.settings.policy, known_identities=known)
    return replace(given, settings=replace(given.settings, policy=policy))


def _preferred(
    told: Locking, old: Pylock | None, target: Target
) -> Mapping[NormalizedName, Version]:
    if old is None or told.upgrade:
        return {}
    return preferences(old, target, upgrade=named(told.upgrade_packages))


def _once(solved: Iterable[Solved]) -> tuple[Notice, ...]:
    """What should be said, once where it is the same for several machines."""
    return tuple(dict.fromkeys(notice for each in solved for notice in each.notices))


def _outdated(told: Locking, changes: Sequence[LockChange], *, is_new: bool) -> ResolutionError:
    return ResolutionError(
        f"There is no {told.output}" if is_new else f"{told.output} is out of date",
        reference=Reason.LOCK_OUTDATED,
        context=[]
        if changes or is_new
        else ["every project stays as it is; what is said of all changes"],
        hint="`xpip lock` with the same options writes it.",
        data={"changes": [change_data(each) for each in changes]},
    )
