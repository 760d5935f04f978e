"""Options, variables and files → the policy, with every value knowing where it was declared.

    options       what the command line said
    repositories  which repositories are in use, and what logs in to them
    maps          where mapping files are found
    layers        which of them a run has
    combining     what they extend, and what is enforced beside them
    enforced      what options may not loosen
    file_options  options of requirements files
    map_writing   a mapping file, written whole or not at all

No other tool's configuration is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from xpip.core.durations import point_in_time
from xpip.core.names import canonicalize_name
from xpip.core.policy import (
    Credentials,
    IndexOrder,
    NameSet,
    Network,
    OriginChanges,
    Policy,
    RepositoryMap,
)
from xpip.core.reporting.notices import Notice
from xpip.core.urls import canonical_root
from xpip.edge.config.enforced import beside_enforced, check_not_loosened
from xpip.edge.config.layers import load_map
from xpip.edge.config.maps import Download
from xpip.edge.config.options import Options
from xpip.edge.config.repositories import DEFAULT_INDEX, DeclaredGroups, declared_groups
from xpip.errors import Reason, UsageError

_INDEX_VARIABLES = ("XPIP_INDEX_URL", "XPIP_EXTRA_INDEX_URL", "XPIP_FIND_LINKS", "XPIP_NO_INDEX")

__all__ = ["DEFAULT_INDEX", "Options", "Settings", "cache_directory", "configure", "network_of"]


class Settings(Struct, frozen=True, kw_only=True):
    """The policy, and what the edge alone may know."""

    policy: Policy
    credentials: tuple[Credentials, ...]
    network: Network
    cache_directory: Path | None = None
    """Where things are kept between runs; None where nothing is."""
    notices: tuple[Notice, ...] = ()


def configure(
    options: Options,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    now: datetime,
    download: Download | None = None,
) -> Settings:
    """Make the policy of this run.

    Args:
        options: what the command line said.
        environ: environment variables.
        cwd: the working directory.
        now: what ages such as `7d` count from.
        download: what fetches mapping files that others extend by URL.

    Raises:
        UsageError: an option, a repository or the mapping file is not usable.
    """
    _check_consistent(options)
    mapping = load_map(
        options.map_file,
        environ=environ,
        cwd=cwd,
        now=now,
        no_map=options.no_map,
        download=download,
    )
    mapping, declared = _declared(mapping, options, environ, cwd)
    policy = Policy(
        groups=declared.groups,
        map=mapping,
        order=IndexOrder(options.index_order),
        unsafe_merge=frozenset(map(canonicalize_name, options.unsafe_merge)),
        hashes_required=options.require_hashes,
        prereleases=options.prereleases,
        prefer_binary=options.prefer_binary,
        only_binary=_names(options.only_binary),
        no_binary=_names(options.no_binary),
        cutoff=_cutoff(options.uploaded_prior_to, now),
        no_upload_time_allowed=options.allow_no_upload_time,
        local_first=options.local_first,
        ignore_unreached=options.ignore_unreached,
        unsafe_skip=_skipped(options.unsafe_skip_unavailable, declared),
        race_mirrors=options.race_mirrors,
        origin_changes=_origin_changes(options.allow_origin_change),
    )
    check_not_loosened(policy)
    return Settings(
        policy=policy,
        credentials=declared.credentials,
        network=network_of(options, environ),
        cache_directory=cache_directory(options, environ, cwd),
        notices=(*_given_way(mapping, environ), *_still_enforced(mapping, options)),
    )


def cache_directory(options: Options, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """An option over a variable over the user's own place; none where nothing is to be kept."""
    if options.no_cache:
        return None
    named = options.cache_dir or environ.get("XPIP_CACHE_DIR")
    if named:
        return cwd / Path(named).expanduser()
    home = environ.get("XDG_CACHE_HOME") or _home_cache(environ)
    # XDG Base Directory Specification: one that is not absolute does not count.
    return Path(home, "xpip") if home and Path(home).is_absolute() else None


def _home_cache(environ: Mapping[str, str]) -> str | None:
    if os.name == "nt":
        return environ.get("LOCALAPPDATA")
    home = environ.get("HOME")
    return os.path.join(home, ".cache") if home else None


