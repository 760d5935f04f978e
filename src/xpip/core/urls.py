"""When are two URLs the same place? Canonical project URLs, web origins, redaction.

PEP 708 compares URLs and defines no equality; this module does, once for all of xpip.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from xpip.core.names import canonicalize_name

_DEFAULT_PORTS = {"https": 443, "http": 80}
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")
_PLAIN = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/+-]*", re.ASCII)
"""Absolute, without userinfo, and nothing to be read: nearly all that pages say of files."""
_BELOW = re.compile(
    r"((?:\.\./)*+(?:[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*+/)*+)[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*+",
    re.ASCII,
)
"""A relative path, of which only the directories have to be looked at: nearly all the others."""

_EXPOSED = frozenset({"http", "static-http", "ftp", "git", "svn"})
"""Schemes without encryption, those of version control systems included."""

WebOrigin = tuple[str, str, int | None]


def web_origin(url: str) -> WebOrigin:
    """Scheme, host and port of a URL, the default port filled in (RFC 6454, section 4).

    Raises:
        ValueError: it is no URL; what `joined` returns always is one.
    """
    # All that a page lists lies on a few hosts: of its addresses only the start is read.
    return _origin_of("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=512)
def _origin_of(start: str) -> WebOrigin:
    parts = urlsplit(start)
    port = _DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, (parts.hostname or "").lower(), port


def joined(base: str, reference: str) -> str:
    """A reference found at `base`, made absolute (RFC 3986, section 5); empty if it is no URL.

    Userinfo goes: only the user says what logs in, and he alone writes what has no base.
    """
    if _PLAIN.fullmatch(reference):
        return reference
    below = _BELOW.fullmatch(reference)
    if below is not None:
        start = _joined(base, f"{below[1]}x")
        return start and f"{start[:-1]}{reference[below.end(1) :]}"
    return _absolute(base, reference)


@lru_cache(maxsize=512)
def _joined(base: str, reference: str) -> str:
    # What a page lists in one directory has all but the last segment in common.
    return _absolute(base, reference)


def _absolute(base: str, reference: str) -> str:
    try:
        url = urljoin(base, reference)
        if base:
            url = _without_userinfo(url)
        web_origin(url)
    except ValueError:
        return ""
    return url


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def canonical_project_url(url: str) -> str:
    """One spelling for every URL of one project page; `http` and `https` stay different.

    RFC 3986, section 6.2.2, and PEP 503's normalisation for the last path segment. What is no
    URL at all is returned as it stands, so that it equals nothing but itself.
    """
    try:
        return _canonical(url)
    except ValueError:
        return url


def _canonical(url: str) -> str:
    parts = urlsplit(url)
    parent, _, last = _path(parts.path).rpartition("/")
    return urlunsplit(
        (parts.scheme, _host(url), f"{parent}/{canonicalize_name(last)}/", parts.query, "")
    )


@lru_cache(maxsize=512)
def canonical_root(url: str) -> str:
    """One spelling for a repository's root: scheme and host in lower case, one slash at its end.

    Raises:
        ValueError: it is no URL.
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, _host(url), f"{parts.path.rstrip('/')}/", parts.query, ""))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, so that plain http tells nobody anything."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_exposed(url: str, trusted: Collection[str] = ()) -> bool:
    """Whether anyone on the way could change what comes, and no host of `trusted` says it.

    Args:
        trusted: hosts, or hosts with ports, that the user takes it from all the same.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in _EXPOSED or is_loopback(host):
        return False
    return host not in trusted and parts.netloc.rpartition("@")[2] not in trusted


def is_local_url(url: str) -> bool:
    """Whether it names a place on this machine's disk, as does all that is no URL."""
    scheme, colon, _ = url.partition(":")
    return not colon or "/" in scheme or scheme.lower().rpartition("+")[2] == "file"


def last_segment(url: str) -> str:
    """The last path segment of a URL, a trailing slash left aside; empty if it is no URL."""
    try:
        return urlsplit(url).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""


def is_below(url: str, root: str) -> bool:
    """Whether a URL lies under a repository's root, on the same web origin."""
    base = _path(urlsplit(root).path) + "/"
    return web_origin(url) == web_origin(root) and _path(urlsplit(url).path).startswith(base)


@lru_cache(maxsize=512)
def redacted(url: str) -> str:
    """The URL without user, password and query values: fit to print and to write."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(not a URL)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def recordable(url: str) -> str:
    """The URL without user, password and query: fit to be written, and still an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def quoted_path(path: str) -> str:
    """A file system path as the path of a `file:` URL."""
    return quote(path, safe="/~")


def _path(path: str) -> str:
    """The path in its one spelling (RFC 3986, 6.2.2), without a slash at its end."""
    path = _ESCAPE.sub(_plain, path)
    return posixpath.normpath("/" + path.strip("/")).rstrip("/")


def _plain(escape: re.Match[str]) -> str:
    character = unquote(escape[0])
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _host(url: str) -> str:
    scheme, host, port = web_origin(url)
    if not host.isascii():  # the codec is large, and takes all others as they are
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    # RFC 1034, section 3.1: a name with a dot at its end is the same name, and complete.
    host = host.removesuffix(".")
    if ":" in host:
        with suppress(ValueError):
            host = ip_address(host).compressed
        host = f"[{host}]"
    return host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
