"""Remote repositories, asked for pages, unless an answer of an earlier run counts.

Called from many threads at once; waits, retries nothing itself, decides nothing about names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.version import Version

from xpip.core.facts import (
    Absent,
    Answer,
    File,
    Found,
    PageRequest,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.names import NormalizedName
from xpip.core.policy import Auth, RepositoryGroup
from xpip.core.simple import accepted
from xpip.core.urls import WebOrigin, is_below, redacted, web_origin
from xpip.edge.repositories.kept_pages import KeptPages
from xpip.edge.repositories.page_answers import read_answer, said_before
from xpip.edge.repositories.remembered import Remembered
from xpip.edge.repositories.transport import Failure, Logins, Response, Transport
from xpip.errors import AvailabilityError, Reason, branch_for

_LARGEST_PAGE = 64 << 20


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
        self._asked_anew = Remembered[PageRequest, Answer]()
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
        return self._heard(asked, group, response)

    def _heard(
        self, asked: PageRequest, group: RepositoryGroup, response: Response | Failure
    ) -> Answer:
        if isinstance(response, Failure):
            return Unavailable(
                repository=asked.repository,
                url=response.url,
                reason=response.reason,
                detail=response.detail,
            )
        answer = read_answer(asked.repository, asked.project, response, group)
        if self._kept is not None and not isinstance(answer, Unavailable):
            page = answer.page if isinstance(answer, Found) else None
            self._kept.keep(
                asked, response, answer, lambda version: self._anew(asked, group, page, version)
            )
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
        if self._kept is None:
            return None
        known = self._kept.find(
            asked, lambda version: self._anew(asked, group, known.page if known else None, version)
        )
        if known is None:
            return None
        repository = asked.repository
        is_own = known.url == redacted(repository.project_url(asked.project))
        if not is_own and self._may_forward(repository, known.url) is not None:
            return None
        said = said_before(known, repository, group)
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

    def _anew(
        self,
        asked: PageRequest,
        group: RepositoryGroup,
        kept: ProjectPage | None,
        version: Version,
    ) -> Sequence[File]:
        """The files of a release, of which what was kept is damaged.

        Raises:
            XpipError: the server does not say what it said of the project, or nothing.
        """
        answer = self._asked_anew.get(
            asked, lambda: self._heard(asked, group, self._get(asked, group, {}))
        )
        if isinstance(answer, Unavailable):
            raise branch_for(answer.reason)(
                f"{asked.project}: what was kept is damaged, and its page cannot be had",
                reference=answer.reason,
                context=[answer.url, answer.detail],
            )
        if not isinstance(answer, Found) or kept is None or not _speak_alike(answer.page, kept):
            raise AvailabilityError(
                f"{asked.project}: what was kept is damaged, and its page has changed since",
                reference=Reason.UNREACHABLE,
                context=[answer.url],
                hint="Run the command again.",
            )
        releases = answer.page.releases
        return next((each.files for each in releases if each.version == version), ())

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


class _Stored(Struct, frozen=True, kw_only=True):
    answer: Found | Absent
    validators: Mapping[str, str]
    is_usable: bool


def _speak_alike(one: ProjectPage, other: ProjectPage) -> bool:
    """Whether two pages say the same of their project, whatever files they list."""
    return replace(one, releases=(), misfits=()) == replace(other, releases=(), misfits=())


def _origins(group: RepositoryGroup) -> frozenset[WebOrigin]:
    return frozenset(web_origin(mirror.url) for mirror in group.mirrors)
