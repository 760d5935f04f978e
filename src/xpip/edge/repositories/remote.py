"""What each answer of a remote repository means.

200 with a page is Found, the repository's own no is Absent, everything else Unavailable, with
its reason. Called from many threads at once; waits, retries nothing itself, decides nothing
about names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    Layout,
    MisfitKind,
    PageRequest,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.policy import Auth, RepositoryGroup
from xpip.core.simple import InvalidPage, accepted, parse_page
from xpip.core.urls import WebOrigin, is_below, redacted, web_origin
from xpip.core.values import dataclass
from xpip.edge.repositories.kept_pages import KeptPages
from xpip.edge.repositories.remembered import Remembered
from xpip.edge.repositories.responses import reason_of
from xpip.edge.repositories.transport import Failure, Logins, Response, Transport
from xpip.errors import Reason

if TYPE_CHECKING:
    from xpip.edge.cache.pages import StoredAnswer

_LARGEST_PAGE = 64 << 20
_NO_FILE = "no file of this name"


class RemoteRepositories:
    """Asks servers for pages, each once.

    Args:
        mapped: whether a mapping file is in force: then no repository may speak for another.
        kept: answers of earlier runs, and when they count.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        groups: Sequence[RepositoryGroup],
        mapped: bool = False,
        logins: Logins,
        largest_page: int = _LARGEST_PAGE,
        kept: KeptPages | None = None,
    ) -> None:
        self._transport = transport
        self._groups = {mirror: group for group in groups for mirror in group.mirrors}
        self._mapped = mapped
        self._logins = logins
        self._largest_page = largest_page
        self._kept = kept
        # As whom, before anybody was asked who else there is: the next run shall find the same.
        self._users = {mirror: self._user_at(mirror) for mirror in self._groups if kept}
        self._answers = Remembered[tuple[Repository, NormalizedName], Answer]()
        self._looked_up: dict[PageRequest, _Stored | None] = {}

    def at_hand(self, repository: Repository, project: NormalizedName) -> Answer | None:
        """The answer of an earlier run, where it counts unasked: to be had without waiting."""
        group = self._groups[repository]
        if self._kept is None or group.auth is Auth.REQUIRED:
            return None
        asked = self._request(repository, project)
        stored = self._stored(asked, group)
        if stored is None or not stored.is_usable:
            # Whoever asks the server now need not look again.
            self._looked_up[asked] = stored
            return None
        return self._answers.get((repository, project), lambda: stored.answer)

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What the repository answers for the project."""
        return self._answers.get((repository, project), lambda: self._ask(repository, project))

    def _ask(self, repository: Repository, project: NormalizedName) -> Answer:
        url = repository.project_url(project)
        group = self._groups[repository]
        if group.auth is Auth.REQUIRED and not self._can_log_in(repository):
            return Unavailable(
                repository=repository,
                url=url,
                reason=Reason.AUTH_REQUIRED,
                detail=f"{group.name} is to be asked with credentials, and there are none for it",
            )
        asked = self._request(repository, project)
        looked_up = asked in self._looked_up
        stored = self._looked_up.pop(asked) if looked_up else self._stored(asked, group)
        if stored is not None and stored.is_usable:
            return stored.answer
        response = self._get(asked, group, stored.validators if stored else {})
        if stored is not None and not isinstance(response, Failure) and response.status == 304:
            if redacted(response.url) == stored.answer.url:
                return self._renewed(asked, stored, response)
            # Nothing has changed there, but that is not where the answer came from.
            response = self._get(asked, group, {})
        if isinstance(response, Failure):
            return Unavailable(
                repository=repository,
                url=response.url,
                reason=response.reason,
                detail=response.detail,
            )
        answer = _read_answer(repository, project, response, group)
        if self._kept is not None and not isinstance(answer, Unavailable):
            self._kept.keep(asked, response, answer)
        return answer

    def _request(self, repository: Repository, project: NormalizedName) -> PageRequest:
        return PageRequest(
            repository=repository,
            project=project,
            accept=accepted(self._groups[repository].page_format),
            user=self._users.get(repository),
        )

    def _get(
        self, asked: PageRequest, group: RepositoryGroup, validators: Mapping[str, str]
    ) -> Response | Failure:
        return self._transport.get(
            asked.repository.project_url(asked.project),
            headers={"Accept": asked.accept, **validators},
            may_follow=lambda _, target: self._may_forward(asked.repository, target),
            login=lambda origin: group.auth is not Auth.NEVER and origin in _origins(group),
            limit=self._largest_page,
        )

    def _stored(self, asked: PageRequest, group: RepositoryGroup) -> _Stored | None:
        """What was answered before, if today's policy lets it be an answer."""
        known = self._kept.find(asked) if self._kept else None
        if known is None or self._kept is None:
            return None
        repository = asked.repository
        is_own = known.url == redacted(repository.project_url(asked.project))
        if not is_own and self._may_forward(repository, known.url) is not None:
            return None
        said = _said(known, repository, group)
        if said is None:
            return None
        is_usable = self._kept.is_usable(known, asked.project)
        if is_usable:
            said = replace(said, kept_at=self._kept.time_of(known))
        if isinstance(said, Absent) and is_usable:
            said = replace(said, detail=f"{said.detail}, {self._kept.age_of(known)}")
        return _Stored(answer=said, validators=known.validators, is_usable=is_usable)

    def _renewed(self, asked: PageRequest, stored: _Stored, response: Response) -> Answer:
        if self._kept is not None:
            self._kept.renew(asked, response.headers)
        return stored.answer

    def _user_at(self, repository: Repository) -> str | None:
        if self._groups[repository].is_local or self._groups[repository].auth is Auth.NEVER:
            return None
        login = self._logins.find(web_origin(repository.url))
        return login.username if login else None

    def _can_log_in(self, repository: Repository) -> bool:
        origin = web_origin(repository.url)
        return bool(self._logins.find(origin) or self._logins.ask(origin))

    def _may_forward(self, repository: Repository, target: str) -> Reason | None:
        group = self._groups[repository]
        roots = [other for other in self._groups if is_below(target, other.url)]
        if roots:
            # What lies below a repository's root is that repository, on whatever host.
            owner = self._groups[max(roots, key=lambda root: len(root.url))]
            foreign = self._mapped and owner is not group
            return Reason.REDIRECT_FOREIGN if foreign else None
        return None if web_origin(target) in _origins(group) else Reason.REDIRECT_FOREIGN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    answer: Found | Absent
    validators: Mapping[str, str]
    is_usable: bool


def _said(
    known: StoredAnswer, repository: Repository, group: RepositoryGroup
) -> Found | Absent | None:
    """What an answer of an earlier run means today; None if it is none any more."""
    if known.page is not None:
        return Found(page=known.page)
    if repository.layout is Layout.FLAT:
        return Absent(repository=repository, url=known.url, detail=_NO_FILE)
    if known.status in _absent_status(group, repository):
        return Absent(repository=repository, url=known.url, detail=f"status {known.status}")
    return None


def _origins(group: RepositoryGroup) -> frozenset[WebOrigin]:
    return frozenset(web_origin(mirror.url) for mirror in group.mirrors)


def _absent_status(group: RepositoryGroup, repository: Repository) -> frozenset[int]:
    known = KNOWN_HOSTS.get(web_origin(repository.url))
    return group.absent_status | known.absent_status if known else group.absent_status


def _read_answer(
    repository: Repository,
    project: NormalizedName,
    response: Response,
    group: RepositoryGroup,
) -> Answer:
    url = redacted(response.url)
    # The one page of a flat layout speaks for all names: without it, nothing was said of any.
    says_no = response.status in _absent_status(group, repository)
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
