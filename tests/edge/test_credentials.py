"""Which user name and password go with a web origin, and where none may go."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.world import RepositoryDouble, World

from xpip.core.facts import Answer, Found, Unavailable
from xpip.core.policy import Credentials
from xpip.core.urls import web_origin
from xpip.edge.config import Options, Settings, configure
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.transport import Transport
from xpip.errors import Reason, UsageError

CORP = "https://corp.example"
TOKEN = {"XPIP_CORP_TOKEN": "secret"}
Login = tuple[str, str] | None


class Logins:
    """The store of a run with these options and variables.

    Args:
        discovered: text of an `xpip.toml` in the working directory.
        given: text of the file that `--map` names.
    """

    def __init__(
        self,
        directory: Path,
        *,
        discovered: str | None = None,
        given: str | None = None,
        environ: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        if discovered is not None:
            (directory / "xpip.toml").write_text(discovered)
        if given is not None:
            (directory / "given.toml").write_text(given)
            options["map_file"] = "given.toml"
        variables = {"HOME": str(directory), **(environ or {})}
        now = datetime(2026, 1, 31, tzinfo=UTC)
        told = Options(**options)
        self.settings: Settings = configure(told, environ=variables, cwd=directory, now=now)
        self.store = CredentialStore(
            self.settings.policy, self.settings.credentials, environ=variables
        )

    def known(self, url: str) -> Login:
        """What is sent with the first request."""
        return _login(self.store.find(web_origin(url)))

    def asked(self, url: str) -> Login:
        """What is sent after a refusal."""
        return _login(self.store.ask(web_origin(url)))

    def page(self, project: str = "spam") -> Answer:
        """What the first repository answers, asked as a run asks it."""
        transport = Transport(logins=self.store, network=self.settings.network)
        groups = self.settings.policy.groups
        remote = RemoteRepositories(
            transport, groups=groups, logins=self.store, whole_wheel=lambda _: Path()
        )
        try:
            return remote.page(groups[0].canonical, canonicalize_name(project))
        finally:
            transport.close()


def _login(found: Credentials | None) -> Login:
    return None if found is None else (found.username, found.password)


def mapping(*urls: str, name: str = "corp", auth: str = "optional") -> str:
    """A mapping file with one group, which may speak for all names."""
    return dedent(
        f"""
        [repositories.{name}]
        urls = {list(urls) or [f"{CORP}/simple/"]}
        auth = "{auth}"
        [[mapping]]
        paths = ["*"]
        repositories = ["{name}"]
        """
    )


def netrc(directory: Path, text: str) -> dict[str, str]:
    """The variable that names a netrc file of this text."""
    path = directory / "logins"
    path.write_text(text)
    return {"NETRC": str(path)}


def authorized(corp: RepositoryDouble) -> list[bool]:
    """Of every request, whether it brought a login."""
    return ["authorization" in request.headers for request in corp.requests]


# Userinfo


def test_userinfo_goes_with_its_web_origin_alone(tmp_path: Path) -> None:
    """Scheme, host and port: each of them makes another web origin."""
    logins = Logins(tmp_path, no_map=True, index_url="https://me:secret@corp.example:8443/simple/")
    assert logins.known("https://corp.example:8443/any/path") == ("me", "secret")
    for other in (CORP, "http://corp.example:8443", "https://sub.corp.example:8443"):
        assert logins.known(other) is None


def test_userinfo_wins_over_variables_and_netrc(tmp_path: Path) -> None:
    """What was typed last is what was meant."""
    environ = TOKEN | netrc(tmp_path, "machine corp.example login you password stale")
    url = "https://me:typed@corp.example/simple/"
    logins = Logins(tmp_path, given=mapping(), environ=environ, index_url=url)
    assert logins.known(CORP) == ("me", "typed")


# A group's variables


def test_token_goes_with_the_user_name_of_tokens(tmp_path: Path) -> None:
    """The name that PyPI and its relatives take tokens under."""
    logins = Logins(tmp_path, given=mapping(), environ=TOKEN)
    assert logins.known(CORP) == ("__token__", "secret")


def test_token_goes_with_another_user_name_when_there_is_one(tmp_path: Path) -> None:
    """GitLab's deploy tokens have names of their own."""
    environ = TOKEN | {"XPIP_CORP_USERNAME": "deploy"}
    assert Logins(tmp_path, given=mapping(), environ=environ).known(CORP) == ("deploy", "secret")


