"""Text that the user wrote, right or wrong → text without passwords, fit for an error message."""

from __future__ import annotations

import re

from xpip.core.urls import redacted

_LONGEST = 300
_URL = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://[^\s\"']*")
_LOGIN = re.compile(r"(?<!\S)[^\s/@:]*:(?!//)[^\s@]*@")


def shown(text: str) -> str:
    """A line without passwords, however wrong it is, and of bearable length."""
    first, *rest = text.split("://")
    without_logins = "://".join([first, *map(_without_login, rest)])
    without_queries = _URL.sub(_shown_url, without_logins)
    line = _LOGIN.sub("…@", without_queries)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _without_login(after_scheme: str) -> str:
    # Up to the last '@' before a slash, spaces included: the line may be wrong just there.
    authority = after_scheme.partition("/")[0]
    return after_scheme[authority.rindex("@") + 1 :] if "@" in authority else after_scheme


def _shown_url(found: re.Match[str]) -> str:
    scheme, _, rest = found[0].partition("://")
    host, colon, port = re.split("[/?#]", rest, maxsplit=1)[0].rpartition(":")
    # `user:pa/ss@host`: what stands where a port belongs, and is none, may be a password.
    if colon and not port.isdigit() and not host.startswith("["):
        return f"{scheme}://…"
    return redacted(found[0])
