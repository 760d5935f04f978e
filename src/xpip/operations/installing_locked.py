"""`xpip install --lock` and `xpip sync`: what a lock file says, and nothing else.

Read, select, judge, compare with what is there, check origins, fetch, install; resolve nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from packaging.utils import NormalizedName

from xpip.core.continuity import origin_changes
from xpip.core.decisions import Candidate, Pin
from xpip.core.direct_requests import DirectRequest
from xpip.core.discovery import Finding
from xpip.core.facts import CoreMetadata, InstalledDistribution, InvalidMetadata
from xpip.core.lockfile.reading import Lock
from xpip.core.lockfile.selecting import Entry, Wanted, select_entries
from xpip.core.planning import Change, Plan, breakages
from xpip.core.policy import Policy
from xpip.core.reporting.notices import about_plan
from xpip.core.reporting.refusals import origin_changed
from xpip.core.values import dataclass
from xpip.edge.config import Options
from xpip.edge.environment import Environment
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.fetching import FetchedFile
from xpip.errors import InstallationError, PolicyError, Reason
from xpip.operations.asked import BuildTold
from xpip.operations.asking import World, asking
from xpip.operations.building import Sources, workshop
from xpip.operations.changing import alone, chosen_environment
from xpip.operations.configuring import configured
from xpip.operations.installation import Installed, Into
from xpip.operations.installing import Records, put_in, starting_with
from xpip.operations.locked import Admitted, Origins, admit, load_lock
from xpip.operations.locked_changes import (
    change_of,
    direct_errors,
    is_there,
    unproven_notices,
)
from xpip.operations.remembering import interpreters_known
from xpip.operations.surroundings import Surroundings
from xpip.operations.unpacking import chosen_link_mode
from xpip.operations.wanted import build_options

SEEDS = frozenset({"pip", "setuptools", "wheel", "xpip"})
"""What makes an environment usable at all: `sync` leaves it where the lock does not list it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallingLocked(Into):
    """What `xpip install --lock`, or `xpip sync`, was told.

    Attributes:
        lock: the file, or its URL.
        exact: whether what the lock does not list goes.
    """

    lock: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    no_default_groups: bool = False
    require_origin: bool = False
    verify_origin: bool = False
    force_reinstall: bool = False
    exact: bool = False
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
        lock = load_lock(told.lock, settings, told.options, around)
    with around.stage("looking"):
        known = interpreters_known(settings.cache_directory)
        environment = chosen_environment(told, around, known)
    policy, target = settings.policy, environment.target
    with around.stage("reading"):
        builds = build_options(told.builds, told.options, target, around)
        entries = select_entries(lock, _wanted(told, policy), target)
    with (
        alone(environment, told, around) as noticed,
        asking(settings, around) as world,
        workshop(world, settings, environment, builds, around) as sources,
    ):
        run = _Run(
            told=told,
            lock=lock,
            policy=policy,
            environment=environment,
            world=world,
            sources=sources,
            around=around,
        )
        installed = run.install(entries)
    return replace(
        installed, notices=(*noticed, *settings.notices, *lock.notices, *installed.notices)
    )


