"""Where the files of a lock lie: which URLs and paths it may name, and what they are as URLs.

A lock on this machine may name what lies on it. One that came over the network may not: its paths
stay below its own directory, and nothing of this machine is looked at because it says so.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from xpip.core.lockfile.document import InvalidLock
from xpip.core.urls import is_below, is_loopback, quoted_path, redacted, web_origin
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    from packaging.pylock import Package, Pylock

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_LONGEST = 8000


class LockSource(Struct, frozen=True, kw_only=True):
    """Where a lock file lies.

    Attributes:
        shown: the file as the user named it, without secrets.
        base: URL of its directory, with a slash at its end.
    """

    shown: str
    base: str

    @property
    def is_remote(self) -> bool:
        """Whether it came over the network."""
        return not self.base.startswith("file:")


def located(path: str | None, url: str | None, source: LockSource) -> str:
    """The URL of a file: a path counts before a URL (PEP 751).

    Both have been checked.
    """
    if not path:
        return (url or "").partition("#")[0]
    if source.is_remote:
        return urljoin(source.base, quoted_path(posixpath.normpath(path)))
    path = path.replace("\\", "/") if _DRIVE.match(path) else path
    if _DRIVE.match(path):
        return f"file:///{quoted_path(posixpath.normpath(path))}"
    root = urlsplit(source.base).path
    return "file://" + posixpath.normpath(posixpath.join(root, quoted_path(path)))


def check_addresses(pylock: Pylock, source: LockSource, trusted_hosts: Collection[str]) -> None:
    """Be sure that every address is one, and may be named by a lock that lies there.

    Raises:
        InvalidLock: one is not.
        UsageError: `insecure-repository`.
    """
    seen: set[str] = set()
    for number, package in enumerate(pylock.packages):
        for place, path, url in _addresses(package, f"packages[{number}]"):
            _check_directory(package, place, source)
            if path:
                _check_path(path, f"{place}.path", source)
            if url and not _is_like(url, seen):
                key = place if place.endswith(".index") else f"{place}.url"
                _check_url(url, key, source, trusted_hosts)
                if not place.endswith(".vcs"):
                    seen.add(_host_of(url))
        _check_subdirectories(package, f"packages[{number}]")


def _addresses(package: Package, place: str) -> Iterator[tuple[str, str | None, str | None]]:
    if package.index is not None:
        yield f"{place}.index", None, package.index
    if package.vcs is not None:
        yield f"{place}.vcs", package.vcs.path, package.vcs.url
    if package.directory is not None:
        yield f"{place}.directory", package.directory.path, None
    if package.archive is not None:
        yield f"{place}.archive", package.archive.path, package.archive.url
    if package.sdist is not None:
        yield f"{place}.sdist", package.sdist.path, package.sdist.url
    for number, wheel in enumerate(package.wheels or ()):
        yield f"{place}.wheels[{number}]", wheel.path, wheel.url


def _check_directory(package: Package, place: str, source: LockSource) -> None:
    is_local = package.directory or (package.vcs and package.vcs.path)
    if source.is_remote and is_local and not place.endswith(".index"):
        raise InvalidLock(place, "a lock of the network may name no directory of this machine")


def _check_path(path: str, place: str, source: LockSource) -> None:
    if _CONTROLS.search(path) or len(path) > _LONGEST:
        raise InvalidLock(place, "this is no path")
    if not source.is_remote:
        return
    escapes = path.startswith(("/", "\\", "~")) or ":" in path or "\\" in path
    if escapes or ".." in path.split("/"):
        raise InvalidLock(place, "a path in a lock of the network stays below its own directory")
    resolved = located(path, None, source)
    if not is_below(resolved, source.base):
        raise InvalidLock(place, "a path in a lock of the network stays below its own directory")


def _is_like(url: str, seen: Collection[str]) -> bool:
    """Whether another one of its host may be named: all that a lock lists lies on a few."""
    return _is_plain(url) and _host_of(url) in seen


def _host_of(url: str) -> str:
    """All of a URL that decides whether it may be named: what stands before its path."""
    return "/".join(url.split("/", 3)[:3])


def _is_plain(url: str) -> bool:
    return len(url) <= _LONGEST and url.isprintable() and " " not in url


def _check_url(url: str, place: str, source: LockSource, trusted_hosts: Collection[str]) -> None:
    parts = _split(url, place)
    scheme = parts.scheme
    if place.endswith(".vcs.url"):
        # Repositories have rules of their own; see `vcs_references`.
        if scheme == "file" and source.is_remote:
            raise InvalidLock(place, "a lock of the network may name nothing on this machine")
        return
    if scheme == "file" and not source.is_remote and parts.hostname in (None, "localhost"):
        return
    if scheme not in ("https", "http") or not parts.hostname:
        raise InvalidLock(place, f"{redacted(url)} is no https: URL")
    if "@" in parts.netloc:
        # It is not repeated: it may be a password.
        raise InvalidLock(
            place,
            "a URL in a lock may have no login",
            "Give logins to xpip itself: `xpip help repositories`, Logging in.",
        )
    host = parts.hostname
    if scheme == "http" and not (is_loopback(host) or {host, parts.netloc} & set(trusted_hosts)):
        raise UsageError(
            f"{redacted(url)} is not encrypted: anyone on the way can change what it says",
            reference=Reason.INSECURE_REPOSITORY,
            context=[f"{source.shown}: {place}"],
            hint=f"Lock from https://, or allow it with --trusted-host {host}.",
        )


def _split(url: str, place: str) -> SplitResult:
    if not _is_plain(url):
        raise InvalidLock(place, "this is no URL")
    try:
        parts = urlsplit(url)
        web_origin(url)
    except ValueError:
        raise InvalidLock(place, "this is no URL") from None
    return parts


def _check_subdirectories(package: Package, place: str) -> None:
    for key in ("vcs", "directory", "archive"):
        held = getattr(package, key)
        subdirectory = held.subdirectory if held is not None else None
        if subdirectory is None:
            continue
        leads_out = subdirectory.startswith(("/", "\\", "~")) or ".." in re.split(
            r"[/\\]", subdirectory
        )
        if leads_out or ":" in subdirectory or not subdirectory.isprintable():
            problem = "a subdirectory is a path below the root, without '..'"
            raise InvalidLock(f"{place}.{key}.subdirectory", problem)
