"""One project, from its name to its candidates: route, ask, judge, select. Each name once.

Discovery keeps the order of the stages and remembers every finding; each decision is made in
its own module. A name in conflict still gets a selection, from its first repository's page
alone, so that a resolver can meet every further conflict of the run; nothing of it is ever
installed, because its origin carries the ruling.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.asking import Asked, Asking
from xpip.core.decisions import Candidate, Origin, Routing, Ruling, Stage, Verdict
from xpip.core.demands import status_objection
from xpip.core.facts import Absent, Found, ProjectPage
from xpip.core.file_hosts import FileHosts
from xpip.core.judging import Trust, judge
from xpip.core.known_hashes import all_known, only_known
from xpip.core.names import NormalizedName
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.ports import Repositories
from xpip.core.routing import route
from xpip.core.selection import AdmittedPage, CandidateKey, Selection


class Finding(Struct, frozen=True, kw_only=True):
    """Everything known of one project: what was asked, what was answered, what follows."""

    project: NormalizedName
    routing: Routing
    verdict: Verdict
    selection: Selection
    decided_in: Stage | None = None
    """The stage whose answers decided; None where nobody was asked."""
    asked: tuple[Asked, ...] = ()
    """Every group asked, with what each of its mirrors said."""
    passed_over: tuple[Stage, ...] = ()
    """Stages that have files of it, none of which can be used, by `on-unusable`."""
    by_rule_alone: Selection | None = None
    """What an enforced rule lets in by itself, where that decides whether the name is passed on."""


class Discovery:
    """Finds projects, each of them once in a run.

    Args:
        made: the candidates of this run so far: who chooses for several machines shares them, and
            so what is known of each file.
    """

    def __init__(
        self,
        repositories: Repositories,
        *,
        policy: Policy,
        target: Target,
        made: dict[CandidateKey, Candidate] | None = None,
    ) -> None:
        self._made = {} if made is None else made
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
        finding = self._ask(routing)
        while following := _after_unusable(finding):
            assert finding.decided_in is not None
            # PEP 766: a repository whose files cannot be used is passed over like one without.
            later = self._ask(replace(routing, stages=following))
            evidence = finding.verdict.evidence + later.verdict.evidence
            passed_over = (*finding.passed_over, finding.decided_in)
            asked = finding.asked + later.asked
            if later.verdict.ruling is Ruling.ABSENT:
                verdict = replace(finding.verdict, evidence=evidence)
                return replace(finding, verdict=verdict, asked=asked)
            finding = replace(
                later,
                routing=routing,
                verdict=replace(later.verdict, evidence=evidence),
                passed_over=passed_over,
                asked=asked,
            )
        return finding

    def _ask(self, routing: Routing) -> Finding:
        asked = self._asking.ask(routing)
        verdict = self._judge(routing, asked)
        return Finding(
            project=routing.project,
            routing=routing,
            verdict=verdict,
            selection=self._select(routing.project, asked, verdict, self._policy),
            decided_in=asked[-1].stage if asked else None,
            asked=asked,
            by_rule_alone=self._by_rule_alone(routing.project, asked, verdict),
        )

    def _by_rule_alone(
        self, project: NormalizedName, asked: Sequence[Asked], verdict: Verdict
    ) -> Selection | None:
        stage = asked[-1].stage if asked else None
        rule = stage.mapping_rule if stage else None
        if stage is None or rule is None or not (stage.enforced and rule.passes_unusable):
            return None
        plain = replace(
            self._policy,
            known_hashes={},
            hashes_required=False,
            only_binary=NameSet(),
            no_binary=NameSet(),
            cutoff=None,
        )
        alone = [replace(each, stage=replace(each.stage, narrowing=())) for each in asked]
        return self._select(project, alone, verdict, plain)

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
        if not asked:  # Without an index and without links nobody is asked.
            return judge(routing.project, (), Trust())
        last = [each for each in asked if each.stage is asked[-1].stage]
        verdict = self._judge_stage(routing.project, last)
        objection = next(filter(None, map(_status_objection, last)), None)
        if objection and verdict.ruling.admits:
            verdict = replace(verdict, ruling=Ruling.DENIED, admitted=(), explanation=objection)
        return replace(verdict, evidence=evidence)

    def _judge_stage(self, project: NormalizedName, asked: Sequence[Asked]) -> Verdict:
        if not asked[0].stage.enforced:
            # PEP 708's second step. An enforced rule is judged as it would be without options:
            # the hashes that a user gives choose among its files, and settle nothing.
            asked = [self._known(project, each) for each in asked]
        answers = [
            each.answer for each in asked if not self._asking.may_skip(each.answer, each.stage)
        ]
        return judge(project, answers, self._trust(project, asked))

    def _known(self, project: NormalizedName, asked: Asked) -> Asked:
        known = self._policy.known_hashes.get(project)
        if known is None or not isinstance(asked.answer, Found):
            return asked
        return replace(
            asked, answer=replace(asked.answer, page=only_known(asked.answer.page, known))
        )

    def _trust(self, project: NormalizedName, asked: Sequence[Asked]) -> Trust:
        enforced = asked[0].stage.enforced
        known = None if enforced else self._policy.known_hashes.get(project)
        pages = [each.answer.page for each in asked if isinstance(each.answer, Found)]
        return Trust(
            declared=any(each.stage.declared for each in asked),
            unsafe_merge=project in self._policy.unsafe_merge and not enforced,
            same_content=known is not None and all_known(pages, known),
            distrusted=frozenset(
                mirror.url
                for each in asked
                if not each.group.trust_tracks
                for mirror in each.group.mirrors
            ),
        )

    def _select(
        self, project: NormalizedName, asked: Sequence[Asked], verdict: Verdict, policy: Policy
    ) -> Selection:
        found = [(each, each.answer.page) for each in asked if isinstance(each.answer, Found)]
        if verdict.ruling is Ruling.CONFLICT:
            pages = [(each, page) for each, page in found if page.file_count][:1]
        else:
            admitted = {page.repository for page in verdict.admitted}
            pages = [(each, page) for each, page in found if page.repository in admitted]
        return Selection(
            project,
            [self._admit(each, page, verdict) for each, page in pages],
            policy=policy,
            target=self._target,
            made=self._made,
        )

    def _admit(self, asked: Asked, page: ProjectPage, verdict: Verdict) -> AdmittedPage:
        return AdmittedPage(
            page=page,
            group=asked.group,
            rules=asked.stage.rules_for(asked.group),
            is_witness=asked.stage.drops(asked.group),
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


def _after_unusable(finding: Finding) -> tuple[Stage, ...]:
    """The stages left, where a rule passes on a name of which no file can be used.

    Whatever version is asked for: one name is one finding.
    """
    stage = finding.decided_in
    rule = stage.mapping_rule if stage else None
    stages = finding.routing.stages
    # An exclusive directory stands in for its stage, and passes nothing on: it may look equal.
    place = next((number for number, each in enumerate(stages) if each is stage), None)
    if place is None or rule is None or not rule.passes_unusable:
        return ()
    answered = finding.verdict.ruling.admits or finding.verdict.ruling is Ruling.ABSENT
    # What later files and options take away is gone: it does not make room for another's files.
    if not answered or (finding.by_rule_alone or finding.selection).is_usable:
        return ()
    return stages[place + 1 :]


def _status_objection(asked: Asked) -> str | None:
    if not isinstance(asked.answer, Found):
        return None
    return status_objection(asked.answer.page, asked.stage.rules_for(asked.group))
