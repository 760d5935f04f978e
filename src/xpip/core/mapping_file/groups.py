"""The `[repositories]` of a mapping file → repository groups."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from xpip.core.facts import Repository
from xpip.core.mapping_file.source import Context, refuse_later
from xpip.core.policy import ABSENT_STATUS, Auth, FileHost, RepositoryGroup
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.urls import canonical_root, is_loopback, quoted_path, web_origin

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NEVER_ABSENT = frozenset({401, 407, 408, 429})
_LATER = ("format", "enforced")


class GroupReader:
    """Reads groups one by one, and knows those that it has read by their names in lower case."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._source = context.source
        self.groups: dict[str, RepositoryGroup] = {}

    def add(self, name: str, value: Any) -> None:
        """Read one group.

        Raises:
            Invalid: with its key path.
        """
        path = f"repositories.{name}"
        if not _NAME.fullmatch(name):
            raise Invalid(path, "a repository's name has letters, digits, '-' and '_' only")
        if name.lower() in self.groups:
            raise Invalid(path, "is there twice; names are compared without case")
        table = StrictTable({"urls": value} if isinstance(value, list) else value, path)
        group = self._group(name, table)
        for other in self.groups.values():
            if other.canonical.url == group.canonical.url:
                raise Invalid(path, f"has the same canonical URL as {other.name}")
        self.groups[name.lower()] = group

    def _group(self, name: str, table: StrictTable) -> RepositoryGroup:
        refuse_later(table, _LATER)
        auth = Auth(table.take_word("auth", ("optional", "required", "never")))
        insecure = table.take("insecure", bool, False)
        urls = table.take_strings("urls")
        if not urls:
            raise Invalid(table.at("urls"), "at least one URL is needed")
        mirrors = tuple(
            Repository(url=self._url(url, f"{table.at('urls')}[{number}]", insecure=insecure))
            for number, url in enumerate(urls)
        )
        group = RepositoryGroup(
            name=name,
            mirrors=mirrors,
            declared_at=f"{self._source.path} {table.path}",
            auth=auth,
            file_hosts=tuple(_file_hosts(table)),
            absent_status=_absent_status(table, auth),
            trust_tracks=table.take("trust-tracks", bool, True),
            exclusive=table.take_word("local", ("merge", "exclusive")) == "exclusive",
        )
        table.finish()
        return group

    def _url(self, text: str, path: str, *, insecure: bool) -> str:
        parts = urlsplit(text)
        if "$" in parts.netloc or "$" in parts.scheme:
            raise Invalid(path, "variables may stand in a URL's path only")
        text = _VARIABLE.sub(lambda found: self._variable(found[1], path), text)
        parts = urlsplit(text)
        if parts.scheme in ("https", "http"):
            if parts.query or parts.fragment:
                raise Invalid(path, "is a repository's root, and has no query or fragment")
            if "@" in parts.netloc:
                raise Invalid(path, "holds a user name or password; see xpip help repositories")
            if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname or ""):
                raise Invalid(path, "is not encrypted; `insecure = true` allows it")
            return canonical_root(text)
        if parts.scheme not in ("", "file"):
            raise Invalid(path, f"{parts.scheme}: is not how a repository is asked")
        local = parts.path if parts.scheme == "file" else quoted_path(text)
        return (
            "file://"
            + posixpath.normpath(posixpath.join(quoted_path(self._source.directory), local))
            + "/"
        )

    def _variable(self, name: str, path: str) -> str:
        if self._source.discovered and not name.startswith("XPIP_MAP_"):
            # A checkout's own map may not read what else is in the environment.
            raise Invalid(path, f"may name variables that begin with XPIP_MAP_ only, not {name}")
        if name not in self._context.variables:
            raise Invalid(path, f"the variable {name} is not set")
        return self._context.variables[name]


def _file_hosts(table: StrictTable) -> Iterator[FileHost]:
    for number, text in enumerate(table.take_strings("file-hosts")):
        url = text if "://" in text else f"https://{text}"
        parts = urlsplit(url)
        if not parts.hostname or "@" in parts.netloc or parts.scheme not in ("https", "http"):
            raise Invalid(
                f"{table.at('file-hosts')}[{number}]", "must be [scheme://]host[:port][/path]"
            )
        yield FileHost(origin=web_origin(url), path=parts.path or "/")


def _absent_status(table: StrictTable, auth: Auth) -> frozenset[int]:
    statuses = set()
    for path, status in table.take_items("absent-status"):
        allowed = isinstance(status, int) and 400 <= status < 500 and status not in _NEVER_ABSENT
        if not allowed:
            raise Invalid(path, "must be a 4xx status that says nothing of credentials or load")
        if status == 403 and auth is Auth.REQUIRED:
            raise Invalid(path, '403 cannot mean absent where `auth = "required"`')
        statuses.add(status)
    return frozenset(statuses) or ABSENT_STATUS
