"""Names that several unlinked repositories hold → one report of all of them.

It gives the evidence and one alternative for each repository, and prefers none: xpip cannot know
who the rightful owner of a name is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xpip.core.discovery import Finding
from xpip.core.facts import Answer, Found, ProjectPage
from xpip.core.policy import Policy
from xpip.core.reporting.alternatives import alternatives
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason


def collision(conflicts: Sequence[Finding], policy: Policy) -> PolicyError:
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
        hint="\n".join(_advice(conflicts, policy)),
        data={
            "conflicts": [_conflict_data(finding) for finding in conflicts],
            "alternatives": [
                {"repository": each.url, "command": each.command, "map": each.map}
                for each in alternatives(conflicts, policy)
            ],
        },
    )


def _conflict_lines(finding: Finding) -> Iterator[str]:
    yield str(finding.project)
    for answer, where in _asked(finding):
        yield f"  {_evidence(answer):<36} {redacted(answer.repository.url)}  ({where})"
        if isinstance(answer, Found):
            yield from (f"      {line}" for line in _claims(answer.page))


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
    return f"{files}, newest version {page.newest_version}" if page.newest_version else files


def _claims(page: ProjectPage) -> Iterator[str]:
    """What the page says about other repositories, though it does not link all of these."""
    if page.tracks:
        yield f"tracks {' '.join(map(redacted, page.tracks))}"
    if page.alternate_locations:
        yield f"alternate-locations {' '.join(map(redacted, page.alternate_locations))}"


# What to do


def _advice(conflicts: Sequence[Finding], policy: Policy) -> Iterator[str]:
    where = f"rules to put first in {policy.map.source}" if policy.map else "a map for xpip.toml"
    yield f"Only you can know whose it is. Each of these settles it, a command or {where}:"
    for each in alternatives(conflicts, policy):
        yield ""
        yield f"if {each.url} is right:"
        yield ""
        yield f"    {each.command}"
        yield ""
        yield from (f"    {line}" if line else "" for line in each.map.splitlines())
    yield ""
    yield "Or, where the repositories can be changed: their operators can declare with `tracks`"
    yield "(PEP 708) that it is the same project. For this run alone: --unsafe-merge NAME."


# As data


def _conflict_data(finding: Finding) -> dict[str, object]:
    return {
        "project": finding.project,
        "repositories": [
            {
                "url": redacted(answer.repository.url),
                "declared_at": where,
                "content_type": answer.page.content_type,
                "files": answer.page.file_count,
                "newest_version": str(answer.page.newest_version or "") or None,
                "tracks": [redacted(url) for url in answer.page.tracks],
                "alternate_locations": [redacted(url) for url in answer.page.alternate_locations],
            }
            for answer, where in _asked(finding)
            if isinstance(answer, Found)
        ],
    }
