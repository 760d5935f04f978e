"""`xpip install`: gather, configure, locate, resolve, plan, check origins, fetch, install."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from xpip.core.continuity import against_rules, origin_changes
from xpip.core.decisions import Pin, Resolution
from xpip.core.discovery import Discovery
from xpip.core.planning import Plan, breakages, plan
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.reporting.notices import Notice, about_plan, notices_of
from xpip.core.reporting.records import direct_records, origin_records
from xpip.core.reporting.refusals import errors_of, origin_changed
from xpip.core.resolution import Attempt, OnMet, Request, resolve
from xpip.edge.config import Options, Settings
from xpip.edge.environment import Environment, check_writable, locate_environment
from xpip.edge.installation.changes import environment_lock
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.fetching import FetchedFile
from xpip.errors import SeveralErrors
from xpip.operations.asking import World, asking
from xpip.operations.building import BuildTold, Sources, workshop
from xpip.operations.configuring import configured
from xpip.operations.requesting import Requested, gather
from xpip.operations.surroundings import Surroundings
from xpip.operations.wanted import build_options, to_request, with_known_hashes

if TYPE_CHECKING:
    from xpip.edge.installation.writing import WheelToInstall


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """What `xpip install` was told, as it was told."""

    requested: Requested
    options: Options
    builds: BuildTold = field(default_factory=BuildTold)
    python: str | None = None
    target: str | None = None
    prefix: str | None = None
    upgrade: bool = False
    upgrade_strategy: str = "only-if-needed"
    force_reinstall: bool = False
    ignore_installed: bool = False
    allow_direct: tuple[str, ...] = ()
    no_deps: bool = False
    dry_run: bool = False
    break_system_packages: bool = False
    compile_bytecode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an installation did, or would do."""

    plan: Plan
    policy: Policy
    target: Target
    notices: tuple[Notice, ...]
    attempt: Attempt


def install(told: Installing, around: Surroundings) -> Installed:
    """Put what is asked for, and all it needs, into an environment: all of it, or nothing.

    Raises:
        XpipError: it may not, or cannot, be done; the environment is as it was.
    """
    gathered = gather(told.requested, told.options, around)
    settings = configured(gathered.options, around)
    environment = _environment(told, around)
    declared = gathered.applying(environment.target)
    settings = replace(settings, policy=with_known_hashes(settings.policy, declared))
    builds = build_options(told.builds, told.options, environment.target, around)
    with (
        _alone(environment, told, around),
        asking(settings, around) as world,
        workshop(world, settings, environment, builds, around) as sources,
    ):
        request = _request(told, to_request(declared, settings.policy, sources))
        attempt = _resolve(request, settings, environment, world, around.observer.resolving)
        logged_in = world.logged_in(settings.policy)
        resolution = _resolution(attempt, settings.policy, environment.target, logged_in)
        planned = plan(resolution, _replaceable(told, environment))
        _check_origins(planned, attempt, settings.policy)
        if planned.changes and not told.dry_run:
            planned = _carry_out(planned, told, settings.policy, environment, sources, around)
    return Installed(
        plan=planned,
        policy=settings.policy,
        target=environment.target,
        notices=(
            *settings.notices,
            *notices_of(attempt, resolution.pins, logged_in),
            *_about_plan(planned, settings.policy, environment),
        ),
        attempt=attempt,
    )


def _environment(told: Installing, around: Surroundings) -> Environment:
    environment = locate_environment(
        python=told.python,
        target=told.target,
        prefix=told.prefix,
        environ=around.environ,
        cwd=around.cwd,
    )
    if not told.dry_run:
        check_writable(environment, break_system_packages=told.break_system_packages)
    return environment


def _alone(
    environment: Environment, told: Installing, around: Surroundings
) -> AbstractContextManager[None]:
    """Two runs on one environment wait for each other; one that changes nothing need not."""
    if told.dry_run:
        return nullcontext()
    return environment_lock(environment.prefix, on_wait=around.observer.waiting)


