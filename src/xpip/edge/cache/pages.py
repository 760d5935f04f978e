"""Answers of repositories, kept between runs in a private directory.

An entry is found only under the repository, the project and the format that was asked for. It is
believed if its checksum holds, and whether it is fresh enough is said by what the server allowed
(RFC 9111), or by the user. What an answer means for the name is judged anew, by today's policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from xpip import __version__
from xpip.core.facts import PageRequest, ProjectPage, Repository
from xpip.core.simple.stored import dump_page, load_page
from xpip.core.values import dataclass
from xpip.edge.cache.afterwards import Later, at_once
from xpip.edge.cache.places import (
    SEAL,
    digest_of,
    drawer,
    is_sealed,
    read_own,
    remove,
    write_sealed,
)

LAYOUT = f"pages-2-{__version__}"
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.ASCII)
_VALIDATOR = re.compile(r"[ -~]{1,500}")
_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST = 3600
"""Seconds: servers that let files be kept for years say so of their pages, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What a repository answered once.

    Attributes:
        status: HTTP status, which today's policy gives its meaning.
        url: the address that finally answered.
        page: where there was one.
        fetched_at: seconds since the epoch, when it was last known to hold.
        max_age: seconds for which the server lets it be used unasked, an hour at most.
        validators: request headers that ask whether it has changed.
    """

    status: int
    url: str
    fetched_at: float
    max_age: int
    validators: Mapping[str, str]
    page: ProjectPage | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether the server need not be asked; a clock that went back makes nothing fresh."""
        return 0 <= now - self.fetched_at < self.max_age


class PageCache:
    """Keeps answers below one private directory.

    Args:
        later: writes them.
    """

    def __init__(self, directory: Path, later: Later = at_once) -> None:
        self._directory = directory / LAYOUT
        self._later = later

    def find(self, asked: PageRequest) -> StoredAnswer | None:
        """The answer kept; None where there is none, or none that may be believed."""
        entry = _entry(read_own(self._place(asked)))
        return _answer(entry, asked) if entry is not None else None

    def keep(
        self,
        asked: PageRequest,
        *,
        status: int,
        url: str,
        headers: Mapping[str, str],
        page: ProjectPage | None,
        now: float,
    ) -> None:
        """Keep what a response said, unless the server forbids it (RFC 9111, `no-store`).

        What was answered before goes in any case: it does not hold any more.
        """
        place, max_age = self._place(asked), max_age_of(headers)
        if max_age is None:
            self._later(lambda: remove(place))
            return
        head = {
            "status": status,
            "url": url,
            "fetched_at": now,
            "max_age": max_age,
            "validators": _validators(headers),
            "has_page": page is not None,
        }
        self._later(lambda: _write(place, head, dump_page(page) if page else b""))

    def renew(self, asked: PageRequest, headers: Mapping[str, str], now: float) -> None:
        """The server says that what was kept still holds (304)."""
        place, max_age = self._place(asked), max_age_of(headers)
        if max_age is None:
            self._later(lambda: remove(place))
        else:
            self._later(lambda: _renew(place, {"fetched_at": now, "max_age": max_age}))

    def _place(self, asked: PageRequest) -> Path:
        repository = asked.repository
        name = digest_of(
            repository.url, repository.layout, asked.project, asked.accept, asked.user or ""
        )
        return self._directory / drawer(asked.project) / name


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are an answer, down to its last file."""
    entry = _entry(raw)
    if entry is None:
        return False
    asked = PageRequest(repository=Repository(url=""), project=canonicalize_name(""), accept="")
    answer = _answer(entry, asked)
    return answer is not None and (answer.page is None or _is_readable(answer.page))


def _is_readable(page: ProjectPage) -> bool:
    return all(len(tuple(each.files)) == len(each.files) for each in page.releases)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A head, and the bytes of which all from `start` on are the page."""

    head: Mapping[str, Any]
    raw: bytes
    start: int


def _entry(raw: bytes | None) -> _Entry | None:
    """What was written once, if these bytes are that."""
    if raw is None or not is_sealed(raw):
        return None
    end = raw.find(b"\n", SEAL)
    try:
        head = json.loads(raw[SEAL:end])
    except (ValueError, RecursionError):
        return None
    return _Entry(head=head, raw=raw, start=end + 1) if isinstance(head, dict) else None


def _write(place: Path, head: Mapping[str, Any], body: bytes | memoryview) -> None:
    write_sealed(place, json.dumps(head).encode() + b"\n", body)


def _renew(place: Path, said: Mapping[str, Any]) -> None:
    entry = _entry(read_own(place))
    if entry is not None:
        _write(place, {**entry.head, **said}, memoryview(entry.raw)[entry.start :])


def _answer(entry: _Entry, asked: PageRequest) -> StoredAnswer | None:
    head, page = entry.head, None
    try:
        if head["has_page"]:
            page = load_page(
                entry.raw, start=entry.start, repository=asked.repository, project=asked.project
            )
            if page is None:
                return None
        return StoredAnswer(
            status=int(head["status"]),
            url=str(head["url"]),
            fetched_at=float(head["fetched_at"]),
            max_age=int(head["max_age"]),
            validators={str(name): str(value) for name, value in dict(head["validators"]).items()},
            page=page,
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _validators(headers: Mapping[str, str]) -> dict[str, str]:
    said = {
        "If-None-Match": headers.get("etag", ""),
        "If-Modified-Since": headers.get("last-modified", ""),
    }
    # What cannot be sent, or no server would take, would end every later question.
    return {name: text for name, text in said.items() if _VALIDATOR.fullmatch(text)}


def max_age_of(headers: Mapping[str, str]) -> int | None:
    """Seconds for which a response may be used unasked; None where it may not be kept."""
    directives = headers.get("cache-control", "").lower()
    if "no-store" in directives:
        return None
    if "no-cache" in directives:
        return 0
    found, age = _MAX_AGE.search(directives), headers.get("age", "0").strip()
    if found is None or not _AGE.fullmatch(age):
        return 0
    return max(0, min(_LONGEST, int(found[1])) - int(age))