def _wanted(told: InstallingLocked, policy: Policy) -> Wanted:
    return Wanted(
        extras=told.extras,
        groups=told.groups,
        default_groups=not told.no_default_groups,
        only_binary=policy.only_binary,
        no_binary=policy.no_binary,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run, with the world open and the environment its own."""

    told: InstallingLocked
    lock: Lock
    policy: Policy
    environment: Environment
    world: World
    sources: Sources
    around: Surroundings

    def install(self, entries: Sequence[Entry]) -> Installed:
        """Every stage from the judge on."""
        origins = Origins(required=self.told.require_origin, verified=self.told.verify_origin)
        with self.around.stage("judging"):
            admitted = admit(
                [each for each in entries if each.request is None],
                self.policy,
                self.environment.target,
                self.world.repositories,
                origins,
            )
        for _, error in direct_errors(entries, self.lock, self.policy):
            raise error
        own = SitePackages(self.environment.site_paths)
        with self.around.stage("looking"):
            planned = self._plan(entries, admitted, own)
        if not self.told.dry_run and (planned.changes or planned.removals):
            planned = self._carry_out(planned)
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
                *starting_with(planned, self.environment),
            ),
            findings=tuple(admitted.findings.values()),
        )

    def _plan(self, entries: Sequence[Entry], admitted: Admitted, own: SitePackages) -> Plan:
        files = {each.entry.project: each for each in admitted.judged}
        kept = {
            each.project: there
            for each in entries
            if not self.told.force_reinstall
            and (there := own.find(each.project))
            and is_there(each, files.get(each.project), there)
        }
        missing = [each for each in entries if each.project not in kept]
        changes = [
            change_of(each, files[each.project].candidate, own)
            for each in missing
            if each.request is None
        ]
        self._check_origins(changes, admitted.findings)
        changes += [
            change_of(each, self._candidate(each, each.request), own)
            for each in missing
            if each.request is not None
        ]
        return Plan(
            changes=tuple(sorted(changes, key=lambda change: change.pin.project)),
            kept=tuple(_kept(each, kept[each.project]) for each in entries if each.project in kept),
            removals=self._removals(entries, own),
        )

    def _check_origins(
        self, changes: Sequence[Change], findings: Mapping[NormalizedName, Finding]
    ) -> None:
        changed = origin_changes(changes, findings, self.policy)
        if changed:
            raise origin_changed(changed)

    def _candidate(self, entry: Entry, request: DirectRequest) -> Candidate:
        candidate = self.sources.candidate(request, rule=f"named by {entry.place}")
        if entry.version is not None and entry.version != candidate.version:
            raise _misnamed(f"{request} is {candidate.project} {candidate.version}", entry)
        return candidate

    def _removals(
        self, entries: Iterable[Entry], own: SitePackages
    ) -> tuple[InstalledDistribution, ...]:
        if not self.told.exact:
            return ()
        listed = {each.project for each in entries}
        return tuple(
            each for each in own if each.project not in listed and each.project not in SEEDS
        )

    def _carry_out(self, planned: Plan) -> Plan:
        with self.around.stage("fetching"):
            fetched = self.sources.wheels_of(
                [change.candidate for change in planned.changes], unpacked=True
            )
        found = {each.candidate: _metadata(each) for each in fetched}
        changes = tuple(
            replace(change, pin=replace(change.pin, metadata=found[change.candidate]))
            for change in planned.changes
        )
        with self.around.stage("linking"):
            return put_in(
                replace(planned, changes=changes),
                fetched,
                told=self.told,
                environment=self.environment,
                records=Records(sources=self.sources, policy=self.policy, now=self.around.now),
                observer=self.around.observer,
            )


def _kept(entry: Entry, there: InstalledDistribution) -> Pin:
    return Pin(chosen=there, metadata=there.metadata, required_by=entry.required_by)


def _metadata(fetched: FetchedFile) -> CoreMetadata:
    """What a wheel says of itself, held to what the lock says of it."""
    candidate, metadata = fetched.candidate, fetched.metadata()
    if isinstance(metadata, InvalidMetadata):
        raise InstallationError(
            f"{candidate.file.filename} is not a valid wheel",
            reference=Reason.WHEEL_INVALID,
            context=[metadata.detail],
        )
    if (metadata.name, metadata.version) != (candidate.project, candidate.version):
        raise InstallationError(
            f"{candidate.file.filename} calls itself {metadata.name} {metadata.version}",
            reference=Reason.WHEEL_INVALID,
            context=[candidate.origin.rule],
        )
    return metadata


def _misnamed(problem: str, entry: Entry) -> PolicyError:
    return PolicyError(
        f"The lock says {entry.project} {entry.version}, and {problem}",
        reference=Reason.METADATA_CHANGED,
        context=[entry.place],
    )
