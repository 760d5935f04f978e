"""Does a project still come from where what is installed came from?

Judging sees today's pages alone. Where a repository loses a name, a stranger's files of that
name are the only ones left, and nothing conflicts: what is installed remembers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from xpip.core.decisions import FROM_LOCK, Pin, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import InstalledDistribution, RecordedOrigin
from xpip.core.names import NormalizedName
from xpip.core.planning import Change
from xpip.core.policy import Policy
from xpip.core.routing import route
from xpip.core.urls import canonical_project_url, canonical_root


class OriginChange(Struct, frozen=True, kw_only=True):
    """A project that would come from another repository, to which nothing links the old one."""

    project: NormalizedName
    old: str
    new: str


def origin_changes(
    changes: Sequence[Change],
    findings: Mapping[NormalizedName, Finding],
    policy: Policy,
) -> tuple[OriginChange, ...]:
    """The changes that nobody allowed; what other tools installed has no known origin."""
    return tuple(
        OriginChange(
            project=change.candidate.project,
            old=change.replaces.origin.repository,
            new=change.candidate.origin.repository,
        )
        for change in changes
        if change.replaces
        and change.replaces.origin
        # A lock that showed no origin left none to hold to.
        and change.replaces.origin.ruling != Ruling.UNPROVEN
        # A place is the user's own word, and nobody else's to change.
        and change.candidate.reference is None
        and not _continues(change, change.replaces.origin, findings[change.candidate.project])
        and not _is_allowed(change, change.replaces.origin, policy)
    )


def _continues(change: Change, old: RecordedOrigin, finding: Finding) -> bool:
    new = change.candidate.origin
    if _same(old.repository, new.repository):
        return True
    if canonical_project_url(old.page_url) == canonical_project_url(new.page_url):
        return True
    if new.ruling in FROM_LOCK and set(old.hashes) & set(change.candidate.file.hashes):
        return True  # It is the very same file.
    return _is_linked(old, finding) or _is_named(change, finding)


def _is_linked(old: RecordedOrigin, finding: Finding) -> bool:
    """Whether the verdict admitted a page of the old repository too, or of a mirror of it."""
    admitted = {page.repository for page in finding.verdict.admitted}
    return any(
        _same(old.repository, mirror.url)
        for group in finding.routing.groups
        if admitted & set(group.mirrors)
        for mirror in group.mirrors
    )


def _is_named(change: Change, finding: Finding) -> bool:
    """Whether a rule names the project literally and lists the new repository."""
    rules = (stage.mapping_rule for stage in finding.routing.stages)
    return any(
        rule is not None
        and any(p.is_literal and p.matches(change.candidate.project) for p in rule.patterns)
        and any(
            _same(group.canonical.url, change.candidate.origin.repository) for group in rule.groups
        )
        for rule in rules
    )


def _is_allowed(change: Change, old: RecordedOrigin, policy: Policy) -> bool:
    allowed = policy.origin_changes
    return change.candidate.project in allowed.projects or any(
        _same(old.repository, before) and _same(change.candidate.origin.repository, after)
        for before, after in allowed.moves
    )


def _same(one: str, other: str) -> bool:
    try:
        return canonical_root(one) == canonical_root(other)
    except ValueError:
        return one == other


def against_rules(kept: Iterable[Pin], policy: Policy) -> tuple[InstalledDistribution, ...]:
    """Distributions left alone that today's mapping file would not take from where they came."""
    return disowned(
        (pin.chosen for pin in kept if isinstance(pin.chosen, InstalledDistribution)), policy
    )


def disowned(
    installed: Iterable[InstalledDistribution], policy: Policy
) -> tuple[InstalledDistribution, ...]:
    """Distributions from repositories that today's mapping file lets not speak for them."""
    return tuple(
        distribution
        for distribution in installed
        if policy.map is not None
        and distribution.origin is not None
        and not any(
            _same(distribution.origin.repository, mirror.url)
            for group in route(distribution.project, policy).groups
            for mirror in group.mirrors
        )
    )
