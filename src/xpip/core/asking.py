"""Asks the groups of a routing, stage by stage: the next only when all of one lack the name.

Decides whom to ask next, from answers alone; what they mean for the name is judged elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from xpip.core.decisions import Routing, Stage
from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.ports import Repositories
from xpip.errors import AvailabilityError, Reason, branch_for

LOGIN_FAILURES = frozenset({Reason.AUTH_FAILED, Reason.AUTH_REQUIRED})
"""Failures that no other mirror makes good: trust is equal, the login may not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A group's answer, and the stage that it was asked in."""

    stage: Stage
    group: RepositoryGroup
    answer: Answer


class Asking:
    """Walks through the stages of routings."""

    def __init__(self, repositories: Repositories, policy: Policy) -> None:
        self._repositories = repositories
        self._policy = policy

    def advance(self, routing: Routing) -> bool:
        """Begin to ask as far as the answers that are here allow; whether `ask` would not wait."""
        for stage in self._stages(routing):
            answers = [self._answer(group, routing.project, wait=False) for group in stage.groups]
            if None in answers:
                return False
            if not all(self._passes_on(answer) for answer in answers):
                return True
        return True

    def ask(self, routing: Routing) -> tuple[Asked, ...]:
        """The answers that the routing leads to; waits for them."""
        asked: list[Asked] = []
        for stage in self._stages(routing):
            for group in stage.groups:
                self._repositories.prefetch_page(group.canonical, routing.project)
            answers = [
                Asked(stage=stage, group=group, answer=answer)
                for group in stage.groups
                if (answer := self._answer(group, routing.project, wait=True))
            ]
            asked += answers
            if not all(self._passes_on(each.answer) for each in answers):
                break
        return tuple(asked)

    def may_skip(self, answer: Answer | None) -> bool:
        """Whether the user lets the run go on without this answer (PEP 766's fall-through).

        That is for outages: what is refused by policy stays refused.
        """
        return (
            isinstance(answer, Unavailable)
            and answer.repository.url in self._policy.unsafe_skip
            and branch_for(answer.reason) is AvailabilityError
        )

    def _passes_on(self, answer: Answer | None) -> bool:
        return isinstance(answer, Absent) or self.may_skip(answer)

    def _stages(self, routing: Routing) -> tuple[Stage, ...]:
        """The routing's stages; exclusive directories that may have the name are all of them.

        One that cannot be read may have it: then nobody else is asked either.
        """
        for stage in routing.stages:
            for group in stage.groups:
                if group.exclusive and group.is_local:
                    answer = self._answer(group, routing.project, wait=True)
                    if isinstance(answer, Unavailable) or (
                        isinstance(answer, Found) and answer.page.file_count
                    ):
                        return (replace(stage, groups=(group,)),)
        return routing.stages

    def _answer(
        self, group: RepositoryGroup, project: NormalizedName, *, wait: bool
    ) -> Answer | None:
        """A group's answer: its mirrors in turn, because trust in them is equal, and they may lag.

        None where it is not known yet, and is not to be waited for.
        """
        failures: list[Unavailable] = []
        absent: Absent | None = None
        for mirror in group.mirrors:
            self._repositories.prefetch_page(mirror, project)
            if not wait and not self._repositories.has_page(mirror, project):
                return None
            match self._repositories.page(mirror, project):
                case Found() as found:
                    return found
                case Absent() as absent:
                    pass
                case Unavailable(reason=reason) as failure:
                    failures.append(failure)
                    if reason in LOGIN_FAILURES:
                        return failure
        # A failure that may not be passed over weighs more than one that may.
        failures.sort(key=self.may_skip)
        return failures[0] if failures else absent
