"""When two URLs are the same place, and what of a URL may be shown."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpip.core.urls import (
    canonical_project_url,
    is_below,
    is_exposed,
    is_local_url,
    joined,
    last_segment,
    quoted_path,
    redacted,
    web_origin,
)

SPAM = "https://a.example/simple/spam/"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("HTTPS://A.Example/simple/spam/", id="case-of-scheme-and-host"),
        pytest.param("https://a.example:443/simple/spam/", id="default-port"),
        pytest.param("https://a.example./simple/spam/", id="complete-host"),
        pytest.param("https://user:secret@a.example/simple/spam/", id="userinfo"),
        pytest.param("https://a.example/simple/spam/#files", id="fragment"),
        pytest.param("https://a.example/x/../simple/./spam/", id="dot-segments"),
        pytest.param("https://a.example/%73imple/sp%61m/", id="unreserved-escapes"),
        pytest.param("https://a.example/x/%2E%2e/simple/spam", id="escaped-dot-segments"),
        pytest.param("https://a.example/simple/SPAM", id="name-not-normalised"),
        pytest.param("https://a.example/simple/spam", id="no-slash-at-the-end"),
        pytest.param("https://a.example/simple/spam//", id="two-slashes-at-the-end"),
    ],
)
def test_canonical_url_is_the_same_when_only_the_spelling_differs(url: str) -> None:
    """RFC 3986, section 6.2.2, and PEP 503 for the name."""
    assert canonical_project_url(url) == SPAM


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://a.example/simple/spam/", id="scheme"),
        pytest.param("https://b.example/simple/spam/", id="host"),
        pytest.param("https://a.example:8443/simple/spam/", id="port"),
        pytest.param("https://a.example:0/simple/spam/", id="port-zero"),
        pytest.param("https://a.example/Simple/spam/", id="case-of-the-path"),
        pytest.param("https://a.example/simple%2Fspam/", id="escaped-slash"),
        pytest.param("https://a.example/simple/spam/?page=2", id="query"),
        pytest.param("https://a.example/simple/spam-eggs/", id="name"),
    ],
)
def test_canonical_url_differs_when_the_place_does(url: str) -> None:
    """Above all, http and https stay different: one of them anyone can speak for."""
    assert canonical_project_url(url) != SPAM


def test_canonical_url_normalises_only_the_name() -> None:
    """PEP 503's rule for names says nothing of the path before it."""
    canonical = canonical_project_url("https://a.example/My_Index/Spam_.Eggs")
    assert canonical == "https://a.example/My_Index/spam-eggs/"


def test_canonical_url_writes_international_hosts_in_ascii() -> None:
    """IDNA: the name as people write it and as machines do is one host."""
    canonical = canonical_project_url("https://bücher.example/spam/")
    assert canonical == "https://xn--bcher-kva.example/spam/"


def test_canonical_url_writes_escapes_in_upper_case() -> None:
    """RFC 3986, section 6.2.2.1: `%c3` and `%C3` are the same octet."""
    canonical = canonical_project_url("https://a.example/b%c3%bccher/spam/")
    assert canonical == "https://a.example/b%C3%BCcher/spam/"


def test_canonical_url_writes_an_ipv6_host_in_one_way() -> None:
    """RFC 5952: an address has many spellings, and one threshold counts it once."""
    assert canonical_project_url("http://[0:0:0::0001]/spam") == "http://[::1]/spam/"


def test_canonical_url_keeps_the_brackets_of_an_ipv6_host() -> None:
    """Without them, host and port run into each other."""
    assert canonical_project_url("http://[::1]:8080/spam") == "http://[::1]:8080/spam/"


def test_canonical_url_is_its_own_canonical_url() -> None:
    """Normalising twice changes nothing."""
    once = canonical_project_url("HTTPS://Bücher.example:443/a/../%7Eb%2f/Spam?x#y")
    assert canonical_project_url(once) == once


@pytest.mark.parametrize("text", ["https://[", "https://a.example:port/spam/"])
def test_canonical_url_of_what_is_no_url_equals_nothing_else(text: str) -> None:
    """PEP 708's fields hold whatever a server writes; such an entry grants nothing."""
    assert canonical_project_url(text) == text


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example/x", ("https", "a.example", 443)),
        ("http://a.example/x", ("http", "a.example", 80)),
        ("https://u:p@a.example:8443/", ("https", "a.example", 8443)),
    ],
)
def test_web_origin_is_scheme_host_and_port(url: str, origin: tuple[str, str, int]) -> None:
    """RFC 6454, section 4; credentials are bound to it."""
    assert web_origin(url) == origin


