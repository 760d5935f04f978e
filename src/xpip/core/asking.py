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
from xpip.errors import Reason

_NO_LOGIN = frozenset({Reason.AUTH_FAILED, Reason.AUTH_REQUIRED})


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

    def prefetch(self, routing: Routing) -> None:
        """Begin to ask the first stage; what comes after depends on its answers."""
        for stage in self._stages(routing)[:1]:
            self._begin(stage, routing.project)

    def is_ready(self, routing: Routing) -> bool:
        """Whether `ask` would not wait, unless for a mirror in place of one that failed."""
        for stage in self._stages(routing):
            canonical = [group.canonical for group in stage.groups]
            if not all(self._repositories.has_page(each, routing.project) for each in canonical):
                return False
            answers = [self._repositories.page(each, routing.project) for each in canonical]
            if not all(isinstance(answer, Absent) for answer in answers):
                return True
        return True

    def ask(self, routing: Routing) -> tuple[Asked, ...]:
        """The answers that the routing leads to; waits for them."""
        asked: list[Asked] = []
        for stage in self._stages(routing):
            self._begin(stage, routing.project)
            answers = [
                Asked(stage=stage, group=group, answer=self._ask_group(group, routing.project))
                for group in stage.groups
            ]
            asked += answers
            if not all(self._passes_on(each.answer) for each in answers):
                break
        return tuple(asked)

    def may_skip(self, answer: Answer) -> bool:
        """Whether the user lets the run go on without this answer (PEP 766's fall-through)."""
        return isinstance(answer, Unavailable) and answer.repository.url in self._policy.unsafe_skip

    def _passes_on(self, answer: Answer) -> bool:
        return isinstance(answer, Absent) or self.may_skip(answer)

    def _stages(self, routing: Routing) -> tuple[Stage, ...]:
        """The routing's stages; an exclusive directory that has the name is all of them."""
        for stage in routing.stages:
            for group in stage.groups:
                if group.exclusive and group.is_local:
                    answer = self._repositories.page(group.canonical, routing.project)
                    if isinstance(answer, Found) and answer.page.file_count:
                        return (replace(stage, groups=(group,)),)
        return routing.stages

    def _begin(self, stage: Stage, project: NormalizedName) -> None:
        for group in stage.groups:
            self._repositories.prefetch_page(group.canonical, project)

    def _ask_group(self, group: RepositoryGroup, project: NormalizedName) -> Answer:
        """Ask a group's mirrors in turn: trust in them is equal, and they may lag."""
        failures: list[Unavailable] = []
        absent: Answer | None = None
        for mirror in group.mirrors:
            match self._repositories.page(mirror, project):
                case Found() as found:
                    return found
                case Absent() as absent:
                    pass
                case Unavailable(reason=reason) as failure:
                    failures.append(failure)
                    if reason in _NO_LOGIN:
                        return failure
        # A failure that may not be passed over weighs more than one that may.
        failures.sort(key=self.may_skip)
        answer = failures[0] if failures else absent
        assert answer is not None  # a group has at least one mirror
        return answer
