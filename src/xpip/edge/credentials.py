"""Who logs in where: user names and passwords, each bound to one web origin.

Userinfo of options first, then a group's own variables, then netrc; the keyring is asked only
when a server refuses. A mapping file that came with a checkout is trusted with names, not with
secrets: it does not decide where a group's variables are sent.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from xpip.core.policy import Auth, Credentials, Policy, RepositoryGroup
from xpip.core.urls import WebOrigin, is_loopback, web_origin
from xpip.errors import Reason, UsageError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_TOKEN_USER = "__token__"  # noqa: S105 - the user name that tokens go with, as on PyPI


class CredentialStore:
    """Finds what logs in to a web origin."""

    def __init__(
        self, policy: Policy, given: Collection[Credentials], *, environ: Mapping[str, str]
    ) -> None:
        self._environ = environ
        self._never = _never_asked_with_login(policy.groups)
        self._known = _one_each(_of_groups(policy, environ))
        self._known |= {each.origin: each for each in given}
        self._looked_up: dict[WebOrigin, Credentials | None] = {}
        self._asked: dict[WebOrigin, Credentials | None] = {}
        self._asking = threading.Lock()

    def find(self, origin: WebOrigin) -> Credentials | None:
        """What is known without asking anybody."""
        if origin in self._never:
            return None
        if origin in self._known:
            return self._known[origin]
        if origin not in self._looked_up:
            self._looked_up[origin] = self._in_netrc(origin)
        return self._looked_up[origin]

    def add(self, login: Credentials, declared_at: str) -> None:
        """Know one more login, which a URL brought along.

        Raises:
            UsageError: another one is known for its web origin.
        """
        known = self._known.setdefault(login.origin, login)
        if known != login:
            scheme, host, port = login.origin
            raise UsageError(
                f"Two logins are given for {scheme}://{host}:{port}, and only one can be sent",
                reference=Reason.USAGE,
                context=[declared_at],
            )

    def ask(self, origin: WebOrigin) -> Credentials | None:
        """What the keyring knows, where one is installed: it may ask its owner."""
        if origin in self._never or not _is_private(origin):
            return None
        with self._asking:
            # One question at a time, and each once: many threads meet the same refusal.
            if origin not in self._asked:
                self._asked[origin] = _in_keyring(origin)
            found = self._asked[origin]
        if found is not None:
            self._known[origin] = found
        return found

    def _in_netrc(self, origin: WebOrigin) -> Credentials | None:
        named = self._environ.get("NETRC")
        path = Path(named) if named else Path(self._environ.get("HOME", "~"), ".netrc").expanduser()
        if not _is_private(origin) or not _has_usual_port(origin):
            return None
        if not os.path.exists(path):
            return None
        import netrc

        try:
            # Not `authenticators`: its "default" entry would log in anywhere.
            entry = netrc.netrc(path).hosts.get(origin[1])
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            return None
        if entry is None or not entry[2]:
            return None
        return Credentials(origin=origin, username=entry[0] or "", password=entry[2])


def _never_asked_with_login(groups: Collection[RepositoryGroup]) -> frozenset[WebOrigin]:
    """Web origins where nothing may log in: those of which no group says anything else.

    Else a file of a checkout could turn an enforced repository's login off, by a path beside it.
    """
    never, others = set[WebOrigin](), set[WebOrigin]()
    for group in groups:
        of_its_kind = never if group.auth is Auth.NEVER else others
        of_its_kind |= {web_origin(mirror.url) for mirror in group.mirrors}
    return frozenset(never - others)


def _is_private(origin: WebOrigin) -> bool:
    """Whether nobody on the way can read what is sent there."""
    scheme, host, _ = origin
    return scheme == "https" or is_loopback(host)


def _has_usual_port(origin: WebOrigin) -> bool:
    """Whether netrc, which knows no ports, can mean this web origin; this machine has one owner."""
    scheme, host, port = origin
    return port == _DEFAULT_PORTS[scheme] or is_loopback(host)


def _one_each(found: Iterator[tuple[str, Credentials]]) -> dict[WebOrigin, Credentials]:
    known: dict[WebOrigin, tuple[str, Credentials]] = {}
    for prefix, login in found:
        other, before = known.setdefault(login.origin, (prefix, login))
        if before != login:
            scheme, host, port = login.origin
            raise UsageError(
                f"Two logins are given for {scheme}://{host}:{port}, and only one can be sent",
                reference=Reason.USAGE,
                context=[f"the variables {other}_* and {prefix}_*"],
            )
    return {origin: login for origin, (_, login) in known.items()}


def _of_groups(policy: Policy, environ: Mapping[str, str]) -> Iterator[tuple[str, Credentials]]:
    for group in policy.map.groups if policy.map else ():
        prefix = "XPIP_" + re.sub(r"[^A-Z0-9]", "_", group.name.upper())
        token = environ.get(f"{prefix}_TOKEN")
        password = token or environ.get(f"{prefix}_PASSWORD")
        if not password:
            continue
        username = environ.get(f"{prefix}_USERNAME", _TOKEN_USER if token else "")
        confirmed = _confirmed(f"{prefix}_ORIGIN", environ)
        for origin in _may_log_in(group, confirmed):
            yield prefix, Credentials(origin=origin, username=username, password=password)


def _confirmed(variable: str, environ: Mapping[str, str]) -> WebOrigin | None:
    text = environ.get(variable)
    try:
        return web_origin(text) if text else None
    except ValueError:
        # Its value is not shown: it may hold a password.
        raise UsageError(
            f"{variable} holds no URL",
            reference=Reason.USAGE,
            hint="Give the group's scheme, host and port: https://pypi.corp.example.",
        ) from None


def _may_log_in(group: RepositoryGroup, confirmed: WebOrigin | None) -> Iterator[WebOrigin]:
    for mirror in group.mirrors:
        if not mirror.is_local:
            origin = web_origin(mirror.url)
            if not group.discovered or confirmed == origin:
                yield origin


def _in_keyring(origin: WebOrigin) -> Credentials | None:
    from importlib.util import find_spec

    if find_spec("keyring") is None:
        return None
    import keyring

    scheme, host, port = origin
    # Not the bare host for an unusual port: that entry is another web origin's.
    netloc = host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
    for service in dict.fromkeys((f"{scheme}://{host}:{port}", f"{scheme}://{netloc}", netloc)):
        try:
            found = keyring.get_credential(service, None)
        except Exception:
            # Whatever a backend raises: who cannot be asked knows nothing.
            return None
        if found is not None:
            return Credentials(origin=origin, username=found.username, password=found.password)
    return None
