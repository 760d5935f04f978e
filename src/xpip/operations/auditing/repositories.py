"""`xpip audit --repositories`: what repositories say differently, and what their pages lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.auditing.comparing import Difference, differences
from xpip.core.auditing.grading import Report, grade_repository
from xpip.core.decisions import Interruption, Outage, Ruling
from xpip.core.facts import Answer, Found, ProjectPage, Repository, Unavailable
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.reporting.notices import Notice
from xpip.core.resolution import Attempt
from xpip.errors import SeveralErrors, XpipError
from xpip.operations.auditing.audited import Auditing, Subject, installed_subject, subject_of
from xpip.operations.surroundings import Surroundings


class AuditedRepositories(Struct, frozen=True, kw_only=True):
    """How repositories and mirrors answer for these projects.

    Attributes:
        error: what an installation would end with, and mirrors that could not be asked.
        mapped: whether a mapping file said who is asked.
    """

    projects: int
    differences: tuple[Difference, ...]
    reports: tuple[Report, ...]
    error: XpipError | None
    mapped: bool
    left_out: tuple[NormalizedName, ...]
    notices: tuple[Notice, ...]


def audit_repositories(told: Auditing, around: Surroundings) -> AuditedRepositories:
    """Ask every group that the names may be sent to, with all of its mirrors, and compare.

    Raises:
        XpipError: what is asked for cannot be read, or the environment cannot be asked.
    """
    with _subject(told, around) as subject:
        resolver = subject.resolver
        heard = _heard(subject)
        pages = [(group, answer.page) for group, answer, _ in heard if isinstance(answer, Found)]
        return AuditedRepositories(
            projects=len(subject.findings),
            differences=_differences([page for _, page in pages]),
            reports=tuple(_reports(pages, resolver.policy)),
            error=_error(subject, heard),
            mapped=resolver.policy.map is not None,
            left_out=subject.left_out,
            notices=subject.given.settings.notices,
        )


def _subject(told: Auditing, around: Surroundings) -> AbstractContextManager[Subject]:
    """The set that is named, or what is installed where none is."""
    if told.lock is None and not told.asked.requested.asks:
        return installed_subject(told, around)
    return subject_of(told, around)


def _heard(subject: Subject) -> list[tuple[RepositoryGroup, Answer, NormalizedName]]:
    """What every mirror says of the groups that were asked: trust in mirrors is equal.

    Groups that a routing did not come to are not asked now either (semantics 3.1).
    """
    wanted = [
        (group, mirror, finding.project)
        for finding in subject.findings
        for group in dict.fromkeys(asked.group for asked in finding.asked)
        for mirror in group.mirrors
    ]
    answers = subject.resolver.pages([(mirror, project) for _, mirror, project in wanted])
    return [
        (group, answer, project)
        for (group, _, project), answer in zip(wanted, answers, strict=True)
    ]


def _differences(pages: Sequence[ProjectPage]) -> tuple[Difference, ...]:
    of_project: dict[NormalizedName, list[ProjectPage]] = {}
    for page in pages:
        of_project.setdefault(page.project, []).append(page)
    return tuple(
        each for project in sorted(of_project) for each in differences(project, of_project[project])
    )


def _reports(
    pages: Sequence[tuple[RepositoryGroup, ProjectPage]], policy: Policy
) -> Iterator[Report]:
    of_mirror: dict[tuple[str, Repository], list[ProjectPage]] = {}
    for group, page in pages:
        of_mirror.setdefault((group.name, page.repository), []).append(page)
    for group in policy.groups:
        for mirror in group.mirrors:
            if (group.name, mirror) in of_mirror:
                yield grade_repository(group, mirror, of_mirror[group.name, mirror], policy)


def _error(
    subject: Subject, heard: Sequence[tuple[RepositoryGroup, Answer, NormalizedName]]
) -> XpipError | None:
    """What an installation would end with, and mirrors that it would not notice."""
    known = {
        finding.project
        for finding in subject.findings
        if finding.verdict.ruling is Ruling.UNAVAILABLE
    }
    outages = tuple(
        Outage(project=project, answer=answer)
        for _, answer, project in heard
        if isinstance(answer, Unavailable) and project not in known
    )
    silent = Attempt(outcome=Interruption(outages=outages), findings=())
    errors = [each for each in (subject.error, subject.resolver.error_of(silent)) if each]
    return SeveralErrors(errors) if len(errors) > 1 else next(iter(errors), None)
