"""When a login is asked for and sent: the keyring, and what a mapping file's `auth` says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.logins import CORP, TOKEN, Logins, authorized, mapping, netrc
from tests.support.world import World

from xpip.core.facts import Found, Unavailable
from xpip.errors import Reason

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
