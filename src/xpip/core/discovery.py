"""One project, from its name to its candidates: route, ask, judge, select. Each name once.

Discovery keeps the order of the stages and remembers every finding; each decision is made in
its own module. A name in conflict still gets a selection, from its first repository's page
alone, so that a resolver can meet every further conflict of the run; nothing of it is ever
installed, because its origin carries the ruling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from xpip.core.asking import Asked, Asking
from xpip.core.decisions import Origin, Routing, Ruling, Verdict
from xpip.core.facts import Absent, Found, ProjectPage
from xpip.core.file_hosts import FileHosts
from xpip.core.judging import Trust, judge
from xpip.core.known_hashes import all_known, only_known
from xpip.core.policy import Policy, Target
from xpip.core.ports import Repositories
from xpip.core.routing import route
from xpip.core.selection import AdmittedPage, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Everything known of one project: what was asked, what was answered, what follows."""

    project: NormalizedName
    routing: Routing
    verdict: Verdict
    selection: Selection


class Discovery:
    """Finds projects, each of them once in a run."""

    def __init__(self, repositories: Repositories, *, policy: Policy, target: Target) -> None:
        self._asking = Asking(repositories, policy)
        self._policy = policy
        self._target = target
        self._findings: dict[NormalizedName, Finding] = {}

    def find(self, project: NormalizedName) -> Finding:
        """What may be chosen for a project, and why; waits for answers that are not here yet."""
        if project not in self._findings:
            # While it waits, a scout may have found the same project: there is one finding.
            self._findings.setdefault(project, self._find(project))
        return self._findings[project]

    def advance(self, project: NormalizedName) -> bool:
        """Ask ahead, as far as the project's routing lets it; whether `find` would not wait."""
        return project in self._findings or self._asking.advance(route(project, self._policy))

    def _find(self, project: NormalizedName) -> Finding:
        routing = route(project, self._policy)
        asked = self._known(project, self._asking.ask(routing))
        verdict = self._judge(routing, asked)
        return Finding(
            project=project,
            routing=routing,
            verdict=verdict,
            selection=self._select(project, asked, verdict),
        )

    def _known(self, project: NormalizedName, asked: Sequence[Asked]) -> Sequence[Asked]:
        known = self._policy.known_hashes.get(project)
        if known is None:
            return asked
        return [
            replace(each, answer=Found(page=only_known(each.answer.page, known)))
            if isinstance(each.answer, Found)
            else each
            for each in asked
        ]

    def _judge(self, routing: Routing, asked: Sequence[Asked]) -> Verdict:
        evidence = tuple(each.answer for each in asked)
        if routing.closed is not None and all(isinstance(each, Absent) for each in evidence):
            return Verdict(
                project=routing.project,
                ruling=routing.closed,
                admitted=(),
                evidence=evidence,
                explanation=routing.explanation,
            )
        last = [each for each in asked if each.stage is asked[-1].stage]
        answers = [each.answer for each in last if not self._asking.may_skip(each.answer)]
        verdict = judge(routing.project, answers, self._trust(routing.project, last))
        return replace(verdict, evidence=evidence)

    def _trust(self, project: NormalizedName, asked: Sequence[Asked]) -> Trust:
        known = self._policy.known_hashes.get(project)
        pages = [each.answer.page for each in asked if isinstance(each.answer, Found)]
        return Trust(
            declared=any(each.stage.declared for each in asked),
            unsafe_merge=project in self._policy.unsafe_merge,
            same_content=known is not None and all_known(pages, known),
            distrusted=frozenset(
                mirror.url
                for each in asked
                if not each.group.trust_tracks
                for mirror in each.group.mirrors
            ),
        )

    def _select(
        self, project: NormalizedName, asked: Sequence[Asked], verdict: Verdict
    ) -> Selection:
        found = [(each, each.answer.page) for each in asked if isinstance(each.answer, Found)]
        if verdict.ruling is Ruling.CONFLICT:
            pages = [(each, page) for each, page in found if page.file_count][:1]
        else:
            pages = [
                (each, page)
                for each, page in found
                if any(page is admitted for admitted in verdict.admitted)
            ]
        return Selection(
            project,
            [self._admit(each, page, verdict) for each, page in pages],
            policy=self._policy,
            target=self._target,
        )

    def _admit(self, asked: Asked, page: ProjectPage, verdict: Verdict) -> AdmittedPage:
        return AdmittedPage(
            page=page,
            group=asked.group,
            mapping_rule=asked.stage.mapping_rule,
            hosts=FileHosts(
                asked.group, self._policy.groups, strict=asked.stage.mapping_rule is not None
            ),
            origin=Origin(
                group=asked.group.name,
                repository=asked.group.canonical.url,
                page_url=page.url,
                rule=asked.stage.rule,
                ruling=verdict.ruling,
            ),
        )
