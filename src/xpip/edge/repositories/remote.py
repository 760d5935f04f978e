"""What each answer of a remote repository means.

200 with a page is Found, the repository's own no is Absent, everything else Unavailable, with
its reason. Called from many threads at once; waits, retries nothing itself, decides nothing
about names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import new as new_hash
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    Absent,
    Answer,
    CoreMetadata,
    Found,
    InvalidMetadata,
    Layout,
    MetadataAnswer,
    MisfitKind,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.hashes import secure
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.metadata import parse_candidate_metadata
from xpip.core.policy import Auth, RepositoryGroup
from xpip.core.simple import InvalidPage, accepted, parse_page
from xpip.core.urls import WebOrigin, is_below, redacted, web_origin
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.transport import Failure, Logins, Response, Transport
from xpip.edge.repositories.wheel_metadata import (
    BROKEN_WHEEL,
    NoRanges,
    read_local,
    read_remote,
)
from xpip.errors import Reason

_REASONS = {401: Reason.AUTH_FAILED, 403: Reason.AUTH_FAILED, 407: Reason.AUTH_FAILED}
_LARGEST_PAGE = 256 << 20
_LARGEST_METADATA = 16 << 20

WholeWheel = Callable[[Candidate], Path | Unavailable]
"""Downloads a wheel: the last resort for its metadata."""


class RemoteRepositories:
    """Asks servers for pages and metadata.

    Args:
        mapped: whether a mapping file is in force: then no repository may speak for another.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        groups: Sequence[RepositoryGroup],
        mapped: bool = False,
        logins: Logins,
        whole_wheel: WholeWheel,
        largest_page: int = _LARGEST_PAGE,
    ) -> None:
        self._transport = transport
        self._groups = {mirror: group for group in groups for mirror in group.mirrors}
        self._rules = FileRules(groups)
        self._mapped = mapped
        self._logins = logins
        self._whole_wheel = whole_wheel
        self._largest_page = largest_page
        self._without_ranges: set[object] = set()

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What the repository answers for the project."""
        url = repository.project_url(project)
        group = self._groups[repository]
        if group.auth is Auth.REQUIRED and not self._can_log_in(repository):
            return Unavailable(
                repository=repository,
                url=url,
                reason=Reason.AUTH_REQUIRED,
                detail=f"{group.name} is to be asked with credentials, and there are none for it",
            )
        response = self._transport.get(
            url,
            headers={"Accept": accepted(group.page_format)},
            may_follow=lambda _, target: self._may_forward(repository, target),
            login=lambda origin: origin in _origins(group),
            limit=self._largest_page,
        )
        if isinstance(response, Failure):
            return Unavailable(
                repository=repository,
                url=response.url,
                reason=response.reason,
                detail=response.detail,
            )
        return _read_answer(repository, project, response, group)

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

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """METADATA as the page offers it, else by range requests, else out of the whole wheel."""
        raw = self._raw_metadata(candidate)
        if isinstance(raw, Unavailable | InvalidMetadata | CoreMetadata):
            return raw
        return parse_candidate_metadata(candidate, raw)

    def _raw_metadata(
        self, candidate: Candidate
    ) -> bytes | CoreMetadata | InvalidMetadata | Unavailable:
        if candidate.file.core_metadata:
            return self._advertised_metadata(candidate)
        host = web_origin(candidate.file.url)
        if host not in self._without_ranges:
            try:
                return read_remote(lambda wanted: self._range(candidate, wanted))
            except NoRanges:
                self._without_ranges.add(host)
            except _Missing as missing:
                return missing.unavailable
            except BROKEN_WHEEL:
                # No hash holds for parts of a wheel: whether it is broken, the whole one says.
                pass
        if not candidate.origin.ruling.admits:
            # No file of a refused project is fetched whole.
            return CoreMetadata(name=candidate.project, version=candidate.version)
        path = self._whole_wheel(candidate)
        return path if isinstance(path, Unavailable) else _read_wheel(candidate, path)

    def _advertised_metadata(self, candidate: Candidate) -> bytes | Unavailable:
        # PEP 658: the suffix goes onto the path; a query, if any, stays behind it.
        path, mark, query = candidate.file.url.partition("?")
        response = self._transport.get(
            f"{path}.metadata{mark}{query}",
            may_follow=self._rules.may_follow(candidate),
            login=self._rules.may_log_in(candidate),
            limit=_LARGEST_METADATA,
        )
        if isinstance(response, Failure):
            return _unavailable(candidate, response.url, response.reason, response.detail)
        if response.status != 200:
            return _bad_status(candidate, response)
        claims = candidate.file.core_metadata
        for claim in secure(claims if isinstance(claims, tuple) else ()):
            if new_hash(claim.algorithm, response.body).hexdigest() != claim.digest:
                return _unavailable(
                    candidate,
                    response.url,
                    Reason.HASH_MISMATCH,
                    f"its metadata does not have the {claim.algorithm} that the page gives",
                )
        return response.body

    def _range(self, candidate: Candidate, wanted: str) -> tuple[str, bytes]:
        response = self._transport.get(
            candidate.file.url,
            headers={"Range": wanted, "Accept-Encoding": "identity"},
            may_follow=self._rules.may_follow(candidate),
            login=self._rules.may_log_in(candidate),
            wanted=(206,),
        )
        if isinstance(response, Failure):
            raise _Missing(_unavailable(candidate, response.url, response.reason, response.detail))
        if response.status == 206:
            return response.headers.get("content-range", ""), response.body
        if response.status in (200, 416, 501):
            raise NoRanges(f"status {response.status}")
        raise _Missing(_bad_status(candidate, response))


class _Missing(Exception):
    def __init__(self, unavailable: Unavailable) -> None:
        super().__init__(unavailable.detail)
        self.unavailable = unavailable


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
            reason=_REASONS.get(response.status, Reason.HTTP_STATUS),
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
        return Absent(repository=repository, url=url, detail="no file of this name")
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


def _read_wheel(candidate: Candidate, path: Path) -> bytes | InvalidMetadata | Unavailable:
    try:
        return read_local(path)
    except BROKEN_WHEEL as error:
        return InvalidMetadata(detail=f"{path.name}: {error}")
    except OSError as error:
        detail = error.strerror or str(error)
        return _unavailable(candidate, redacted(candidate.file.url), Reason.UNREACHABLE, detail)


def _bad_status(candidate: Candidate, response: Response) -> Unavailable:
    reason = _REASONS.get(response.status, Reason.HTTP_STATUS)
    return _unavailable(
        candidate, redacted(response.url), reason, f"its metadata: status {response.status}"
    )


def _unavailable(candidate: Candidate, url: str, reason: Reason, detail: str) -> Unavailable:
    return Unavailable(
        repository=Repository(url=candidate.origin.repository),
        url=url,
        reason=reason,
        detail=f"{candidate.file.filename}: {detail}",
    )
