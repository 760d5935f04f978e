"""`xpip install`: configure, locate, resolve, plan, check origins, fetch, install."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from xpip.core.continuity import against_rules, origin_changes
from xpip.core.decisions import Pin, Resolution
from xpip.core.discovery import Discovery
from xpip.core.planning import Plan, breakages, plan
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.reporting.notices import Notice, about_plan, notices_of
from xpip.core.reporting.records import origin_records
from xpip.core.reporting.refusals import errors_of, origin_changed
from xpip.core.requirements import parse_requirements
from xpip.core.resolution import Attempt, OnMet, Request, resolve
from xpip.edge.config import Options, Settings
from xpip.edge.environment import Environment, check_writable, locate_environment
from xpip.edge.installation.changes import environment_lock
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.errors import SeveralErrors
from xpip.operations.asking import World, asking
from xpip.operations.configuring import configured
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.edge.installation.writing import WheelToInstall


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """What `xpip install` was told, as it was told."""

    requirements: tuple[str, ...]
    options: Options
    python: str | None = None
    target: str | None = None
    prefix: str | None = None
    upgrade: bool = False
    force_reinstall: bool = False
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
    settings = configured(told.options, around)
    environment = _environment(told, around)
    with _alone(environment, told, around), asking(settings, around) as world:
        attempt = _resolve(told, settings, environment, world, around.observer.resolving)
        logged_in = world.logged_in(settings.policy)
        resolution = _resolution(attempt, settings.policy, environment.target, logged_in)
        planned = plan(resolution, SitePackages(environment.site_paths))
        _check_origins(planned, attempt, settings.policy)
        if planned.changes and not told.dry_run:
            planned = _carry_out(planned, told, settings.policy, environment, world.fetcher, around)
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


def _resolve(
    told: Installing,
    settings: Settings,
    environment: Environment,
    world: World,
    on_met: OnMet,
) -> Attempt:
    dependencies = parse_requirements(told.requirements, environment.target)
    request = Request(
        dependencies=dependencies,
        upgrade=NameSet(names=frozenset(each.project for each in dependencies))
        if told.upgrade
        else NameSet(),
        reinstall=told.force_reinstall,
        no_dependencies=told.no_deps,
    )
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
    fetcher: Fetcher,
    around: Surroundings,
) -> Plan:
    """Fetch and install; gives the plan with the files that were installed, mirror by mirror."""
    from xpip.edge.installation.writing import install_wheels

    fetched = fetcher.fetch_all([change.candidate for change in planned.changes])
    pins = {change.candidate: change.pin for change in planned.changes}
    for each in fetched:
        each.check_metadata(pins[each.candidate].metadata)
    around.observer.installing(len(fetched))
    install_wheels(
        [_wheel(each, pins[each.candidate], policy, around.now) for each in fetched],
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


def _wheel(fetched: FetchedFile, pin: Pin, policy: Policy, now: datetime) -> WheelToInstall:
    from xpip.edge.installation.writing import WheelToInstall

    return WheelToInstall(
        path=fetched.path,
        project=pin.project,
        version=pin.version,
        requested=pin.requested,
        dist_info_files=origin_records(
            fetched.served,
            sha256=fetched.sha256,
            map_digest=policy.map.digest if policy.map else None,
            now=now,
        ),
    )
