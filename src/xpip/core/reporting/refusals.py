"""A resolution that may not be used → the errors that say so, all of them.

Only puts into words what the stages before decided: nothing is judged or derived again here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName

from xpip.core.continuity import OriginChange
from xpip.core.decisions import (
    REFUSED,
    DirectReference,
    Impasse,
    Interruption,
    Outage,
    RejectionReason,
    Resolution,
    Ruling,
)
from xpip.core.discovery import Finding
from xpip.core.facts import Found, ProjectStatus
from xpip.core.policy import Policy, Target
from xpip.core.reporting.collision import collision
from xpip.core.reporting.notices import suspects
from xpip.core.reporting.unresolved import impasse_errors, limits_of
from xpip.core.resolution import Attempt
from xpip.core.selection import Withheld
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason, XpipError, branch_for


def errors_of(
    attempt: Attempt,
    policy: Policy,
    target: Target,
    logged_in: frozenset[str] = frozenset(),
) -> tuple[XpipError, ...]:
    """Everything that keeps this attempt from being used; empty if nothing does.

    Args:
        attempt: how the resolution ended.
        policy: what it was held to.
        target: what it was for.
        logged_in: URLs of repositories that were asked with credentials.
    """
    errors: list[XpipError] = []
    counting = _counting(attempt, policy)
    conflicts = [f for f in counting if f.verdict.ruling is Ruling.CONFLICT]
    if conflicts:
        errors.append(collision(conflicts, policy))
    errors += _closed(counting)
    errors += [_withheld(withheld) for withheld in attempt.withheld]
    errors += [_direct(reference) for reference in attempt.direct_references]
    refused = {f.project for f in attempt.findings if f.verdict.ruling in REFUSED}
    refused |= {withheld.project for withheld in attempt.withheld}
    match attempt.outcome:
        case Interruption() as interruption:
            errors += map(_unavailable, interruption.outages)
            errors += interruption.failures
        case Impasse(causes=causes) if not refused & {cause.project for cause in causes}:
            # A revoked token may be why a name is not found: it is said where it matters.
            doubts = [notice.text for notice in suspects(attempt.findings, logged_in)]
            errors += impasse_errors(causes, attempt.findings, target, doubts, limits_of(attempt))
        case _:
            pass
    return tuple(errors)


def _counting(attempt: Attempt, policy: Policy) -> Sequence[Finding]:
    """The findings that may refuse a run: abandoned branches count, unless the user says not."""
    if not policy.ignore_unreached or not isinstance(attempt.outcome, Resolution):
        return attempt.findings
    reached = {pin.project for pin in attempt.outcome.pins}
    return [finding for finding in attempt.findings if finding.project in reached]


def _closed(findings: Sequence[Finding]) -> Iterator[PolicyError]:
    for finding in findings:
        match finding.verdict.ruling:
            case Ruling.QUARANTINED:
                yield _quarantine(finding)
            case (Ruling.NO_RULE | Ruling.DENIED) as ruling:
                yield closed(finding.project, ruling, finding.verdict.explanation)
            case _:
                pass


def closed(project: NormalizedName, ruling: Ruling, explanation: str) -> PolicyError:
    """No repository may speak for a name: no rule says so, or one says that none may."""
    if ruling is Ruling.NO_RULE:
        return PolicyError(
            f"No rule of the mapping file speaks of {project}",
            reference=Reason.NO_RULE,
            context=[explanation],
            hint="Nobody was asked for it. Add a rule that says who may speak for it:\n"
            f"xpip map add {project} --repository NAME",
        )
    return PolicyError(
        f"{project} is denied by the mapping file",
        reference=Reason.DENIED,
        context=[explanation],
        hint=f"Do without {project}, or ask whoever wrote that rule.",
    )


_WITHHELD = {
    RejectionReason.THRESHOLD: (
        Reason.THRESHOLD,
        "Too few repositories vouch for this file: they may lag, or one was tampered with.",
    ),
    RejectionReason.HASH_CONFLICT: (
        Reason.HASH_CONFLICT,
        "One name must mean one content: ask the operators of these repositories.",
    ),
    RejectionReason.FILE_HOST_FOREIGN: (
        Reason.FILE_HOST_FOREIGN,
        "If its operator keeps files there, say so in the mapping file: `file-hosts`.",
    ),
}


def _withheld(withheld: Withheld) -> PolicyError:
    reference, hint = _WITHHELD[withheld.rejection.reason]
    return PolicyError(
        f"{withheld.rejection.filename} may not be taken, and is what would be chosen",
        reference=reference,
        context=[f"{withheld.project}: {withheld.rejection.detail}"],
        hint=hint,
    )


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
        hint="Only what lies on this machine itself may name a place on it."
        if reference.beyond_reach
        else "No repository vouches for what lies there: ask its authors to depend on a release, "
        f"or take it all the same with --allow-direct {reference.project}.",
    )


def origin_changed(
    changes: Sequence[OriginChange], *, before: str = "what is installed"
) -> PolicyError:
    """One report of all projects that would come from elsewhere than before.

    Args:
        changes: what nobody allowed.
        before: what remembers where they came from.
    """
    names = ", ".join(change.project for change in changes)
    return PolicyError(
        f"{names} would come from another repository than {before}",
        reference=Reason.ORIGIN_CHANGED,
        context=[
            f"{change.project}: from {redacted(change.old)}, now {redacted(change.new)}"
            for change in changes
        ],
        hint="Such a name may be a stranger's by now: ask who runs the old repository.\n"
        "If the move is meant: "
        + " ".join(f"--allow-origin-change {change.project}" for change in changes),
        data={
            "changes": [
                {"project": each.project, "old": redacted(each.old), "new": redacted(each.new)}
                for each in changes
            ]
        },
    )


# Unavailable


def _unavailable(outage: Outage) -> XpipError:
    answer = outage.answer
    return branch_for(answer.reason)(
        f"{redacted(answer.repository.url)} gave no usable answer for {outage.project}",
        reference=answer.reason,
        context=[f"{redacted(answer.url)}: {answer.detail}", *answer.more],
        hint=_ADVICE.get(answer.reason, _ASK_AGAIN),
    )


_ASK_AGAIN = (
    "Try again later. No other repository is asked instead: an outage must not decide where a "
    "name comes from."
)
_ADVICE = {
    Reason.OFFLINE: (
        "Run once without --offline, with the same repositories: what they say is kept. What "
        "nobody has said is never taken for a no."
    ),
    Reason.AUTH_REQUIRED: "`xpip help repositories` (Logging in) shows how to give it some.",
    Reason.AUTH_FAILED: "Check user name and token for this repository.",
    Reason.NOT_AN_INDEX: "Check the address: a repository's URL mostly ends in /simple/.",
    Reason.REDIRECT_FOREIGN: (
        "This server forwards names to another one, which you did not name. Ask its operator to "
        "stop that, or name the other repository yourself."
    ),
    Reason.HASH_CONFLICT: "Mirrors must hold the same files: tell whoever runs them.",
    Reason.IDENTITY: "Do not install it by other means: tell whoever runs this repository.",
    Reason.API_VERSION: "Upgrade xpip.",
}
