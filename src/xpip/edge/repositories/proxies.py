"""Which proxy is asked in a server's place: the one of an option, or of variables and the system.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as Python's own library reads them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from xpip.core.urls import WebOrigin
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    import httpcore

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_WITH_SETTINGS = ("darwin", "win32")
"""Systems that may name a proxy where no variable does."""


class Proxies:
    """Finds the proxy for a web origin.

    Args:
        option: URL of the proxy for all of them, without exceptions.
    """

    def __init__(self, option: str | None) -> None:
        self._option = option
        self._found: dict[WebOrigin, str | None] = {}

    def address_for(self, origin: WebOrigin) -> str | None:
        """The proxy's URL, which may hold what logs in there; None where none is asked."""
        if self._option:
            return self._option
        if origin not in self._found:
            self._found[origin] = _surroundings_say(origin)
        return self._found[origin]

    def find(self, origin: WebOrigin) -> httpcore.Proxy | None:
        """The proxy for a web origin.

        Raises:
            UsageError: its address is none.
        """
        address = self.address_for(origin)
        if address is None:
            return None
        try:
            return _proxy_at(address)
        except ValueError:
            # Not in the words of the error, which show a user name, and a token can be one.
            raise UsageError(
                "The proxy's address cannot be used",
                reference=Reason.USAGE,
                context=["--proxy" if self._option else "HTTP_PROXY, HTTPS_PROXY, NO_PROXY"],
                hint="Proxies begin with http:// or https://.",
            ) from None


def _surroundings_say(origin: WebOrigin) -> str | None:
    named = any(name.lower() in _VARIABLES and value for name, value in os.environ.items())
    if not named and sys.platform not in _WITH_SETTINGS:
        return None
    # Takes a quarter of the time in which xpip starts.
    from urllib.request import getproxies, proxy_bypass

    scheme, host, port = origin
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host if ":" in host else f"{host}:{port}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_at(address: str) -> httpcore.Proxy:
    import httpcore

    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no proxy that speaks HTTP")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    url = httpcore.URL(
        scheme=parts.scheme.encode(), host=parts.hostname.encode("idna"), port=port, target=b"/"
    )
    if not parts.username and not parts.password:
        return httpcore.Proxy(url)
    login = unquote(parts.username or "").encode(), unquote(parts.password or "").encode()
    return httpcore.Proxy(url, auth=login)
