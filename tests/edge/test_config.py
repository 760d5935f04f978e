"""Options and variables become a policy in which every repository knows where it was declared."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from xpip.core.facts import Layout
from xpip.core.policy import NameSet
from xpip.edge.config import DEFAULT_INDEX, Options, Settings, configure
from xpip.errors import Reason, UsageError

CORP = "https://corp.example/simple/"
OTHER = "https://other.example/simple/"
NOW = datetime(2026, 1, 31, tzinfo=UTC)
SPAM, EGGS = canonicalize_name("spam"), canonicalize_name("eggs")


def settings(
    *, environ: dict[str, str] | None = None, cwd: Path | None = None, **options: Any
) -> Settings:
    """The settings of a run with these options and variables, and no mapping file."""
    told = Options(**{"no_map": True, **options})
    return configure(told, environ=environ or {}, cwd=cwd or Path.cwd(), now=NOW)


def declared(made: Settings) -> list[tuple[str, str]]:
    """Every group's URL and the place that declares it, in order."""
    return [(group.canonical.url, group.declared_at) for group in made.policy.groups]


def refusal(**given: Any) -> UsageError:
    """The usage error that such options end in."""
    with pytest.raises(UsageError) as caught:
        settings(**given)
    return caught.value


def texts(error: UsageError) -> str:
    """Everything that an error shows."""
    return " ".join([error.message, *error.context, error.hint or ""])


def test_repository_is_pypi_when_nothing_is_said() -> None:
    """The default is said to be one."""
    made = settings()
    assert declared(made) == [(DEFAULT_INDEX, "default")]
    assert made.policy.groups[0].name == "pypi"


def test_index_url_replaces_pypi() -> None:
    """A private repository is not asked beside the public one by accident."""
    assert declared(settings(index_url=CORP)) == [(CORP, "--index-url")]


def test_extra_index_urls_are_added_in_order() -> None:
    """Each is a group of its own: nothing is merged that was not declared so."""
    made = settings(index_url=CORP, extra_index_urls=(OTHER, "https://third.example/"))
    assert declared(made)[1:] == [
        (OTHER, "--extra-index-url"),
        ("https://third.example/", "--extra-index-url"),
    ]


def test_no_index_leaves_the_links_only(tmp_path: Path) -> None:
    """Neither default, option nor variable brings an index back."""
    made = settings(
        no_index=True,
        index_url=CORP,
        extra_index_urls=(OTHER,),
        find_links=(str(tmp_path),),
        environ={"XPIP_INDEX_URL": CORP},
    )
    assert declared(made) == [(f"{tmp_path.as_uri()}/", "--find-links")]


def test_variables_declare_what_no_option_does(tmp_path: Path) -> None:
    """Several values are separated by spaces."""
    environ = {
        "XPIP_INDEX_URL": CORP,
        "XPIP_EXTRA_INDEX_URL": f"{OTHER}  https://third.example/",
        "XPIP_FIND_LINKS": str(tmp_path),
    }
    assert declared(settings(environ=environ)) == [
        (f"{tmp_path.as_uri()}/", "XPIP_FIND_LINKS"),
        (CORP, "XPIP_INDEX_URL"),
        (OTHER, "XPIP_EXTRA_INDEX_URL"),
        ("https://third.example/", "XPIP_EXTRA_INDEX_URL"),
    ]


def test_options_win_over_variables() -> None:
    """They do not add up: the command line says all of it."""
    made = settings(
        index_url=CORP,
        extra_index_urls=(OTHER,),
        environ={"XPIP_INDEX_URL": "https://no.example/", "XPIP_EXTRA_INDEX_URL": "https://no/"},
    )
    assert declared(made) == [(CORP, "--index-url"), (OTHER, "--extra-index-url")]


@pytest.mark.parametrize("variable", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL"])
def test_other_tools_variables_are_not_read(variable: str) -> None:
    """What was configured for another tool was never decided for this one."""
    assert settings(environ={variable: CORP}) == settings()


@pytest.mark.parametrize("value", ["", "0", "false", "No", "OFF"])
def test_no_index_variable_is_off_when_it_says_so(value: str) -> None:
    """A variable is a text: these mean no."""
    assert len(settings(environ={"XPIP_NO_INDEX": value}).policy.groups) == 1


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_no_index_variable_is_on_when_it_says_anything_else(value: str) -> None:
    """Fail closed."""
    assert settings(environ={"XPIP_NO_INDEX": value}).policy.groups == ()


@pytest.mark.parametrize(
    ("userinfo", "username", "password"),
    [("me:secret@", "me", "secret"), ("to%40ken@", "to@ken", ""), (":p%3Aw@", "", "p:w")],
)
def test_credentials_are_taken_out_and_bound_to_their_web_origin(
    userinfo: str, username: str, password: str
) -> None:
    """No other part of xpip sees a URL that holds a secret."""
    made = settings(index_url=f"https://{userinfo}corp.example:8443/simple/")
    (credentials,) = made.credentials
    assert declared(made) == [("https://corp.example:8443/simple/", "--index-url")]
    assert credentials.origin == ("https", "corp.example", 8443)
    assert (credentials.username, credentials.password) == (username, password)


def test_password_is_not_shown_when_settings_are() -> None:
    """A traceback or a log line prints reprs."""
    assert "secret" not in repr(settings(index_url="https://me:secret@corp.example/simple/"))


def test_repository_without_userinfo_brings_no_credentials() -> None:
    """Nothing is sent where nothing was given."""
    assert settings(index_url=CORP).credentials == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@corp.example/simple/",
        "ftp://me:secret@corp.example/simple/",
        "https://me:secret@/simple/",
        "https://me:secret@[/simple/",
        "https://me:secret@corp.example:port/",
        "https:me:secret@corp.example/simple/",
        "me:secret@corp.example/simple/",
    ],
)
def test_secret_is_not_shown_when_its_url_is_refused(url: str) -> None:
    """However broken the URL is."""
    assert "secret" not in texts(refusal(index_url=url))


