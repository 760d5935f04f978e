"""Names that several unlinked repositories hold → one report of all of them.

It gives the evidence and one alternative for each repository, and prefers none: xpip cannot know
who the rightful owner of a name is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, count

from xpip.core.discovery import Finding
from xpip.core.facts import Answer, Found, Layout, ProjectPage
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.urls import canonical_root, is_loopback, redacted, web_origin
from xpip.errors import PolicyError, Reason

_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_]+")


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
                {"repository": redacted(group.canonical.url), "map": text}
                for group, text in _alternatives(conflicts, policy)
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
    where = f"rules to put first in {policy.map.source}" if policy.map else "save as xpip.toml"
    yield f"Only you can know whose it is. One of these settles it; {where}:"
    for group, text in _alternatives(conflicts, policy):
        yield ""
        yield f"if {redacted(group.canonical.url)} is right:"
        yield ""
        yield from (f"    {line}" if line else "" for line in text.splitlines())
    yield ""
    yield "Or, where the repositories can be changed: their operators can declare with `tracks`"
    yield "(PEP 708) that it is the same project. For this run alone: --unsafe-merge NAME."


def _alternatives(
    conflicts: Sequence[Finding], policy: Policy
) -> Iterator[tuple[RepositoryGroup, str]]:
    """For each repository that holds any of the names: a map that lets it speak for them."""
    names = _names_in_a_map(policy)
    for group in policy.groups:
        held = [str(finding.project) for finding in conflicts if _holds(group, finding)]
        if not held or group.is_local or group.canonical.layout is Layout.FLAT:
            continue
        rule = _rule(held, [names[_root(group)]])
        if policy.map is not None:
            yield group, rule
        else:
            rest = _rule(["*"], list(names.values()))
            yield group, f"{_tables(policy.groups, names)}\n{rule}\n{rest}"


def _holds(group: RepositoryGroup, finding: Finding) -> bool:
    return any(
        isinstance(answer, Found) and answer.page.file_count and answer.repository in group.mirrors
        for answer in finding.verdict.evidence
    )


def _names_in_a_map(policy: Policy) -> dict[str, str]:
    """The names that a mapping file has, or could have, for the roots that it can hold."""
    if policy.map is not None:
        return {_root(group): group.name for group in policy.groups}
    names: dict[str, str] = {}
    for group in policy.groups:
        if group.is_local or group.canonical.layout is not Layout.FLAT:
            names.setdefault(_root(group), _free_name(group, names.values()))
    return names


def _root(group: RepositoryGroup) -> str:
    # A mapping file may not name one root twice, however it is spelled.
    return canonical_root(group.canonical.url)


def _free_name(group: RepositoryGroup, taken: Collection[str]) -> str:
    # Names are compared without case.
    host = group.name.lower().partition("/")[0] or group.name.lower()
    plain = _UNNAMEABLE.sub("-", host).strip("-_") or "repository"
    numbered = (f"{plain}_{number}" for number in count(2))
    return next(name for name in chain([plain], numbered) if name not in taken)


def _tables(groups: Sequence[RepositoryGroup], names: dict[str, str]) -> str:
    rows = {names[_root(group)]: _urls(group) for group in groups if _root(group) in names}
    return "[repositories]\n" + "".join(f"{name} = {urls}\n" for name, urls in rows.items())


def _urls(group: RepositoryGroup) -> str:
    urls = [redacted(mirror.url) for mirror in group.mirrors]
    listed = json.dumps(urls)
    # Without a mapping file, `--trusted-host` let these in.
    return f"{{urls = {listed}, insecure = true}}" if any(map(_is_plain, urls)) else listed


def _is_plain(url: str) -> bool:
    scheme, host, _ = web_origin(url)
    return scheme == "http" and not is_loopback(host)


def _rule(paths: list[str], repositories: list[str]) -> str:
    return f"[[mapping]]\npaths = {json.dumps(paths)}\nrepositories = {json.dumps(repositories)}\n"


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
