"""The edge's parts that ask and fetch, made and handed to one another for one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from xpip.core.decisions import Candidate
from xpip.core.policy import Policy
from xpip.core.urls import web_origin
from xpip.edge.cache.opened import Caches, open_caches
from xpip.edge.config import Settings
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.failover import Failover
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.edge.repositories.remembered import Remembered
from xpip.edge.repositories.transport import Transport
from xpip.edge.run_directory import run_directory
from xpip.operations.surroundings import Surroundings
from xpip.operations.unpacking import Trees

if TYPE_CHECKING:
    from xpip.core.facts import MetadataAnswer, Unavailable, Unbuilt
    from xpip.core.names import NormalizedName
    from xpip.edge.attestations import Attestations
    from xpip.edge.repositories.client import RepositoryClient
    from xpip.edge.repositories.remote import RemoteRepositories


class Builder(Protocol):
    """Makes metadata and wheels of what is no wheel."""

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The metadata of the wheel that sources become."""

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names."""

    def wheel(self, candidate: Candidate) -> FetchedFile:
        """The wheel of sources, or of a place."""


class World(Struct, kw_only=True):
    """What commands ask of repositories, and fetch from them.

    Args:
        open_client: makes what asks pages and metadata, when somebody asks.

    Attributes:
        directory: a private one, made when it is needed, that goes when the run ends.
        caches: what is kept between runs.
    """

    around: Surroundings
    open_client: Callable[[], RepositoryClient]
    fetcher: Fetcher
    logins: CredentialStore
    directory: os.PathLike[str]
    caches: Caches = field(default_factory=Caches)
    _client: RepositoryClient | None = None
    _builder: Builder | None = None

    @property
    def repositories(self) -> RepositoryClient:
        """What answers with pages and metadata."""
        if self._client is None:
            self._client = self.open_client()
            if self._builder is not None:
                self._client.build_with(self._builder)
        return self._client

    def build_with(self, builder: Builder) -> None:
        """Have this build what has to be built."""
        self._builder = builder
        if self._client is not None:
            self._client.build_with(builder)

    def logged_in(self, policy: Policy) -> frozenset[str]:
        """The repositories that are asked with credentials."""
        mirrors = [mirror for group in policy.groups for mirror in group.mirrors]
        return frozenset(each.url for each in mirrors if self.logins.find(web_origin(each.url)))

    def wheels_of(
        self, candidates: Collection[Candidate], *, unpacked: bool = False, whole: bool = True
    ) -> tuple[FetchedFile, ...]:
        """The wheels of all of them, fetched or built.

        Args:
            unpacked: whether their trees are wanted, where they are kept.
            whole: whether what their METADATA requires is looked at, too.

        Raises:
            XpipError: one of them could not be had, or built, or was not what its page says.
        """
        sources = [each for each in candidates if each.is_source]
        wheels = [each for each in candidates if not each.is_source]
        if unpacked and self.caches.unpacked:
            with closing(Trees(self.caches.unpacked, self.around, whole=whole)) as trees:
                fetched = self.fetcher.fetch_all(wheels, trees=trees)
        else:
            fetched = self.fetcher.fetch_all(wheels)
        builder = self._builder
        assert builder or not sources  # nothing is chosen that nobody can build
        return (*fetched, *(builder.wheel(each) for each in sources if builder))


def _attestations(transport: Transport, policy: Policy) -> Callable[[Candidate, str], None]:
    """What holds files to their publishers: few have to be."""

    @cache
    def made() -> Attestations:
        from xpip.edge.attestations import Attestations
        from xpip.edge.repositories.provenance import RemoteProvenance

        return Attestations(RemoteProvenance(transport, policy.groups).fetch)

    return lambda candidate, sha256: made().check(candidate, sha256)


def _remote(
    settings: Settings,
    around: Surroundings,
    transport: Transport,
    logins: CredentialStore,
    caches: Caches,
) -> Callable[[], RemoteRepositories]:
    """What asks pages, made by whichever thread is the first to need it."""
    made = Remembered[str, "RemoteRepositories"]()

    def make() -> RemoteRepositories:
        from xpip.edge.repositories.kept_pages import KeptPages
        from xpip.edge.repositories.remote import RemoteRepositories

        kept, network = None, settings.network
        if caches.pages is not None:
            kept = KeptPages(
                caches.pages,
                now=around.now.timestamp(),
                offline=network.offline,
                refresh=network.refresh,
            )
        return RemoteRepositories(
            transport,
            groups=settings.policy.groups,
            mapped=settings.policy.map is not None,
            logins=logins,
            kept=kept,
        )

    return lambda: made.get("", make)


@contextmanager
def asking(settings: Settings, around: Surroundings) -> Iterator[World]:
    """Open the world for one run; closed and cleared away at the end."""
    logins = CredentialStore(settings.policy, settings.credentials, environ=around.environ)
    transport = Transport(logins=logins, network=settings.network)
    with ExitStack() as stack:
        directory = stack.enter_context(run_directory())
        policy, mapped = settings.policy, settings.policy.map is not None
        caches = open_caches(settings.cache_directory)
        # What is downloaded there can be kept without being copied to another file system.
        beside_kept = [
            stack.enter_context(run_directory(each)) for each in (caches.directory,) if each
        ]
        remote = _remote(settings, around, transport, logins, caches)
        failover = Failover(policy.groups, lambda *page: remote().page(*page), strict=mapped)
        fetcher = Fetcher(
            transport,
            (*beside_kept, directory),
            around.observer,
            groups=policy.groups,
            failover=failover,
            check_attested=_attestations(transport, policy),
            kept=caches.files,
        )

        def client() -> RepositoryClient:
            from xpip.edge.repositories.client import RepositoryClient
            from xpip.edge.repositories.remote_metadata import RemoteMetadata

            metadata = RemoteMetadata(
                transport,
                groups=policy.groups,
                failover=failover,
                whole_wheel=fetcher.whole_wheel,
                kept=caches.metadata,
                refresh=settings.network.refresh,
            )
            made = RepositoryClient(remote(), metadata)
            opened.callback(made.close)
            return made

        opened = ExitStack()
        try:
            yield World(
                around=around,
                open_client=client,
                fetcher=fetcher,
                logins=logins,
                directory=directory,
                caches=caches,
            )
        finally:
            opened.close()
            transport.close()
            caches.close()