@given(st.text("htps:/?#@[]. \t\n\\%a1", max_size=30))
def test_web_origin_is_what_the_whole_url_says(url: str) -> None:
    """Only the start is read; whatever follows the host changes nothing."""
    assert _origin(url, web_origin) == _origin(url, _of_the_whole)


def _of_the_whole(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), usual if parts.port is None else parts.port


def _origin(url: str, read: Callable[[str], tuple[str, str, int | None]]) -> object:
    try:
        return read(url)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("spam-1.0.tar.gz", "https://a.example/simple/spam/spam-1.0.tar.gz"),
        ("../../files/s.whl", "https://a.example/files/s.whl"),
        ("/files/s.whl", "https://a.example/files/s.whl"),
        ("//b.example/s.whl", "https://b.example/s.whl"),
        ("http://b.example/s.whl", "http://b.example/s.whl"),
    ],
)
def test_reference_is_joined_to_the_address_it_was_found_at(reference: str, url: str) -> None:
    """RFC 3986, section 5."""
    assert joined(SPAM, reference) == url


@pytest.mark.parametrize(
    "reference", ["https://[", "https://a.example:port/", "//a.example:99999/", "//℀.example/"]
)
def test_reference_gives_no_url_when_it_cannot_be_read(reference: str) -> None:
    """What a server writes can be anything; an exception is no answer to it."""
    assert joined(SPAM, reference) == ""


def test_last_segment_leaves_the_slash_aside() -> None:
    """It is the project's name, in a project's URL."""
    assert last_segment(SPAM) == "spam"
    assert last_segment("https://a.example") == ""
    assert last_segment("https://[/spam/") == ""


@pytest.mark.parametrize("root", ["https://a.example/simple", "https://a.example:443/simple/"])
def test_url_is_below_its_root(root: str) -> None:
    """With a slash at the root's end or without."""
    assert is_below(SPAM, root)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://a.example/simple-evil/spam/", id="longer-segment"),
        pytest.param("https://a.example/simple/../evil/spam/", id="dot-segments"),
        pytest.param("https://a.example/simple/%2e%2e/evil/spam/", id="escaped-dot-segments"),
        pytest.param("https://b.example/simple/spam/", id="host"),
        pytest.param("http://a.example/simple/spam/", id="scheme"),
    ],
)
def test_url_is_not_below_a_root_when_it_only_looks_so(url: str) -> None:
    """A prefix of text is no prefix of a path."""
    assert not is_below(url, "https://a.example/simple/")


def test_redacted_url_shows_neither_password_nor_token() -> None:
    """User, password and query values stay out of every report."""
    shown = redacted("https://user:secret@a.example:8443/simple/?token=secret#secret")
    assert shown == "https://a.example:8443/simple/?…"


def test_redacted_url_shows_nothing_when_it_cannot_be_read() -> None:
    """Where the secrets in it are, nobody knows."""
    assert "secret" not in redacted("https://user:secret@[")


def test_quoted_path_escapes_what_a_url_reserves() -> None:
    """A directory may be called `a#b`."""
    assert quoted_path("/my wheels/a#b/~c") == "/my%20wheels/a%23b/~c"


@pytest.mark.parametrize(
    ("url", "trusted", "exposed"),
    [
        ("https://h.example/x", (), False),
        ("http://h.example/x", (), True),
        ("http://127.0.0.1:8000/x", (), False),
        ("http://h.example:8000/x", ("h.example",), False),
        ("http://h.example:8000/x", ("h.example:8000",), False),
        ("http://h.example:9000/x", ("h.example:8000",), True),
        ("git://h.example/x", (), True),
        ("ssh://git@h.example/x", (), False),
        ("file:///x", (), False),
    ],
)
def test_url_is_exposed_when_anyone_on_the_way_could_change_what_comes(
    url: str, trusted: tuple[str, ...], exposed: bool
) -> None:
    """Unless the user trusts that host all the same."""
    assert is_exposed(url, trusted) is exposed


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("file:///x.whl", True),
        ("git+file:///x", True),
        ("FILE:/x", True),
        ("./x", True),
        ("/x:y", True),
        ("https://h.example/file:x", False),
        ("git+https://h.example/x", False),
    ],
)
def test_url_is_local_when_it_names_this_machine_s_disk(url: str, local: bool) -> None:
    """What is no URL at all would be a path."""
    assert is_local_url(url) is local
