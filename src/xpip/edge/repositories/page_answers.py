"""What one response of a remote repository means, and what one means that was kept.

200 with a page is Found, the repository's own no is Absent, everything else Unavailable, with
its reason. Asks nobody, and decides nothing about names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    Layout,
    MisfitKind,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.policy import RepositoryGroup
from xpip.core.simple import InvalidPage, parse_page
from xpip.core.urls import redacted, web_origin
from xpip.edge.repositories.responses import Response, reason_of
from xpip.errors import Reason

if TYPE_CHECKING:
    from xpip.edge.cache.pages import StoredAnswer

_NO_FILE = "no file of this name"


def read_answer(
    repository: Repository,
    project: NormalizedName,
    response: Response,
    group: RepositoryGroup,
) -> Answer:
    """What the repository says of the project."""
    url = redacted(response.url)
    # The one page of a flat layout speaks for all names: without it, nothing was said of any.
    says_no = response.status in _statuses_of_absence(group, repository)
    if says_no and repository.layout is Layout.SIMPLE:
        return Absent(repository=repository, url=url, detail=f"status {response.status}")
    if response.status != 200:
        return Unavailable(
            repository=repository,
            url=url,
            reason=reason_of(response.status),
            detail=f"status {response.status}",
        )
    page = parse_page(
        response.body,
        content_type=response.headers.get("content-type", ""),
        repository=repository,
        project=project,
        url=response.url,
        page_format=group.page_format,
    )
    if isinstance(page, InvalidPage):
        return Unavailable(repository=repository, url=url, reason=page.reason, detail=page.detail)
    if repository.layout is Layout.FLAT:
        page = _of_one_project(page)
    if not page.file_count and not _is_framed(response):
        # Whoever cuts the connection would otherwise take the repository's claim to the name.
        return Unavailable(
            repository=repository,
            url=url,
            reason=Reason.UNREACHABLE,
            detail="a page without files, of which nothing says that it is whole",
        )
    if repository.layout is Layout.FLAT and not page.file_count:
        return Absent(repository=repository, url=url, detail=_NO_FILE)
    return Found(page=page)


def _of_one_project(page: ProjectPage) -> ProjectPage:
    """A page for any project, without the archives that claim another one's name."""
    claims = [
        misfit
        for misfit in page.misfits
        if misfit.kind is MisfitKind.FORMAT and _begins_with(misfit.filename, page.project)
    ]
    return replace(page, misfits=tuple(claims))


def _begins_with(filename: str, project: NormalizedName) -> bool:
    dashes = [place for place, character in enumerate(filename) if character == "-"]
    return any(canonicalize_name(filename[:place]) == project for place in dashes)


def _is_framed(response: Response) -> bool:
    """Whether the body's end was said beforehand, and is not just where the connection ended."""
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def said_before(
    known: StoredAnswer, repository: Repository, group: RepositoryGroup
) -> Found | Absent | None:
    """What an answer of an earlier run means today; None if it is none any more."""
    if known.page is not None:
        return Found(page=known.page)
    if repository.layout is Layout.FLAT:
        return Absent(repository=repository, url=known.url, detail=_NO_FILE)
    if known.status in _statuses_of_absence(group, repository):
        return Absent(repository=repository, url=known.url, detail=f"status {known.status}")
    return None


def _statuses_of_absence(group: RepositoryGroup, repository: Repository) -> frozenset[int]:
    known = KNOWN_HOSTS.get(web_origin(repository.url))
    return group.absent_status | known.absent_status if known else group.absent_status
