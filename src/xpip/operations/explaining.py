"""`xpip explain`: read, locate, resolve as if nothing were installed, and lay out what decided.

The decision is the one by which `install` takes a file anew; what is installed today stands beside
it, and still remembers where it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from xpip.core.continuity import OriginChange, origin_changes
from xpip.core.decisions import Resolution
from xpip.core.discovery import Finding
from xpip.core.explaining import Explainer, Explanation
from xpip.core.planning import plan
from xpip.core.policy import Policy
from xpip.core.reporting.notices import Notice
from xpip.core.reporting.refusals import origin_changed
from xpip.core.resolution import Attempt
from xpip.edge.environment import Environment, Kept, consulted_environment, locate_environment
from xpip.edge.installed import SitePackages
from xpip.errors import Reason, UsageError, XpipError
from xpip.operations.asked import Asked, read
from xpip.operations.remembering import interpreters_known
from xpip.operations.resolving import Resolver, resolving
from xpip.operations.surroundings import Surroundings


class Explaining(Struct, frozen=True, kw_only=True):
    """What `xpip explain` was told.

    Attributes:
        names: the projects to explain; without files, what is asked for as well.
        everything: whether every project that is met is explained.
        version: of which the user wants to know why it is not chosen.
    """

    names: tuple[str, ...]
    asked: Asked
    everything: bool = False
    version: str | None = None
    python: str | None = None


class Explained(Struct, frozen=True, kw_only=True):
    """The explanations, and the error that an installation would end with, if it would."""

    explanations: tuple[Explanation, ...]
    error: XpipError | None
    notices: tuple[Notice, ...]


def explain(told: Explaining, around: Surroundings) -> Explained:
    """Lay out the decisions that an installation would make; changes nothing.

    Raises:
        XpipError: what is asked for cannot be read, or the environment cannot be asked.
    """
    inquired = inquired_version(told.version)
    with around.stage("reading"):
        given = read(_asked(told), around)
    known = interpreters_known(given.settings.cache_directory)
    environment = explained_environment(told.python, around, known)
    with resolving(given, environment, around) as resolver:
        request = replace(resolver.request, reinstall=True)
        attempt = resolver.attempt(request, SitePackages(()))
        changed = _origin_changes(attempt, environment, resolver.policy)
        error = resolver.error_of(attempt) or (origin_changed(changed) if changed else None)
        explainer = Explainer(
            attempt,
            request=request,
            policy=resolver.policy,
            target=resolver.target,
            refused=error is not None,
        )
        installed = SitePackages(environment.visible_paths)
        changes = {change.project: change for change in changed}
        explanations = tuple(
            explainer.explain(
                finding,
                asked=specifier,
                inquired=inquired,
                installed=installed.find(finding.project),
                change=changes.get(finding.project),
            )
            for finding, specifier in _findings(told, attempt, resolver, explainer)
        )
        # An installation that is refused says why, and nothing else.
        notices = () if error is not None else resolver.notices_of(attempt)
    return Explained(
        explanations=explanations, error=error, notices=(*given.settings.notices, *notices)
    )


def explained_environment(
    python: str | None, around: Surroundings, known: Kept | None = None
) -> Environment:
    """Where `install` would write; where there is nothing, the environment that xpip runs in."""
    environ, cwd = around.environ, around.cwd
    try:
        return locate_environment(
            python=python, target=None, prefix=None, environ=environ, cwd=cwd, kept=known
        )
    except UsageError:
        if python is not None:
            raise
        return consulted_environment(python=None, environ=environ, cwd=cwd, kept=known)


def inquired_version(text: str | None) -> Version | None:
    """The version of which the user wants to know why it is not chosen.

    Raises:
        UsageError: it is none (PEP 440).
    """
    try:
        return None if text is None else Version(text)
    except InvalidVersion:
        raise UsageError(
            f"--version {text!r} is no version (PEP 440)", reference=Reason.USAGE
        ) from None


def _asked(told: Explaining) -> Asked:
    """Without files, the names are what is asked for; with them, they are looked up in it."""
    if told.asked.requested.asks:
        return told.asked
    if not told.names:
        raise UsageError(
            "Nothing is named that could be explained",
            reference=Reason.USAGE,
            hint="Name a project, or files with -r.",
        )
    return replace(told.asked, requested=replace(told.asked.requested, requirements=told.names))


def _origin_changes(
    attempt: Attempt, environment: Environment, policy: Policy
) -> tuple[OriginChange, ...]:
    """As an installation checks them; where nothing may be installed, nothing changes."""
    if not isinstance(attempt.outcome, Resolution):
        return ()
    planned = plan(attempt.outcome, SitePackages(environment.site_paths))
    findings = {finding.project: finding for finding in attempt.findings}
    return origin_changes(planned.changes, findings, policy)


def _findings(
    told: Explaining, attempt: Attempt, resolver: Resolver, explainer: Explainer
) -> list[tuple[Finding, SpecifierSet]]:
    """What there is to explain, with what the user asks of it for the explanation alone."""
    met = {finding.project: finding for finding in attempt.findings}
    met |= {
        project: placed
        for project in _projects(attempt)
        if (placed := explainer.placed(project)) is not None
    }
    if told.everything:
        return [(met[project], SpecifierSet()) for project in sorted(met)]
    wanted = _wanted(told, [each.project for each in resolver.request.dependencies])
    return [
        (met[project] if project in met else resolver.find(project), specifier)
        for project, specifier in wanted.items()
    ]


def _projects(attempt: Attempt) -> Iterable[NormalizedName]:
    pins = attempt.outcome.pins if isinstance(attempt.outcome, Resolution) else ()
    return dict.fromkeys([*attempt.direct, *(pin.project for pin in pins)])


def _wanted(
    told: Explaining, requested: Sequence[NormalizedName]
) -> dict[NormalizedName, SpecifierSet]:
    """The projects named; where nothing but they is asked for, what they turned out to be."""
    if not told.asked.requested.asks and requested:
        return dict.fromkeys(requested, SpecifierSet())
    named = map(_named, told.names)
    return {canonicalize_name(each.name): each.specifier for each in named}


def _named(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement:
        raise UsageError(
            f"{text!r} is no project's name",
            reference=Reason.USAGE,
            hint="With files, name projects that they ask for; without, a place may be named too.",
        ) from None
