"""The world in memory: repositories, and what is installed.

    repository("corp").has("spam", "1.0", requires=["eggs>=2"]).lacks("ham")

Classes that implement `xpip.core.ports`, with a log of what was asked; nothing is mocked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Candidate, Origin, Ruling
from xpip.core.facts import (
    Absent,
    Answer,
    CoreMetadata,
    File,
    Found,
    Hash,
    InstalledDistribution,
    InvalidMetadata,
    Layout,
    MetadataAnswer,
    ProjectPage,
    Release,
    Repository,
    Unavailable,
    Unbuilt,
)
from xpip.core.policy import RepositoryGroup
from xpip.core.ports import Listener
from xpip.errors import Reason


@dataclass(kw_only=True)
class _Listing:
    """What one repository holds and claims of one project."""

    files: list[tuple[Version, File]] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    instead: Absent | Unavailable | None = None


class MemoryRepository:
    """One repository: it has what it was told to have, and lacks everything else."""

    def __init__(self, name: str, url: str, *, layout: Layout = Layout.SIMPLE) -> None:
        self.name = name
        self.repository = Repository(url=url, layout=layout)
        self.group = RepositoryGroup(
            name=name, mirrors=(self.repository,), declared_at=f"--extra-index-url {name}"
        )
        self._listings: dict[NormalizedName, _Listing] = {}
        self._metadata: dict[str, MetadataAnswer] = {}
        self._direct: dict[str, Candidate] = {}

    def has(
        self,
        project: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        provides: Iterable[str] = (),
        requires_python: str | None = None,
        page_tells_python: bool = True,
        tag: str = "py3-none-any",
        sdist: bool = False,
        metadata: InvalidMetadata | Reason | None = None,
        **listed: Any,
    ) -> Self:
        """List one file of a project.

        Args:
            provides: extras.
            page_tells_python: whether the page gives Requires-Python, and not the metadata alone.
            metadata: why there is none that can be used.
            listed: fields of `File`: yanked, hashes, url, …
        """
        key = canonicalize_name(project)
        stem = f"{key.replace('-', '_')}-{version}"
        filename = f"{stem}.tar.gz" if sdist else f"{stem}-{tag}.whl"
        file = File(
            filename=filename,
            url=f"{self.repository.url.rstrip('/')}/files/{filename}",
            hashes=(Hash("sha256", "ab" * 32),),
            requires_python=requires_python if page_tells_python else None,
        )
        file = replace(file, **listed)
        self._listing(project).files.append((Version(version), file))
        self._metadata[file.url] = self._answer_for(file, metadata) or CoreMetadata(
            name=key,
            version=Version(version),
            requires=tuple(map(Requirement, requires)),
            requires_python=SpecifierSet(requires_python) if requires_python else None,
            extras=frozenset(map(canonicalize_name, provides)),
        )
        return self

    def says(self, project: str, **claims: Any) -> Self:
        """Let the project's page claim something: fields of `ProjectPage` (status, tracks, …)."""
        self._listing(project).claims.update(claims)
        return self

    def lacks(self, project: str, detail: str = "status 404") -> Self:
        """Answer Absent, whatever it has."""
        self._listing(project).instead = Absent(
            repository=self.repository, url=self.project_url(project), detail=detail
        )
        return self

    def fails(
        self, project: str, reason: Reason = Reason.HTTP_STATUS, detail: str = "status 500"
    ) -> Self:
        """Give no usable answer for the project, whatever it has."""
        self._listing(project).instead = Unavailable(
            repository=self.repository,
            url=self.project_url(project),
            reason=reason,
            detail=detail,
        )
        return self

    def project_url(self, project: str) -> str:
        """The address of a project's page."""
        return self.repository.project_url(canonicalize_name(project))

    def answer(self, project: str) -> Answer:
        """What it answers for a project."""
        key = canonicalize_name(project)
        if key not in self._listings:
            return Absent(repository=self.repository, url=self.project_url(key))
        listing = self._listings[key]
        return listing.instead or Found(page=self._page(key, listing))

    def candidate_at(self, project: NormalizedName, url: str) -> Candidate | None:
        """The file of a project that lies at this URL, as a direct reference finds it."""
        for version, file in self._listing(project).files:
            if file.url == url:
                if url not in self._direct:
                    self._direct[url] = self._at(project, version, file)
                return self._direct[url]
        return None

    def _at(self, project: NormalizedName, version: Version, file: File) -> Candidate:
        origin = Origin(
            group=self.name,
            repository=file.url,
            page_url=file.url,
            rule="named by you",
            ruling=Ruling.DIRECT,
        )
        return Candidate(project=project, version=version, file=file, origin=origin)

    def metadata(self, file: File) -> MetadataAnswer:
        """The metadata of one of its files."""
        return self._metadata[file.url]

    def _listing(self, project: str) -> _Listing:
        return self._listings.setdefault(canonicalize_name(project), _Listing())

    def _page(self, project: NormalizedName, listing: _Listing) -> ProjectPage:
        versions = dict.fromkeys(version for version, _ in listing.files)
        page = ProjectPage(
            project=project,
            repository=self.repository,
            url=self.project_url(project),
            releases=tuple(
                Release(version=each, files=tuple(f for v, f in listing.files if v == each))
                for each in versions
            ),
        )
        return replace(page, **listing.claims)

    def _answer_for(
        self, file: File, metadata: InvalidMetadata | Reason | None
    ) -> InvalidMetadata | Unavailable | None:
        if isinstance(metadata, Reason):
            return Unavailable(
                repository=self.repository, url=file.url, reason=metadata, detail="status 500"
            )
        return metadata


