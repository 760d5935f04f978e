"""Names that repositories may have in a mapping file, made from what others call them."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import chain, count
from urllib.parse import unquote, urlsplit

from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.urls import web_origin

_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_]+")
_COMMON = frozenset(
    {"", ".", "simple", "pypi", "index", "whl", "pep503", "api", "repository"}
    | {"artifactory", "nexus", "packages", "_packaging"}
)


def free_name(url: str, taken: Collection[str], *, wanted: str | None = None) -> str:
    """A name that nobody has (in any case), and that a mapping file allows.

    Args:
        url: the repository's URL; of two on one host, the second is told apart by its path.
        taken: names in use.
        wanted: what it is called elsewhere.
    """
    lower = {name.lower() for name in taken}
    plain = _allowed(wanted or _name_of(url))
    longer = _allowed("-".join([plain, *_telling(urlsplit(url).path)]))
    numbered = (f"{plain}_{number}" for number in count(2))
    return next(name for name in chain([plain, longer], numbered) if name.lower() not in lower)


def _allowed(wanted: str) -> str:
    plain = _UNNAMEABLE.sub("-", wanted).strip("-_") or "repository"
    # XPIP_MAP_* is for `${NAME}`: no repository may be called so.
    return f"index-{plain}" if re.split("[-_]", plain.lower())[0] == "map" else plain


def _telling(path: str) -> list[str]:
    """The segments of a path that tell one repository of a host from another."""
    return [each for each in unquote(path).split("/") if each.lower() not in _COMMON]


def _name_of(url: str) -> str:
    parts = urlsplit(url)
    if not parts.scheme or parts.scheme == "file":
        return ([*_telling(parts.path)] or ["directory"])[-1]
    known = KNOWN_HOSTS.get(web_origin(url))
    host = (parts.hostname or "").removeprefix("www.")
    if known is not None:
        # pypi.org, test.pypi.org, download.pytorch.org: their last name but one says enough.
        labels = host.removeprefix("download.").split(".")[:-1]
        return "-".join(["".join(labels), *_telling(parts.path)])
    return host if parts.port is None else f"{host}-{parts.port}"