def test_user_name_and_password_may_be_variables(tmp_path: Path) -> None:
    """A user name alone is no login."""
    environ = {"XPIP_CORP_USERNAME": "me", "XPIP_CORP_PASSWORD": "secret"}
    assert Logins(tmp_path, given=mapping(), environ=environ).known(CORP) == ("me", "secret")
    del environ["XPIP_CORP_PASSWORD"]
    assert Logins(tmp_path, given=mapping(), environ=environ).known(CORP) is None


def test_variable_spells_a_groups_name_in_capitals(tmp_path: Path) -> None:
    """With underscores, since a variable's name holds no hyphen."""
    environ = {"XPIP_MY_CORP_TOKEN": "secret"}
    logins = Logins(tmp_path, given=mapping(name="my-Corp"), environ=environ)
    assert logins.known(CORP) == ("__token__", "secret")


def test_variables_of_a_group_go_to_all_its_mirrors(tmp_path: Path) -> None:
    """Mirrors are trusted alike; a directory needs no login."""
    (tmp_path / "wheels").mkdir()
    text = mapping(f"{CORP}/simple/", "https://mirror.example/simple/", "./wheels")
    logins = Logins(tmp_path, given=text, environ=TOKEN)
    assert logins.known(CORP) == logins.known("https://mirror.example") == ("__token__", "secret")
    assert logins.known("https://other.example") is None


@pytest.mark.parametrize("variable", ["XPIP_MAP", "XDG_CONFIG_HOME"])
def test_variables_are_used_when_the_user_chose_the_map(tmp_path: Path, variable: str) -> None:
    """By a variable, or as the file in the user's own configuration."""
    path = tmp_path / "xpip" / "xpip.toml"
    path.parent.mkdir()
    path.write_text(mapping())
    place = path if variable == "XPIP_MAP" else tmp_path
    (tmp_path / "project").mkdir()
    logins = Logins(tmp_path / "project", environ=TOKEN | {variable: str(place)})
    assert logins.known(CORP) == ("__token__", "secret")


def test_variables_are_not_used_when_the_map_came_with_a_checkout(tmp_path: Path) -> None:
    """Or a pull request could send the token of `corp` to its author."""
    assert Logins(tmp_path, discovered=mapping(), environ=TOKEN).known(CORP) is None


@pytest.mark.parametrize("origin", [CORP, f"{CORP}:443/", "https://CORP.example/simple/"])
def test_variables_are_used_when_the_user_confirms_the_web_origin(
    tmp_path: Path, origin: str
) -> None:
    """However it is spelled."""
    environ = TOKEN | {"XPIP_CORP_ORIGIN": origin}
    logins = Logins(tmp_path, discovered=mapping(), environ=environ)
    assert logins.known(CORP) == ("__token__", "secret")


@pytest.mark.parametrize(
    "origin",
    ["", "corp.example", "http://corp.example", f"{CORP}:8443", f"{CORP}.evil.example"],
)
def test_variables_are_not_used_when_another_web_origin_is_confirmed(
    tmp_path: Path, origin: str
) -> None:
    """Nearly the same is another one."""
    environ = TOKEN | {"XPIP_CORP_ORIGIN": origin}
    assert Logins(tmp_path, discovered=mapping(), environ=environ).known(CORP) is None


def test_confirmation_covers_the_mirror_that_it_names(tmp_path: Path) -> None:
    """A mirror that the checkout adds gets nothing."""
    environ = TOKEN | {"XPIP_CORP_ORIGIN": CORP}
    text = mapping(f"{CORP}/simple/", "https://evil.example/simple/")
    logins = Logins(tmp_path, discovered=text, environ=environ)
    assert logins.known(CORP) is not None
    assert logins.known("https://evil.example") is None


def test_confirmation_is_refused_when_it_is_no_url(tmp_path: Path) -> None:
    """Without showing it: somebody may have put a password there."""
    environ = TOKEN | {"XPIP_CORP_ORIGIN": "https://me:hidden@corp.example:port"}
    with pytest.raises(UsageError) as caught:
        Logins(tmp_path, discovered=mapping(), environ=environ)
    error = caught.value
    assert "XPIP_CORP_ORIGIN" in error.message
    assert "hidden" not in " ".join([error.message, *error.context, error.hint or ""])


