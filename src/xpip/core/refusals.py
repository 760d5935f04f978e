"""A resolution that may not be used → the errors that say so, all of them.

Only puts into words what the stages before decided: nothing is judged or derived again here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from packaging.specifiers import SpecifierSet

from xpip.core.decisions import (
    Cause,
    DirectReference,
    Impasse,
    Interruption,
    Rejection,
    RejectionReason,
    Resolution,
    Ruling,
)
from xpip.core.discovery import Finding
from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    Layout,
    ProjectStatus,
    Repository,
    Unavailable,
)
from xpip.core.policy import Target
from xpip.core.resolution import Attempt
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason, ResolutionError, XpipError, branch_for

_REFUSED = frozenset({Ruling.CONFLICT, Ruling.QUARANTINED})


def errors_of(attempt: Attempt, target: Target) -> tuple[XpipError, ...]:
    """Everything that keeps this attempt from being used; empty if nothing does."""
    refused = {f.project for f in attempt.findings if f.verdict.ruling in _REFUSED}
    errors: list[XpipError] = []
    conflicts = [f for f in attempt.findings if f.verdict.ruling is Ruling.CONFLICT]
    if conflicts:
        errors.append(collision(conflicts))
    errors += [_quarantine(f) for f in attempt.findings if f.verdict.ruling is Ruling.QUARANTINED]
    errors += [_direct(reference) for reference in attempt.direct_references]
    match attempt.outcome:
        case Interruption() as interruption:
            errors += [_unavailable(interruption, answer) for answer in interruption.unavailable]
        case Impasse(causes=causes) if not refused & {cause.project for cause in causes}:
            errors.append(_impasse(causes, attempt.findings, target))
        case Impasse() | Resolution():
            pass
    return tuple(errors)


# Refused


def collision(conflicts: Sequence[Finding]) -> PolicyError:
    """One report of all names that several unlinked repositories hold."""
    names = [str(finding.project) for finding in conflicts]
    subject = (
        f"{names[0]} is on several repositories that nothing links"
        if len(names) == 1
        else f"{len(names)} projects are on several repositories that nothing links"
    )
    return PolicyError(
        f"{subject}: xpip does not decide which one owns a name",
        reference=Reason.COLLISION,
        context=[line for finding in conflicts for line in _conflict_lines(finding)],
        hint="\n".join(_alternatives(conflicts)),
        data={"conflicts": [_conflict_data(finding) for finding in conflicts]},
    )


def _conflict_lines(finding: Finding) -> Iterator[str]:
    yield str(finding.project)
    for answer, where in _asked(finding):
        yield f"  {redacted(answer.repository.url)}  ({where})"
        yield f"      {_evidence(answer)}"


def _asked(finding: Finding) -> Iterator[tuple[Answer, str]]:
    declared = {
        mirror: group.declared_at for group in finding.routing.groups for mirror in group.mirrors
    }
    for answer in finding.verdict.evidence:
        yield answer, declared[answer.repository]


def _evidence(answer: Answer) -> str:
    if not isinstance(answer, Found):
        return f"does not have it ({answer.detail})" if answer.detail else "does not have it"
    page = answer.page
    files = "1 file" if page.file_count == 1 else f"{page.file_count} files"
    newest = f", newest version {page.newest_version}" if page.newest_version else ""
    linked = ", ".join(
        f"{name} {' '.join(map(redacted, urls))}"
        for name, urls in (
            ("tracks", page.tracks),
            ("alternate-locations", page.alternate_locations),
        )
        if urls
    )
    return f"{files}{newest}; {linked or 'no metadata that links it'}"


def _alternatives(conflicts: Sequence[Finding]) -> Iterator[str]:
    names = " ".join(str(finding.project) for finding in conflicts)
    yield "Only you can know which repository is right. Install from it alone, for example:"
    holders = [(holder, finding) for finding in conflicts for holder in _holders(finding)]
    for repository in dict.fromkeys(holder for holder, _ in holders):
        held = " ".join(str(finding.project) for holder, finding in holders if holder == repository)
        yield f"  xpip install {_only(repository)} {held}"
    yield "or, if they are the same projects on all of these repositories:"
    yield "  xpip install … " + " ".join(f"--unsafe-merge {name}" for name in names.split())


def _holders(finding: Finding) -> Iterator[Repository]:
    for answer in finding.verdict.evidence:
        if isinstance(answer, Found) and answer.page.file_count and not answer.repository.is_local:
            yield answer.repository


def _only(repository: Repository) -> str:
    if repository.layout is Layout.FLAT:
        return f"--no-index --find-links {redacted(repository.url)}"
    return f"--index-url {redacted(repository.url)}"


def _conflict_data(finding: Finding) -> dict[str, object]:
    return {
        "project": finding.project,
        "repositories": [
            {
                "url": redacted(answer.repository.url),
                "declared_at": where,
                "files": answer.page.file_count,
                "newest_version": str(answer.page.newest_version or "") or None,
                "tracks": [redacted(url) for url in answer.page.tracks],
                "alternate_locations": [redacted(url) for url in answer.page.alternate_locations],
            }
            for answer, where in _asked(finding)
            if isinstance(answer, Found)
        ],
    }


def _quarantine(finding: Finding) -> PolicyError:
    pages = [
        answer.page
        for answer in finding.verdict.evidence
        if isinstance(answer, Found) and answer.page.status is ProjectStatus.QUARANTINED
    ]
    return PolicyError(
        f"{finding.project} is quarantined",
        reference=Reason.QUARANTINED,
        context=[
            f"{redacted(page.url)}: {page.status_reason or 'no reason given'}" for page in pages
        ],
        hint="It is under suspicion of being malicious; no other repository is asked instead.",
    )


def _direct(reference: DirectReference) -> PolicyError:
    return PolicyError(
        f"{reference.required_by} asks for {reference.project} from a URL of its own",
        reference=Reason.DIRECT_DENIED,
        context=[redacted(reference.url)],
        hint="No repository vouches for what lies there; ask its authors to depend on a release.",
    )


# Unavailable


def _unavailable(interruption: Interruption, answer: Unavailable) -> XpipError:
    return branch_for(answer.reason)(
        f"{redacted(answer.repository.url)} gave no usable answer for {interruption.project}",
        reference=answer.reason,
        context=[f"{redacted(answer.url)}: {answer.detail}"],
        hint=_ADVICE.get(answer.reason, _ASK_AGAIN),
    )


_ASK_AGAIN = (
    "Try again later. No other repository is asked instead: an outage must not decide where a "
    "name comes from."
)
_ADVICE = {
    Reason.AUTH_FAILED: "Check user name and token for this repository.",
    Reason.NOT_AN_INDEX: "Check the address: a repository's URL mostly ends in /simple/.",
    Reason.REDIRECT_FOREIGN: (
        "This server forwards names to another one, which you did not name. Ask its operator to "
        "stop that, or name the other repository yourself."
    ),
    Reason.API_VERSION: "Upgrade xpip.",
}


# Unresolved


def _impasse(
    causes: Sequence[Cause], findings: Iterable[Finding], target: Target
) -> ResolutionError:
    known = {finding.project: finding for finding in findings}
    if len(causes) == 1 and causes[0].project in known:
        return _nothing_for(causes[0], known[causes[0].project], target)
    for cause in causes:
        finding = known.get(cause.project) if cause.project else None
        if finding is not None and finding.verdict.ruling is Ruling.ABSENT:
            return _nothing_for(cause, finding, target)
    lines = [_cause_line(cause, target) for cause in causes]
    return ResolutionError(
        "These requirements cannot be met together",
        reference=Reason.RESOLUTION_CONFLICT,
        context=sorted(lines),
        hint="Loosen one of your requirements, or ask for other versions of what needs them.",
    )


def _cause_line(cause: Cause, target: Target) -> str:
    line = f"{cause.required_by or 'you'} {_verb(cause)} {cause.requirement}"
    if cause.requirement.startswith("Python "):
        return f"{line}; the target has Python {target.python_version}"
    return line


def _verb(cause: Cause) -> str:
    return "needs" if cause.required_by else "ask for"


def _nothing_for(cause: Cause, finding: Finding, target: Target) -> ResolutionError:
    wanted_by = [f"required by {cause.required_by}"] if cause.required_by else []
    if finding.verdict.ruling is Ruling.ABSENT:
        return ResolutionError(
            f"No repository has {finding.project}",
            reference=Reason.NOT_FOUND,
            context=[*wanted_by, *(_absence(answer) for answer in finding.verdict.evidence)],
            hint="Check the spelling, and which repositories are asked.",
        )
    rejections = finding.selection.rejections(cause.specifier)
    sources_only = _only_sources(rejections)
    message = (
        f"{cause.requirement} exists only as source distributions, and xpip cannot build yet"
        if sources_only
        else f"No file of {finding.project} satisfies {cause.requirement}"
    )
    return ResolutionError(
        message,
        reference=Reason.NO_CANDIDATE,
        context=[*wanted_by, *_passed_over(finding, cause.specifier, rejections, target)],
        hint="Build a wheel of it elsewhere and give its directory with --find-links."
        if sources_only
        else None,
    )


def _absence(answer: Answer) -> str:
    detail = answer.detail if isinstance(answer, Absent | Unavailable) else "a page without files"
    return f"{redacted(answer.url)}: {detail or 'absent'}"


def _only_sources(rejections: Sequence[Rejection]) -> bool:
    return bool(rejections) and all(
        rejection.reason is RejectionReason.SDIST_DENIED for rejection in rejections
    )


def _passed_over(
    finding: Finding,
    specifier: SpecifierSet | None,
    rejections: Sequence[Rejection],
    target: Target,
) -> Iterator[str]:
    for answer in finding.verdict.evidence:
        if isinstance(answer, Found):
            yield f"{redacted(answer.url)}: {_range(answer)}"
    counted = Counter((rejection.reason, rejection.detail) for rejection in rejections)
    for (reason, detail), count in counted.most_common(6):
        files = "1 file" if count == 1 else f"{count} files"
        yield f"passed over {files}: {detail or reason.value} [{reason.value}]"
    if any(r.reason in (RejectionReason.PYTHON, RejectionReason.TAGS) for r in rejections):
        best = target.tags[0] if target.tags else "no tags"
        yield f"the target has Python {target.python_version} ({best})"


def _range(answer: Found) -> str:
    versions = sorted(release.version for release in answer.page.releases)
    return f"versions {versions[0]} to {versions[-1]}" if versions else "no versions"