def _request(told: Installing, request: Request) -> Request:
    """The request, with what is to become of what is installed."""
    named = frozenset(each.project for each in request.dependencies)
    eager = told.upgrade_strategy == "eager"
    return replace(
        request,
        direct_allowed=_names(told.allow_direct),
        upgrade=NameSet(everything=eager, names=named) if told.upgrade else NameSet(),
        reinstall=told.force_reinstall or told.ignore_installed,
        no_dependencies=told.no_deps,
    )


def _names(texts: Sequence[str]) -> NameSet:
    return NameSet(
        everything=":all:" in texts,
        names=frozenset(canonicalize_name(text) for text in texts if text != ":all:"),
    )


def _replaceable(told: Installing, environment: Environment) -> SitePackages:
    """What may have to make room."""
    return SitePackages(() if told.ignore_installed else environment.site_paths)


def _resolve(
    request: Request,
    settings: Settings,
    environment: Environment,
    world: World,
    on_met: OnMet,
) -> Attempt:
    discovery = Discovery(world.repositories, policy=settings.policy, target=environment.target)
    return resolve(
        request,
        discovery=discovery,
        repositories=world.repositories,
        installed=SitePackages(environment.visible_paths),
        target=environment.target,
        on_met=on_met,
    )


def _about_plan(planned: Plan, policy: Policy, environment: Environment) -> tuple[Notice, ...]:
    return about_plan(
        breakages(planned, SitePackages(environment.site_paths), environment.target),
        against_rules(planned.kept, policy),
    )


def _resolution(
    attempt: Attempt, policy: Policy, target: Target, logged_in: frozenset[str]
) -> Resolution:
    errors = errors_of(attempt, policy, target, logged_in)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SeveralErrors(errors)
    assert isinstance(attempt.outcome, Resolution)  # anything else has errors
    return attempt.outcome


def _check_origins(planned: Plan, attempt: Attempt, policy: Policy) -> None:
    findings = {finding.project: finding for finding in attempt.findings}
    changed = origin_changes(planned.changes, findings, policy)
    if changed:
        raise origin_changed(changed)


def _carry_out(
    planned: Plan,
    told: Installing,
    policy: Policy,
    environment: Environment,
    sources: Sources,
    around: Surroundings,
) -> Plan:
    """Fetch and install; gives the plan with the files that were installed, mirror by mirror."""
    from xpip.edge.installation.writing import install_wheels

    fetched = sources.wheels_of([change.candidate for change in planned.changes])
    pins = {change.candidate: change.pin for change in planned.changes}
    for each in fetched:
        each.check_metadata(pins[each.candidate].metadata)
    around.observer.installing(len(fetched))
    install_wheels(
        [_wheel(each, pins[each.candidate], policy, sources, around.now) for each in fetched],
        prefix=environment.prefix,
        scheme=environment.scheme,
        executable=environment.executable,
        replaced=[change.replaces for change in planned.changes if change.replaces],
        on_installed=around.observer.installed,
        compile_bytecode=told.compile_bytecode,
    )
    return _as_served(planned, fetched)


def _as_served(planned: Plan, fetched: Sequence[FetchedFile]) -> Plan:
    served = {each.candidate: each.served for each in fetched}
    changes = (replace(each, candidate=served[each.candidate]) for each in planned.changes)
    return replace(planned, changes=tuple(changes))


def _wheel(
    fetched: FetchedFile, pin: Pin, policy: Policy, sources: Sources, now: datetime
) -> WheelToInstall:
    from xpip.edge.installation.writing import WheelToInstall

    if fetched.candidate.reference is not None:
        records = direct_records(sources.direct_url(fetched.candidate))
    else:
        records = origin_records(
            fetched.served,
            sha256=fetched.sha256,
            map_digest=policy.map.digest if policy.map else None,
            now=now,
        )
    return WheelToInstall(
        path=fetched.path,
        project=pin.project,
        version=pin.version,
        requested=pin.requested,
        dist_info_files=records,
    )
