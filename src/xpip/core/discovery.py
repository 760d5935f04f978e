"""One project, from its name to its candidates: route, ask, judge, select. Each name once.

Discovery keeps the order of the stages and remembers every finding; each decision is made in
its own module. A name in conflict still gets a selection, from its first repository's page
alone, so that a resolver can meet every further conflict of the run; nothing of it is ever
installed, because its origin carries the ruling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from xpip.core.decisions import Origin, Routing, Ruling, Stage, Verdict
from xpip.core.facts import Absent, Answer, Found, ProjectPage, Unavailable
from xpip.core.file_hosts import FileHosts
from xpip.core.judging import Trust, judge
from xpip.core.known_hashes import all_known, only_known
from xpip.core.policy import Policy, RepositoryGroup, Target
from xpip.core.ports import Repositories
from xpip.core.routing import route
from xpip.core.selection import AdmittedPage, Selection
from xpip.errors import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Everything known of one project: what was asked, what was answered, what follows."""

    project: NormalizedName
    routing: Routing
    verdict: Verdict
    selection: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A group's answer, and the stage that it was asked in."""

    stage: Stage
    group: RepositoryGroup
    answer: Answer


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
        """Have the project's pages asked for, as far as its routing lets them be asked at once."""
        routing = route(project, self._policy)
        for stage in routing.stages[:1]:
            for group in self._to_ask(stage, project):
                self._repositories.prefetch_page(group.canonical, project)

    def is_ready(self, project: NormalizedName) -> bool:
        """Whether `find` would answer without waiting."""
        if project in self._findings:
            return True
        for stage in route(project, self._policy).stages:
            groups = self._to_ask(stage, project)
            if not all(self._repositories.has_page(g.canonical, project) for g in groups):
                return False
            if not all(self._lacks(group, project) for group in groups):
                # A mirror may have to be asked instead: `find` alone does that.
                return True
        return True

    def _lacks(self, group: RepositoryGroup, project: NormalizedName) -> bool:
        return isinstance(self._repositories.page(group.canonical, project), Absent)

    # Ask

    def _to_ask(self, stage: Stage, project: NormalizedName) -> tuple[RepositoryGroup, ...]:
        """The stage's groups; an exclusive local one that has the name is the only one."""
        for group in stage.groups:
            if group.exclusive and group.is_local:
                answer = self._repositories.page(group.canonical, project)
                if isinstance(answer, Found) and answer.page.file_count:
                    return (group,)
        return stage.groups

    def _ask(self, routing: Routing) -> list[_Asked]:
        asked: list[_Asked] = []
        for stage in routing.stages:
            groups = self._to_ask(stage, routing.project)
            for group in groups:
                self._repositories.prefetch_page(group.canonical, routing.project)
            answers = [self._ask_group(group, routing.project) for group in groups]
            asked += [
                _Asked(stage=stage, group=group, answer=answer)
                for group, answer in zip(groups, answers, strict=True)
            ]
            if not all(isinstance(each, Absent) or self._may_skip(each) for each in answers):
                break
        return asked

    def _ask_group(self, group: RepositoryGroup, project: NormalizedName) -> Answer:
        """Ask a group's mirrors in turn: trust in them is equal, and they may lag."""
        failed: Answer | None = None
        answer: Answer | None = None
        for mirror in group.mirrors:
            answer = self._repositories.page(mirror, project)
            if isinstance(answer, Found):
                return answer
            if isinstance(answer, Unavailable):
                failed = failed or answer
                if answer.reason in (Reason.AUTH_FAILED, Reason.AUTH_REQUIRED):
                    return answer
        assert answer is not None  # a group has at least one mirror
        return failed or answer

    # Judge and select

    def _find(self, project: NormalizedName) -> Finding:
        routing = route(project, self._policy)
        asked = self._known(project, self._ask(routing))
        verdict = self._judge(routing, asked)
        return Finding(
            project=project,
            routing=routing,
            verdict=verdict,
            selection=self._select(project, asked, verdict),
        )

    def _known(self, project: NormalizedName, asked: list[_Asked]) -> list[_Asked]:
        known = self._policy.known_hashes.get(project)
        if known is None:
            return asked
        return [
            replace(each, answer=Found(page=only_known(each.answer.page, known)))
            if isinstance(each.answer, Found)
            else each
            for each in asked
        ]

    def _judge(self, routing: Routing, asked: list[_Asked]) -> Verdict:
        evidence = tuple(each.answer for each in asked)
        if routing.closed is not None:
            return Verdict(
                project=routing.project,
                ruling=routing.closed,
                admitted=(),
                evidence=evidence,
                explanation=routing.explanation,
            )
        last = [each for each in asked if each.stage is asked[-1].stage]
        answers = [each.answer for each in last if not self._may_skip(each.answer)]
        verdict = judge(routing.project, answers, self._trust(routing.project, last))
        return replace(verdict, evidence=evidence)

    def _may_skip(self, answer: Answer) -> bool:
        # PEP 766: falling through an outage is the user's own decision, for one repository.
        return isinstance(answer, Unavailable) and answer.repository.url in self._policy.unsafe_skip

    def _trust(self, project: NormalizedName, asked: list[_Asked]) -> Trust:
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

    def _select(self, project: NormalizedName, asked: list[_Asked], verdict: Verdict) -> Selection:
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

    def _admit(self, asked: _Asked, page: ProjectPage, verdict: Verdict) -> AdmittedPage:
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
