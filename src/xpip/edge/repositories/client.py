"""The port `Repositories`: many questions in flight at once, each asked once in a run.

Which repository may be asked for which name was decided before, and what an answer means is
decided where it is read; this module only keeps the asking going and hands arrivals to
whoever waits, on the waiting thread. What earlier runs kept, and what lies on this machine's disk,
is there at once: no thread is asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from xpip.core.decisions import Candidate
from xpip.core.facts import Answer, MetadataAnswer, Repository, Unavailable, Unbuilt
from xpip.core.names import NormalizedName
from xpip.core.ports import Listener
from xpip.edge.repositories.local import LocalRepositories
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.remote_metadata import RemoteMetadata
from xpip.edge.repositories.transport import CONNECTIONS
from xpip.errors import InstallationError, Reason

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_Tell = Callable[[Listener], None]
_Question = tuple[Repository, NormalizedName] | Candidate

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Sources(Protocol):
    """Builds what is not built: its own questions go to the repositories that the client asks."""

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The metadata of the wheel that sources become."""

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names."""


class RepositoryClient:
    """Implements `core.ports.Repositories` over HTTP and this machine's disk."""

    def __init__(self, remote: RemoteRepositories, metadata: RemoteMetadata) -> None:
        self._remote = remote
        self._remote_metadata = metadata
        self._local = LocalRepositories()
        self._workers: ThreadPoolExecutor | None = None
        self._pages: dict[tuple[Repository, NormalizedName], Answer] = {}
        self._metadata: dict[Candidate, MetadataAnswer] = {}
        self._asked: dict[_Question, Future[Any]] = {}
        self._here: set[_Question] = set()
        self._arrivals: SimpleQueue[tuple[_Question, _Tell]] = SimpleQueue()
        self._listener: Listener | None = None
        self._sources: Sources | None = None

    def build_with(self, sources: Sources) -> None:
        """Ask these for what has to be built, on the thread that needs it."""
        self._sources = sources

    @contextmanager
    def listener_set_aside(self) -> Iterator[None]:
        """For as long as another resolution asks; what arrives meanwhile is told to nobody."""
        listener, self._listener = self._listener, None
        try:
            yield
        finally:
            self._listener = listener

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names (PEP 508)."""
        return self._sources.direct(project, url) if self._sources else _not_built(project)

    def listen(self, listener: Listener) -> None:
        """Tell this listener of arrivals, whenever a call waits."""
        self._listener = listener

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What the repository answers for the project."""
        question = (repository, project)
        self.prefetch_page(repository, project)
        if question not in self._pages:
            self._pages[question] = self._wait(question)
        return self._pages[question]

    def first_page(self, repositories: Sequence[Repository], project: NormalizedName) -> Repository:
        """The first of these whose answer is here; waits for one."""
        for repository in repositories:
            self.prefetch_page(repository, project)
        while True:
            for repository in repositories:
                if self.has_page(repository, project):
                    return repository
            self._hear()

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The METADATA of one candidate."""
        if candidate not in self._metadata and candidate.is_source:
            # Not ahead of need: a build runs code of its authors.
            sources = self._sources
            answer = sources.metadata(candidate) if sources else _not_built(candidate.project)
            self._metadata[candidate] = answer
        self.prefetch_metadata(candidate)
        if candidate not in self._metadata:
            self._metadata[candidate] = self._wait(candidate)
        return self._metadata[candidate]

    def prefetch_page(self, repository: Repository, project: NormalizedName) -> None:
        """Begin to ask for a page, unless it can be had at once."""
        question = (repository, project)
        if question in self._pages or question in self._asked:
            return
        if repository.is_local:
            self._pages[question] = self._local.page(repository, project)
            return
        at_hand = self._remote.at_hand(repository, project)
        if at_hand is not None:
            self._pages[question] = at_hand
            return
        self._asked[question] = self._submit(self._remote.page, repository, project)
        self._announce(question, lambda listener: listener.page_arrived(project))

    def prefetch_metadata(self, candidate: Candidate) -> None:
        """Begin to ask for metadata, unless it can be had at once."""
        if candidate in self._metadata or candidate in self._asked or candidate.is_source:
            return
        if candidate.file.url.startswith("file:"):
            self._metadata[candidate] = self._local.metadata(candidate)
            return
        at_hand = self._remote_metadata.at_hand(candidate)
        if at_hand is not None:
            self._metadata[candidate] = at_hand
            return
        self._asked[candidate] = self._submit(self._remote_metadata.metadata, candidate)
        self._announce(candidate, lambda listener: listener.metadata_arrived(candidate))

    def has_page(self, repository: Repository, project: NormalizedName) -> bool:
        """Whether `page` would answer without waiting."""
        question = (repository, project)
        return question in self._pages or question in self._here

    def has_metadata(self, candidate: Candidate) -> bool:
        """Whether `metadata` would answer without waiting."""
        return candidate in self._metadata or candidate in self._here

    def close(self) -> None:
        """Ask nothing more."""
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)

    def _submit(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        if self._workers is None:
            from concurrent.futures import ThreadPoolExecutor

            self._workers = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="xpip")
        return self._workers.submit(work, *args, **kwargs)

    def _announce(self, question: _Question, tell: _Tell) -> None:
        self._asked[question].add_done_callback(lambda _: self._arrivals.put((question, tell)))

    def _wait(self, question: _Question) -> Any:
        while question not in self._here:
            self._hear()
        return self._asked[question].result()

    def _hear(self) -> None:
        if self._listener is not None:
            self._listener.about_to_wait()
        question, tell = self._arrivals.get()
        # Here is what this thread has heard of: it does not change while somebody looks.
        self._here.add(question)
        if self._listener is not None:
            tell(self._listener)


def _not_built(project: NormalizedName) -> Unbuilt:
    return Unbuilt(
        error=InstallationError(
            f"{project} has to be built, which this command does not do",
            reference=Reason.BUILD_FAILED,
        )
    )
