"""Options, variables and files → settings, with the network at hand for files that lie there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec.structs import replace

from xpip.core.policy import Credentials
from xpip.core.reporting.notices import Notice
from xpip.core.urls import WebOrigin, is_exposed, redacted, web_origin
from xpip.edge.cache.places import is_private
from xpip.edge.config import Options, Settings, configure, network_of
from xpip.errors import Reason, UsageError, XpipError, branch_for
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.edge.repositories.transport import Transport

_LARGEST_FILE = 1 << 20


def configured(options: Options, around: Surroundings) -> Settings:
    """The settings of a run.

    Raises:
        UsageError: an option, a repository or the mapping file is not usable.
        AvailabilityError: a mapping file that another extends by URL cannot be had.
    """
    settings = configure(
        options,
        environ=around.environ,
        cwd=around.cwd,
        now=around.now,
        download=Downloader(options, around).fetch,
    )
    kept_in = settings.cache_directory
    if kept_in is None or not kept_in.exists() or is_private(kept_in, make=False):
        return settings
    # Whoever else may write there could say what repositories answer.
    text = f"nothing is kept or found in {kept_in}, which is not yours alone to write"
    notice = Notice(code="cache-unused", text=text)
    return replace(settings, cache_directory=None, notices=(*settings.notices, notice))


class Downloader:
    """Fetches small files that say what is to be done: mapping files, requirements files.

    Nothing but what stands in a URL itself logs in, and no redirect leaves its web origin.
    """

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._options = options
        self._around = around

    def fetch(self, url: str, *, limit: int = _LARGEST_FILE) -> bytes:
        """The bytes at a URL, of which there may be so many.

        Raises:
            UsageError: `insecure-repository`: it is plain http, and not this machine.
            AvailabilityError: they cannot be had.
        """
        plain, login = _without_login(url)
        self._check_secure(plain)
        from xpip.edge.repositories.transport import Transport

        network = network_of(self._options, self._around.environ)
        transport = Transport(logins=_OneLogin(login), network=network)
        try:
            return _downloaded(transport, plain, limit)
        finally:
            transport.close()

    def _check_secure(self, url: str) -> None:
        if is_exposed(url, self._options.trusted_hosts):
            raise UsageError(
                f"{redacted(url)} is not encrypted: anyone on the way can change what it says",
                reference=Reason.INSECURE_REPOSITORY,
                hint=f"Use https://, or allow it with --trusted-host {web_origin(url)[1]}.",
            )


class _OneLogin:
    def __init__(self, login: Credentials | None) -> None:
        self._login = login

    def find(self, origin: WebOrigin) -> Credentials | None:
        return self._login if self._login and self._login.origin == origin else None

    def ask(self, origin: WebOrigin) -> Credentials | None:
        return None


def _without_login(url: str) -> tuple[str, Credentials | None]:
    parts = urlsplit(url)
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return plain, None
    login = Credentials(
        origin=web_origin(plain),
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
    )
    return plain, login


def _downloaded(transport: Transport, url: str, limit: int) -> bytes:
    from xpip.edge.repositories.transport import Failure

    response = transport.get(
        url,
        may_follow=lambda first, target: (
            None if web_origin(first) == web_origin(target) else Reason.REDIRECT_FOREIGN
        ),
        login=lambda _: True,
        limit=limit,
    )
    if isinstance(response, Failure):
        raise _unavailable(url, response.reason, response.detail)
    if response.status != 200:
        raise _unavailable(url, Reason.HTTP_STATUS, f"status {response.status}")
    return response.body


def _unavailable(url: str, reason: Reason, detail: str) -> XpipError:
    return branch_for(reason)(
        f"{redacted(url)} cannot be had: {detail}",
        reference=reason,
        hint="It says what is to be done: nothing is done without it.",
    )
