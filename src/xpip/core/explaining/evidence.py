"""Which rules were looked at for a name, who was asked, and what they said, or could not say."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from xpip.core.decisions import Ruling
from xpip.core.discovery import Finding
from xpip.core.explaining.explanation import Considered, Heard
from xpip.core.facts import Found, ProjectPage
from xpip.core.hashes import strongest
from xpip.core.policy import MappingRule, Policy, RepositoryGroup


def considered(finding: Finding, policy: Policy) -> Iterator[Considered]:
    """The rules looked at, up to the last that counted."""
    if policy.map is None or finding.verdict.ruling is Ruling.DIRECT:
        return
    stages = finding.routing.stages
    used = {stage.mapping_rule for stage in stages}
    used |= {rule for stage in stages for row in stage.narrowing for rule in row}
    rules = policy.map.all_rules
    enforced = len(rules) - len(policy.map.rules)
    last = max((n for n, rule in enumerate(rules) if rule in used), default=-1)
    if finding.routing.closed is not None or last < 0:
        # What denied it comes after those that pass it on; where no rule speaks, all were read.
        denying = (n for n, rule in enumerate(rules) if not rule.groups and _matches(rule, finding))
        last = max(last, next(denying, len(rules) - 1))
    for number, rule in enumerate(rules[: last + 1]):
        pattern = rule.match(finding.project)
        yield Considered(
            rule=rule,
            pattern=str(pattern) if pattern else None,
            enforced=number < enforced,
        )


def _matches(rule: MappingRule, finding: Finding) -> bool:
    return rule.match(finding.project) is not None


def heard(finding: Finding) -> Iterator[Heard]:
    """What each group said that was asked."""
    admitted = {page.repository for page in finding.verdict.admitted}
    for asked in finding.asked:
        counts = bool(admitted & set(asked.group.mirrors)) and not asked.stage.drops(asked.group)
        page = asked.answer.page if isinstance(asked.answer, Found) else None
        yield Heard(
            group=asked.group,
            rule=asked.stage.rule,
            answers=asked.heard,
            admitted=counts,
            passed_on=any(asked.stage is stage for stage in finding.passed_over),
            unsaid=tuple(_unsaid(page)) if page else (),
        )


_STATUS_SINCE = Version("1.4")
"""PEP 792: the version of the simple API that can say a status."""


def _unsaid(page: ProjectPage) -> Iterator[str]:
    """What a remote page does not say of its newest files, or of the project."""
    newest = max(page.releases, key=lambda release: release.version, default=None)
    if page.repository.is_local or newest is None:
        return
    if not all(strongest(file.hashes) for file in newest.files):
        yield "hashes"
    if any(file.size is None for file in newest.files):
        yield "sizes"
    if any(file.upload_time is None for file in newest.files):
        yield "upload-times"
    if Version(page.api_version) < _STATUS_SINCE:
        yield "status"


def unasked(finding: Finding, policy: Policy) -> tuple[RepositoryGroup, ...]:
    """The groups in use to which nothing sends the name."""
    if finding.verdict.ruling is Ruling.DIRECT:
        return ()
    asked = [each.group for each in finding.asked]
    return tuple(group for group in policy.groups if group not in asked)
