"""Where a page may be forwarded to, and what is recorded of it."""

from __future__ import annotations

import pytest
from tests.support.asking import Asking, Root
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.world import RepositoryDouble, World

from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.errors import Reason


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """The repository that is asked; it has a page of spam until it forwards it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


@pytest.fixture
def other(world: World) -> RepositoryDouble:
    """A repository on another web origin that has spam too."""
    other = world.repository("other")
    other.serve("spam", "2.0")
    return other


def ask(corp: Root, *others: Root, login: tuple[str, str] | None = None) -> Answer:
    """Ask the first repository for spam; the others are configured too."""
    with Asking(corp, *others, login=login) as asking:
        return asking.page(corp, "spam")


def unusable(answer: Answer) -> Reason:
    """Why an answer is neither a page nor a no."""
    assert isinstance(answer, Unavailable), answer
    return answer.reason


def test_page_is_found_when_it_is_forwarded_within_the_web_origin(corp: RepositoryDouble) -> None:
    """The address that finally answered is the one recorded."""
    corp.serve("spam2", "1.0")
    corp.page("spam2").name = "spam"
    corp.page("spam").redirect_to = "../spam2/"
    answer = ask(corp)
    assert isinstance(answer, Found)
    assert answer.url == corp.project_url("spam2")
    assert answer.repository.url == corp.url


def test_page_is_found_when_it_is_forwarded_to_another_configured_repository(
    corp: RepositoryDouble, other: RepositoryDouble
) -> None:
    """PEP 708: the two are one for this name, which the final URL shows."""
    corp.page("spam").redirect_to = other.project_url("spam")
    answer = ask(corp, other)
    assert isinstance(answer, Found)
    assert answer.url == other.project_url("spam")
    assert [str(release.version) for release in answer.page.releases] == ["2.0"]


def test_project_is_absent_when_the_repository_forwarded_to_says_so(
    corp: RepositoryDouble, other: RepositoryDouble
) -> None:
    """Its no is as good as its page."""
    corp.page("spam").redirect_to = other.project_url("eggs")
    answer = ask(corp, other)
    assert isinstance(answer, Absent)
    assert answer.url == other.project_url("eggs")


def test_page_is_refused_when_it_is_forwarded_to_a_stranger(
    corp: RepositoryDouble, other: RepositoryDouble
) -> None:
    """Whoever can forward a name could take it over; the stranger is not even asked."""
    corp.page("spam").redirect_to = other.project_url("spam")
    assert unusable(ask(corp)) is Reason.REDIRECT_FOREIGN
    assert other.requests == []


@pytest.mark.parametrize(
    "path", ["/attacker/simple/spam/", "/other/simple/../attacker/spam/", "/other/simplespam/"]
)
def test_page_is_refused_when_it_only_seems_to_lie_in_a_configured_repository(
    corp: RepositoryDouble, other: RepositoryDouble, path: str
) -> None:
    """Many repositories can share a host: only what lies below the configured root counts."""
    corp.page("spam").redirect_to = other.origin + path
    assert unusable(ask(corp, other)) is Reason.REDIRECT_FOREIGN
    assert other.requests == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/spam/"])
def test_page_is_refused_when_it_is_forwarded_off_the_web(
    corp: RepositoryDouble, target: str
) -> None:
    """Not to this machine's files, for one."""
    corp.page("spam").redirect_to = target
    assert unusable(ask(corp)) is Reason.REDIRECT_FOREIGN


@pytest.mark.parametrize("target", ["http://[/", "//:x/", "data:text/html,spam", "http://a..b/"])
def test_page_is_unavailable_when_it_is_forwarded_to_no_address(
    corp: RepositoryDouble, target: str
) -> None:
    """Nor into a crash."""
    corp.page("spam").redirect_to = target
    assert unusable(ask(corp)) in (Reason.UNREACHABLE, Reason.REDIRECT_FOREIGN)


def test_page_is_refused_when_the_stranger_is_two_steps_away(
    corp: RepositoryDouble, other: RepositoryDouble, world: World
) -> None:
    """Every step is looked at, not only the first."""
    stranger = world.repository("stranger")
    corp.page("spam").redirect_to = other.project_url("spam")
    other.page("spam").redirect_to = stranger.project_url("spam")
    assert unusable(ask(corp, other)) is Reason.REDIRECT_FOREIGN
    assert stranger.requests == []


def test_page_is_unavailable_when_it_is_forwarded_in_a_circle(corp: RepositoryDouble) -> None:
    """It ends after a few rounds."""
    corp.page("spam").redirect_to = corp.project_url("spam")
    assert unusable(ask(corp)) is Reason.UNREACHABLE
    assert len(corp.requests) < 30


def test_page_is_unavailable_when_it_is_forwarded_nowhere() -> None:
    """A redirect without Location."""
    with LoopbackServer(lambda _: Response(status=302)) as server:
        assert unusable(ask(f"{server.origin}/simple/")) is Reason.HTTP_STATUS


def test_page_is_unavailable_when_it_is_forwarded_to_a_login_page(corp: RepositoryDouble) -> None:
    """The usual way in which a session ends."""
    login = corp.page("login")
    login.format, login.body = "html-legacy", b"<h1>Log in</h1>"
    corp.page("spam").redirect_to = corp.project_url("login")
    assert unusable(ask(corp)) is Reason.NOT_AN_INDEX


def test_credentials_stay_when_the_page_is_forwarded_to_another_repository(
    corp: RepositoryDouble, other: RepositoryDouble
) -> None:
    """They are bound to the web origin they were given for."""
    corp.credentials = ("me", "secret")
    corp.page("spam").redirect_to = other.project_url("spam")
    assert isinstance(ask(corp, other, login=corp.credentials), Found)
    assert "authorization" in corp.requests[0].headers
    assert "authorization" not in other.requests[0].headers


def test_userinfo_in_a_redirect_is_never_used() -> None:
    """Only the user says what logs in: not whoever forwards."""

    def answer(incoming: Incoming) -> Response:
        if incoming.path == "/simple/spam/":
            target = incoming.headers["host"]
            return Response(status=302, headers={"Location": f"http://me:secret@{target}/there"})
        return Response(status=404)

    with LoopbackServer(answer) as server:
        answered = ask(f"{server.origin}/simple/")
    assert isinstance(answered, Absent)
    assert "@" not in answered.url
    assert server.requests[-1].path == "/there"
    assert "authorization" not in server.requests[-1].headers


def test_secrets_in_a_redirect_are_not_shown_when_it_is_refused(corp: RepositoryDouble) -> None:
    """A presigned URL is a password."""
    corp.page("spam").redirect_to = "https://me:secret@elsewhere.example/spam/?token=secret"
    answer = ask(corp)
    assert isinstance(answer, Unavailable)
    assert "elsewhere.example" in answer.detail
    assert "secret" not in answer.detail + answer.url


def test_secrets_in_a_redirect_are_not_shown_when_its_end_fails() -> None:
    """Nor where the address that failed is reported."""

    def answer(incoming: Incoming) -> Response:
        if "token" in incoming.path:
            return Response(status=403)
        return Response(status=302, headers={"Location": "?token=secret"})

    with LoopbackServer(answer) as server:
        failed = ask(f"{server.origin}/simple/")
    assert isinstance(failed, Unavailable)
    assert "secret" not in failed.detail + failed.url
