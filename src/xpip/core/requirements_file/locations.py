"""Where requirements files lie: paths and URLs, and what one names relative to itself (pip)."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urljoin, urlsplit

from xpip.core.direct_references import Malformed
from xpip.core.urls import redacted, web_origin

_REMOTE = re.compile("https?://", re.IGNORECASE)
_SCHEME = re.compile("[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")


def is_remote(location: str) -> bool:
    """Whether it comes over the network."""
    return bool(_REMOTE.match(location))


def shown_location(location: str) -> str:
    """The location as it is told to the user."""
    return redacted(location) if is_remote(location) else location


def located(reference: str, base: str | None = None) -> str:
    """The path or URL that `reference` means in the file at `base`; `file:` URLs become paths.

    Raises:
        Malformed: it is neither, or a file on this machine named by one of the network.
    """
    if not reference or not reference.isprintable():
        raise Malformed("that is neither a path nor a URL")
    if _SCHEME.match(reference) and not is_remote(reference):
        reference = _path_of(reference)
        if base and is_remote(base):
            raise Malformed("a file of the network may not name one of this machine")
    if is_remote(reference) or (base and is_remote(base)):
        return _joined(base or "", reference)
    if base is None or _ABSOLUTE.match(reference):
        # One spelling, or a file could lead back to itself unnoticed.
        return posixpath.normpath(reference)
    return beside(reference, base)


def beside(path: str, file: str) -> str:
    """A relative path, as seen from the directory of a local file."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))


def _joined(base: str, reference: str) -> str:
    try:
        url = urljoin(base, reference)
        web_origin(url)
        if not urlsplit(url).hostname:
            raise ValueError
    except ValueError:
        raise Malformed("that is not a URL") from None
    return url


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Malformed("that is not a URL") from None
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise Malformed("requirements files are read from paths, https: and file: URLs only")
    if not path or parts.query or parts.fragment or not path.isprintable():
        raise Malformed("that is not the URL of a file")
    return path
