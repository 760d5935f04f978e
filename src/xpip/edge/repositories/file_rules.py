"""Where a request for a file, or for its metadata, may go, and where it may log in.

A file's repository says where it lies; its group says which places are its own. Whoever stores
files for it may be anybody, as long as a hash says what must come, and gets no password.
"""

from __future__ import annotations

from collections.abc import Sequence

from xpip.core.decisions import Candidate, Ruling
from xpip.core.facts import File
from xpip.core.file_hosts import file_hosts_of
from xpip.core.hashes import strongest
from xpip.core.policy import Auth, RepositoryGroup
from xpip.core.urls import WebOrigin, is_loopback, web_origin
from xpip.edge.repositories.transport import MayFollow, MayLogIn
from xpip.errors import Reason


class FileRules:
    """The rules for the files of these groups, which candidates name as their origin."""

    def __init__(self, groups: Sequence[RepositoryGroup]) -> None:
        self._own = {group.name: own_origins(group) for group in groups}
        self._without_login = {group.name for group in groups if group.auth is Auth.NEVER}

    def may_follow(self, candidate: Candidate) -> MayFollow:
        """Whether a redirect may be followed."""
        if candidate.reference is not None:
            return _may_forward
        return lambda _, target: _may_redirect(candidate.file, target)

    def may_log_in(self, candidate: Candidate) -> MayLogIn:
        """Whether a login may be sent: to the file's own place alone, if it is the group's."""
        first = web_origin(candidate.file.url)
        own = self._own.get(candidate.origin.group, frozenset())
        is_own = first in own or _names_its_own(candidate, first)
        is_own = is_own and candidate.origin.group not in self._without_login
        return lambda origin: is_own and origin == first


def _names_its_own(candidate: Candidate, origin: WebOrigin) -> bool:
    # The canonical mirror, which the candidate itself names, is its group's in any case; but for
    # what a lock claims and nothing shows: it would choose who gets a password.
    is_shown = candidate.origin.ruling is not Ruling.UNPROVEN
    return is_shown and origin == web_origin(candidate.origin.repository)


def own_origins(group: RepositoryGroup) -> frozenset[WebOrigin]:
    """The web origins of a group's mirrors and of its file hosts, the well-known ones too."""
    mirrors = frozenset(web_origin(mirror.url) for mirror in group.mirrors)
    return mirrors | {host.origin for host in file_hosts_of(group)}


def _may_forward(first: str, target: str) -> Reason | None:
    # The user named this place, and with it wherever its operator sends those who ask.
    scheme, host, _ = origin = web_origin(target)
    if origin == web_origin(first):
        return None
    safe = scheme == "https" or (is_loopback(host) and first.startswith("http:"))
    return None if safe else Reason.FILE_HOST_FOREIGN


def _may_redirect(file: File, target: str) -> Reason | None:
    scheme, host, _ = origin = web_origin(target)
    if origin == web_origin(file.url):
        return None
    # Presigned storage may be anywhere, if the page's own hash says what must come.
    safe = scheme == "https" or is_loopback(host)
    return None if safe and strongest(file.hashes) else Reason.FILE_HOST_FOREIGN