def test_plain_http_is_refused() -> None:
    """Anyone on the way could change what it says; the hint says how to allow it."""
    error = refusal(extra_index_urls=("http://corp.example:8080/simple/",))
    assert error.reference is Reason.INSECURE_REPOSITORY
    assert "--trusted-host corp.example:8080" in texts(error)


@pytest.mark.parametrize("trusted", ["corp.example", "corp.example:8080"])
def test_plain_http_is_allowed_when_its_host_is_trusted(trusted: str) -> None:
    """By name, or by name and port."""
    made = settings(index_url="http://corp.example:8080/simple/", trusted_hosts=(trusted,))
    assert len(made.policy.groups) == 1


@pytest.mark.parametrize("trusted", ["corp.example:80", "example", "", "corp.example.evil"])
def test_plain_http_is_refused_when_another_host_is_trusted(trusted: str) -> None:
    """Another port, or a name that merely resembles it."""
    refusal(index_url="http://corp.example:8080/simple/", trusted_hosts=(trusted,))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:3141", "127.1.2.3", "[::1]:80"])
def test_plain_http_is_allowed_on_this_machine(host: str) -> None:
    """Nobody is on the way."""
    assert len(settings(index_url=f"http://{host}/simple/").policy.groups) == 1


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "0.0.0.0", "[::]"])
def test_plain_http_is_refused_when_the_host_only_looks_like_this_machine(host: str) -> None:
    """Names below a stranger's domain can be called anything."""
    assert refusal(index_url=f"http://{host}/").reference is Reason.INSECURE_REPOSITORY


@pytest.mark.parametrize("url", ["ftp://corp.example/", "https:///simple/", "git+https://h/x"])
def test_address_is_refused_when_it_is_no_repositorys(url: str) -> None:
    """The error says where it was declared."""
    error = refusal(environ={"XPIP_INDEX_URL": url})
    assert error.reference is Reason.USAGE
    assert error.context == ("XPIP_INDEX_URL",)


def test_directory_is_taken_from_where_the_command_runs(tmp_path: Path) -> None:
    """Relative paths are relative to the directory handed over, not to the process's."""
    (tmp_path / "my wheels").mkdir()
    links = ("my wheels", "file:my%20wheels")
    made = settings(no_index=True, find_links=links, cwd=tmp_path)
    assert declared(made) == [(f"{tmp_path.as_uri()}/my%20wheels/", "--find-links")]
    assert made.policy.groups[0].canonical.layout is Layout.FLAT
    assert made.policy.groups[0].is_local


@pytest.mark.parametrize("form", ["{path}", "file://{path}", "file://localhost{path}"])
def test_directory_may_be_an_index(tmp_path: Path, form: str) -> None:
    """A tree of pages, as a path or as a `file:` URL."""
    made = settings(index_url=form.format(path=tmp_path))
    assert declared(made) == [(f"{tmp_path.as_uri()}/", "--index-url")]
    assert made.policy.groups[0].canonical.layout is Layout.SIMPLE


def test_file_url_is_refused_when_it_names_another_machine(tmp_path: Path) -> None:
    """Its path is not a path of this one."""
    assert "corp.example" in texts(refusal(find_links=(f"file://corp.example{tmp_path}",)))


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_directory_is_refused_when_it_is_not_there(tmp_path: Path, form: str) -> None:
    """Said at once, and with the text that declared it."""
    text = form.format(path=tmp_path / "gone")
    assert f"--find-links {text}" in refusal(find_links=(text,)).context


def test_repository_is_one_when_it_is_declared_twice() -> None:
    """The first declaration is the one that is reported."""
    assert declared(settings(index_url=CORP, extra_index_urls=(CORP,))) == [(CORP, "--index-url")]


def test_repository_is_two_when_it_is_read_in_two_ways() -> None:
    """An index is not left out because its root also serves as a list of links."""
    made = settings(index_url=CORP, find_links=(CORP,))
    assert [group.canonical.layout for group in made.policy.groups] == [Layout.FLAT, Layout.SIMPLE]


def test_unsafe_merge_names_projects_however_they_are_spelled() -> None:
    """One project each; there is no way to say `all`."""
    made = settings(unsafe_merge=("Spam", ":all:"))
    assert made.policy.unsafe_merge == {"spam", canonicalize_name(":all:")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), NameSet()),
        (("Spam,eggs",), NameSet(names=frozenset({SPAM, EGGS}))),
        (("spam", " eggs ,"), NameSet(names=frozenset({SPAM, EGGS}))),
        ((":all:",), NameSet(everything=True)),
        ((":all:", ":none:"), NameSet()),
        (("spam", ":none:", "eggs"), NameSet(names=frozenset({EGGS}))),
    ],
)
def test_binary_options_name_projects_or_all_of_them(
    values: tuple[str, ...], expected: NameSet
) -> None:
    """As in pip: later values add, and `:none:` empties."""
    made = settings(only_binary=values, no_binary=values)
    assert made.policy.only_binary == made.policy.no_binary == expected
