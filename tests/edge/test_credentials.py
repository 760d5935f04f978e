"""Which user name and password go with a web origin, and where none may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.logins import CORP, TOKEN, Logins, mapping, netrc

from xpip.core.urls import web_origin
from xpip.errors import UsageError

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
    """Mirrors are trusted alike."""
    text = mapping(f"{CORP}/simple/", "https://mirror.example/simple/")
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


def two_groups(first: str, second: str) -> str:
    """A mapping file with a group at each of these roots."""
    return f"""
        [repositories]
        corp = ["{first}"]
        lab = ["{second}"]
        [[mapping]]
        paths = ["*"]
        repositories = ["corp", "lab"]
        """


def test_logins_are_refused_when_two_groups_have_two_for_one_web_origin(tmp_path: Path) -> None:
    """Only one of them can be sent; neither is shown."""
    text = two_groups(f"{CORP}/one/", f"{CORP}/two/")
    environ = TOKEN | {"XPIP_LAB_TOKEN": "hidden"}
    with pytest.raises(UsageError) as caught:
        Logins(tmp_path, given=text, environ=environ)
    error = caught.value
    assert f"{CORP}:443" in error.message
    assert "XPIP_CORP" in error.context[0]
    assert "XPIP_LAB" in error.context[0]
    assert "hidden" not in error.message + error.context[0]


@pytest.mark.parametrize(
    ("second", "token"),
    [
        pytest.param(f"{CORP}/two/", "secret", id="one-secret"),
        pytest.param("https://lab.example/", "hidden", id="two-web-origins"),
    ],
)
def test_logins_of_two_groups_are_used_when_each_web_origin_has_one(
    tmp_path: Path, second: str, token: str
) -> None:
    """The same secret twice is one."""
    text = two_groups(f"{CORP}/one/", second)
    logins = Logins(tmp_path, given=text, environ=TOKEN | {"XPIP_LAB_TOKEN": token})
    assert logins.known(CORP) == ("__token__", "secret")
    assert logins.known(second) == ("__token__", token)


def test_variables_go_over_plain_http_only_where_the_user_allowed_it(tmp_path: Path) -> None:
    """By `insecure = true` in a map of his own; in a checkout's, by confirming just that."""
    plain = "http://corp.example"
    text = mapping(f"{plain}/simple/").replace("auth =", "insecure = true\nauth =")
    own, confirmed = {"given": text}, TOKEN | {"XPIP_CORP_ORIGIN": plain}
    assert Logins(tmp_path, **own, environ=TOKEN).known(plain) == ("__token__", "secret")
    assert Logins(tmp_path, discovered=text, environ=TOKEN).known(plain) is None
    secure = TOKEN | {"XPIP_CORP_ORIGIN": CORP}
    assert Logins(tmp_path, discovered=text, environ=secure).known(plain) is None
    assert Logins(tmp_path, discovered=text, environ=confirmed).known(plain) is not None


# netrc


def test_netrc_is_not_used_on_an_unusual_port(tmp_path: Path) -> None:
    """Its entries know no ports, and another one may have another owner."""
    environ = netrc(tmp_path, "machine corp.example login me password secret")
    logins = Logins(tmp_path, no_map=True, environ=environ)
    assert logins.known(f"{CORP}:443") == ("me", "secret")
    assert logins.known(f"{CORP}:8443") is None


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


def test_password_is_not_shown_when_a_login_is(tmp_path: Path) -> None:
    """A traceback or a log line prints reprs."""
    logins = Logins(tmp_path, given=mapping(), environ=TOKEN)
    assert "secret" not in repr(logins.store.find(web_origin(CORP)))
