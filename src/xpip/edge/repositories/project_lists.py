"""The list of all projects that a repository has: its root page, and nothing below it (S14).

No project's name is sent: that is what this module is for. Many repositories have no such page, or
show it to nobody; that is said, and means nothing for any name.
"""

from __future__ import annotations

from msgspec import Struct

from xpip.core.facts import Repository, Unavailable
from xpip.core.policy import Auth, RepositoryGroup
from xpip.core.simple.project_list import ACCEPT, Names, UnreadableList, read_project_list
from xpip.core.urls import redacted, web_origin
from xpip.edge.repositories.responses import reason_of
from xpip.edge.repositories.transport import Failure, Logins, Transport
from xpip.errors import Reason

_LARGEST_LIST = 256 << 20
_UNLISTED = frozenset({403, 404, 405, 406, 410, 501})
"""Statuses by which servers say that they have no such page, or show it to nobody."""


class Unlisted(Struct, frozen=True, kw_only=True):
    """A repository that does not list its projects."""

    url: str
    detail: str


def list_projects(
    repository: Repository, group: RepositoryGroup, transport: Transport, logins: Logins
) -> Names | Unlisted | Unavailable:
    """All project names of a repository, normalised."""
    url = f"{repository.url.rstrip('/')}/"
    origin = web_origin(url)
    if group.auth is Auth.REQUIRED and not (logins.find(origin) or logins.ask(origin)):
        # Semantics 2.5: before the first request.
        detail = f"{group.name} is to be asked with credentials, and there are none for it"
        return _unavailable(repository, url, Reason.AUTH_REQUIRED, detail)
    origins = {web_origin(mirror.url) for mirror in group.mirrors}
    response = transport.get(
        url,
        headers={"Accept": ACCEPT},
        may_follow=lambda _, to: None if web_origin(to) in origins else Reason.REDIRECT_FOREIGN,
        login=lambda origin: group.auth is not Auth.NEVER and origin in origins,
        limit=_LARGEST_LIST,
    )
    if isinstance(response, Failure):
        return _unavailable(repository, response.url, response.reason, response.detail)
    shown = redacted(response.url)
    if response.status in _UNLISTED:
        return Unlisted(url=shown, detail=f"status {response.status}")
    if response.status != 200:
        status = response.status
        return _unavailable(repository, shown, reason_of(status), f"status {status}")
    try:
        return read_project_list(response.body, response.headers.get("content-type", ""))
    except UnreadableList as unreadable:
        return Unlisted(url=shown, detail=str(unreadable))


def _unavailable(repository: Repository, url: str, reason: Reason, detail: str) -> Unavailable:
    return Unavailable(repository=repository, url=url, reason=reason, detail=detail)
