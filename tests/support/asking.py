"""The real client of repositories, put together as in a run, with retries that do not wait.

    with Asking(corp, mirror) as asking:
        answer = asking.page(corp, "spam")
        candidate = asking.candidate(corp, "spam")

The first repository is the one that `login` belongs to.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.support.world import RepositoryDouble
from xpip.core.decisions import Candidate, Origin, Ruling
from xpip.core.facts import Answer, File, Found, Repository, Unavailable
from xpip.core.policy import Credentials, Network, RepositoryGroup
from xpip.core.urls import WebOrigin, web_origin
from xpip.edge.repositories.client import RepositoryClient
from xpip.edge.repositories.failover import Failover
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.edge.repositories.kept_pages import KeptPages
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.remote_metadata import RemoteMetadata
from xpip.edge.repositories.transport import Transport

RETRIES = 2


class KnownLogins:
    """Logins that are known from the start; nobody is asked for others."""

    def __init__(self, credentials: Iterable[Credentials] = ()) -> None:
        self._known = {each.origin: each for each in credentials}

    def find(self, origin: WebOrigin) -> Credentials | None:
        return self._known.get(origin)

    def ask(self, origin: WebOrigin) -> Credentials | None:
        return None


def transport(
    credentials: Iterable[Credentials] = (),
    *,
    retries: int = 3,
    timeout: float = 30.0,
    offline: bool = False,
    **options: Any,
) -> Transport:
    """A transport with these logins, as a run would make it."""
    network = Network(retries=retries, timeout=timeout, offline=offline)
    return Transport(logins=KnownLogins(credentials), network=network, **options)


Root = RepositoryDouble | Repository | str


class Silence:
    """An observer that counts bytes and says nothing."""

    def __init__(self) -> None:
        self.bytes = 0

    def waiting(self) -> None: ...
    def resolving(self, project: NormalizedName) -> None: ...
    def building(self, what: str) -> None: ...

    def fetching(self, files: int, size: int) -> None: ...
    def fetched(self, size: int) -> None:
        self.bytes += size

    def installing(self, wheels: int) -> None: ...
    def installed(self, project: NormalizedName) -> None: ...


class Asking:
    """Everything between a question and the sockets.

    Attributes:
        pauses: seconds that retries would have waited, in order.
        directory: where fetched files go.

    Args:
        repositories: all that are configured, for redirects between them.
        login: user and password for the first repository's web origin.
        whole_wheel: in the place of the fetcher's.
        mirrors: whether they are all one group, `corp`, as a mapping file declares it.
        mapped: whether a mapping file is in force.
        kept: answers of earlier runs.
        limits: `largest_page`, or arguments of `Transport`.
    """

    def __init__(
        self,
        *repositories: Root,
        login: tuple[str, str] | None = None,
        whole_wheel: Callable[[Candidate], Path | Unavailable] | None = None,
        mirrors: bool = False,
        mapped: bool = False,
        kept: KeptPages | None = None,
        **limits: Any,
    ) -> None:
        roots = [repository_of(each) for each in repositories]
        self._closing = ExitStack()
        self.directory = Path(self._closing.enter_context(tempfile.TemporaryDirectory()))
        self.pauses: list[float] = []
        largest = {"largest_page": limits.pop("largest_page")} if "largest_page" in limits else {}
        options = {"retries": RETRIES, "timeout": 10.0, "pause": self.pauses.append, **limits}
        credentials = [credentials_for(roots[0].url, *login)] if login else []
        self.transport = transport(credentials, **options)
        self.observer = Silence()
        groups = mirrors_of(*roots) if mirrors else [group_of(root) for root in roots]
        self.remote = RemoteRepositories(
            self.transport,
            groups=groups,
            mapped=mapped,
            logins=KnownLogins(credentials),
            kept=kept,
            **largest,
        )
        failover = Failover(groups, self.remote.page, strict=mirrors)
        self.fetcher = Fetcher(
            self.transport, [self.directory], self.observer, groups=groups, failover=failover
        )
        metadata = RemoteMetadata(
            self.transport,
            groups=groups,
            failover=failover,
            whole_wheel=whole_wheel or self.fetcher.whole_wheel,
        )
        self.client = RepositoryClient(self.remote, metadata)

    def page(self, repository: Root, project: str = "spam") -> Answer:
        """The answer of one repository."""
        return self.client.page(repository_of(repository), canonicalize_name(project))

    def candidate(
        self,
        repository: Root,
        project: str = "spam",
        *,
        ruling: Ruling = Ruling.SOLE,
        **claims: Any,
    ) -> Candidate:
        """The last file on a real page, with some of its claims changed."""
        answer = self.page(repository, project)
        assert isinstance(answer, Found), answer
        file = answer.page.releases[-1].files[-1]
        return candidate_of(
            replace(file, **claims),
            project,
            str(answer.page.releases[-1].version),
            page_url=answer.url,
            ruling=ruling,
        )

    def fetch(self, candidate: Candidate) -> FetchedFile:
        """Fetch one file."""
        (fetched,) = self.fetcher.fetch_all([candidate])
        return fetched

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.close()
        self.transport.close()
        self._closing.close()


def repository_of(root: Root) -> Repository:
    """The value that the core knows a repository by."""
    if isinstance(root, Repository):
        return root
    return Repository(url=root if isinstance(root, str) else root.url)


def group_of(root: Repository) -> RepositoryGroup:
    """A group of one, called like its URL."""
    return RepositoryGroup(name=root.url, mirrors=(root,), declared_at="test")


def mirrors_of(*roots: Repository) -> list[RepositoryGroup]:
    """One group of all of these, the first canonical; candidates here are of this group."""
    return [RepositoryGroup(name="corp", mirrors=roots, declared_at="test")]


def candidate_of(
    file: File,
    project: str,
    version: str,
    *,
    page_url: str = "http://127.0.0.1/simple/spam/",
    ruling: Ruling = Ruling.SOLE,
) -> Candidate:
    """A candidate as discovery would make it of this file."""
    origin = Origin(
        group="corp", repository=page_url, page_url=page_url, rule="all names", ruling=ruling
    )
    return Candidate(
        project=canonicalize_name(project), version=Version(version), file=file, origin=origin
    )


def credentials_for(url: str, username: str, password: str) -> Credentials:
    """Credentials bound to a URL's web origin."""
    return Credentials(origin=web_origin(url), username=username, password=password)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@contextmanager
def raw_server(
    answers: Sequence[bytes], on_hung_up: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """A server that sends each connection the next of these bytes and hangs up; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for answer in answers:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # nobody asked any more
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)
                on_hung_up()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/simple/"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
