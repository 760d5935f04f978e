"""`xpip install`, where nothing may have to be done: read, locate, look at what is there.

What satisfies all that is asked for stays, and nobody is asked about it: that is what resolving
comes to where everything is installed, and is found here without it. What resolves, fetches and
builds is imported only where something has to be done; so is what only mapping files need.
"""

from __future__ import annotations

from msgspec.structs import replace
from packaging.requirements import Requirement

from xpip.core.declarations import DeclaredRequirement
from xpip.core.dependencies import as_dependency
from xpip.core.facts import InstalledDistribution
from xpip.core.planning import Plan
from xpip.core.policy import Policy
from xpip.core.reporting.notices import about_plan, unknown_extras
from xpip.core.standing import standing_pins
from xpip.edge.environment import Environment
from xpip.edge.installed import SitePackages
from xpip.operations.asked import Read, read
from xpip.operations.changing import alone, chosen_environment
from xpip.operations.installation import Installed, Installing
from xpip.operations.remembering import interpreters_known
from xpip.operations.surroundings import Surroundings


def install(told: Installing, around: Surroundings) -> Installed:
    """Put what is asked for, and all it needs, into an environment: all of it, or nothing.

    Raises:
        XpipError: it may not, or cannot, be done; the environment is as it was.
    """
    with around.stage("reading"):
        given = read(told.asked, around)
    with around.stage("looking"):
        known = interpreters_known(given.settings.cache_directory)
        environment = chosen_environment(told, around, known)
    with alone(environment, told, around) as noticed:
        with around.stage("looking"):
            installed = _left_alone(told, given, environment)
        if installed is None:
            from xpip.operations.installing import install_anew

            installed = install_anew(told, given, environment, around)
    notices = (*noticed, *given.settings.notices, *installed.notices)
    return replace(installed, notices=notices)


def _left_alone(told: Installing, given: Read, environment: Environment) -> Installed | None:
    """What comes of it where everything is there; None where more has to be looked at."""
    anew = told.upgrade or told.force_reinstall or told.ignore_installed
    if anew or told.asked.builds.has_to_be_read:
        return None
    declared = given.gathered.applying(environment.target)
    names = [each for each in declared if _is_plain(each)]
    if len(names) < len(declared):
        return None
    pins = standing_pins(
        [as_dependency(each) for each in _wanted(names, constraints=False)],
        [as_dependency(each) for each in _wanted(names, constraints=True)],
        SitePackages(environment.visible_paths),
        environment.target,
        with_dependencies=not told.asked.no_deps,
    )
    if pins is None:
        return None
    planned = Plan(changes=(), kept=pins)
    policy = given.settings.policy
    return Installed(
        plan=planned,
        policy=policy,
        target=environment.target,
        notices=(*unknown_extras(pins), *about_plan((), _against_rules(planned, policy))),
    )


def _is_plain(declared: DeclaredRequirement) -> bool:
    """Whether it names a project, and not a place; a constraint has no extras either."""
    wanted = declared.wanted
    if not isinstance(wanted, Requirement) or wanted.url is not None:
        return False
    return not (declared.is_constraint and wanted.extras)


def _wanted(names: list[DeclaredRequirement], *, constraints: bool) -> list[Requirement]:
    return [
        each.wanted
        for each in names
        if isinstance(each.wanted, Requirement) and each.is_constraint is constraints
    ]


def _against_rules(planned: Plan, policy: Policy) -> tuple[InstalledDistribution, ...]:
    if policy.map is None:
        return ()
    from xpip.core.continuity import against_rules

    return against_rules(planned.kept, policy)
