"""One project, from its name to its candidates: route, ask, judge, select. Each name once.

Discovery keeps the order of the stages and remembers every finding; each decision is made in
its own module. A name in conflict still gets a selection, from its first repository's page
alone, so that a resolver can meet every further conflict of the run; nothing of it is ever
installed, because its origin carries the ruling.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import NormalizedName

from xpip.core.decisions import Origin, Routing, Ruling, Verdict
from xpip.core.facts import Answer, Found, ProjectPage
from xpip.core.judging import judge
from xpip.core.policy import Policy, RepositoryGroup, Target
from xpip.core.ports import Repositories
from xpip.core.routing import route
from xpip.core.selection import Selection


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
        self._repositories = repositories
        self._policy = policy
        self._target = target
        self._findings: dict[NormalizedName, Finding] = {}

    def find(self, project: NormalizedName) -> Finding:
        """What may be chosen for a project, and why; waits for answers that are not here yet."""
        if project not in self._findings:
            self._findings[project] = self._find(project)
        return self._findings[project]

    def prefetch(self, project: NormalizedName) -> None:
        """Have the project's pages asked for."""
        for group in route(project, self._policy).groups:
            self._repositories.prefetch_page(group.canonical, project)

    def is_ready(self, project: NormalizedName) -> bool:
        """Whether `find` would answer without waiting."""
        return project in self._findings or all(
            self._repositories.has_page(group.canonical, project)
            for group in route(project, self._policy).groups
        )

    def _find(self, project: NormalizedName) -> Finding:
        self.prefetch(project)
        routing = route(project, self._policy)
        asked = [
            (group, self._repositories.page(group.canonical, project)) for group in routing.groups
        ]
        verdict = judge(
            project,
            [answer for _, answer in asked],
            unsafe_merge=project in self._policy.unsafe_merge,
        )
        return Finding(
            project=project,
            routing=routing,
            verdict=verdict,
            selection=self._select(routing, asked, verdict),
        )

    def _select(
        self,
        routing: Routing,
        asked: list[tuple[RepositoryGroup, Answer]],
        verdict: Verdict,
    ) -> Selection:
        found = [(group, answer.page) for group, answer in asked if isinstance(answer, Found)]
        if verdict.ruling is Ruling.CONFLICT:
            pages = [entry for entry in found if entry[1].file_count][:1]
        else:
            pages = [(group, page) for group, page in found if page in verdict.admitted]
        return Selection(
            routing.project,
            [(page, _origin(group, page, routing, verdict)) for group, page in pages],
            policy=self._policy,
            target=self._target,
        )


def _origin(
    group: RepositoryGroup, page: ProjectPage, routing: Routing, verdict: Verdict
) -> Origin:
    return Origin(
        group=group.name,
        repository=group.canonical.url,
        page_url=page.url,
        rule=routing.rule,
        ruling=verdict.ruling,
    )
