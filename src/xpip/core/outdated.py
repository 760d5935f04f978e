"""An installed distribution and what was found of its project → is there a newer one to have?

Resolves nothing: the newest candidate that today's policy admits, whatever others need. A name
that may not be taken is told as refused, with its reason: that is no answer to pass over.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from xpip.core.continuity import origin_changes
from xpip.core.decisions import REFUSED, Candidate, Pin, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import InstalledDistribution, Unavailable
from xpip.core.planning import Change
from xpip.core.policy import Policy
from xpip.core.selection import Withheld
from xpip.core.urls import redacted
from xpip.errors import Reason


class Standing(StrEnum):
    """How an installed distribution compares with what could be had."""

    CURRENT = "current"
    OUTDATED = "outdated"
    REFUSED = "refused"
    """By policy: an installation of the newest would end with this reason."""
    UNAVAILABLE = "unavailable"
    """A repository gave no usable answer."""
    ABSENT = "absent"
    """No repository has it, or none has a file of it that may be chosen."""
    DIRECT = "direct"
    """It came from a place of its own: no repository was asked for its name."""


class Comparison(Struct, frozen=True, kw_only=True):
    """What was made of one distribution.

    Attributes:
        newest: the newest candidate that may be chosen, where there is one.
        reason: the reason code where it is refused, unavailable or absent.
    """

    distribution: InstalledDistribution
    standing: Standing
    newest: Candidate | None = None
    reason: str | None = None
    detail: str = ""

    @property
    def newest_version(self) -> Version | None:
        """The version of the newest candidate."""
        return self.newest.version if self.newest else None


_REASONS = {
    Ruling.CONFLICT: Reason.COLLISION,
    Ruling.NO_RULE: Reason.NO_RULE,
    Ruling.DENIED: Reason.DENIED,
    Ruling.QUARANTINED: Reason.QUARANTINED,
}


def compare(distribution: InstalledDistribution, finding: Finding, policy: Policy) -> Comparison:
    """How the distribution compares with the newest candidate of its project."""
    ruling = finding.verdict.ruling
    if ruling in REFUSED:
        return Comparison(
            distribution=distribution,
            standing=Standing.REFUSED,
            reason=_REASONS[ruling],
            detail=finding.verdict.explanation,
        )
    if ruling is Ruling.UNAVAILABLE:
        return _unavailable(distribution, finding)
    if ruling is Ruling.ABSENT:
        return Comparison(
            distribution=distribution, standing=Standing.ABSENT, reason=Reason.NOT_FOUND
        )
    return _with_newest(distribution, finding, policy)


def _with_newest(
    distribution: InstalledDistribution, finding: Finding, policy: Policy
) -> Comparison:
    option = next(finding.selection.matching(SpecifierSet()), None)
    if option is None:
        return Comparison(
            distribution=distribution, standing=Standing.ABSENT, reason=Reason.NO_CANDIDATE
        )
    if option.version <= distribution.version:
        return Comparison(
            distribution=distribution,
            standing=Standing.CURRENT,
            newest=option if isinstance(option, Candidate) else None,
        )
    if isinstance(option, Withheld):
        return Comparison(
            distribution=distribution,
            standing=Standing.REFUSED,
            reason=option.rejection.reason,
            detail=f"{option.version}: {option.rejection.detail}",
        )
    return _newer(distribution, option, finding, policy)


def _newer(
    distribution: InstalledDistribution, candidate: Candidate, finding: Finding, policy: Policy
) -> Comparison:
    change = Change(
        pin=Pin(chosen=candidate, metadata=distribution.metadata),
        candidate=candidate,
        replaces=distribution,
    )
    changed = origin_changes([change], {finding.project: finding}, policy)
    if not changed:
        return Comparison(distribution=distribution, standing=Standing.OUTDATED, newest=candidate)
    return Comparison(
        distribution=distribution,
        standing=Standing.REFUSED,
        newest=candidate,
        reason=Reason.ORIGIN_CHANGED,
        detail=f"{candidate.version} would come from {redacted(changed[0].new)}",
    )


def _unavailable(distribution: InstalledDistribution, finding: Finding) -> Comparison:
    failed = [each for each in finding.verdict.evidence if isinstance(each, Unavailable)]
    return Comparison(
        distribution=distribution,
        standing=Standing.UNAVAILABLE,
        reason=failed[0].reason if failed else Reason.UNREACHABLE,
        detail=f"{redacted(failed[0].url)}: {failed[0].detail}" if failed else "",
    )
