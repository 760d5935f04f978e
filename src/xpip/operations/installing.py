"""`xpip install`, where something is to be done: resolve, plan, check origins, fetch, install."""

from __future__ import annotations

from msgspec.structs import replace

from xpip.core.continuity import against_rules, origin_changes
from xpip.core.planning import Plan, breakages, plan
from xpip.core.policy import NameSet, Policy
from xpip.core.reporting.notices import Notice, about_plan
from xpip.core.reporting.refusals import origin_changed
from xpip.core.resolution import Attempt, Request
from xpip.edge.environment import Environment
from xpip.edge.installed import SitePackages
from xpip.operations.asked import Read
from xpip.operations.installation import Installed, Installing
from xpip.operations.putting_in import Records, about_installed, put_in
from xpip.operations.resolving import Resolver, resolving
from xpip.operations.surroundings import Surroundings
from xpip.operations.unpacking import chosen_link_mode


def install_anew(
    told: Installing, given: Read, environment: Environment, around: Surroundings
) -> Installed:
    """Resolve, and install what is not there yet; the environment is this run's own.

    Raises:
        XpipError: it may not, or cannot, be done; the environment is as it was.
    """
    told = replace(told, link_mode=chosen_link_mode(told.link_mode, around.environ))
    with resolving(given, environment, around) as resolver:
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
            *resolved.notices,
            *resolver.sources.notices(),
            *_about_plan(planned, resolver.policy, environment),
            *about_installed(planned, environment),
        ),
        findings=resolved.attempt.findings,
    )


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
    with around.stage("fetching"):
        fetched = resolver.sources.wheels_of(
            [change.candidate for change in planned.changes], unpacked=True
        )
    pins = {change.candidate: change.pin for change in planned.changes}
    for each in fetched:
        each.check_metadata(pins[each.candidate].metadata)
    with around.stage("linking"):
        return put_in(
            planned,
            fetched,
            told=told,
            environment=environment,
            records=Records(sources=resolver.sources, policy=resolver.policy, now=around.now),
            observer=around.observer,
        )
