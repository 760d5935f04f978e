"""When are two URLs the same place? Canonical project URLs, web origins, redaction.

PEP 708 compares URLs and defines no equality; this module does, once for all of xpip.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from packaging.utils import canonicalize_name

_DEFAULT_PORTS = {"https": 443, "http": 80}
_UNRESERVED_ESCAPE = re.compile(r"%(?:2[DE]|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)

WebOrigin = tuple[str, str, int | None]


def web_origin(url: str) -> WebOrigin:
    """Scheme, host and port of a URL, the default port filled in (RFC 6454, section 4)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(
        parts.scheme
    )


def canonical_project_url(url: str) -> str:
    """One spelling for every URL of one project page; `http` and `https` stay different.

    RFC 3986, section 6.2.2, and PEP 503's normalisation for the last path segment.
    """
    parts = urlsplit(url)
    path = _UNRESERVED_ESCAPE.sub(lambda escape: unquote(escape[0]), parts.path)
    path = posixpath.normpath("/" + path.strip("/")).rstrip("/")
    parent, _, last = path.rpartition("/")
    return urlunsplit(
        (parts.scheme, _host(url), f"{parent}/{canonicalize_name(last)}/", parts.query, "")
    )


def last_segment(url: str) -> str:
    """The last path segment of a URL, a trailing slash left aside."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def is_below(url: str, root: str) -> bool:
    """Whether a URL lies under a repository's root, on the same web origin."""
    base = urlsplit(root).path.rstrip("/") + "/"
    return web_origin(url) == web_origin(root) and urlsplit(url).path.startswith(base)


def redacted(url: str) -> str:
    """The URL without user, password and query values: fit to print and to write."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def quoted_path(path: str) -> str:
    """A file system path as the path of a `file:` URL."""
    return quote(path, safe="/~")


def _host(url: str) -> str:
    scheme, host, port = web_origin(url)
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        pass
    if ":" in host:
        host = f"[{host}]"
    return host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
