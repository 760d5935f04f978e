"""The story on one page: what each command does, stage by stage.

The only place where floors meet: the edge's parts are made here and handed to one another, the
core is run over them, and what may not go on is raised. Prints nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xpip.core.continuity import against_rules, origin_changes
from xpip.core.decisions import Pin, Resolution
from xpip.core.discovery import Discovery
from xpip.core.planning import Plan, breakages, plan
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.ports import Observer
from xpip.core.reporting.notices import Notice, about_plan, notices_of
from xpip.core.reporting.records import origin_records
from xpip.core.reporting.refusals import errors_of, origin_changed
from xpip.core.requirements import parse_requirements
from xpip.core.resolution import Attempt, OnMet, Request, resolve
from xpip.core.urls import web_origin
from xpip.edge.config import Options, Settings, configure
from xpip.edge.credentials import CredentialStore
from xpip.edge.environment import Environment, check_writable, locate_environment
from xpip.edge.installation.changes import environment_lock
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.client import RepositoryClient
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.transport import Transport
from xpip.errors import SeveralErrors

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The process that a command runs in: handed over, so that no stage reads it by itself."""

    environ: Mapping[str, str]
    cwd: Path
    now: datetime
    observer: Observer


def install(told: Installing, around: Surroundings) -> Installed:
    """Put what is asked for, and all it needs, into an environment: all of it, or nothing.

    Raises:
        XpipError: it may not, or cannot, be done; the environment is as it was.
    """
    settings = configure(told.options, environ=around.environ, cwd=around.cwd, now=around.now)
    environment = _environment(told, around)
    with _alone(environment, told, around), _asking(settings, around) as asking:
        attempt = _resolve(told, settings, environment, asking, around.observer.resolving)
        logged_in = asking.logged_in(settings.policy)
        resolution = _resolution(attempt, settings.policy, environment.target, logged_in)
        planned = plan(resolution, SitePackages(environment.site_paths))
        _check_origins(planned, attempt, settings.policy)
        if planned.changes and not told.dry_run:
            _carry_out(planned, told, settings.policy, environment, asking.fetcher, around)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    repositories: RepositoryClient
    fetcher: Fetcher
    logins: CredentialStore

    def logged_in(self, policy: Policy) -> frozenset[str]:
        """The repositories that are asked with credentials."""
        mirrors = [mirror for group in policy.groups for mirror in group.mirrors]
        return frozenset(each.url for each in mirrors if self.logins.find(web_origin(each.url)))


@contextmanager
def _asking(settings: Settings, around: Surroundings) -> Iterator[_Asking]:
    """The world, as far as repositories go; closed and cleared away at the end."""
    logins = CredentialStore(settings.policy, settings.credentials, environ=around.environ)
    transport = Transport(logins=logins, network=settings.network)
    # At the end a worker may still be busy with an answer that nobody waits for any more.
    with tempfile.TemporaryDirectory(prefix="xpip-", ignore_cleanup_errors=True) as directory:
        fetcher = Fetcher(
            transport,
            Path(directory),
            around.observer,
            groups=settings.policy.groups,
            known_hashes=settings.policy.known_hashes,
        )
        remote = RemoteRepositories(
            transport,
            groups=settings.policy.groups,
            mapped=settings.policy.map is not None,
            logins=logins,
            whole_wheel=fetcher.whole_wheel,
        )
        repositories = RepositoryClient(remote)
        try:
            yield _Asking(repositories=repositories, fetcher=fetcher, logins=logins)
        finally:
            repositories.close()
            transport.close()


def _resolve(
    told: Installing,
    settings: Settings,
    environment: Environment,
    asking: _Asking,
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
    discovery = Discovery(asking.repositories, policy=settings.policy, target=environment.target)
    return resolve(
        request,
        discovery=discovery,
        repositories=asking.repositories,
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
) -> None:
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


def _wheel(fetched: FetchedFile, pin: Pin, policy: Policy, now: datetime) -> WheelToInstall:
    from xpip.edge.installation.writing import WheelToInstall

    return WheelToInstall(
        path=fetched.path,
        project=pin.project,
        version=pin.version,
        requested=pin.requested,
        dist_info_files=origin_records(
            fetched.candidate,
            sha256=fetched.sha256,
            map_digest=policy.map.digest if policy.map else None,
            now=now,
        ),
    )
