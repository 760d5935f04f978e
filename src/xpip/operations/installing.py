"""`xpip install`: read, locate, resolve, plan, check origins, fetch, install."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from xpip.core.continuity import against_rules, origin_changes
from xpip.core.decisions import Pin
from xpip.core.planning import Plan, breakages, plan
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.reporting.notices import Notice, about_plan
from xpip.core.reporting.records import direct_records, origin_records
from xpip.core.reporting.refusals import origin_changed
from xpip.core.resolution import Attempt, Request
from xpip.edge.environment import Environment, check_writable, locate_environment
from xpip.edge.installation.changes import environment_lock
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.fetching import FetchedFile
from xpip.operations.resolving import Asked, Resolver, read, resolving
from xpip.operations.surroundings import Surroundings
from xpip.operations.wanted import named

if TYPE_CHECKING:
    from xpip.edge.installation.writing import WheelToInstall


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """What `xpip install` was told, as it was told."""

    asked: Asked
    python: str | None = None
    target: str | None = None
    prefix: str | None = None
    upgrade: bool = False
    upgrade_strategy: str = "only-if-needed"
    force_reinstall: bool = False
    ignore_installed: bool = False
    dry_run: bool = False
    break_system_packages: bool = False
    compile_bytecode: bool = False
    allow_file_collision: tuple[str, ...] = ()
    user: bool = False


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
    given = read(told.asked, around)
    environment = _environment(told, around)
    with (
        _alone(environment, told, around),
        resolving(given, environment, around) as resolver,
    ):
        request = _request(told, resolver.request)
        resolved = resolver.resolve(request, SitePackages(environment.visible_paths))
        planned = plan(resolved.resolution, _replaceable(told, environment))
        _check_origins(planned, resolved.attempt, resolver.policy)
        if planned.changes and not told.dry_run:
            planned = _carry_out(planned, told, environment, resolver, around)
    return Installed(
        plan=planned,
        policy=resolver.policy,
        target=environment.target,
        notices=(
            *given.settings.notices,
            *resolved.notices,
            *resolver.sources.notices(),
            *_about_plan(planned, resolver.policy, environment),
        ),
        attempt=resolved.attempt,
    )


def _environment(told: Installing, around: Surroundings) -> Environment:
    environment = locate_environment(
        python=told.python,
        target=told.target,
        prefix=told.prefix,
        user=told.user,
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
        upgrade=NameSet(everything=eager, names=named) if told.upgrade else NameSet(),
        reinstall=told.force_reinstall or told.ignore_installed,
    )


def _replaceable(told: Installing, environment: Environment) -> SitePackages:
    """What may have to make room."""
    return SitePackages(() if told.ignore_installed else environment.site_paths)


def _about_plan(planned: Plan, policy: Policy, environment: Environment) -> tuple[Notice, ...]:
    return about_plan(
        breakages(planned, SitePackages(environment.site_paths), environment.target),
        against_rules(planned.kept, policy),
    )


def _check_origins(planned: Plan, attempt: Attempt, policy: Policy) -> None:
    findings = {finding.project: finding for finding in attempt.findings}
    changed = origin_changes(planned.changes, findings, policy)
    if changed:
        raise origin_changed(changed)


def _carry_out(
    planned: Plan,
    told: Installing,
    environment: Environment,
    resolver: Resolver,
    around: Surroundings,
) -> Plan:
    """Fetch and install; gives the plan with the files that were installed, mirror by mirror."""
    from xpip.edge.installation.writing import install_wheels

    fetched = resolver.sources.wheels_of([change.candidate for change in planned.changes])
    pins = {change.candidate: change.pin for change in planned.changes}
    overwriting = named(told.allow_file_collision)
    for each in fetched:
        each.check_metadata(pins[each.candidate].metadata)
    around.observer.installing(len(fetched))
    install_wheels(
        [
            replace(
                _wheel(each, pins[each.candidate], resolver, around.now),
                may_overwrite=each.candidate.project in overwriting,
            )
            for each in fetched
        ],
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


def _wheel(fetched: FetchedFile, pin: Pin, resolver: Resolver, now: datetime) -> WheelToInstall:
    from xpip.edge.installation.writing import WheelToInstall

    mapped = resolver.policy.map
    if fetched.candidate.reference is not None:
        records = direct_records(resolver.sources.direct_url(fetched.candidate))
    else:
        records = origin_records(
            fetched.served,
            sha256=fetched.sha256,
            map_digest=mapped.digest if mapped else None,
            now=now,
        )
    return WheelToInstall(
        path=fetched.path,
        project=pin.project,
        version=pin.version,
        requested=pin.requested,
        dist_info_files=records,
    )
