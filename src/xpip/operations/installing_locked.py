"""`xpip install --lock` and `xpip sync`: what a lock file says, and nothing else.

Read, select, judge, compare with what is there, check origins, fetch, install; resolve nothing.
What asks, fetches and builds is imported and opened only where something has to be (`locked_pages`,
`locked_files`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from xpip.core.decisions import Pin
from xpip.core.facts import InstalledDistribution
from xpip.core.lockfile.selected import Entry, Selected, Wanted
from xpip.core.planning import Plan, breakages
from xpip.core.policy import Policy, Target
from xpip.core.reporting.notices import Notice, about_plan
from xpip.edge.config import Options
from xpip.edge.credentials import CredentialStore
from xpip.edge.environment import Environment
from xpip.edge.installed import SitePackages
from xpip.operations.asked import BuildTold
from xpip.operations.changing import alone, chosen_environment
from xpip.operations.configuring import configured
from xpip.operations.installation import Installed, Into
from xpip.operations.locked import Admitted, Origins, admit, find_lock, select
from xpip.operations.locked_changes import (
    change_of,
    direct_errors,
    is_there,
    unproven_notices,
)
from xpip.operations.remembering import interpreters_known
from xpip.operations.surroundings import Surroundings
from xpip.operations.unpacking import chosen_link_mode

if TYPE_CHECKING:
    from xpip.operations.building import BuildOptions
    from xpip.operations.locked_files import LockedFiles

SEEDS = frozenset({"pip", "setuptools", "wheel", "xpip"})
"""What makes an environment usable at all: `sync` leaves it where the lock does not list it."""


class InstallingLocked(Into, frozen=True, kw_only=True):
    """What `xpip install --lock`, or `xpip sync`, was told.

    Attributes:
        lock: the file, or its URL.
        exact: whether what the lock does not list goes.
        report: where pip's report goes, which says what each wheel requires.
    """

    lock: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    no_default_groups: bool = False
    require_origin: bool = False
    verify_origin: bool = False
    force_reinstall: bool = False
    exact: bool = False
    report: str | None = None
    options: Options = field(default_factory=Options)
    builds: BuildTold = field(default_factory=BuildTold)


def install_locked(told: InstallingLocked, around: Surroundings) -> Installed:
    """Make an environment what a lock file says: all of it, or nothing.

    Raises:
        XpipError: it may not, or cannot, be done; the environment is as it was.
    """
    told = replace(told, link_mode=chosen_link_mode(told.link_mode, around.environ))
    with around.stage("reading"):
        settings = configured(told.options, around)
        lock = find_lock(told.lock, told.options, around)
    with around.stage("looking"):
        known = interpreters_known(settings.cache_directory)
        environment = chosen_environment(told, around, known)
    policy, target = settings.policy, environment.target
    with around.stage("reading"):
        builds = _read_builds(told, target, around) if told.builds.has_to_be_read else None
        selected = select(lock, _wanted(told, policy), target, settings, told.options)
    with (
        alone(environment, told, around) as noticed,
        ExitStack() as opened,
    ):
        # Logins that contradict one another are a mistake, whoever is asked.
        CredentialStore(policy, settings.credentials, environ=around.environ)

        @cache
        def files() -> LockedFiles:
            from xpip.operations.locked_files import locked_files

            given = builds or _read_builds(told, target, around)
            return opened.enter_context(locked_files(told, settings, environment, given, around))

        run = _Run(
            told=told,
            policy=policy,
            environment=environment,
            files=files,
            around=around,
        )
        installed = run.install(selected)
    return replace(
        installed, notices=(*noticed, *settings.notices, *selected.notices, *installed.notices)
    )


def _read_builds(told: InstallingLocked, target: Target, around: Surroundings) -> BuildOptions:
    from xpip.operations.building import build_options

    return build_options(told.builds, told.options, target, around)


def _wanted(told: InstallingLocked, policy: Policy) -> Wanted:
    return Wanted(
        extras=told.extras,
        groups=told.groups,
        default_groups=not told.no_default_groups,
        only_binary=policy.only_binary,
        no_binary=policy.no_binary,
    )


class _Run(Struct, frozen=True, kw_only=True):
    """One run, with the environment its own.

    Attributes:
        files: opens the world, once, for whoever first needs it.
    """

    told: InstallingLocked
    policy: Policy
    environment: Environment
    files: Callable[[], LockedFiles]
    around: Surroundings

    def install(self, selected: Selected) -> Installed:
        """Every stage from the judge on."""
        entries = selected.entries
        origins = Origins(required=self.told.require_origin, verified=self.told.verify_origin)
        with self.around.stage("judging"):
            admitted = admit(
                [each for each in entries if each.request is None],
                self.policy,
                self.environment.target,
                lambda: self.files().world.repositories,
                origins,
            )
        for _, error in direct_errors(entries, selected.source, self.policy):
            raise error
        own = SitePackages(self.environment.site_paths)
        with self.around.stage("looking"):
            planned = self._plan(entries, admitted, own)
        if not self.told.dry_run and (planned.changes or planned.removals):
            planned = self.files().put_in(planned, whole=self.told.report is not None)
        changed = {change.pin.project for change in planned.changes}
        return Installed(
            plan=planned,
            policy=self.policy,
            target=self.environment.target,
            notices=(
                *unproven_notices(
                    each for each in admitted.judged if each.entry.project in changed
                ),
                *about_plan(breakages(planned, own, self.environment.target), ()),
                *_about_installed(planned, self.environment),
            ),
            findings=tuple(admitted.findings.values()),
        )

    def _plan(self, entries: Sequence[Entry], admitted: Admitted, own: SitePackages) -> Plan:
        files = {each.entry.project: each for each in admitted.judged}
        kept = {
            each.project: there
            for each in entries
            if not self.told.force_reinstall
            and (there := own.identify(each.project))
            and is_there(each, files.get(each.project), there)
        }
        missing = [each for each in entries if each.project not in kept]
        changes = [
            change_of(each, files[each.project].candidate, own)
            for each in missing
            if each.request is None
        ]
        if any(change.replaces and change.replaces.origin for change in changes):
            from xpip.operations.locked_continuity import check_origins

            check_origins(changes, admitted, self.policy, self.environment.target)
        changes += [
            change_of(each, self.files().candidate(each, each.request), own)
            for each in missing
            if each.request is not None
        ]
        return Plan(
            changes=tuple(sorted(changes, key=lambda change: change.pin.project)),
            kept=tuple(_kept(each, kept[each.project]) for each in entries if each.project in kept),
            removals=self._removals(entries, own),
        )

    def _removals(
        self, entries: Iterable[Entry], own: SitePackages
    ) -> tuple[InstalledDistribution, ...]:
        if not self.told.exact:
            return ()
        return tuple(own.beside({*SEEDS, *(each.project for each in entries)}))


def _kept(entry: Entry, there: InstalledDistribution) -> Pin:
    return Pin(chosen=there, metadata=there.metadata, required_by=entry.required_by)


def _about_installed(planned: Plan, environment: Environment) -> tuple[Notice, ...]:
    if not planned.changes:
        return ()
    from xpip.operations.putting_in import about_installed

    return about_installed(planned, environment)
