"""URLs of other tools → what a mapping file may have in their place.

Credentials go at once. What a mapping file cannot name (pages of links, hosts out of variables,
queries) has a problem in a URL's place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from xpip.core.map_drafts.readings import ForeignIndex
from xpip.core.urls import is_loopback, redacted, web_origin
from xpip.edge.foreign_settings.places import Setting

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_PREFIX = "XPIP_MAP_"
_UNSHOWABLE = "(not shown: what comes before an @ may be a password)"


class Addresses:
    """Makes indexes of what one tool's settings name.

    Args:
        setting: where paths start.
        trusted: hosts for which the tool takes plain http; None for all of them.
    """

    def __init__(self, setting: Setting, *, trusted: Collection[str] | None = None) -> None:
        self._setting = setting
        self._trusted = trusted

    def index(
        self,
        text: str,
        place: str,
        *,
        directory: Path | None = None,
        flat: bool = False,
        **more: Any,
    ) -> ForeignIndex:
        """One index.

        Args:
            text: URL or path, as written.
            place: where it is written.
            directory: where a relative path starts, if not in the working directory.
            flat: whether it is a directory of files, or a page of links to them.
            more: further fields of the index.
        """
        more.setdefault("name", None)
        base = directory or self._setting.cwd
        if not _SCHEME.match(text) or re.match(r"[A-Za-z]:[\\/]", text):
            return self._local(text, place, base, more)
        try:
            web_origin(_VARIABLE.sub("v", text))
            parts = urlsplit(text)
        except ValueError:
            return _impossible("(not a URL)", place, "is not a URL", more)
        if parts.scheme == "file":
            path = parts.path if not parts.netloc else f"/{parts.path.lstrip('/')}"
            return self._local(unquote(path), place, base, more)
        return self._remote(parts, place, flat=flat, more=more)

    def _local(self, text: str, place: str, base: Path, more: dict[str, Any]) -> ForeignIndex:
        if (
            text.startswith("//")
            or "\0" in text
            or ("@" in text and not text.startswith(("/", ".")))
        ):
            return _impossible(_UNSHOWABLE, place, "is neither a URL nor a directory", more)
        if "$" in text:
            problem = "a variable in a directory is for you to write: ${XPIP_MAP_...}"
            return _impossible(text, place, problem, more)
        path = Path(os.path.normpath(base / os.path.expanduser(text)))
        if path.suffix.lower() in {".html", ".htm"} or os.path.isfile(path):
            problem = "a page of links is no repository that a mapping file can name"
            return _impossible(text, place, problem, more)
        if path.is_relative_to(self._setting.cwd):
            relative = path.relative_to(self._setting.cwd).as_posix()
            return ForeignIndex(url=f"./{relative}", shown=f"./{relative}", place=place, **more)
        return ForeignIndex(url=path.as_posix(), shown=path.as_posix(), place=place, **more)

    def _remote(
        self, parts: SplitResult, place: str, *, flat: bool, more: dict[str, Any]
    ) -> ForeignIndex:
        host = parts.netloc.rpartition("@")[2]
        clean = urlunsplit(parts._replace(netloc=host, fragment=""))
        # Without slashes, what comes before an @ is not told from a path.
        shown = redacted(clean) if parts.netloc else _UNSHOWABLE
        problem = _problem(parts, host, flat=flat) or self._insecure(parts)
        if problem:
            return _impossible(shown, place, problem, more)
        renamed = dict.fromkeys(_VARIABLE.findall(parts.path))
        comments = tuple(more.pop("comments", ()))
        if renamed:
            clean = _VARIABLE.sub(lambda found: f"${{{_renamed(found[1])}}}", clean)
            comments += tuple(_renaming(name) for name in renamed if _renamed(name) != name)
        insecure = parts.scheme == "http" and not is_loopback(parts.hostname or "")
        if insecure:
            comments += ("It is not encrypted: anyone on the way can change what it says.",)
        return ForeignIndex(
            url=clean,
            shown=shown,
            place=place,
            has_login="@" in parts.netloc,
            insecure=insecure,
            comments=comments,
            **more,
        )

    def _insecure(self, parts: SplitResult) -> str:
        host = parts.hostname or ""
        if parts.scheme == "https" or is_loopback(host) or self._trusted is None:
            return ""
        if host in self._trusted or parts.netloc.rpartition("@")[2] in self._trusted:
            return ""
        return "is not encrypted, and no setting trusts this host; `insecure = true` would"


def _problem(parts: SplitResult, host: str, *, flat: bool) -> str:
    if parts.scheme not in ("https", "http"):
        return "its scheme is neither https nor http"
    if "$" in host or not host:
        return "a mapping file names hosts in full, and this one comes out of a variable"
    if parts.query:
        return "a repository's URL has no query in a mapping file"
    if flat or parts.path.lower().endswith((".html", ".htm")):
        return "a page of links is no repository that a mapping file can name (--find-links)"
    return ""


def _impossible(shown: str, place: str, problem: str, more: dict[str, Any]) -> ForeignIndex:
    return ForeignIndex(url=None, shown=shown, place=place, problem=problem, **more)


def _renamed(name: str) -> str:
    # A mapping file out of a checkout may read no other variables (semantics 2.5).
    return name if name.startswith(_PREFIX) else f"{_PREFIX}{name.upper()}"


def _renaming(name: str) -> str:
    return f"Set {_renamed(name)} to what {name} holds: a mapping file reads XPIP_MAP_* alone."
