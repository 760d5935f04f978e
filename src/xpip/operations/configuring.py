"""Options, variables and files → settings, with the network at hand for files that lie there."""

from __future__ import annotations

from xpip.core.policy import Credentials
from xpip.core.urls import WebOrigin, web_origin
from xpip.edge.config import Options, Settings, configure, network_of
from xpip.edge.repositories.transport import Failure, Transport
from xpip.errors import Reason, XpipError, branch_for
from xpip.operations.surroundings import Surroundings

_LARGEST_MAP = 1 << 20


def configured(options: Options, around: Surroundings) -> Settings:
    """The settings of a run.

    Raises:
        UsageError: an option, a repository or the mapping file is not usable.
        AvailabilityError: a mapping file that another extends by URL cannot be had.
    """

    def download(url: str) -> bytes:
        transport = Transport(logins=_Anonymous(), network=network_of(options, around.environ))
        try:
            return _downloaded(transport, url)
        finally:
            transport.close()

    return configure(
        options, environ=around.environ, cwd=around.cwd, now=around.now, download=download
    )


class _Anonymous:
    """Logs in nowhere: a file that anyone may have written says where it is fetched from."""

    def find(self, origin: WebOrigin) -> Credentials | None:
        return None

    def ask(self, origin: WebOrigin) -> Credentials | None:
        return None


def _downloaded(transport: Transport, url: str) -> bytes:
    response = transport.get(
        url,
        may_follow=lambda first, target: (
            None if web_origin(first) == web_origin(target) else Reason.REDIRECT_FOREIGN
        ),
        login=lambda _: False,
        limit=_LARGEST_MAP,
    )
    if isinstance(response, Failure):
        raise _unavailable(url, response.reason, response.detail)
    if response.status != 200:
        raise _unavailable(url, Reason.HTTP_STATUS, f"status {response.status}")
    return response.body


def _unavailable(url: str, reason: Reason, detail: str) -> XpipError:
    return branch_for(reason)(
        f"The mapping file {url} cannot be had: {detail}",
        reference=reason,
        hint="It says where names may come from: nothing is done without it.",
    )
