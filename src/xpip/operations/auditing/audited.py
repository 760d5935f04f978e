"""What an audit is of: a set of requirements, or the projects of a lock or an environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Interruption, Outage, Resolution, Ruling
from xpip.core.declarations import Place
from xpip.core.discovery import Finding
from xpip.core.explaining.needs import path_to
from xpip.core.facts import CoreMetadata, InstalledDistribution, RecordedOrigin, Unavailable
from xpip.core.resolution import Attempt
from xpip.edge.environment import consulted_environment
from xpip.edge.installed import SitePackages, direct_record
from xpip.edge.locked_origins import LockedProject, locked_projects
from xpip.errors import Reason, UsageError, XpipError
from xpip.operations.asked import Asked, Read, read
from xpip.operations.configuring import configured
from xpip.operations.requesting import gather_any
from xpip.operations.resolving import Resolver, resolving
from xpip.operations.surroundings import Surroundings

_UNKNOWN = Version("0")


class Auditing(Struct, frozen=True, kw_only=True):
    """What `xpip audit` was told.

    Attributes:
        lock: a lock file whose projects are meant, instead of requirements.
        python: an environment; what it holds remembers where it came from.
    """

    asked: Asked
    lock: str | None = None
    python: str | None = None


class Subject(Struct, frozen=True, kw_only=True):
    """The projects of an audit, as they are found today.

    Attributes:
        error: what an installation would end with, if it would.
        places: where each project is asked for, or what leads to it.
        left_out: projects that no repository decides about: they are direct references.
    """

    findings: tuple[Finding, ...]
    resolver: Resolver
    given: Read
    error: XpipError | None
    places: dict[NormalizedName, Place]
    left_out: tuple[NormalizedName, ...] = ()
    locked: tuple[LockedProject, ...] = ()


@contextmanager
def subject_of(told: Auditing, around: Surroundings) -> Iterator[Subject]:
    """Find the projects, with the world open, as if nothing were installed.

    Raises:
        XpipError: what is asked for cannot be read, or the environment cannot be asked.
    """
    if told.lock is not None and told.asked.requested.asks:
        raise UsageError("--lock and requirements exclude each other", reference=Reason.USAGE)
    locked = locked_projects(around.cwd / told.lock) if told.lock is not None else ()
    given = read_all(told, around) if told.lock is not None else read(told.asked, around)
    environment = consulted_environment(python=told.python, environ=around.environ, cwd=around.cwd)
    with resolving(given, environment, around) as resolver:
        if told.lock is None:
            yield _requested(resolver, given)
        else:
            yield _locked(resolver, given, locked, told.lock)


@contextmanager
def installed_subject(told: Auditing, around: Surroundings) -> Iterator[Subject]:
    """The projects that an environment holds.

    Raises:
        XpipError: it cannot be asked.
    """
    given = read_all(told, around)
    environment = consulted_environment(python=told.python, environ=around.environ, cwd=around.cwd)
    installed = SitePackages(environment.visible_paths)
    placed = tuple(each.project for each in installed if _is_direct(each))
    projects = [each.project for each in installed if each.project not in placed]
    where = Place(file=str(environment.prefix))
    with resolving(given, environment, around) as resolver:
        found = _found(resolver, given, projects)
        yield replace(found, places=dict.fromkeys(projects, where), left_out=placed)


def read_all(told: Auditing, around: Surroundings) -> Read:
    """The same as `read`, where nothing need be asked for."""
    gathered = gather_any(told.asked.requested, told.asked.options, around)
    return Read(asked=told.asked, gathered=gathered, settings=configured(gathered.options, around))


def remembering(
    told: Auditing, locked: Sequence[LockedProject], around: Surroundings
) -> dict[NormalizedName, InstalledDistribution]:
    """Where projects came from so far, as far as a lock or an environment that is named says.

    Raises:
        UsageError: the environment cannot be asked.
    """
    if told.lock is not None:
        return {each.project: _remembered(each) for each in locked if each.index is not None}
    if told.python is None:
        return {}
    environment = consulted_environment(python=told.python, environ=around.environ, cwd=around.cwd)
    return {each.project: each for each in SitePackages(environment.visible_paths)}


def _remembered(locked: LockedProject) -> InstalledDistribution:
    index = locked.index or ""
    page = f"{index.rstrip('/')}/{locked.project}/"
    return InstalledDistribution(
        project=locked.project,
        version=_UNKNOWN,
        metadata=CoreMetadata(name=locked.project, version=_UNKNOWN),
        location="",
        origin=RecordedOrigin(repository=index, page_url=page),
    )


def _is_direct(installed: InstalledDistribution) -> bool:
    # One that cannot be read says as much: no repository decided.
    return direct_record(installed.location) is not None


def _requested(resolver: Resolver, given: Read) -> Subject:
    attempt = resolver.attempt(replace(resolver.request, reinstall=True), SitePackages(()))
    return Subject(
        findings=attempt.findings,
        resolver=resolver,
        given=given,
        error=resolver.error_of(attempt),
        places=_places(attempt, given),
        left_out=tuple(attempt.direct),
    )


def _places(attempt: Attempt, given: Read) -> dict[NormalizedName, Place]:
    roots = {
        canonicalize_name(each.wanted.name): each.declared_at
        for each in given.gathered.declared
        # The command line is no file that anything could be shown in.
        if isinstance(each.wanted, Requirement)
        and not each.is_constraint
        and (each.declared_at.line or each.declared_at.key)
    }
    pins = attempt.outcome.pins if isinstance(attempt.outcome, Resolution) else ()
    by_name = {pin.project: pin for pin in pins}
    ways = ((finding.project, path_to(finding.project, by_name)) for finding in attempt.findings)
    led = {project: roots[way[0]] for project, way in ways if way and way[0] in roots}
    return {**led, **roots}


def _locked(resolver: Resolver, given: Read, locked: Sequence[LockedProject], name: str) -> Subject:
    direct = tuple(dict.fromkeys(each.project for each in locked if each.is_direct))
    projects = dict.fromkeys(each.project for each in locked if not each.is_direct)
    found = _found(resolver, given, tuple(projects))
    places = dict.fromkeys(projects, Place(file=name))
    return replace(found, places=places, left_out=direct, locked=tuple(locked))


def _found(resolver: Resolver, given: Read, projects: Sequence[NormalizedName]) -> Subject:
    findings = resolver.find_all(projects)
    outages = tuple(
        Outage(project=finding.project, answer=answer)
        for finding in findings
        if finding.verdict.ruling is Ruling.UNAVAILABLE
        for answer in finding.verdict.evidence
        if isinstance(answer, Unavailable)
    )
    attempt = Attempt(outcome=Interruption(outages=outages), findings=findings)
    return Subject(
        findings=findings,
        resolver=resolver,
        given=given,
        error=resolver.error_of(attempt),
        places={},
    )
