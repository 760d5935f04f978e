"""Where else in its group a file may be had that its own mirror does not hand out.

Semantics 4.2: the next mirror's page is asked, and the same filename must carry the same hash
there. Trust in mirrors is equal; that they hold the same is shown for each file, never taken
for granted. Knows nothing of how a file is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from xpip.core.asking import LOGIN_FAILURES
from xpip.core.decisions import FROM_LOCK, Candidate
from xpip.core.facts import (
    Absent,
    Answer,
    File,
    Found,
    Hash,
    ProjectPage,
    ProjectStatus,
    Repository,
    Unavailable,
)
from xpip.core.file_hosts import FileHosts
from xpip.core.hashes import secure, strongest
from xpip.core.names import NormalizedName
from xpip.core.policy import RepositoryGroup
from xpip.core.urls import redacted
from xpip.edge.repositories.remembered import Remembered
from xpip.errors import AvailabilityError, PolicyError, Reason, branch_for

AskPage = Callable[[Repository, NormalizedName], Answer]
"""What a repository answers for a project; each page is asked for once in a run."""


class Failover:
    """The mirrors of these groups, as places of one file.

    Args:
        strict: whether a mapping file is in force, so that files lie on known hosts alone.
    """

    def __init__(
        self, groups: Sequence[RepositoryGroup], ask: AskPage, *, strict: bool = False
    ) -> None:
        self._groups = {group.name: group for group in groups}
        self._hosts = {group.name: FileHosts(group, groups, strict=strict) for group in groups}
        self._ask = ask
        self._known = Remembered[tuple[Candidate, Repository], Candidate | str]()

    def elsewhere(self, candidate: Candidate, tried: list[str]) -> Iterator[Candidate]:
        """The same file at the other mirrors, in the order of the group.

        Args:
            tried: gets a line for each mirror that does not offer the file.

        Raises:
            PolicyError: `hash-conflict`, `quarantined` or `file-host-foreign`.
        """
        group = self._groups.get(candidate.origin.group)
        if group is None or group.is_local:
            return
        if len(group.mirrors) < 2 and candidate.origin.ruling not in FROM_LOCK:
            return
        for mirror in group.mirrors:
            found = self._known.get((candidate, mirror), partial(self._at, mirror, candidate))
            if isinstance(found, Candidate):
                yield found
            elif found:
                tried.append(found)

    def _at(self, mirror: Repository, candidate: Candidate) -> Candidate | str:
        """The file at this mirror, or why there is none; nothing to say of its own page."""
        match self._ask(mirror, candidate.project):
            case Found(page=page) if _is_own(page, candidate):
                return ""
            case Found(page=page):
                file = _listed(page, candidate)
                if file is None:
                    return f"{redacted(page.url)} does not list it"
                return self._same(candidate, file, page)
            case Absent() | Unavailable() as answer:
                return f"{redacted(answer.url)}: {answer.detail or 'not there'}"

    def _same(self, candidate: Candidate, file: File, page: ProjectPage) -> Candidate:
        _check_status(page)
        hashes = _agreed(candidate, file, page)
        hosts = self._hosts[candidate.origin.group]
        foreign = hosts.objection(file, page.url)
        if foreign is not None:
            raise PolicyError(
                f"{file.filename} may not be taken from where this mirror lists it: {foreign}",
                reference=Reason.FILE_HOST_FOREIGN,
                context=[f"file: {redacted(file.url)}", f"page: {redacted(page.url)}"],
            )
        size = file.size if candidate.file.size is None else candidate.file.size
        return replace(
            candidate,
            file=replace(file, hashes=hashes, size=size),
            origin=replace(candidate.origin, page_url=page.url),
            on_foreign_host=not hosts.owns(file.url),
        )


def may_fail_over(reason: Reason) -> bool:
    """Whether another mirror may make this good: an outage, and no login that failed."""
    return branch_for(reason) is AvailabilityError and reason not in LOGIN_FAILURES


def with_tried(context: Sequence[str], tried: Sequence[str]) -> tuple[str, ...]:
    """The lines of the first failure, and those of the mirrors tried after it."""
    return (*context, *(f"other mirror: {line}" for line in tried))


def _is_own(page: ProjectPage, candidate: Candidate) -> bool:
    # The page of what a lock names has not been asked yet: it may have moved since.
    return page.url == candidate.origin.page_url and candidate.origin.ruling not in FROM_LOCK


def _listed(page: ProjectPage, candidate: Candidate) -> File | None:
    return next(
        (
            file
            for release in page.releases
            if release.version == candidate.version
            for file in release.files
            if file.filename == candidate.file.filename
        ),
        None,
    )


def _check_status(page: ProjectPage) -> None:
    if page.status is ProjectStatus.QUARANTINED:
        raise PolicyError(
            f"{page.project} is quarantined by this mirror",
            reference=Reason.QUARANTINED,
            context=[f"{redacted(page.url)}: {page.status_reason or 'no reason given'}"],
        )


def _agreed(candidate: Candidate, file: File, page: ProjectPage) -> tuple[Hash, ...]:
    """All that both pages claim of the file.

    Raises:
        PolicyError: `hash-conflict`: they do not show that they mean the same one.
    """
    here, there = set(secure(candidate.file.hashes)), set(secure(file.hashes))
    shared = {each.algorithm for each in here} & {each.algorithm for each in there}
    both = here | there
    if shared and len(both) == len({each.algorithm for each in both}):
        return tuple(sorted(both, reverse=True))
    raise PolicyError(
        f"{file.filename} cannot be had from its mirror, and another one lists other contents"
        if shared
        else f"{file.filename} cannot be had from its mirror, and no hash that both pages give "
        "shows that another one lists the same file",
        reference=Reason.HASH_CONFLICT,
        context=[
            f"{redacted(candidate.origin.page_url)}: {_shown(candidate.file)}",
            f"{redacted(page.url)}: {_shown(file)}",
        ],
        hint="Mirrors must hold the same files: tell whoever runs them.",
    )


def _shown(file: File) -> str:
    known = strongest(file.hashes)
    return f"{known.algorithm} {known.digest}" if known else "no secure hash"
