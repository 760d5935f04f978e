"""`xpip map init`: a first mapping file, to learn from or out of what is in use."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.facts import InstalledDistribution
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.map_drafts.drafts import write_draft
from xpip.core.map_drafts.observed import Observed, observed_draft
from xpip.core.map_drafts.starter import starter_map
from xpip.core.urls import canonical_root, joined, redacted, web_origin
from xpip.edge.config.repositories import DEFAULT_INDEX
from xpip.edge.environment import consulted_environment
from xpip.edge.installed import SitePackages
from xpip.edge.locked_origins import locked_projects
from xpip.edge.new_file import check_free
from xpip.errors import Reason, UsageError
from xpip.operations.maps.proposing import Proposed, load_text, write_proposal
from xpip.operations.surroundings import Surroundings

_UNRECORDED = "xpip did not install them, and nothing records where they came from"
_NO_INDEX = "the lock file does not say which index they came from"
_DIRECT = "they are direct references"
_UNNAMEABLE = "they came from a page of links, or an address that no mapping file names"


class Starting(Struct, frozen=True, kw_only=True):
    """What `xpip map init` was told.

    Attributes:
        output: the file to write; None for none.
        opened: the repository that every other name may come from.
    """

    output: str | None = "xpip.toml"
    force: bool = False
    from_env: bool = False
    python: str | None = None
    from_lock: str | None = None
    opened: str | None = None


def start_map(told: Starting, around: Surroundings) -> Proposed:
    """Propose a first mapping file.

    Raises:
        UsageError: the file is there already, or what it is made from cannot be read.
    """
    if told.output is not None:
        check_free(around.cwd / told.output, force=told.force)
    if told.from_env:
        proposed = _minimal(_installed(told, around), told)
    elif told.from_lock is not None:
        proposed = _minimal(_locked(told.from_lock, around), told)
    else:
        proposed = Proposed(text=starter_map(DEFAULT_INDEX))
    load_text(proposed.text, around)
    return write_proposal(proposed, told.output, around, force=told.force)


def _minimal(observed: Observed, told: Starting) -> Proposed:
    if not observed.origins:
        raise UsageError(
            f"Nothing in {observed.source} says where it came from, so there is no map to make",
            reference=Reason.USAGE,
            context=_counted(observed.unknown.values()),
            hint="`xpip map init` alone writes a file to start from.",
        )
    draft = observed_draft(observed, public=DEFAULT_INDEX, opened=told.opened)
    return Proposed(text=write_draft(draft), unsaid=draft.unsaid, read=(observed.source,))


def _counted(reasons: Iterable[str]) -> list[str]:
    return [f"{number} of them: {why}" for why, number in Counter(reasons).items()]


def _installed(told: Starting, around: Surroundings) -> Observed:
    environment = consulted_environment(python=told.python, environ=around.environ, cwd=around.cwd)
    found = SitePackages(environment.visible_paths)
    origins: dict[NormalizedName, tuple[str, ...]] = {}
    unknown: dict[NormalizedName, str] = {}
    for each in found:
        if each.origin is None:
            unknown[each.project] = _UNRECORDED
            continue
        url = _recorded_url(each, around)
        if url is None:
            unknown[each.project] = _UNNAMEABLE
        else:
            origins[each.project] = (url,)
    return Observed(
        origins=origins, unknown=unknown, source=f"what is installed in {environment.prefix}"
    )


def _recorded_url(installed: InstalledDistribution, around: Surroundings) -> str | None:
    """The repository as a mapping file may have it; a page of links is none."""
    origin = installed.origin
    assert origin is not None
    url = _nameable(origin.repository, around)
    if url is None or not url.startswith("http"):
        return url
    return None if origin.page_url.rstrip("/") == origin.repository.rstrip("/") else url


def _locked(name: str, around: Surroundings) -> Observed:
    origins: dict[NormalizedName, list[str]] = {}
    unknown: dict[NormalizedName, str] = {}
    elsewhere: dict[str, None] = {}
    for each in locked_projects(around.cwd / name):
        url = _nameable(each.index, around) if each.index else None
        if url is not None:
            origins.setdefault(each.project, []).append(url)
            elsewhere |= dict.fromkeys(_elsewhere(url, each.file_urls))
        elif each.is_direct:
            unknown[each.project] = _DIRECT
        else:
            unknown[each.project] = _UNNAMEABLE if each.index else _NO_INDEX
    return Observed(
        origins={project: _distinct(urls) for project, urls in origins.items()},
        unknown=unknown,
        source=name,
        notes=tuple(elsewhere),
    )


def _elsewhere(url: str, file_urls: Iterable[str]) -> Iterator[str]:
    """What is to be said of files that lie where a mapping file does not let them lie yet."""
    if not url.startswith("http"):
        return
    known = KNOWN_HOSTS.get(web_origin(url))
    own = {web_origin(url), *(host.origin for host in (known.file_hosts if known else ()))}
    places = {web_origin(joined("", each)) for each in file_urls} - own
    for scheme, host, port in sorted(places, key=str):
        where = host if (scheme, port) == ("https", 443) else f"{scheme}://{host}:{port}"
        if host:
            yield (
                f"files of {url} lie at {where} by the lock: if that is a host of this repository,"
                f' its `file-hosts = ["{where}"]` lets them in; else they are refused'
            )


def _distinct(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple({canonical_root(url): url for url in urls}.values())


def _nameable(url: str, around: Surroundings) -> str | None:
    """The URL without credentials; None where no mapping file can name such a place."""
    try:
        scheme, host, _ = web_origin(url)
    except ValueError:
        return None
    parts = urlsplit(url)
    if scheme == "file":
        return _directory(Path(unquote(parts.path)), around)
    if scheme not in ("https", "http") or not host or parts.query or parts.fragment:
        return None
    return canonical_root(redacted(url))


def _directory(path: Path, around: Surroundings) -> str | None:
    if path.suffix.lower() in {".html", ".htm"}:
        return None
    if path.is_relative_to(around.cwd):
        return f"./{path.relative_to(around.cwd).as_posix()}"
    return os.path.normpath(path)
