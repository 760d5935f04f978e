"""Asks the groups of a routing, stage by stage: the next only when all of one lack the name.

Decides whom to ask next, from answers alone; what they mean for the name is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.decisions import Routing, Stage
from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.core.names import NormalizedName
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.ports import Repositories
from xpip.errors import AvailabilityError, Reason, branch_for

LOGIN_FAILURES = frozenset({Reason.AUTH_FAILED, Reason.AUTH_REQUIRED})
"""Failures that no other mirror makes good: trust is equal, the login may not be."""


class Asked(Struct, frozen=True, kw_only=True):
    """A group's answer, and the stage that it was asked in.

    Attributes:
        answer: what counts.
        heard: what each mirror asked said, in the order of asking.
    """

    stage: Stage
    group: RepositoryGroup
    answer: Answer
    heard: tuple[Answer, ...] = ()


class _Heard(Struct, frozen=True, kw_only=True):
    counts: Answer
    answers: tuple[Answer, ...]


class Asking:
    """Walks through the stages of routings."""

    def __init__(self, repositories: Repositories, policy: Policy) -> None:
        self._repositories = repositories
        self._policy = policy

    def advance(self, routing: Routing) -> bool:
        """Begin to ask as far as the answers that are here allow; whether `ask` would not wait."""
        for stage in self._stages(routing):
            heard = [self._answer(group, routing.project, wait=False) for group in stage.groups]
            answers = [each.counts for each in heard if each is not None]
            if len(answers) < len(heard):
                return False
            if not all(self._passes_on(answer, stage) for answer in answers):
                return True
        return True

    def ask(self, routing: Routing) -> tuple[Asked, ...]:
        """The answers that the routing leads to; waits for them."""
        asked: list[Asked] = []
        for stage in self._stages(routing):
            for group in stage.groups:
                self._repositories.prefetch_page(group.canonical, routing.project)
            answers = [
                Asked(stage=stage, group=group, answer=heard.counts, heard=heard.answers)
                for group in stage.groups
                if (heard := self._answer(group, routing.project, wait=True))
            ]
            asked += answers
            if not all(self._passes_on(each.answer, stage) for each in answers):
                break
        return tuple(asked)

    def may_skip(self, answer: Answer | None, stage: Stage) -> bool:
        """Whether the user lets the run go on without this answer (PEP 766's fall-through).

        That is for outages: what is refused by policy stays refused. And an enforced rule is
        obeyed whole.
        """
        return not stage.enforced and self._is_skipped(answer)

    def _is_skipped(self, answer: Answer | None) -> bool:
        return (
            isinstance(answer, Unavailable)
            and answer.repository.url in self._policy.unsafe_skip
            and branch_for(answer.reason) is AvailabilityError
        )

    def _passes_on(self, answer: Answer | None, stage: Stage) -> bool:
        return isinstance(answer, Absent) or self.may_skip(answer, stage)

    def _stages(self, routing: Routing) -> tuple[Stage, ...]:
        """The routing's stages; exclusive directories that may have the name are all of them.

        One that cannot be read may have it: then nobody else is asked either.
        """
        for stage in routing.stages:
            for group in stage.groups:
                if group.exclusive and group.is_local:
                    heard = self._answer(group, routing.project, wait=True)
                    answer = heard.counts if heard else None
                    if isinstance(answer, Unavailable) or (
                        isinstance(answer, Found) and answer.page.file_count
                    ):
                        return (replace(stage, groups=(group,)),)
        return routing.stages

    def _answer(
        self, group: RepositoryGroup, project: NormalizedName, *, wait: bool
    ) -> _Heard | None:
        """A group's answer; None where it is not known yet, and is not to be waited for."""
        if self._policy.race_mirrors:
            return self._fastest(group, project, wait=wait)
        return self._first(group, project, wait=wait)

    def _first(
        self, group: RepositoryGroup, project: NormalizedName, *, wait: bool
    ) -> _Heard | None:
        """Its mirrors in turn, because trust in them is equal, and they may lag."""
        heard: list[Answer] = []
        for mirror in group.mirrors:
            self._repositories.prefetch_page(mirror, project)
            if not wait and not self._repositories.has_page(mirror, project):
                return None
            answer = self._repositories.page(mirror, project)
            heard.append(answer)
            if isinstance(answer, Found):
                return _Heard(counts=answer, answers=tuple(heard))
            if _is_login_failure(answer):
                break
        return _Heard(counts=self._none_of(heard), answers=tuple(heard))

    def _fastest(
        self, group: RepositoryGroup, project: NormalizedName, *, wait: bool
    ) -> _Heard | None:
        """All its mirrors at once: the first page that arrives, whatever the others say."""
        heard: list[Answer] = []
        for mirror in group.mirrors:
            self._repositories.prefetch_page(mirror, project)
        left = list(group.mirrors)
        while left:
            here = [each for each in left if self._repositories.has_page(each, project)]
            if not here and not wait:
                return None
            mirror = here[0] if here else self._repositories.first_page(left, project)
            answer = self._repositories.page(mirror, project)
            heard.append(answer)
            if isinstance(answer, Found):
                return _Heard(counts=answer, answers=tuple(heard))
            left.remove(mirror)
        counts = self._none_of(sorted(heard, key=lambda each: _place(group, each)))
        return _Heard(counts=counts, answers=tuple(heard))

    def _none_of(self, answers: Sequence[Answer]) -> Answer:
        """What is left to say when no mirror has a page: Absent only if all of them say so.

        A failed login comes first, then a failure that may not be passed over.
        """
        failures = [each for each in answers if isinstance(each, Unavailable)]
        failures.sort(key=lambda each: (not _is_login_failure(each), self._is_skipped(each)))
        return failures[0] if failures else answers[-1]


def _is_login_failure(answer: Answer) -> bool:
    return isinstance(answer, Unavailable) and answer.reason in LOGIN_FAILURES


def _place(group: RepositoryGroup, answer: Answer) -> int:
    return group.mirrors.index(answer.repository)
