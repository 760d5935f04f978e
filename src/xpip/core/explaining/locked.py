"""What a lock says of a project, and what became of that under today's rules, laid out.

No page is asked for a lock: what is known is the lock, the rules and the judgement on the two.
"""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from xpip.core.continuity import OriginChange
from xpip.core.decisions import Routing, Ruling, Verdict
from xpip.core.discovery import Finding
from xpip.core.explaining.evidence import considered
from xpip.core.explaining.explanation import Demand, Explanation, Locked, PassedOver
from xpip.core.facts import InstalledDistribution
from xpip.core.lockfile.judging import Judged
from xpip.core.lockfile.selected import Entry
from xpip.core.policy import Policy, Target
from xpip.core.routing import route
from xpip.core.selection import Selection
from xpip.errors import XpipError

Outcome = Judged | XpipError | None
"""What became of an entry; None where a place is named, and may be taken."""


class LockExplainer:
    """Lays out what a lock says, entry by entry.

    Args:
        policy: what the entries were held to.
        target: what they were selected for.
    """

    def __init__(self, policy: Policy, target: Target) -> None:
        self._policy = policy
        self._target = target

    def finding(self, entry: Entry, outcome: Outcome) -> Finding:
        """What is known of an entry's project: its route and its ruling."""
        project = entry.project
        is_placed = entry.request is not None
        routing = Routing(project=project) if is_placed else route(project, self._policy)
        ruling, why = _ruling(entry, outcome, routing)
        return Finding(
            project=project,
            routing=routing,
            verdict=Verdict(
                project=project, ruling=ruling, admitted=(), evidence=(), explanation=why
            ),
            selection=Selection(project, (), policy=self._policy, target=self._target),
        )

    def explain(
        self,
        entry: Entry,
        outcome: Outcome,
        *,
        settled: bool,
        inquired: Version | None = None,
        installed: InstalledDistribution | None = None,
        change: OriginChange | None = None,
    ) -> Explanation:
        """Lay out one entry.

        Args:
            entry: what the lock says.
            outcome: what became of it.
            settled: whether the lock may be installed.
            inquired: a version of which the user wants to know why it is not chosen.
            installed: what the environment holds of the project.
            change: where taking the file would break with where that came from.
        """
        finding = self.finding(entry, outcome)
        return Explanation(
            project=entry.project,
            finding=finding,
            policy=self._policy,
            locked=_locked(entry, outcome),
            considered=tuple(considered(finding, self._policy)),
            chosen=outcome.candidate if isinstance(outcome, Judged) else None,
            settled=settled,
            demands=tuple(
                Demand(requirement=entry.project, specifier=SpecifierSet(), by=each)
                for each in entry.required_by
            ),
            inquired=PassedOver(version=inquired, why=_why_not(entry, inquired))
            if inquired
            else None,
            installed=installed,
            change=change,
        )


def _ruling(entry: Entry, outcome: Outcome, routing: Routing) -> tuple[Ruling, str]:
    if isinstance(outcome, Judged):
        if outcome.unproven:
            return (
                Ruling.UNPROVEN,
                f"nothing but the lock's hash vouches for the file: {outcome.unproven}",
            )
        return Ruling.LOCKED, "a lock names the file, and its repository may speak for the name"
    if entry.request is not None:
        said = "a lock names a place, so no repository may speak for it"
        return Ruling.DIRECT, outcome.message if outcome else said
    assert outcome is not None  # of a release, there is a judgement
    if routing.closed is not None and not routing.stages:
        return routing.closed, routing.explanation
    return Ruling.UNPROVEN, outcome.message


def _locked(entry: Entry, outcome: Outcome) -> Locked:
    judged = outcome if isinstance(outcome, Judged) else None
    return Locked(
        place=entry.place,
        version=entry.version,
        index=entry.index,
        file=entry.file,
        reference=entry.request,
        unproven=judged.unproven if judged else None,
        asks_page=judged is not None and judged.asks_page,
        error=outcome if isinstance(outcome, XpipError) else None,
    )


def _why_not(entry: Entry, version: Version) -> str:
    if entry.version == version:
        return "it is what the lock names"
    return f"the lock names {entry.version or 'a place'}, and nothing else is looked at"
