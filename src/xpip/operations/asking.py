"""The edge's parts that ask and fetch, made and handed to one another for one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

from xpip.core.decisions import Candidate
from xpip.core.policy import Policy
from xpip.core.urls import web_origin
from xpip.edge.cache.opened import Caches, open_caches
from xpip.edge.config import Settings
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.client import RepositoryClient, is_source
from xpip.edge.repositories.failover import Failover
from xpip.edge.repositories.fetching import FetchedFile, Fetcher
from xpip.edge.repositories.kept_pages import KeptPages
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.remote_metadata import RemoteMetadata
from xpip.edge.repositories.transport import Transport
from xpip.edge.run_directory import run_directory
from xpip.operations.surroundings import Surroundings
from xpip.operations.unpacking import Trees

if TYPE_CHECKING:
    from xpip.edge.attestations import Attestations


class Builder(Protocol):
    """Makes wheels of what is none."""

    def wheel(self, candidate: Candidate) -> FetchedFile:
        """The wheel of sources, or of a place."""


@dataclass(slots=True, kw_only=True)
class World:
    """What commands ask of repositories, and fetch from them.

    Attributes:
        directory: a private one, made when it is needed, that goes when the run ends.
        caches: what is kept between runs.
        builder: makes wheels of sources, for commands that build.
    """

    around: Surroundings
    repositories: RepositoryClient
    fetcher: Fetcher
    logins: CredentialStore
    directory: os.PathLike[str]
    caches: Caches = field(default_factory=Caches)
    builder: Builder | None = None

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
        sources = [each for each in candidates if is_source(each)]
        wheels = [each for each in candidates if not is_source(each)]
        if unpacked and self.caches.unpacked:
            with closing(Trees(self.caches.unpacked, self.around, whole=whole)) as trees:
                fetched = self.fetcher.fetch_all(wheels, trees=trees)
        else:
            fetched = self.fetcher.fetch_all(wheels)
        assert self.builder or not sources  # nothing is chosen that nobody can build
        return (*fetched, *(self.builder.wheel(each) for each in sources if self.builder))


def _attestations(transport: Transport, policy: Policy) -> Callable[[Candidate, str], None]:
    """What holds files to their publishers: few have to be."""

    @cache
    def made() -> Attestations:
        from xpip.edge.attestations import Attestations
        from xpip.edge.repositories.provenance import RemoteProvenance

        return Attestations(RemoteProvenance(transport, policy.groups).fetch)

    return lambda candidate, sha256: made().check(candidate, sha256)


@contextmanager
def asking(settings: Settings, around: Surroundings) -> Iterator[World]:
    """Open the world for one run; closed and cleared away at the end."""
    logins = CredentialStore(settings.policy, settings.credentials, environ=around.environ)
    transport = Transport(logins=logins, network=settings.network)
    with ExitStack() as stack:
        directory = stack.enter_context(run_directory())
        policy, mapped = settings.policy, settings.policy.map is not None
        caches, network = open_caches(settings.cache_directory), settings.network
        # What is downloaded there can be kept without being copied to another file system.
        beside_kept = [
            stack.enter_context(run_directory(each)) for each in (caches.directory,) if each
        ]
        kept = None
        if caches.pages is not None:
            kept = KeptPages(
                caches.pages,
                now=around.now.timestamp(),
                offline=network.offline,
                refresh=network.refresh,
            )
        remote = RemoteRepositories(
            transport, groups=policy.groups, mapped=mapped, logins=logins, kept=kept
        )
        failover = Failover(policy.groups, remote.page, strict=mapped)
        fetcher = Fetcher(
            transport,
            (*beside_kept, directory),
            around.observer,
            groups=policy.groups,
            failover=failover,
            check_attested=_attestations(transport, policy),
            kept=caches.files,
        )
        metadata = RemoteMetadata(
            transport,
            groups=policy.groups,
            failover=failover,
            whole_wheel=fetcher.whole_wheel,
            kept=caches.metadata,
            refresh=network.refresh,
        )
        repositories = RepositoryClient(remote, metadata)
        try:
            yield World(
                around=around,
                repositories=repositories,
                fetcher=fetcher,
                logins=logins,
                directory=directory,
                caches=caches,
            )
        finally:
            repositories.close()
            transport.close()
            caches.close()
