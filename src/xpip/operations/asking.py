"""The edge's parts that ask and fetch, made and handed to one another for one run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xpip.core.policy import Policy
from xpip.core.urls import web_origin
from xpip.edge.attestations import Attestations
from xpip.edge.config import Settings
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.client import RepositoryClient
from xpip.edge.repositories.failover import Failover
from xpip.edge.repositories.fetching import Fetcher
from xpip.edge.repositories.provenance import RemoteProvenance
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.remote_metadata import RemoteMetadata
from xpip.edge.repositories.transport import Transport
from xpip.operations.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What commands ask of repositories, and fetch from them."""

    repositories: RepositoryClient
    fetcher: Fetcher
    logins: CredentialStore

    def logged_in(self, policy: Policy) -> frozenset[str]:
        """The repositories that are asked with credentials."""
        mirrors = [mirror for group in policy.groups for mirror in group.mirrors]
        return frozenset(each.url for each in mirrors if self.logins.find(web_origin(each.url)))


@contextmanager
def asking(settings: Settings, around: Surroundings) -> Iterator[World]:
    """Open the world for one run; closed and cleared away at the end."""
    logins = CredentialStore(settings.policy, settings.credentials, environ=around.environ)
    transport = Transport(logins=logins, network=settings.network)
    # At the end a worker may still be busy with an answer that nobody waits for any more.
    with tempfile.TemporaryDirectory(prefix="xpip-", ignore_cleanup_errors=True) as directory:
        policy, mapped = settings.policy, settings.policy.map is not None
        remote = RemoteRepositories(transport, groups=policy.groups, mapped=mapped, logins=logins)
        failover = Failover(policy.groups, remote.page, strict=mapped)
        fetcher = Fetcher(
            transport,
            Path(directory),
            around.observer,
            groups=policy.groups,
            failover=failover,
            known_hashes=policy.known_hashes,
            check_attested=Attestations(RemoteProvenance(transport, policy.groups).fetch).check,
        )
        metadata = RemoteMetadata(
            transport,
            groups=policy.groups,
            failover=failover,
            whole_wheel=fetcher.whole_wheel,
        )
        repositories = RepositoryClient(remote, metadata)
        try:
            yield World(repositories=repositories, fetcher=fetcher, logins=logins)
        finally:
            repositories.close()
            transport.close()
