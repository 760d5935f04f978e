"""How servers are reached: through which proxy, and believing whose certificates."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpcore
import pytest
from tests.support.proxy import ForwardProxy
from tests.support.server import LoopbackServer
from tests.support.server import Response as Sent
from tests.support.world import RepositoryDouble, World

from xpip.core.policy import Network
from xpip.edge.config import Options, configure
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.connections import Connections
from xpip.edge.repositories.responses import failure
from xpip.edge.repositories.transport import Failure, Response, Transport
from xpip.errors import Reason, UsageError

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy that this machine may be behind."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository over plain http."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


@pytest.fixture
def secure(world: World) -> RepositoryDouble:
    """A repository over https, whose authority nobody knows."""
    secure = world.repository("secure", https=True)
    secure.serve("spam", "1.0")
    return secure


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    """A proxy that nobody has to use."""
    with ForwardProxy() as proxy:
        yield proxy


def ask(url: str, *, environ: dict[str, str] | None = None, **options: Any) -> Response | Failure:
    """One request, as a run with these options and variables makes it."""
    told = Options(**{"no_map": True, "retries": 0, "index_url": url, **options})
    now = datetime(2026, 1, 31, tzinfo=UTC)
    variables = {"HOME": "/nowhere", **(environ or {})}
    settings = configure(told, environ=variables, cwd=Path.cwd(), now=now)
    store = CredentialStore(settings.policy, settings.credentials, environ=variables)
    transport = Transport(logins=store, network=settings.network)
    try:
        return transport.get(f"{url}spam/", may_follow=lambda _, __: None, login=lambda _: True)
    finally:
        transport.close()


def is_reached(answer: Response | Failure) -> bool:
    """Whether the page came; else that the server was not believed or not reached."""
    if isinstance(answer, Response):
        assert answer.status == 200
        return True
    assert answer.reason is Reason.UNREACHABLE
    return False


# Proxies


def test_proxy_is_asked_when_an_option_names_it(
    corp: RepositoryDouble, proxy: ForwardProxy
) -> None:
    """Plain http by absolute URL."""
    assert is_reached(ask(corp.url, proxy=proxy.url))
    assert proxy.targets == [f"GET {corp.url}spam/"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_proxy_is_asked_when_a_variable_names_it(
    corp: RepositoryDouble,
    proxy: ForwardProxy,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """In capitals or not, as with other tools; a scheme need not stand there."""
    monkeypatch.setenv(variable, proxy.host)
    assert is_reached(ask(corp.url))
    assert proxy.targets == [f"GET {corp.url}spam/"]


def test_option_wins_over_variables(
    corp: RepositoryDouble, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also over the exceptions from them."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert is_reached(ask(corp.url, proxy=proxy.url))
    assert len(proxy.targets) == 1


@pytest.mark.parametrize("hosts", ["127.0.0.1", "corp.example, 127.0.0.1", "*", "{host}"])
def test_host_is_asked_directly_when_no_proxy_names_it(
    corp: RepositoryDouble, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    """`NO_PROXY` lists the exceptions."""
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", hosts.format(host=corp.origin.removeprefix("http://")))
    assert is_reached(ask(corp.url))
    assert proxy.targets == []


def test_https_goes_through_a_tunnel(
    world: World, secure: RepositoryDouble, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees a host and a port, and no path, password or page."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert is_reached(ask(secure.url, cert=str(world.authority.certificate)))
    assert proxy.targets == [f"CONNECT {secure.origin.removeprefix('https://')}"]


@pytest.mark.parametrize("trusted", [False, True])
def test_proxy_is_asked_over_https_when_its_address_says_so(world: World, *, trusted: bool) -> None:
    """And believed by the same certificates as servers are."""
    cert = str(world.authority.certificate) if trusted else None
    with LoopbackServer(lambda _: Sent(), tls=world.authority.server_side()) as proxy:
        assert is_reached(ask("http://127.0.0.1:1/", proxy=proxy.origin, cert=cert)) is trusted
    asked = ["http://127.0.0.1:1/spam/"] if trusted else []
    assert [each.path for each in proxy.requests] == asked


def test_certificate_is_checked_behind_a_proxy(
    secure: RepositoryDouble, proxy: ForwardProxy
) -> None:
    """The proxy may be the one who lies."""
    assert not is_reached(ask(secure.url, proxy=proxy.url))
    assert secure.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_login_of_a_proxy_is_the_proxys_alone(
    world: World, proxy: ForwardProxy, scheme: str
) -> None:
    """The repository behind it does not see it."""
    corp = world.repository("corp", https=scheme == "https")
    corp.serve("spam", "1.0")
    proxy.credentials = ("me", "secret")
    through = proxy.url.replace("//", "//me:secret@")
    assert is_reached(ask(corp.url, proxy=through, cert=str(world.authority.certificate)))
    (request,) = corp.requests
    assert not {"authorization", "proxy-authorization"} & request.headers.keys()


@pytest.mark.parametrize("https", [False, True])
def test_repository_is_not_reached_when_the_proxy_wants_a_login(
    world: World, proxy: ForwardProxy, https: bool
) -> None:
    """Whatever answers then, it is not the repository: never read as absence."""
    corp = world.repository("corp", https=https)
    proxy.credentials = ("me", "secret")
    answer = ask(corp.url, proxy=proxy.url, cert=str(world.authority.certificate))
    if https:
        assert not is_reached(answer)
    else:
        assert isinstance(answer, Response)
        assert answer.status == 407
    assert corp.requests == []


def test_repository_is_not_reached_when_the_proxy_is_not(corp: RepositoryDouble) -> None:
    """Nobody goes around a proxy that is down."""
    assert not is_reached(ask(corp.url, proxy="http://127.0.0.1:1"))
    assert corp.requests == []


@pytest.mark.parametrize("variable", [None, "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_proxy_is_named_when_it_refuses_the_connection(
    corp: RepositoryDouble, monkeypatch: pytest.MonkeyPatch, variable: str | None, scheme: str
) -> None:
    """It is what to look at, not the repository; its login is not shown."""
    proxy = f"{scheme or ('' if variable else 'http://')}me:secret@127.0.0.1:1"
    if variable:
        monkeypatch.setenv(variable, proxy)
    answer = ask(corp.url, proxy=None if variable else proxy)
    assert isinstance(answer, Failure)
    assert answer.detail == "the proxy http://127.0.0.1:1: Connection refused"


def test_proxy_is_not_named_when_it_was_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_PROXY` lists the exceptions; and no error shows the number that C gave it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answer = ask("http://127.0.0.1:2/")
    assert isinstance(answer, Failure)
    assert answer.detail == "Connection refused"


def test_proxy_is_not_named_when_the_server_behind_it_is_not_believed(
    secure: RepositoryDouble, proxy: ForwardProxy
) -> None:
    """The certificate was the server's own."""
    answer = ask(secure.url, proxy=proxy.url)
    assert isinstance(answer, Failure)
    assert "certificate" in answer.detail
    assert "proxy" not in answer.detail


