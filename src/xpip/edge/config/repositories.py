"""Options and variables that name repositories → groups, each knowing where it was declared.

Option over variable over default. Credentials are taken out of URLs here, at once, and bound to
their web origin: no other part of xpip sees a URL that holds one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec import Struct

from xpip.core.facts import Layout, Repository
from xpip.core.policy import Credentials, RepositoryGroup
from xpip.core.urls import is_loopback, joined, redacted, web_origin
from xpip.edge.config.options import Options
from xpip.errors import Reason, UsageError

DEFAULT_INDEX = "https://pypi.org/simple/"

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?/")
_FALSE = frozenset({"", "0", "false", "no", "off"})


class DeclaredGroups(Struct, frozen=True, kw_only=True):
    """The groups in use, and what logs in to them."""

    groups: tuple[RepositoryGroup, ...]
    credentials: tuple[Credentials, ...]


def declared_groups(options: Options, *, environ: Mapping[str, str], cwd: Path) -> DeclaredGroups:
    """The repositories that options and variables name, or PyPI.

    Raises:
        UsageError: a repository's URL or directory is not usable.
    """
    declared = [
        *_declared_links(options, environ),
        *(() if _no_index(options, environ) else _declared_indexes(options, environ)),
    ]
    groups: dict[Repository, RepositoryGroup] = {}
    credentials: list[Credentials] = []
    for each in declared:
        url, login = _address(each, cwd)
        _check_secure(url, each, options.trusted_hosts)
        repository = Repository(url=url, layout=each.layout)
        group = RepositoryGroup(name=_name(url), mirrors=(repository,), declared_at=each.where)
        groups.setdefault(repository, group)
        if login is not None:
            _check_one_login(login, credentials, each)
            credentials.append(login)
    return DeclaredGroups(groups=tuple(groups.values()), credentials=tuple(credentials))


def _check_one_login(
    login: Credentials, others: Sequence[Credentials], declared: _Declared
) -> None:
    if any(other.origin == login.origin and other != login for other in others):
        scheme, host, port = login.origin
        raise UsageError(
            f"Two logins are given for {scheme}://{host}:{port}, and only one can be sent",
            reference=Reason.USAGE,
            context=[declared.where],
        )


class _Declared(Struct, frozen=True, kw_only=True):
    text: str
    where: str
    layout: Layout = Layout.SIMPLE


def _declared_indexes(options: Options, environ: Mapping[str, str]) -> list[_Declared]:
    if options.index_url:
        first = _Declared(text=options.index_url, where="--index-url")
    elif environ.get("XPIP_INDEX_URL"):
        first = _Declared(text=environ["XPIP_INDEX_URL"], where="XPIP_INDEX_URL")
    else:
        first = _Declared(text=DEFAULT_INDEX, where="default")
    extra = _several(options.extra_index_urls, "--extra-index-url", environ, "XPIP_EXTRA_INDEX_URL")
    return [first, *(_Declared(text=text, where=where) for text, where in extra)]


def _declared_links(options: Options, environ: Mapping[str, str]) -> list[_Declared]:
    links = _several(options.find_links, "--find-links", environ, "XPIP_FIND_LINKS")
    return [_Declared(text=text, where=where, layout=Layout.FLAT) for text, where in links]


def _several(
    given: Sequence[str], option: str, environ: Mapping[str, str], variable: str
) -> list[tuple[str, str]]:
    if given:
        return [(text, option) for text in given]
    return [(text, variable) for text in environ.get(variable, "").split()]


def _no_index(options: Options, environ: Mapping[str, str]) -> bool:
    return options.no_index or environ.get("XPIP_NO_INDEX", "").lower() not in _FALSE


def _address(declared: _Declared, cwd: Path) -> tuple[str, Credentials | None]:
    text = declared.text
    if "\0" in text:
        raise _no_address(declared)
    if not _SCHEME.match(text):
        return _local_address(cwd / os.path.expanduser(text), declared), None
    parts = urlsplit(joined("", text))
    if parts.scheme == "file" and parts.hostname in (None, "localhost"):
        return _local_address(cwd / unquote(parts.path), declared), None
    # A query would come to stand before the project's name, and may be a secret.
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
        raise _no_address(declared)
    clean = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    if parts.username is None:
        return clean, None
    return clean, Credentials(
        origin=web_origin(clean),
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def _no_address(declared: _Declared) -> UsageError:
    # Without slashes, what comes before an @ is not told from a path, and would be shown.
    shown = redacted(declared.text) if "://" in declared.text else "This"
    return UsageError(
        f"{shown} is no address of a repository",
        reference=Reason.USAGE,
        context=[declared.where],
        hint="Give an https:// URL, or a directory.",
    )


def _local_address(path: Path, declared: _Declared) -> str:
    # Not `exists` of `Path`, which has an error of its own for what is too long.
    if not os.path.exists(path):
        raise UsageError(
            f"There is no {path}",
            reference=Reason.USAGE,
            context=[f"{declared.where} {declared.text}"],
            hint=f"Did you mean https://{declared.text}?" if _HOST.match(declared.text) else None,
        )
    url = path.absolute().as_uri()
    return f"{url}/" if path.is_dir() else url


def _check_secure(url: str, declared: _Declared, trusted: Collection[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return
    if parts.hostname in trusted or parts.netloc in trusted:
        return
    raise UsageError(
        f"{redacted(url)} is not encrypted: anyone on the way can change what it says",
        reference=Reason.INSECURE_REPOSITORY,
        context=[declared.where],
        hint=f"Use https://, or allow it with --trusted-host {parts.netloc}.",
    )


def _name(url: str) -> str:
    if url == DEFAULT_INDEX:
        return "pypi"
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else f"{parts.netloc}{parts.path}"
