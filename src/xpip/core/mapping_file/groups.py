"""The `[repositories]` of a mapping file → repository groups."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct
from packaging.utils import canonicalize_name

from xpip.core.facts import Repository
from xpip.core.mapping_file.source import Context
from xpip.core.policy import ABSENT_STATUS, Auth, FileHost, PageFormat, RepositoryGroup
from xpip.core.strict_table import Invalid, StrictTable, one_listed
from xpip.core.urls import (
    canonical_project_url,
    canonical_root,
    is_loopback,
    quoted_path,
    web_origin,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_UNCLOSED = re.compile(r"\$\{[^}]*$")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_AMBIGUOUS = re.compile("[\u00df\u03c2\u1e9e\u200c\u200d]")
"""Letters whose host differs between the two standards of international names (RFC 5894, 7.2)."""
_NEVER_ABSENT = frozenset({401, 407, 408, 429})
_PAGE = canonicalize_name("x")
_KEYS = (
    *("urls", "enforced", "auth", "insecure", "file-hosts", "absent-status", "format"),
    *("trust-tracks", "local"),
)
_NOT_THERE = "variables may stand in a URL's path only"


class DeclaredGroup(Struct, frozen=True, kw_only=True):
    """A group, as one file declares it."""

    group: RepositoryGroup
    source: str
    enforced: bool = False


def page_of(repository: Repository) -> str:
    """What tells one root from another: URLs have several spellings, their pages have one."""
    return canonical_project_url(repository.project_url(_PAGE))


class GroupReader:
    """Reads groups one by one, and knows those that it has read by their names in lower case."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._source = context.source
        self._owners: dict[str, str] = {}
        self.groups: dict[str, DeclaredGroup] = {}

    def add(self, name: str, value: Any) -> None:
        """Read one group.

        Raises:
            Invalid: with its key path.
        """
        path = f"repositories.{name}"
        _check_name(name, path)
        if name.lower() in self.groups:
            raise Invalid(path, "is there twice; names are compared without case")
        if isinstance(value, str):
            raise Invalid(path, one_listed(name, value))
        table = StrictTable({"urls": value} if isinstance(value, list) else value, path)
        self.groups[name.lower()] = self._group(name, table)

    def _group(self, name: str, table: StrictTable) -> DeclaredGroup:
        table.only(_KEYS)
        enforced = table.take("enforced", bool, False)
        auth = Auth(table.take_word("auth", ("optional", "required", "never")))
        insecure = table.take("insecure", bool, False)
        mirrors = self._mirrors(name, table, insecure=insecure)
        group = RepositoryGroup(
            name=name,
            mirrors=mirrors,
            declared_at=f"{self._source.path} {table.path}",
            auth=auth,
            file_hosts=tuple(_file_hosts(table)),
            absent_status=_absent_status(table, auth),
            page_format=PageFormat(table.take_word("format", ("auto", "json", "html"))),
            trust_tracks=table.take("trust-tracks", bool, True),
            exclusive=table.take_word("local", ("merge", "exclusive")) == "exclusive",
            discovered=self._source.discovered,
        )
        table.finish()
        if group.exclusive and not group.is_local:
            raise Invalid(table.at("local"), "is for directories; this repository is a server")
        return DeclaredGroup(group=group, source=self._source.path, enforced=enforced)

    def _mirrors(self, name: str, table: StrictTable, *, insecure: bool) -> tuple[Repository, ...]:
        mirrors: list[Repository] = []
        for number, text in enumerate(table.take_strings("urls")):
            path = f"{table.at('urls')}[{number}]"
            mirror = Repository(url=self._url(text, path, insecure=insecure))
            owner = self._owners.setdefault(page_of(mirror), name)
            if owner != name:
                raise Invalid(path, f"is a URL of {owner} too; one repository has one name")
            mirrors.append(mirror)
        if not mirrors:
            raise Invalid(table.at("urls"), "at least one URL is needed")
        if len({mirror.is_local for mirror in mirrors}) > 1:
            raise Invalid(table.at("urls"), "a directory and a URL are no mirrors of one another")
        return tuple(mirrors)

    def _url(self, text: str, path: str, *, insecure: bool) -> str:
        written = _split(text, path)
        if "$" in written.netloc:
            raise Invalid(path, _NOT_THERE)
        if _UNCLOSED.search(text):
            raise Invalid(path, "has a `${` without its `}`")
        text = _VARIABLE.sub(lambda found: self._variable(found[1], path), text)
        parts = _split(text, path)
        if parts[:2] != written[:2]:
            raise Invalid(path, _NOT_THERE)
        if parts.scheme in ("https", "http"):
            _check_remote(parts, path, insecure=insecure)
            return canonical_root(text)
        if parts.scheme not in ("", "file"):
            raise Invalid(path, f"{parts.scheme}: is not how a repository is asked")
        local = _local(text, parts, path)
        if self._source.directory is None:
            raise Invalid(path, "is a directory, which a file from a URL may not name")
        directory = posixpath.join(quoted_path(self._source.directory), local)
        return f"file://{posixpath.normpath(directory)}/"

    def _variable(self, name: str, path: str) -> str:
        if self._source.discovered and not name.startswith("XPIP_MAP_"):
            # A checkout's own map may not read what else is in the environment.
            raise Invalid(path, f"may name variables that begin with XPIP_MAP_ only, not {name}")
        if name not in self._context.variables:
            raise Invalid(path, f"the variable {name} is not set")
        return self._context.variables[name]