def network_of(options: Options, environ: Mapping[str, str]) -> Network:
    """How servers are reached in this run."""
    return Network(
        retries=options.retries,
        timeout=options.timeout,
        proxy=options.proxy,
        # Not left to OpenSSL: where the system's own store is asked, it reads no variable.
        ca_file=options.cert or environ.get("SSL_CERT_FILE") or environ.get("REQUESTS_CA_BUNDLE"),
        client_certificate=options.client_cert,
        offline=options.offline,
        refresh=NameSet(
            everything=options.refresh or ":all:" in options.refresh_packages,
            names=frozenset(map(canonicalize_name, options.refresh_packages)),
        ),
    )


def _declared(
    mapping: RepositoryMap | None, options: Options, environ: Mapping[str, str], cwd: Path
) -> tuple[RepositoryMap | None, DeclaredGroups]:
    """The map and the repositories in use, where a file, options, or both say which."""
    if mapping is not None and mapping.open_groups is None:
        return mapping, _under_map(mapping, options, environ, cwd)
    declared = declared_groups(options, environ=environ, cwd=cwd)
    if mapping is not None:
        return beside_enforced(mapping, declared, require_rule=options.require_rule)
    return (_empty_map() if options.require_rule else None), declared


def _under_map(
    mapping: RepositoryMap, options: Options, environ: Mapping[str, str], cwd: Path
) -> DeclaredGroups:
    """The map's own groups; an option may only repeat one of them (and log in to it)."""
    named = [options.index_url, *options.extra_index_urls, *options.find_links]
    if options.no_index:
        raise UsageError(
            "--no-index has no meaning under a mapping file, which says who is asked",
            reference=Reason.USAGE,
            context=[mapping.source],
            hint="Leave the file aside with --no-map.",
        )
    if not any(named):
        return DeclaredGroups(groups=mapping.groups, credentials=())
    declared = declared_groups(options, environ={}, cwd=cwd)
    known = {mirror.url for group in mapping.groups for mirror in group.mirrors}
    for group in declared.groups:
        if group.declared_at != "default" and canonical_root(group.canonical.url) not in known:
            raise UsageError(
                f"{group.canonical.url} is none of the mapping file's repositories",
                reference=Reason.USAGE,
                context=[group.declared_at, mapping.source],
                hint="Add it to the mapping file, or leave the file aside with --no-map.",
            )
    return DeclaredGroups(groups=mapping.groups, credentials=declared.credentials)


def _check_consistent(options: Options) -> None:
    if options.no_map and (options.map_file or options.require_rule):
        raise UsageError("--no-map excludes --map and --require-rule", reference=Reason.USAGE)


def _given_way(mapping: RepositoryMap | None, environ: Mapping[str, str]) -> tuple[Notice, ...]:
    """Variables that say who is asked, where a mapping file says it."""
    names = [name for name in _INDEX_VARIABLES if environ.get(name)]
    if mapping is None or mapping.open_groups is not None or not names:
        return ()
    text = f"{', '.join(names)} gives way to {mapping.source}"
    return (Notice(code="variable-ignored", text=text),)


def _still_enforced(mapping: RepositoryMap | None, options: Options) -> tuple[Notice, ...]:
    if mapping is None or not options.no_map:
        return ()
    sources = ", ".join(layer.source for layer in mapping.enforced)
    return (Notice(code="enforced-rules", text=f"rules of {sources} hold under --no-map too"),)


def _empty_map() -> RepositoryMap:
    return RepositoryMap(source="no mapping file (--require-rule)", groups=(), rules=(), digest="")


def _cutoff(text: str | None, now: datetime) -> datetime | None:
    try:
        return point_in_time(text, now) if text else None
    except ValueError as error:
        raise UsageError(
            str(error), reference=Reason.USAGE, context=["--uploaded-prior-to"]
        ) from None


def _skipped(urls: Sequence[str], declared: DeclaredGroups) -> frozenset[str]:
    known = {mirror.url.rstrip("/"): mirror.url for g in declared.groups for mirror in g.mirrors}
    for url in urls:
        if url.rstrip("/") not in known:
            raise UsageError(
                "--unsafe-skip-unavailable names no repository of this run",
                reference=Reason.USAGE,
                context=sorted(known.values()),
            )
    return frozenset(known[url.rstrip("/")] for url in urls)


def _origin_changes(values: Sequence[str]) -> OriginChanges:
    moves = [value.partition("=") for value in values if "://" in value]
    return OriginChanges(
        projects=_names([value for value in values if "://" not in value]),
        moves=frozenset((old, new) for old, _, new in moves),
    )


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
