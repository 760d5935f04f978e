"""Why a name resolves where it does: the decision of a run, laid out in the order it was made.

    explanation  the values
    evidence     rules looked at, who was asked, what was said
    needs        who needs a project, and which versions they let in
    versions     why a version is not the one chosen
    locked       what a lock says, and what became of it

Takes the values that decided apart, and derives nothing again.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.continuity import OriginChange
from xpip.core.decisions import Candidate, Resolution, Routing, Ruling, Verdict
from xpip.core.discovery import Finding
from xpip.core.explaining.evidence import considered, heard, unasked
from xpip.core.explaining.explanation import (
    Considered,
    Demand,
    Explanation,
    Heard,
    Locked,
    PassedOver,
)
from xpip.core.explaining.needs import all_demands, path_to
from xpip.core.explaining.versions import passed_over, why_not
from xpip.core.facts import InstalledDistribution
from xpip.core.policy import Policy, Target
from xpip.core.resolution import Attempt, Request
from xpip.core.selection import Selection
from xpip.core.what_if import replays

__all__ = [
    "Considered",
    "Demand",
    "Explainer",
    "Explanation",
    "Heard",
    "Locked",
    "PassedOver",
    "path_to",
    "why_not",
]


class Explainer:
    """Lays out the decisions of one run.

    Args:
        attempt: how the resolution ended.
        request: what was asked of it.
        policy: what it was held to.
        target: what it was for.
        refused: whether its outcome may not be used.
    """

    def __init__(
        self,
        attempt: Attempt,
        *,
        request: Request,
        policy: Policy,
        target: Target,
        refused: bool = False,
    ) -> None:
        self._attempt = attempt
        self._policy = policy
        self._target = target
        self._resolved = isinstance(attempt.outcome, Resolution)
        self._settled = self._resolved and not refused
        pins = attempt.outcome.pins if isinstance(attempt.outcome, Resolution) else ()
        self._pins = {pin.project: pin for pin in pins}
        self._demands: dict[NormalizedName, list[Demand]] = {}
        for project, demand in all_demands(request, pins, target):
            self._demands.setdefault(project, []).append(demand)

    def placed(self, project: NormalizedName) -> Finding | None:
        """What there is to say of a project that was taken from a place, where it was."""
        pin = self._pins.get(project)
        candidate = pin.chosen if pin else self._attempt.direct.get(project)
        if not isinstance(candidate, Candidate) or candidate.reference is None:
            return None
        return Finding(
            project=project,
            routing=Routing(project=project),
            verdict=Verdict(
                project=project,
                ruling=Ruling.DIRECT,
                admitted=(),
                evidence=(),
                explanation="a place was named, so no repository was asked for it",
            ),
            selection=Selection(project, (), policy=self._policy, target=self._target),
        )

    def explain(
        self,
        finding: Finding,
        *,
        asked: SpecifierSet | None = None,
        inquired: Version | None = None,
        installed: InstalledDistribution | None = None,
        change: OriginChange | None = None,
    ) -> Explanation:
        """Lay out the decision on one project.

        Args:
            finding: what was found of it.
            asked: what the user asks of it for the explanation only, where nothing needs it.
            inquired: a version of which the user wants to know why it is not chosen.
            installed: what the environment holds of it.
            change: where taking it would break with where that came from.
        """
        project = finding.project
        demands = tuple(self._demands.get(project, ()))
        withheld = next((w for w in self._attempt.withheld if w.project == project), None)
        specifier = _combined(demands, asked)
        chosen = None if withheld else self._chosen(finding, specifier)
        return Explanation(
            project=project,
            finding=finding,
            policy=self._policy,
            considered=tuple(considered(finding, self._policy)),
            heard=tuple(heard(finding)),
            unasked=unasked(finding, self._policy),
            withheld=withheld,
            chosen=chosen,
            settled=self._settled,
            needed=self._is_needed(project),
            path=path_to(project, self._pins),
            demands=demands,
            passed_over=() if withheld else tuple(passed_over(finding, chosen, demands)),
            inquired=PassedOver(version=inquired, why=why_not(finding, inquired, demands, chosen))
            if inquired
            else None,
            installed=installed,
            change=change,
            consequences=tuple(replays(finding, self._policy, self._target, installed)),
        )

    def _chosen(self, finding: Finding, specifier: SpecifierSet) -> Candidate | None:
        if not finding.verdict.ruling.admits:
            return None
        pin = self._pins.get(finding.project)
        option = pin.chosen if pin else self._attempt.direct.get(finding.project)
        best = option or next(finding.selection.matching(specifier), None)
        return best if isinstance(best, Candidate) else None

    def _is_needed(self, project: NormalizedName) -> bool:
        if self._resolved:
            return project in self._pins
        met = {finding.project for finding in self._attempt.findings}
        return project in met or project in self._attempt.direct


def _combined(demands: Sequence[Demand], asked: SpecifierSet | None) -> SpecifierSet:
    combined = asked if asked is not None and not demands else SpecifierSet()
    for demand in demands:
        combined &= demand.specifier
    return combined
