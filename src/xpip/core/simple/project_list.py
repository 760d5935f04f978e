"""Bytes and a content type → the names of all projects that a repository has.

PEP 691 JSON, PEP 503 HTML, or plain text with a name on each line. What names mean is no concern
of this module; one that could be nobody's is left out of a server's list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.simple import HTML_TYPE, JSON_TYPE, LEGACY_TYPE
from xpip.core.simple.markup import read_markup

ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, {LEGACY_TYPE};q=0.01"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_KNOWN_MAJOR = "1"

Names = frozenset[NormalizedName]


class UnreadableList(ValueError):
    """What was read is no list of projects."""


def read_project_list(raw: bytes, content_type: str) -> Names:
    """The names of a repository's root page (PEP 691, PEP 503), normalised.

    Args:
        raw: the body, decompressed.
        content_type: of the response; nothing else decides the format.

    Raises:
        UnreadableList: it is none.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in (JSON_TYPE, "application/json"):
        return _normalised(_json_names(raw))
    if kind in (HTML_TYPE, LEGACY_TYPE):
        return _normalised(_html_names(raw))
    raise UnreadableList(f"content type {kind or '(none)'} is not a project list's")


def read_names_file(raw: bytes) -> Names:
    """A file that the user names: a saved root page, or a name on each line; `#` begins a comment.

    Raises:
        UnreadableList: it is neither, with the line.
    """
    if raw.lstrip()[:1] == b"{":
        return _normalised(_json_names(raw))
    if raw.lstrip()[:1] == b"<":
        return _normalised(_html_names(raw))
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableList(f"it is not UTF-8: {error.reason}") from None
    return frozenset(map(canonicalize_name, _text_names(lines)))


def _text_names(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        name = line.partition("#")[0].strip()
        if name and not _NAME.fullmatch(name):
            raise UnreadableList(f"line {number}: {name[:80]!r} is no project's name")
        if name:
            yield name


def _normalised(names: Iterable[str]) -> Names:
    return frozenset(canonicalize_name(name) for name in names if _NAME.fullmatch(name))


def _json_names(raw: bytes) -> list[str]:
    try:
        page = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableList(f"broken JSON: {error}") from None
    projects = page.get("projects") if isinstance(page, dict) else None
    if not isinstance(projects, list):
        raise UnreadableList("JSON without a list of projects")
    meta = page.get("meta")
    version = str(meta.get("api-version", "1.0")) if isinstance(meta, dict) else "1.0"
    if version.partition(".")[0] != _KNOWN_MAJOR:  # PEP 629: fail on a higher major version.
        raise UnreadableList(f"API version {version}; xpip reads {_KNOWN_MAJOR}.x")
    names = [each.get("name") if isinstance(each, dict) else None for each in projects]
    if not all(isinstance(name, str) for name in names):
        raise UnreadableList("an entry of projects has no name")
    return [str(name) for name in names]


def _html_names(raw: bytes) -> list[str]:
    reader = _Anchors()
    try:
        read_markup(reader, raw.decode("utf-8", errors="replace"))
    except (AssertionError, ValueError) as error:
        # How html.parser meets markup that it gives up on, depending on its version.
        raise UnreadableList(f"broken HTML: {error}") from None
    if not reader.names and not reader.is_repository:
        # A login page, links or not, would look like a repository that has nothing.
        raise UnreadableList("an HTML page that names no repository version and links to nothing")
    return reader.names


class _Anchors(HTMLParser):
    """Collects what each link of the page leads to: a name is its last segment (PEP 503)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.is_repository = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what one element says."""
        values = dict(attrs)
        if tag == "meta" and values.get("name") == "pypi:repository-version":
            self.is_repository = True
        href = values.get("href") if tag == "a" else None
        if href:
            try:
                path = urlsplit(href.strip()).path
            except ValueError:
                return
            self.names.append(unquote(path.rstrip("/").rpartition("/")[2]))
