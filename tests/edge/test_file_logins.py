"""Where a request for a file, for its metadata or for a page may log in, whoever is known there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.support.asking import KnownLogins, Silence, candidate_of, credentials_for
from tests.support.asking import transport as make_transport
from tests.support.server import Incoming, LoopbackServer, Response

from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata, File, Found, Hash, Repository
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.policy import FileHost, RepositoryGroup
from xpip.core.urls import web_origin
from xpip.edge.config import DEFAULT_INDEX
from xpip.edge.repositories.failover import Failover
from xpip.edge.repositories.fetching import Fetcher
from xpip.edge.repositories.file_rules import own_origins
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.remote_metadata import RemoteMetadata
from xpip.edge.repositories.transport import Transport

NAME = "spam-1.0-py3-none-any.whl"
CONTENT = b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"
PAGE = b'<a href="spam-1.0.tar.gz">spam</a>'


class Servers:
    """Two servers whose logins are both known, and a client of the first one's group."""

    def __init__(self, closing: ExitStack, directory: Path) -> None:
        self.forward: dict[str, str] = {}
        answer = self._answer
        self.corp = closing.enter_context(LoopbackServer(lambda i: answer(self.corp, i)))
        self.other = closing.enter_context(LoopbackServer(lambda i: answer(self.other, i)))
        self._directory = directory
        self._closing = closing

    def _answer(self, server: LoopbackServer, incoming: Incoming) -> Response:
        if server is self.corp and incoming.path in self.forward:
            return Response(status=302, headers={"Location": self.forward[incoming.path]})
        if incoming.path.endswith("/"):
            return Response(headers={"Content-Type": "text/html"}, body=PAGE)
        return Response(body=CONTENT)

    def group(self, *mirrors: str, file_hosts: tuple[str, ...] = ()) -> RepositoryGroup:
        """The group `corp`; its canonical mirror is the first server."""
        roots = [f"{origin}/simple/" for origin in (self.corp.origin, *mirrors)]
        return RepositoryGroup(
            name="corp",
            mirrors=tuple(Repository(url=root) for root in roots),
            declared_at="test",
            file_hosts=tuple(FileHost(origin=web_origin(host)) for host in file_hosts),
        )

    def candidate(self, server: LoopbackServer) -> Candidate:
        """A file of the group `corp` that lies on this server."""
        hashes = (Hash("sha256", hashlib.sha256(CONTENT).hexdigest()),)
        file = File(filename=NAME, url=f"{server.origin}/{NAME}", hashes=hashes, core_metadata=True)
        return candidate_of(file, "spam", "1.0", page_url=f"{self.corp.origin}/simple/")

    def fetch(self, candidate: Candidate, group: RepositoryGroup) -> None:
        """Fetch the file itself."""
        fetcher = Fetcher(self._transport(), [self._directory], Silence(), groups=[group])
        fetcher.fetch_all([candidate])

    def metadata(self, candidate: Candidate, group: RepositoryGroup) -> None:
        """Ask for the metadata beside it."""
        remote = RemoteMetadata(
            self._transport(),
            groups=[group],
            failover=Failover([group], self.remote(group).page),
            whole_wheel=lambda _: Path(),
        )
        assert isinstance(remote.metadata(candidate), CoreMetadata)

    def page(self, *groups: RepositoryGroup) -> None:
        """Ask the first group's canonical mirror for a page."""
        project = canonicalize_name("spam")
        assert isinstance(self.remote(*groups).page(groups[0].canonical, project), Found)

    def remote(self, *groups: RepositoryGroup) -> RemoteRepositories:
        """The client of these groups."""
        return RemoteRepositories(self._transport(), groups=groups, logins=KnownLogins())

    def _transport(self) -> Transport:
        logins = [credentials_for(each.origin, "me", "secret") for each in (self.corp, self.other)]
        transport = make_transport(logins, retries=0)
        self._closing.callback(transport.close)
        return transport


