"""`xpip explain`: read, locate, resolve as if nothing were installed, and lay out what decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.decisions import Pin, Resolution
from xpip.core.discovery import Finding
from xpip.core.explaining import Demand, Explanation
from xpip.core.explaining import explain as lay_out
from xpip.core.reporting.notices import Notice
from xpip.core.resolution import Attempt, Request
from xpip.edge.environment import consulted_environment
from xpip.edge.installed import SitePackages
from xpip.errors import Reason, UsageError, XpipError
from xpip.operations.requesting import Requested
from xpip.operations.resolving import Asked, Resolver, read, resolving
from xpip.operations.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining:
    """What `xpip explain` was told.

    Attributes:
        names: the projects to explain; without files, what is asked for as well.
        everything: whether every project that is met is explained.
    """

    names: tuple[str, ...]
    asked: Asked
    everything: bool = False
    python: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The explanations, and the error that an installation would end with, if it would."""

    explanations: tuple[Explanation, ...]
    error: XpipError | None
    notices: tuple[Notice, ...]


def explain(told: Explaining, around: Surroundings) -> Explained:
    """Lay out the decisions that an installation would make; changes nothing.

    Raises:
        XpipError: what is asked for cannot be read, or the environment cannot be asked.
    """
    given = read(_asked(told), around)
    environment = consulted_environment(python=told.python, environ=around.environ, cwd=around.cwd)
    installed = SitePackages(environment.visible_paths)
    with resolving(given, environment, around) as resolver:
        request = replace(resolver.request, reinstall=True)
        attempt = resolver.attempt(request, SitePackages(()))
        explanations = tuple(
            lay_out(
                finding,
                _pins(attempt),
                policy=resolver.policy,
                target=environment.target,
                asked=_demands(request, finding.project),
                installed=installed.find(finding.project),
                withheld=next((w for w in attempt.withheld if w.project == finding.project), None),
            )
            for finding in _findings(told, attempt, resolver)
        )
        error = resolver.error_of(attempt)
    return Explained(explanations=explanations, error=error, notices=given.settings.notices)


def _asked(told: Explaining) -> Asked:
    """Without files, the names are what is asked for; with them, they are looked up in it."""
    if told.asked.requested != Requested():
        return told.asked
    if not told.names:
        raise UsageError(
            "Nothing is named that could be explained",
            reference=Reason.USAGE,
            hint="Name a project, or files with -r and --all.",
        )
    return replace(told.asked, requested=Requested(requirements=told.names))


def _pins(attempt: Attempt) -> dict[NormalizedName, Pin]:
    if not isinstance(attempt.outcome, Resolution):
        return {}
    return {pin.project: pin for pin in attempt.outcome.pins}


def _findings(told: Explaining, attempt: Attempt, resolver: Resolver) -> list[Finding]:
    met = {finding.project: finding for finding in attempt.findings}
    if told.everything:
        return [met[project] for project in sorted(met)]
    names = dict.fromkeys(canonicalize_name(_name(text)) for text in told.names)
    return [met[name] if name in met else resolver.find(name) for name in names]


def _name(text: str) -> str:
    try:
        return Requirement(text).name
    except InvalidRequirement:
        raise UsageError(
            f"{text!r} is no project's name",
            reference=Reason.USAGE,
            hint="Name projects; what lies at a place was not decided about.",
        ) from None


def _demands(request: Request, project: NormalizedName) -> list[Demand]:
    return [
        Demand(requirement=f"{each.project}{each.specifier}", by=None)
        for each in request.dependencies
        if each.project == project
    ]