@pytest.mark.parametrize("proxy", [None, "http://me:secret@proxy.example:3128"])
def test_host_is_named_when_there_is_none(proxy: str | None) -> None:
    """Whichever was looked up; the resolver's own error, without asking a name server."""
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("no.number.example", 80, flags=socket.AI_NUMERICHOST)
    error = httpcore.ConnectError(str(caught.value))
    error.__cause__ = caught.value
    failed = failure("https://corp.example/simple/", error, proxy=proxy)
    expected = "no such host: corp.example"
    if proxy:
        expected = "the proxy http://proxy.example:3128: no such host: proxy.example"
    assert failed.detail == expected


@pytest.mark.parametrize(
    "address",
    ["ftp://hidden@127.0.0.1:1", "ssh://hidden@127.0.0.1:1", "hidden@x", "http://hidden:x"],
)
def test_proxy_is_refused_when_its_address_is_none(corp: RepositoryDouble, address: str) -> None:
    """A usage error, without the address: a token can be a user name."""
    with pytest.raises(UsageError) as caught:
        ask(corp.url, proxy=address)
    assert caught.value.context == ("--proxy",)
    assert "hidden" not in caught.value.message


def test_variables_are_refused_when_they_name_no_proxy(
    corp: RepositoryDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables to look at are named."""
    monkeypatch.setenv("HTTP_PROXY", "ftp://127.0.0.1:1")
    with pytest.raises(UsageError) as caught:
        ask(corp.url)
    assert "HTTP_PROXY" in caught.value.context[0]


def test_password_of_a_proxy_is_not_shown_when_the_network_is() -> None:
    """A traceback or a log line prints reprs."""
    assert "secret" not in repr(Network(proxy="http://me:secret@proxy.example"))


# Certificates


def test_server_is_not_believed_when_nobody_vouches_for_it(secure: RepositoryDouble) -> None:
    """It does not even learn what would have been asked."""
    assert not is_reached(ask(secure.url))
    assert secure.requests == []


def test_server_is_believed_when_an_option_names_its_authority(
    world: World, secure: RepositoryDouble
) -> None:
    """`--cert`, in the place of the system's certificates."""
    assert is_reached(ask(secure.url, cert=str(world.authority.certificate)))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_server_is_believed_when_a_variable_names_its_authority(
    world: World, secure: RepositoryDouble, variable: str
) -> None:
    """The variables that other tools on the same machine obey."""
    environ = {variable: str(world.authority.certificate)}
    assert is_reached(ask(secure.url, environ=environ))


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="their systems have no such file")
@pytest.mark.parametrize("known", [True, False])
def test_server_is_believed_when_the_system_knows_its_authority(
    world: World, secure: RepositoryDouble, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    """OpenSSL's own file, which a variable can put elsewhere; where it is gone, nobody is new."""
    monkeypatch.setenv("SSL_CERT_FILE", str(world.authority.certificate) if known else "/gone")
    connections = Connections(Network())
    try:
        if known:
            connections.send(f"{secure.url}spam/", {}).close()
        else:
            with pytest.raises(httpcore.ConnectError, match="certificate"):
                connections.send(f"{secure.url}spam/", {})
    finally:
        connections.close()
    assert len(secure.requests) == known


def test_variable_may_name_a_directory_of_certificates(
    world: World, secure: RepositoryDouble, tmp_path: Path
) -> None:
    """As OpenSSL's `rehash` lays them out; in an empty one there is nobody to believe."""
    assert not is_reached(ask(secure.url, environ={"REQUESTS_CA_BUNDLE": str(tmp_path)}))


def test_option_wins_over_the_variables_of_certificates(
    world: World, secure: RepositoryDouble
) -> None:
    """Whatever stands there is not even read."""
    environ = {"SSL_CERT_FILE": "/gone", "REQUESTS_CA_BUNDLE": "/gone"}
    assert is_reached(ask(secure.url, environ=environ, cert=str(world.authority.certificate)))


def test_server_is_not_believed_when_its_certificate_is_for_another_host(world: World) -> None:
    """Even if the right authority signed it."""
    tls = world.authority.server_side("other.example")
    with LoopbackServer(lambda _: Sent(), tls=tls) as server:
        assert not is_reached(ask(f"{server.origin}/", cert=str(world.authority.certificate)))
    assert server.requests == []


@pytest.mark.parametrize("trusted", ["127.0.0.1", "{host}"])
def test_trusted_host_is_not_believed_without_a_certificate(
    secure: RepositoryDouble, trusted: str
) -> None:
    """`--trusted-host` allows plain http; nothing switches verification off."""
    host = secure.origin.removeprefix("https://")
    assert not is_reached(ask(secure.url, trusted_hosts=(trusted.format(host=host),)))
    assert secure.requests == []


@pytest.mark.parametrize("option", ["cert", "client_cert"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificate_file_is_refused_when_it_is_none(
    secure: RepositoryDouble, tmp_path: Path, option: str, content: str | None
) -> None:
    """A usage error: no run goes on believing somebody else."""
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as caught:
        ask(secure.url, environ=None, **{option: str(path)})
    assert str(path) in caught.value.context


def test_client_certificate_is_shown_to_a_server_that_demands_one(world: World) -> None:
    """And a client without one gets no answer."""
    tls = world.authority.server_side(demands_certificate=True)
    trusted, own = world.authority.certificate, world.authority.client_certificate()
    with LoopbackServer(lambda _: Sent(body=b"hello"), tls=tls) as server:
        url = f"{server.origin}/"
        assert not is_reached(ask(url, cert=str(trusted)))
        assert server.requests == []
        assert is_reached(ask(url, cert=str(trusted), client_cert=str(own)))
