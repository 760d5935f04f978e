"""`xpip explain --lock`: what `install --lock` would take, entry by entry, and why.

Read, select, judge, compare origins, tell. No page is asked and no file fetched: what an
installation only finds out by that is not foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.continuity import OriginChange, origin_changes
from xpip.core.explaining.locked import LockExplainer, Outcome
from xpip.core.lockfile.judging import Judged, judge_entry, required_origin
from xpip.core.lockfile.reading import Lock
from xpip.core.lockfile.selected import Entry, Wanted
from xpip.core.lockfile.selecting import select_entries
from xpip.core.policy import Policy
from xpip.core.reporting.refusals import origin_changed
from xpip.edge.config import Options
from xpip.edge.environment import Environment
from xpip.edge.installed import SitePackages
from xpip.errors import Reason, SeveralErrors, UsageError, XpipError
from xpip.operations.asked import BuildTold
from xpip.operations.building import build_options
from xpip.operations.configuring import configured
from xpip.operations.explaining import Explained, explained_environment, inquired_version
from xpip.operations.locked import find_lock, load_lock
from xpip.operations.locked_changes import change_of, direct_errors, is_there, unproven_notices
from xpip.operations.remembering import interpreters_known
from xpip.operations.surroundings import Surroundings


class ExplainingLocked(Struct, frozen=True, kw_only=True):
    """What `xpip explain --lock` was told.

    Attributes:
        lock: the file, or its URL.
        names: the projects to explain; none for all.
        everything: whether all are explained, whatever is named.
        version: of which the user wants to know why it is not chosen.
    """

    lock: str
    names: tuple[str, ...] = ()
    everything: bool = False
    version: str | None = None
    python: str | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    no_default_groups: bool = False
    require_origin: bool = False
    options: Options = field(default_factory=Options)
    builds: BuildTold = field(default_factory=BuildTold)


def explain_locked(told: ExplainingLocked, around: Surroundings) -> Explained:
    """Lay out what a lock would have installed; changes nothing, and asks no repository.

    Raises:
        XpipError: the lock cannot be read or is not for this environment, or does not have what
            is named.
    """
    inquired = inquired_version(told.version)
    settings = configured(told.options, around)
    lock = load_lock(find_lock(told.lock, told.options, around), settings, told.options)
    known = interpreters_known(settings.cache_directory)
    environment = explained_environment(told.python, around, known)
    policy, target = settings.policy, environment.target
    build_options(told.builds, told.options, target, around)  # as an installation reads them
    entries = select_entries(lock, _wanted(told, policy), target)
    shown = _named(told, entries, lock)
    outcomes, errors = _outcomes(told, entries, lock, policy)
    explainer = LockExplainer(policy, target)
    changes = () if errors else _changes(entries, outcomes, explainer, environment, policy)
    if changes:
        errors = (origin_changed(changes),)
    installed = SitePackages(environment.visible_paths)
    changed = {change.project: change for change in changes}
    judged = [each for each in outcomes.values() if isinstance(each, Judged)]
    return Explained(
        explanations=tuple(
            explainer.explain(
                each,
                outcomes[each.project],
                settled=not errors,
                inquired=inquired,
                installed=installed.find(each.project),
                change=changed.get(each.project),
            )
            for each in shown
        ),
        error=SeveralErrors(errors) if len(errors) > 1 else next(iter(errors), None),
        notices=(
            *settings.notices,
            *lock.notices,
            *(() if errors else unproven_notices(judged)),
        ),
    )


def _wanted(told: ExplainingLocked, policy: Policy) -> Wanted:
    return Wanted(
        extras=told.extras,
        groups=told.groups,
        default_groups=not told.no_default_groups,
        only_binary=policy.only_binary,
        no_binary=policy.no_binary,
    )


def _named(told: ExplainingLocked, entries: Sequence[Entry], lock: Lock) -> Sequence[Entry]:
    """The entries to explain, in the order in which they are named."""
    by_name = {each.project: each for each in entries}
    wanted = dict.fromkeys(map(canonicalize_name, told.names))
    for project in wanted:
        if project not in by_name:
            raise _lacks(project, lock)
    if told.everything or not wanted:
        return entries
    return [by_name[project] for project in wanted]


def _lacks(project: NormalizedName, lock: Lock) -> UsageError:
    elsewhere = any(package.name == project for package in lock.pylock.packages)
    return UsageError(
        f"{lock.source.shown} has no entry of {project}" + (" that applies" if elsewhere else ""),
        reference=Reason.USAGE,
        hint="It has one for other environments, extras or groups: --python, --extra, --group."
        if elsewhere
        else "`xpip explain --lock` without a name shows all that it has.",
    )


Outcomes = Mapping[NormalizedName, Outcome]


def _outcomes(
    told: ExplainingLocked, entries: Sequence[Entry], lock: Lock, policy: Policy
) -> tuple[Outcomes, tuple[XpipError, ...]]:
    """What becomes of each, and what an installation would end with: the first stage's errors."""
    outcomes: dict[NormalizedName, Outcome] = {
        each.project: None if each.request else judge_entry(each, policy) for each in entries
    }
    errors = tuple(each for each in outcomes.values() if isinstance(each, XpipError))
    if told.require_origin and not errors:
        for project, outcome in outcomes.items():
            if isinstance(outcome, Judged) and (refused := required_origin((outcome,))):
                outcomes[project] = refused[0]
                errors = (*errors, *refused)
    direct = dict(direct_errors(entries, lock.source, policy))
    return {**outcomes, **direct}, errors or tuple(direct.values())[:1]


def _changes(
    entries: Sequence[Entry],
    outcomes: Outcomes,
    explainer: LockExplainer,
    environment: Environment,
    policy: Policy,
) -> tuple[OriginChange, ...]:
    """As an installation checks them: of what it would put in anew."""
    own = SitePackages(environment.site_paths)
    changes, findings = [], {}
    for each in entries:
        judged = outcomes[each.project]
        there = own.find(each.project)
        if isinstance(judged, Judged) and not (there and is_there(each, judged, there)):
            changes.append(change_of(each, judged.candidate, own))
            findings[each.project] = explainer.finding(each, judged)
    return origin_changes(changes, findings, policy)
