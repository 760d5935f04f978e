"""Where projects came from → the smallest mapping file that sends each of them there again.

Only PyPI, or the repository that the user names, is opened to every other name. A namespace is
proposed where several names of one repository share it and no other repository's name does; the
draft says of each pattern what more it lets in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from packaging.utils import NormalizedName

from xpip.core.map_drafts.drafts import DraftRepository, DraftRule, MapDraft
from xpip.core.map_drafts.naming import free_name
from xpip.core.policy import Merge
from xpip.core.urls import canonical_project_url, canonical_root, is_loopback, web_origin
from xpip.errors import Reason, UsageError

_ENOUGH = 2


class Observed(Struct, frozen=True, kw_only=True):
    """Projects, and where they came from.

    Attributes:
        origins: repositories by project; several where a lock has a project from each of them.
        unknown: projects of unknown origin, and why it is unknown.
        source: what was looked at, for people.
        notes: what else a user has to know of it.
    """

    origins: Mapping[NormalizedName, tuple[str, ...]]
    unknown: Mapping[NormalizedName, str]
    source: str
    notes: tuple[str, ...] = ()


class _Repository(Struct, kw_only=True):
    name: str
    url: str
    projects: list[NormalizedName] = field(default_factory=list)


def observed_draft(observed: Observed, *, public: str, opened: str | None = None) -> MapDraft:
    """The smallest map for what is in use.

    Args:
        observed: what is in use.
        public: URL of the repository that may be opened without being named.
        opened: name or URL of the repository to open to every other name.

    Raises:
        UsageError: there is no repository of this name or URL.
    """
    repositories = _repositories(observed)
    chosen = _opened(repositories, public, opened)
    shared = sorted(name for name, urls in observed.origins.items() if len(urls) > 1)
    drafting = _Minimal(repositories, shared=shared, opened=chosen)
    rules = tuple(drafting.rules())
    return MapDraft(
        head=(
            f"Made by `xpip map init` from {observed.source}: read it before you trust it.",
            "A name that no rule matches is refused.",
        ),
        repositories=tuple(_draft(each) for each in repositories),
        rules=rules,
        unsaid=(*drafting.unsaid, *_unknown(observed, chosen), *observed.notes),
    )


def _repositories(observed: Observed) -> list[_Repository]:
    """The repositories by number of projects, most first; each under a name of its own."""
    found: dict[str, _Repository] = {}
    for project, urls in sorted(observed.origins.items()):
        for url in urls:
            key = _identity(url)
            if key not in found:
                name = free_name(url, [each.name for each in found.values()])
                found[key] = _Repository(name=name, url=url)
            found[key].projects.append(project)
    return sorted(found.values(), key=lambda each: (-len(each.projects), each.name))


def _identity(url: str) -> str:
    if "://" not in url:
        return url.rstrip("/")
    return canonical_project_url(f"{canonical_root(url)}x/")


def _opened(
    repositories: Sequence[_Repository], public: str, opened: str | None
) -> _Repository | None:
    if opened is None:
        most = len(repositories[0].projects) if repositories else 0
        first = [each for each in repositories if len(each.projects) == most]
        return next((each for each in first if _identity(each.url) == _identity(public)), None)
    for each in repositories:
        named = opened.lower() == each.name.lower()
        if named or ("://" in opened and _identity(opened) == _identity(each.url)):
            return each
    names = ", ".join(each.name for each in repositories)
    raise UsageError(
        "--open names no repository that is in use",
        reference=Reason.USAGE,
        hint=f"In use: {names}." if names else None,
    )


def _draft(repository: _Repository) -> DraftRepository:
    count = len(repository.projects)
    url = repository.url
    insecure = url.startswith("http:") and not is_loopback(web_origin(url)[1])
    return DraftRepository(
        name=repository.name,
        url=url,
        comments=(f"{count} project{'s' if count > 1 else ''} in use.",),
        insecure=insecure,
    )


class _Minimal:
    def __init__(
        self,
        repositories: Sequence[_Repository],
        *,
        shared: Sequence[NormalizedName],
        opened: _Repository | None,
    ) -> None:
        self._repositories = repositories
        self._shared = shared
        self._opened = opened
        self.unsaid: list[str] = []

    def rules(self) -> Iterator[DraftRule]:
        for project in self._shared:
            yield self._for_shared(project)
        for repository in self._repositories:
            if repository is not self._opened:
                yield from self._for_repository(repository)
        if self._opened is not None:
            yield self._for_everything(self._opened)

    def _for_shared(self, project: NormalizedName) -> DraftRule:
        holders = [each.name for each in self._repositories if project in each.projects]
        self.unsaid.append(
            f"{project} came from {' and '.join(holders)}: which of them is right is yours to say;"
            " until then it is refused where both of them have it"
        )
        return DraftRule(
            paths=(project,),
            repositories=tuple(holders),
            merge=Merge.LINKED,
            comments=("In use from each of these: keep the one that is right.",),
        )

    def _for_repository(self, repository: _Repository) -> Iterator[DraftRule]:
        names = [each for each in repository.projects if each not in self._shared]
        namespaces = self._namespaces(repository, names)
        literal = [each for each in names if each.partition("-")[0] not in namespaces]
        if literal:
            yield DraftRule(
                paths=tuple(literal),
                repositories=(repository.name,),
                comments=(f"What is in use from {repository.name}, and nothing more.",),
            )
        for namespace, inside in namespaces.items():
            told = _admission(namespace, inside)
            self.unsaid.append(told)
            yield DraftRule(
                namespace=(namespace,),
                repositories=(repository.name,),
                comments=(f"{told[0].upper()}{told[1:]}.",),
            )

    def _namespaces(
        self, repository: _Repository, names: Sequence[NormalizedName]
    ) -> dict[str, list[NormalizedName]]:
        by_head: dict[str, list[NormalizedName]] = {}
        for name in names:
            by_head.setdefault(name.partition("-")[0], []).append(name)
        foreign = {
            project.partition("-")[0]
            for other in self._repositories
            for project in other.projects
            if other is not repository or project in self._shared
        }
        return {
            head: inside
            for head, inside in by_head.items()
            if len(inside) >= _ENOUGH and head not in foreign
        }

    def _for_everything(self, repository: _Repository) -> DraftRule:
        count = len(repository.projects)
        told = (
            f"* admits every other name from {repository.name}:"
            f" only {count} project{'s' if count > 1 else ''} of it are in use"
        )
        self.unsaid.append(told)
        return DraftRule(
            paths=("*",),
            repositories=(repository.name,),
            comments=(f"{told}.",),
        )


def _admission(namespace: str, inside: Sequence[NormalizedName]) -> str:
    listed = f"{', '.join(inside[:-1])} and {inside[-1]}"
    return (
        f"namespace {namespace} also admits every other {namespace}-* name: only {listed} are in"
        " use"
    )


def _unknown(observed: Observed, opened: _Repository | None) -> Iterator[str]:
    by_reason: dict[str, list[NormalizedName]] = {}
    for project, reason in sorted(observed.unknown.items()):
        by_reason.setdefault(reason, []).append(project)
    for reason, projects in by_reason.items():
        sent = f"; the rule for every other name sends them to {opened.name}" if opened else ""
        yield f"no rule is made for {', '.join(projects)}: {reason}{sent}"
