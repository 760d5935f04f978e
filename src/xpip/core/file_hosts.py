"""May a file come from where its page says it lies?

A page is its repository's own word; a file elsewhere needs the user's, xpip's own table's, or,
without a mapping file, a hash on the page that says what must come.
"""

from __future__ import annotations

from collections.abc import Sequence

from xpip.core.facts import File
from xpip.core.hashes import strongest
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.policy import FileHost, RepositoryGroup
from xpip.core.urls import is_below, redacted, web_origin


class FileHosts:
    """Where the files of one group may lie."""

    def __init__(
        self, group: RepositoryGroup, others: Sequence[RepositoryGroup], *, strict: bool
    ) -> None:
        self._origins = {web_origin(mirror.url) for mirror in group.mirrors}
        self._own_roots = [mirror.url for mirror in group.mirrors]
        self._foreign_roots = [
            mirror.url for other in others if other is not group for mirror in other.mirrors
        ]
        self._hosts = file_hosts_of(group)
        self._strict = strict

    def objection(self, file: File, page_url: str) -> str | None:
        """Why the file may not be taken, or None."""
        scheme = file.url.partition(":")[0]
        if scheme == "file" and page_url.startswith("file:"):
            return None
        if scheme not in ("https", "http"):
            return f"a remote page's {scheme}: link is not followed" if scheme else "no URL"
        if _is_downgrade(file.url, page_url) and strongest(file.hashes) is None:
            return "an http: link on an https: page that gives no hash to know it by"
        return None if self.owns(file.url) else self._foreign(file, page_url)

    def _foreign(self, file: File, page_url: str) -> str | None:
        if self._strict:
            return f"{redacted(file.url)} is on no file host of this repository"
        if strongest(file.hashes) is not None:
            return None
        if web_origin(file.url) != web_origin(page_url):
            return "on another web origin than its page, which gives no hash to know it by"
        if self._is_anothers(file.url):
            return "in another repository than its page, which gives no hash to know it by"
        return None

    def _is_anothers(self, url: str) -> bool:
        """Whether it lies in another repository: of roots within roots, the innermost counts."""
        if not self._foreign_roots:
            return False
        own = max((len(root) for root in self._own_roots if is_below(url, root)), default=0)
        foreign = max((len(root) for root in self._foreign_roots if is_below(url, root)), default=0)
        return foreign > own

    def owns(self, url: str) -> bool:
        """Whether a URL is the group's own place, or one that it is known to keep files at."""
        origin = web_origin(url)
        if origin in self._origins:
            return not self._is_anothers(url)
        return any(_lies_at(url, host) for host in self._hosts)


def file_hosts_of(group: RepositoryGroup) -> tuple[FileHost, ...]:
    """Where the group keeps files beyond its own addresses: the user's words, and the table's."""
    known = [KNOWN_HOSTS.get(web_origin(mirror.url)) for mirror in group.mirrors]
    return (*group.file_hosts, *(host for each in known if each for host in each.file_hosts))


def _lies_at(url: str, host: FileHost) -> bool:
    scheme, name, port = host.origin
    root = f"{scheme}://{name}:{port}{host.path}"
    return web_origin(url) == host.origin and (host.path == "/" or is_below(url, root))


def _is_downgrade(url: str, page_url: str) -> bool:
    return url.startswith("http:") and page_url.startswith("https:")