def repository(
    name: str, url: str | None = None, *, local: bool = False, layout: Layout = Layout.SIMPLE
) -> MemoryRepository:
    """A repository of this name; `local` ones lie on this machine's disk."""
    default = f"file:///wheels/{name}" if local else f"https://{name}.example/simple/"
    return MemoryRepository(name, url or default, layout=Layout.FLAT if local else layout)


class Asked(NamedTuple):
    """One question: a project's page, or the metadata of a file."""

    repository: str
    what: str


_Key = tuple[Repository, NormalizedName] | Candidate


class MemoryRepositories:
    """The port `Repositories`. Each question is logged once, when it is first asked.

    Args:
        next_arrival: chooses which of so many open questions is answered next, while something
            waits; without it every answer is there at once.
    """

    def __init__(
        self,
        repositories: Iterable[MemoryRepository],
        *,
        next_arrival: Callable[[int], int] | None = None,
    ) -> None:
        self.log: list[Asked] = []
        self._repositories = {each.repository: each for each in repositories}
        self._next_arrival = next_arrival
        self._asked: set[_Key] = set()
        self._open: list[_Key] = []
        self._listener: Listener | None = None

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What the repository answers."""
        self.prefetch_page(repository, project)
        self._wait_for((repository, project))
        return self._repositories[repository].answer(project)

    def first_page(self, repositories: Sequence[Repository], project: NormalizedName) -> Repository:
        """The first of these whose answer is there; lets others arrive until one is."""
        for each in repositories:
            self.prefetch_page(each, project)
        while True:
            for each in repositories:
                if self.has_page(each, project):
                    return each
            self._arrive_one()

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The candidate's metadata."""
        self.prefetch_metadata(candidate)
        self._wait_for(candidate)
        return self._home(candidate).metadata(candidate.file)

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place; it was put there by `MemoryRepository.has`, with this URL."""
        for each in self._repositories.values():
            found = each.candidate_at(project, url)
            if found is not None:
                return found
        missing = Repository(url=url)
        return Unavailable(
            repository=missing, url=url, reason=Reason.HTTP_STATUS, detail="status 404"
        )

    def prefetch_page(self, repository: Repository, project: NormalizedName) -> None:
        """Open the question."""
        self._ask((repository, project), Asked(self._repositories[repository].name, project))

    def prefetch_metadata(self, candidate: Candidate) -> None:
        """Open the question."""
        self._ask(candidate, Asked(self._home(candidate).name, candidate.file.filename))

    def has_page(self, repository: Repository, project: NormalizedName) -> bool:
        """Whether the answer is there."""
        return self._has((repository, project))

    def has_metadata(self, candidate: Candidate) -> bool:
        """Whether the answer is there."""
        return self._has(candidate)

    def listen(self, listener: Listener) -> None:
        """Tell this listener of arrivals."""
        self._listener = listener

    def arrive_all(self) -> None:
        """Let every question be answered, those included that the answers lead to."""
        self._tell_of_waiting()
        while self._open:
            self._arrive(self._open.pop(0))
            self._tell_of_waiting()

    def asked(self, name: str) -> list[str]:
        """All that one repository was asked, in order."""
        return [what for repository, what in self.log if repository == name]

    def _home(self, candidate: Candidate) -> MemoryRepository:
        return next(
            each for each in self._repositories.values() if each.name == candidate.origin.group
        )

    def _ask(self, key: _Key, question: Asked) -> None:
        if key not in self._asked:
            self._asked.add(key)
            self.log.append(question)
            if self._next_arrival is not None:
                self._open.append(key)

    def _has(self, key: _Key) -> bool:
        return key in self._asked and key not in self._open

    def _wait_for(self, key: _Key) -> None:
        while key in self._open:
            self._arrive_one()

    def _arrive_one(self) -> None:
        assert self._next_arrival is not None
        self._tell_of_waiting()
        self._arrive(self._open.pop(self._next_arrival(len(self._open))))

    def _tell_of_waiting(self) -> None:
        if self._listener is not None:
            self._listener.about_to_wait()

    def _arrive(self, key: _Key) -> None:
        if self._listener is None:
            return
        if isinstance(key, Candidate):
            self._listener.metadata_arrived(key)
        else:
            self._listener.page_arrived(key[1])


class MemoryInstalled:
    """The port `InstalledDistributions`."""

    def __init__(self) -> None:
        self._found: dict[NormalizedName, InstalledDistribution] = {}

    def has(
        self,
        project: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        provides: Iterable[str] = (),
        python: str | None = None,
    ) -> Self:
        """Have this distribution installed."""
        key = canonicalize_name(project)
        self._found[key] = InstalledDistribution(
            project=key,
            version=Version(version),
            metadata=CoreMetadata(
                name=key,
                version=Version(version),
                requires=tuple(map(Requirement, requires)),
                requires_python=None if python is None else SpecifierSet(python),
                extras=frozenset(map(canonicalize_name, provides)),
            ),
            location=f"/env/{key}-{version}.dist-info",
        )
        return self

    def find(self, project: NormalizedName) -> InstalledDistribution | None:
        """The distribution of this name."""
        return self._found.get(project)