Ask = Callable[[Servers, Candidate, RepositoryGroup], None]
ways = pytest.mark.parametrize(
    ("ask", "path"),
    [
        pytest.param(Servers.fetch, f"/{NAME}", id="file"),
        pytest.param(Servers.metadata, f"/{NAME}.metadata", id="metadata"),
    ],
)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Ready to be asked."""
    with ExitStack() as closing:
        yield Servers(closing, tmp_path)


def logged_in(server: LoopbackServer) -> list[bool]:
    """Of every request, whether it brought a login."""
    return ["authorization" in request.headers for request in server.requests]


@ways
def test_login_is_sent_to_the_groups_own_place(servers: Servers, ask: Ask, path: str) -> None:
    """A repository that wants a login for its pages wants it for its files."""
    ask(servers, servers.candidate(servers.corp), servers.group())
    assert logged_in(servers.corp) == [True]


@ways
def test_login_is_sent_along_when_the_file_moves_within_its_web_origin(
    servers: Servers, ask: Ask, path: str
) -> None:
    """It is the same owner's place."""
    servers.forward[path] = "/elsewhere"
    ask(servers, servers.candidate(servers.corp), servers.group())
    assert logged_in(servers.corp) == [True, True]


@ways
def test_login_is_not_sent_when_the_file_is_forwarded_to_a_place_that_has_one(
    servers: Servers, ask: Ask, path: str
) -> None:
    """Else any repository could make xpip use the password of another one; of a mirror, too."""
    servers.forward[path] = f"{servers.other.origin}/stored"
    ask(servers, servers.candidate(servers.corp), servers.group(servers.other.origin))
    assert logged_in(servers.corp) == [True]
    assert logged_in(servers.other) == [False]


@ways
def test_login_is_not_sent_when_the_file_lies_at_a_strangers_place_that_has_one(
    servers: Servers, ask: Ask, path: str
) -> None:
    """A page may link anywhere, and has no say in who logs in."""
    ask(servers, servers.candidate(servers.other), servers.group())
    assert logged_in(servers.other) == [False]


@ways
@pytest.mark.parametrize("as_mirror", [True, False])
def test_login_is_sent_when_the_file_lies_at_another_place_of_its_group(
    servers: Servers, ask: Ask, path: str, as_mirror: bool
) -> None:
    """A mirror, or a file host that the user names."""
    place = servers.other.origin
    group = servers.group(place) if as_mirror else servers.group(file_hosts=(place,))
    ask(servers, servers.candidate(servers.other), group)
    assert logged_in(servers.other) == [True]


@ways
def test_login_is_not_sent_when_the_place_is_another_groups(
    servers: Servers, ask: Ask, path: str
) -> None:
    """Which group a file is of, its origin says."""
    other = replace(servers.group(file_hosts=(servers.other.origin,)), name="other")
    ask(servers, servers.candidate(servers.other), other)
    assert logged_in(servers.other) == [False]


def test_well_known_file_host_is_its_groups_place() -> None:
    """The built-in table counts as if the user had written it."""
    pypi = RepositoryGroup(
        name="pypi", mirrors=(Repository(url=DEFAULT_INDEX),), declared_at="default"
    )
    public = web_origin(DEFAULT_INDEX)
    assert own_origins(pypi) == {public, *(h.origin for h in KNOWN_HOSTS[public].file_hosts)}


def test_login_is_sent_when_a_page_is_forwarded_within_its_group(servers: Servers) -> None:
    """Its mirrors are one repository, each with its own login."""
    servers.forward["/simple/spam/"] = f"{servers.other.origin}/simple/spam/"
    servers.page(servers.group(servers.other.origin))
    assert (logged_in(servers.corp), logged_in(servers.other)) == ([True], [True])


def test_login_is_not_sent_when_a_page_is_forwarded_to_another_group(servers: Servers) -> None:
    """It is followed, and answers as it answers everybody."""
    servers.forward["/simple/spam/"] = f"{servers.other.origin}/simple/spam/"
    root = Repository(url=f"{servers.other.origin}/simple/")
    servers.page(
        servers.group(), RepositoryGroup(name="other", mirrors=(root,), declared_at="test")
    )
    assert (logged_in(servers.corp), logged_in(servers.other)) == ([True], [False])
