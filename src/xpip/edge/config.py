"""Options and variables → the policy, with every value knowing where it was declared.

Option over variable over default. Credentials are taken out of URLs here, at once, and bound
to their web origin: no other part of xpip sees a URL that holds one. No other tool's
configuration is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from xpip.core.facts import Layout, Repository
from xpip.core.policy import Credentials, NameSet, Policy, RepositoryGroup
from xpip.core.urls import joined, redacted, web_origin
from xpip.errors import Reason, UsageError

DEFAULT_INDEX = "https://pypi.org/simple/"

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said; None and empty mean that it said nothing."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    trusted_hosts: tuple[str, ...] = ()
    unsafe_merge: tuple[str, ...] = ()
    prereleases: bool = False
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    retries: int = 3
    timeout: float = 30.0
    proxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The policy, and what the edge alone may know."""

    policy: Policy
    credentials: tuple[Credentials, ...]


def configure(options: Options, *, environ: Mapping[str, str], cwd: Path) -> Settings:
    """Make the policy of this run.

    Raises:
        UsageError: a repository's URL or directory is not usable.
    """
    declared = [
        *_declared_links(options, environ),
        *(() if _no_index(options, environ) else _declared_indexes(options, environ)),
    ]
    groups: dict[str, RepositoryGroup] = {}
    credentials: list[Credentials] = []
    for each in declared:
        url, login = _address(each, cwd)
        _check_secure(url, each, options.trusted_hosts)
        repository = Repository(url=url, layout=each.layout)
        group = RepositoryGroup(name=_name(url), mirrors=(repository,), declared_at=each.where)
        groups.setdefault(url, group)
        credentials += [login] if login else []
    policy = Policy(
        groups=tuple(groups.values()),
        unsafe_merge=frozenset(map(canonicalize_name, options.unsafe_merge)),
        prereleases=options.prereleases,
        only_binary=_names(options.only_binary),
        no_binary=_names(options.no_binary),
    )
    return Settings(policy=policy, credentials=tuple(credentials))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
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
    if not _SCHEME.match(text):
        return _local_address(cwd / Path(text).expanduser(), declared), None
    parts = urlsplit(joined("", text))
    if parts.scheme == "file":
        return _local_address(Path(unquote(parts.path)), declared), None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UsageError(
            f"{redacted(text)} is no address of a repository",
            reference=Reason.USAGE,
            context=[declared.where],
            hint="Give an https:// URL, or a directory.",
        )
    clean = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    if parts.username is None:
        return clean, None
    return clean, Credentials(
        origin=web_origin(clean),
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def _local_address(path: Path, declared: _Declared) -> str:
    if not path.exists():
        raise UsageError(
            f"There is no {path}",
            reference=Reason.USAGE,
            context=[f"{declared.where} {declared.text}"],
        )
    url = path.absolute().as_uri()
    return f"{url}/" if path.is_dir() else url


def _check_secure(url: str, declared: _Declared, trusted: Collection[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme != "http" or _is_loopback(parts.hostname or ""):
        return
    if parts.hostname in trusted or parts.netloc in trusted:
        return
    raise UsageError(
        f"{redacted(url)} is not encrypted: anyone on the way can change what it says",
        reference=Reason.INSECURE_REPOSITORY,
        context=[declared.where],
        hint=f"Use https://, or allow it with --trusted-host {parts.netloc}.",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _name(url: str) -> str:
    if url == DEFAULT_INDEX:
        return "pypi"
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else f"{parts.netloc}{parts.path}"


def _names(values: Sequence[str]) -> NameSet:
    """`:all:`, `:none:` or names, also with commas between them; later values add, as in pip."""
    everything, names = False, set[str]()
    for value in ",".join(values).split(","):
        match value.strip():
            case "":
                continue
            case ":all:":
                everything = True
            case ":none:":
                everything = False
                names.clear()
            case name:
                names.add(canonicalize_name(name))
    return NameSet(everything=everything, names=frozenset(map(canonicalize_name, names)))