def test_variables_mean_nothing_when_there_is_no_map(tmp_path: Path) -> None:
    """Groups have names in a mapping file only."""
    environ = TOKEN | {"XPIP_CORP_ORIGIN": CORP, "XPIP_CORP_EXAMPLE_SIMPLE_TOKEN": "secret"}
    logins = Logins(tmp_path, no_map=True, index_url=f"{CORP}/simple/", environ=environ)
    assert logins.known(CORP) is None


# netrc


def test_netrc_is_found_in_the_home_directory(tmp_path: Path) -> None:
    """Where every other tool finds it."""
    (tmp_path / ".netrc").write_text("machine corp.example login me password secret")
    assert Logins(tmp_path, no_map=True).known(CORP) == ("me", "secret")


def test_netrc_is_the_file_that_its_variable_names(tmp_path: Path) -> None:
    """In place of the one in the home directory."""
    (tmp_path / ".netrc").write_text("machine corp.example login you password stale")
    environ = netrc(tmp_path, "machine corp.example login me password secret")
    assert Logins(tmp_path, no_map=True, environ=environ).known(CORP) == ("me", "secret")


def test_netrc_helps_where_no_variable_does(tmp_path: Path) -> None:
    """A group's own variables come first."""
    environ = netrc(tmp_path, "machine corp.example login me password filed")
    assert Logins(tmp_path, given=mapping(), environ=environ).known(CORP) == ("me", "filed")
    both = Logins(tmp_path, given=mapping(), environ=environ | TOKEN)
    assert both.known(CORP) == ("__token__", "secret")


def test_default_entry_of_netrc_is_not_used(tmp_path: Path) -> None:
    """It would send a password to whatever host a page or a map names."""
    environ = netrc(tmp_path, "default login me password secret")
    assert Logins(tmp_path, no_map=True, environ=environ).known(CORP) is None


def test_netrc_is_not_used_over_plain_http(tmp_path: Path) -> None:
    """Its entries know no scheme: whoever is on the way would read them."""
    environ = netrc(tmp_path, "machine corp.example login me password secret")
    logins = Logins(tmp_path, no_map=True, environ=environ)
    assert logins.known("http://corp.example") is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_netrc_is_used_over_plain_http_on_this_machine(tmp_path: Path, host: str) -> None:
    """Nobody is on the way."""
    environ = netrc(tmp_path, f"machine {host} login me password secret")
    logins = Logins(tmp_path, no_map=True, environ=environ)
    assert logins.known(f"http://{host}:3141/simple/") == ("me", "secret")


@pytest.mark.parametrize(
    "text", ["", "machine corp.example login me", "machine corp.example nonsense secret"]
)
def test_netrc_brings_no_login_when_it_holds_none(tmp_path: Path, text: str) -> None:
    """A broken file is nobody's login, and ends no run: most repositories need none."""
    assert Logins(tmp_path, no_map=True, environ=netrc(tmp_path, text)).known(CORP) is None


def test_netrc_brings_no_login_when_it_cannot_be_read(tmp_path: Path) -> None:
    """Whether it is not there, or no text."""
    logins = Logins(tmp_path, no_map=True, environ={"NETRC": str(tmp_path / "gone")})
    assert logins.known(CORP) is None
    (tmp_path / "logins").write_bytes(b"machine corp.example login me password \xff\xfe")
    logins = Logins(tmp_path, no_map=True, environ={"NETRC": str(tmp_path / "logins")})
    assert logins.known(CORP) is None


# Keyring