def _check_name(name: str, path: str) -> None:
    if not _NAME.fullmatch(name):
        raise Invalid(path, "a repository's name has letters, digits, '-' and '_' only")
    if re.split("[-_]", name.lower())[0] == "map":
        # A discovered map may read XPIP_MAP_*: no such variable may hold a password.
        raise Invalid(path, "may not be called `map` or `map-...`: XPIP_MAP_* is for `${NAME}`")


def _split(text: str, path: str) -> SplitResult:
    try:
        web_origin(text)
        if not text.isprintable():
            raise ValueError("urlsplit passes over line ends, and a file system stops at a NUL")
        return urlsplit(text)
    except ValueError:
        # Its text is not shown: what looks like a port may be a password.
        raise Invalid(path, "is not a URL: its host or port cannot be read") from None


def _check_remote(parts: SplitResult, path: str, *, insecure: bool) -> None:
    if not parts.hostname:
        raise Invalid(path, "has no host")
    if parts.query or parts.fragment:
        raise Invalid(path, "is a repository's root, and has no query or fragment")
    if "@" in parts.netloc:
        raise Invalid(path, "holds a user name or password; see xpip help repositories")
    _check_host(parts, path)
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        raise Invalid(path, "is not encrypted; `insecure = true` allows it")


def _check_host(parts: SplitResult, path: str) -> None:
    if _AMBIGUOUS.search(parts.netloc):
        raise Invalid(path, "has a host that programs read in two ways: write it as xn--…")
    host = urlsplit(canonical_root(parts.geturl())).netloc.rpartition("@")[2]
    if not _HOST.fullmatch(re.sub(r":\d+$", "", host)):
        raise Invalid(path, "is not a URL: its host has characters that no host has")


def _local(text: str, parts: SplitResult, path: str) -> str:
    if parts.netloc and (parts.scheme, parts.netloc) != ("file", "localhost"):
        raise Invalid(path, "names another machine; a directory is of this one")
    if parts.scheme == "file" and (parts.query or parts.fragment):
        raise Invalid(path, "is a directory, and has no query or fragment")
    local = parts.path if parts.scheme == "file" else quoted_path(text)
    if not local:
        raise Invalid(path, "is empty; '.' is this file's own directory")
    return local


def _file_hosts(table: StrictTable) -> Iterator[FileHost]:
    for number, text in enumerate(table.take_strings("file-hosts")):
        path = f"{table.at('file-hosts')}[{number}]"
        url = text if "://" in text else f"https://{text}"
        parts = _split(url, path)
        plain = not (parts.query or parts.fragment or "@" in parts.netloc)
        if not parts.hostname or not plain or parts.scheme not in ("https", "http"):
            raise Invalid(path, "must be [scheme://]host[:port][/path]")
        if "$" in url:
            raise Invalid(path, "holds a variable, which only `urls` may")
        _check_host(parts, path)
        yield FileHost(origin=web_origin(url), path=parts.path or "/")


def _absent_status(table: StrictTable, auth: Auth) -> frozenset[int]:
    if "absent-status" not in table:
        return ABSENT_STATUS
    statuses = set()
    for path, status in table.take_items("absent-status"):
        allowed = isinstance(status, int) and 400 <= status < 500 and status not in _NEVER_ABSENT
        if not allowed:
            raise Invalid(path, "must be a 4xx status that says nothing of credentials or load")
        if status == 403 and auth is Auth.REQUIRED:
            raise Invalid(path, '403 cannot mean absent where `auth = "required"`')
        statuses.add(status)
    if not statuses:
        raise Invalid(table.at("absent-status"), "at least one status is needed")
    return frozenset(statuses)
