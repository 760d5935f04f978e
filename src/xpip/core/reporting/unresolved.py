"""An impasse → the error that shows its causes, and which files were passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate, Cause, Rejection, RejectionReason, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.core.hashes import strongest
from xpip.core.policy import Target
from xpip.core.resolution import Attempt
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason, ResolutionError, XpipError

_NO_LIMITS: Mapping[NormalizedName, Sequence[str]] = MappingProxyType({})


def impasse_errors(
    causes: Sequence[Cause],
    findings: Iterable[Finding],
    target: Target,
    doubts: Sequence[str] = (),
    limits: Mapping[NormalizedName, Sequence[str]] = _NO_LIMITS,
) -> list[XpipError]:
    """One error, or one for each requirement that nothing at all satisfies.

    Args:
        causes: what could not be met together.
        findings: every project met.
        target: what it was for.
        doubts: what may be wrong with the answers; told where a name is not found.
        limits: what else the user said of projects, fit to print.
    """
    known = {finding.project: finding for finding in findings}
    hopeless = [
        _nothing_for(cause, known[cause.project], target)
        for cause in causes
        if cause.hopeless and cause.project in known
    ]
    errors = hopeless or [impasse(causes, known.values(), target)]
    for error in errors:
        if error.reference is Reason.NOT_FOUND:
            error.context += tuple(doubts)
    named = {cause.project for cause in causes}
    for _, lines in sorted((p, lines) for p, lines in limits.items() if p in named):
        errors[-1].context += tuple(lines)
    return errors


def limits_of(attempt: Attempt) -> dict[NormalizedName, list[str]]:
    """What the user said of each project with constraints and places, fit to print."""
    limits: dict[NormalizedName, list[str]] = {}
    for project, constraint in attempt.constraints.items():
        declared_at = ", ".join(constraint.declared_at)
        limits[project] = [f"you limit {project} to {constraint.specifier} ({declared_at})"]
    for project, candidate in attempt.direct.items():
        place = redacted(candidate.origin.repository)
        said = f"you take {project} from {place}, which has {candidate.version}"
        limits.setdefault(project, []).append(said)
    return limits


def impasse(causes: Sequence[Cause], findings: Iterable[Finding], target: Target) -> XpipError:
    """The nearest cause that explains it: a missing project, no usable file, or a conflict."""
    known = {finding.project: finding for finding in findings}
    if len(causes) == 1 and causes[0].project in known:
        return _nothing_for(causes[0], known[causes[0].project], target)
    for cause in causes:
        finding = known.get(cause.project) if cause.project else None
        if finding is not None and (
            finding.verdict.ruling is Ruling.ABSENT or _is_unmet(cause, finding)
        ):
            return _nothing_for(cause, finding, target)
    unusable = [cause for cause in causes if _is_about_metadata(cause)]
    if unusable and len(unusable) == len(causes):
        return ResolutionError(
            f"{' and '.join(f'{each.required_by}' for each in unusable)} cannot be used",
            reference=Reason.NO_CANDIDATE,
            context=[_cause_line(cause, target) for cause in unusable],
            hint="Ask for another version, and tell its authors.",
        )
    lines = [_cause_line(cause, target) for cause in causes]
    return ResolutionError(
        "These requirements cannot be met together",
        reference=Reason.RESOLUTION_CONFLICT,
        context=sorted(lines),
        hint="Loosen one of your requirements, or ask for other versions of what needs them.",
    )


def _is_about_metadata(cause: Cause) -> bool:
    return cause.project is None and not cause.requirement.startswith("Python ")


def _is_unmet(cause: Cause, finding: Finding) -> bool:
    """Whether nothing satisfies a cause even when it is alone."""
    return not any(finding.selection.matching(cause.specifier or SpecifierSet()))


def _cause_line(cause: Cause, target: Target) -> str:
    line = f"{cause.required_by or 'you'} {_verb(cause)} {cause.requirement}"
    if cause.requirement.startswith("Python "):
        return f"{line}; the target has Python {target.python_version}"
    return line


def _verb(cause: Cause) -> str:
    return "needs" if cause.required_by else "ask for"


def _nothing_for(cause: Cause, finding: Finding, target: Target) -> XpipError:
    wanted_by = [f"required by {cause.required_by}"] if cause.required_by else []
    if finding.verdict.ruling is Ruling.ABSENT:
        unknown = tuple(_unknown(finding, cause.specifier))
        if unknown:
            return _demand_leaves_nothing(cause, RejectionReason.HASH, unknown, wanted_by)
        return ResolutionError(
            f"No repository has {finding.project}",
            reference=Reason.NOT_FOUND,
            context=[
                *wanted_by,
                *(_absence(answer) for answer in finding.verdict.evidence),
                *([] if finding.verdict.evidence else ["none is asked: give one"]),
            ],
            hint="Check the spelling, and which repositories are asked.",
        )
    rejections = finding.selection.rejections(cause.specifier)
    demanded = _demanded(rejections)
    if demanded is RejectionReason.HASH_MISSING:
        candidate = finding.selection.unhashed(cause.specifier or SpecifierSet())
        if candidate is not None:
            return _no_hash_given(cause, candidate)
    if demanded is not None:
        return _demand_leaves_nothing(cause, demanded, rejections, wanted_by)
    sources_only = _only_sources(rejections)
    newest = max(finding.selection.versions, default=None)
    if not rejections and newest is not None:
        return ResolutionError(
            f"No version of {finding.project} satisfies {cause.requirement}",
            reference=Reason.NO_CANDIDATE,
            context=[*wanted_by, *_passed_over(finding, cause.specifier, rejections, target)],
            hint=f"The newest is {newest}.",
        )
    message = (
        f"{cause.requirement} exists only as source distributions, which may not be taken"
        if sources_only
        else f"No file of {finding.project} satisfies {cause.requirement}"
    )
    return ResolutionError(
        message,
        reference=Reason.NO_CANDIDATE,
        context=[*wanted_by, *_passed_over(finding, cause.specifier, rejections, target)],
        hint="Leave it out of --only-binary, or build a wheel of it elsewhere and give its "
        "directory with --find-links."
        if sources_only
        else None,
    )


class _Demand(Struct, frozen=True, kw_only=True):
    reference: Reason
    of: str
    hint: str


_DEMANDS = {
    RejectionReason.NO_UPLOAD_TIME: _Demand(
        reference=Reason.NO_UPLOAD_TIME,
        of="upload times",
        hint="--allow-no-upload-time takes files whose upload time is not known; in a mapping "
        'file, `no-upload-time = "allow"`.',
    ),
    RejectionReason.COOLDOWN: _Demand(
        reference=Reason.COOLDOWN,
        of="upload times",
        hint="Wait until they are old enough, or let what demands it allow later uploads.",
    ),
    RejectionReason.HASH: _Demand(
        reference=Reason.HASH_MISMATCH,
        of="hashes",
        hint="Check the hashes that you give: none of them is of a file that may be chosen.",
    ),
    RejectionReason.HASH_MISSING: _Demand(
        reference=Reason.HASH_MISSING,
        of="hashes",
        hint="Give hashes for every project, those that others need included; where a mapping "
        "file requires them, ask the repository's operator for pages that give some.",
    ),
    RejectionReason.IDENTITY: _Demand(
        reference=Reason.IDENTITY,
        of="attestations",
        hint="Ask its authors to publish attestations (PEP 740).",
    ),
}


def _unknown(finding: Finding, specifier: SpecifierSet | None) -> Iterator[Rejection]:
    """Files that were left aside before any judgement, because their hashes are not known ones."""
    for answer in finding.verdict.evidence:
        for release in answer.page.releases if isinstance(answer, Found) else ():
            if specifier is None or specifier.contains(release.version, prereleases=True):
                for file in release.files:
                    claimed = ", ".join(f"{each.algorithm}:{each.digest}" for each in file.hashes)
                    yield Rejection(
                        filename=file.filename, reason=RejectionReason.HASH, detail=claimed
                    )


def _demanded(rejections: Sequence[Rejection]) -> RejectionReason | None:
    """The demand for which files were passed over that would do otherwise."""
    reasons = {rejection.reason for rejection in rejections}
    return next((reason for reason in _DEMANDS if reason in reasons), None)


def _demand_leaves_nothing(
    cause: Cause, reason: RejectionReason, rejections: Sequence[Rejection], wanted_by: list[str]
) -> PolicyError:
    demand = _DEMANDS[reason]
    passed = [rejection for rejection in rejections if rejection.reason is reason]
    return PolicyError(
        f"No file of {cause.requirement} is left by what you demand of {demand.of}",
        reference=demand.reference,
        context=[*wanted_by, *(f"{each.filename}: {each.detail}" for each in passed[:6])],
        hint=demand.hint,
    )


def _no_hash_given(cause: Cause, candidate: Candidate) -> PolicyError:
    """A project without a hash where all others have one, and the line that would give it."""
    needs = f"{cause.required_by} needs" if cause.required_by else "you ask for"
    claim = strongest(candidate.file.hashes)
    line = f"{candidate.project}=={candidate.version}"
    return PolicyError(
        f"No hash is given for {cause.requirement}, which {needs}",
        reference=Reason.HASH_MISSING,
        context=[
            "where hashes are given for some projects, all need them",
            f"{candidate.file.filename} would be chosen ({redacted(candidate.origin.page_url)})",
            *([] if claim else ["its page gives no hash of it"]),
        ],
        hint="If you trust that file, add this line to your requirements:\n"
        f"    {line} --hash={claim.algorithm}:{claim.digest}"
        if claim
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
    if len(versions) < 2:
        return f"version {versions[0]}" if versions else "no versions"
    return f"versions {versions[0]} to {versions[-1]}"