KEYRING = """
from pathlib import Path
from types import SimpleNamespace

asked = []
entries = {}

def get_credential(service, username):
    asked.append(service)
    if "error" in entries:
        raise entries["error"]
    if service in entries:
        username, password = entries[service]
        return SimpleNamespace(username=username, password=password)
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A keyring of our own, in the place of whatever is installed."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "keyring.py").write_text(KEYRING)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    import keyring

    yield keyring
    del sys.modules["keyring"]


@pytest.mark.parametrize(
    ("url", "service"),
    [
        (CORP, "https://corp.example:443"),
        (CORP, "https://corp.example"),
        (CORP, "corp.example"),
        (f"{CORP}:8443", "https://corp.example:8443"),
        (f"{CORP}:8443", "corp.example:8443"),
        ("http://127.0.0.1:3141", "127.0.0.1:3141"),
    ],
)
def test_keyring_is_asked_for_a_web_origin(
    tmp_path: Path, keyring: Any, url: str, service: str
) -> None:
    """In the spellings that people file it under."""
    keyring.entries[service] = ("me", "secret")
    logins = Logins(tmp_path, no_map=True)
    assert logins.known(url) is None
    assert logins.asked(url) == logins.known(url) == ("me", "secret")


@pytest.mark.parametrize(
    ("url", "service"),
    [(f"{CORP}:8443", "https://corp.example"), (f"{CORP}:8443", "corp.example")],
)
def test_keyring_is_not_asked_for_another_web_origin(
    tmp_path: Path, keyring: Any, url: str, service: str
) -> None:
    """The host's usual port may be another owner's."""
    keyring.entries[service] = ("me", "secret")
    assert Logins(tmp_path, no_map=True).asked(url) is None


def test_keyring_is_not_asked_over_plain_http(tmp_path: Path, keyring: Any) -> None:
    """Its owner is not even bothered."""
    keyring.entries["corp.example"] = ("me", "secret")
    assert Logins(tmp_path, no_map=True).asked("http://corp.example") is None
    assert keyring.asked == []


def test_keyring_is_asked_once(tmp_path: Path, keyring: Any) -> None:
    """Its owner may have to unlock it: one no is enough."""
    logins = Logins(tmp_path, no_map=True)
    assert [logins.asked(CORP) for _ in range(3)] == [None] * 3
    assert len(keyring.asked) == 3  # spellings


def test_keyring_that_fails_knows_nothing(tmp_path: Path, keyring: Any) -> None:
    """Backends raise what they like; the server's refusal is what is reported."""
    keyring.entries["error"] = RuntimeError("no display")
    assert Logins(tmp_path, no_map=True).asked(CORP) is None


def test_keyring_need_not_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used where the user has it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert Logins(tmp_path, no_map=True).asked(CORP) is None


def test_keyring_is_asked_only_when_the_server_refuses(
    tmp_path: Path, world: World, keyring: Any
) -> None:
    """The first request goes without a login, and the next one has it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    keyring.entries[corp.origin] = ("me", "secret")
    logins = Logins(tmp_path, no_map=True, index_url=corp.url)
    assert isinstance(logins.page(), Found)
    assert keyring.asked == []
    corp.credentials = ("me", "secret")
    assert isinstance(logins.page(), Found)
    assert authorized(corp) == [False, False, True]


# `auth`


def test_required_login_that_is_missing_fails_before_the_first_request(
    tmp_path: Path, world: World
) -> None:
    """A repository that answers 404 to strangers would look as if it had nothing."""
    corp = world.repository("corp")
    logins = Logins(tmp_path, given=mapping(corp.url, auth="required"))
    answer = logins.page()
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.AUTH_REQUIRED
    assert corp.requests == []


def test_required_login_is_sent_with_the_first_request(tmp_path: Path, world: World) -> None:
    """Nothing is asked without it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    logins = Logins(tmp_path, given=mapping(corp.url, auth="required"), environ=TOKEN)
    assert isinstance(logins.page(), Found)
    assert authorized(corp) == [True]


def test_required_login_may_be_the_keyrings(tmp_path: Path, world: World, keyring: Any) -> None:
    """It is asked before the server is."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    keyring.entries[corp.origin] = ("me", "secret")
    logins = Logins(tmp_path, given=mapping(corp.url, auth="required"))
    assert isinstance(logins.page(), Found)
    assert authorized(corp) == [True]


def test_no_login_is_sent_where_none_may_be(tmp_path: Path, world: World, keyring: Any) -> None:
    """`auth = "never"` holds for every source, also when the server asks for one."""
    corp = world.repository("corp")
    corp.credentials = ("me", "secret")
    keyring.entries[corp.origin] = ("me", "secret")
    logins = Logins(
        tmp_path,
        given=mapping(corp.url, auth="never"),
        environ=TOKEN | netrc(tmp_path, "machine 127.0.0.1 login me password secret"),
        index_url=corp.url.replace("//", "//me:secret@"),
    )
    answer = logins.page()
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.AUTH_FAILED
    assert authorized(corp) == [False]
    assert keyring.asked == []


def test_password_is_not_shown_when_a_login_is(tmp_path: Path) -> None:
    """A traceback or a log line prints reprs."""
    logins = Logins(tmp_path, given=mapping(), environ=TOKEN)
    assert "secret" not in repr(logins.store.find(web_origin(CORP)))
