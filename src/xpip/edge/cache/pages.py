"""Answers of repositories, kept between runs in a private directory.

An entry is found only under the repository, the project and the format that was asked for. It is
believed if its checksum holds, and whether it is fresh enough is said by what the server allowed
(RFC 9111), or by the user. What an answer means for the name is judged anew, by today's policy.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpip import __version__
from xpip.core.facts import PageRequest, ProjectPage
from xpip.core.simple.stored import dump_page, load_page
from xpip.edge.cache.places import write_whole

_LAYOUT = f"pages-1-{__version__}"
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.ASCII)
_DIGEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What a repository answered once.

    Attributes:
        status: HTTP status, which today's policy gives its meaning.
        url: the address that finally answered.
        page: where there was one.
        fetched_at: seconds since the epoch, when it was last known to hold.
        max_age: seconds for which the server lets it be used unasked.
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
    """Keeps answers below one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / _LAYOUT

    def find(self, asked: PageRequest) -> StoredAnswer | None:
        """The answer kept; None where there is none, or none that may be believed."""
        entry = self._read(self._place(asked))
        if entry is None:
            return None
        try:
            return _answer(entry[0], entry[1], asked)
        except (ValueError, KeyError, TypeError):
            return None

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
        """Keep what a response said, unless the server forbids it (RFC 9111, `no-store`)."""
        max_age = max_age_of(headers)
        if max_age is None:
            return
        head = {
            "status": status,
            "url": url,
            "fetched_at": now,
            "max_age": max_age,
            "validators": _validators(headers),
            "has_page": page is not None,
        }
        body = dump_page(page) if page else b""
        _write(self._place(asked), head, body)

    def renew(self, asked: PageRequest, headers: Mapping[str, str], now: float) -> None:
        """The server says that what was kept still holds (304)."""
        place = self._place(asked)
        entry = self._read(place)
        if entry is not None:
            head, body = entry
            _write(place, {**head, "fetched_at": now, "max_age": max_age_of(headers) or 0}, body)

    def _read(self, place: Path) -> tuple[dict[str, Any], bytes] | None:
        try:
            raw = place.read_bytes()
            digest, rest = raw[:_DIGEST], raw[_DIGEST:]
            if hashlib.sha256(rest).digest() != digest:
                return None
            head, _, body = rest.partition(b"\n")
            found = json.loads(head)
        except (OSError, ValueError, RecursionError):
            return None
        return (found, body) if isinstance(found, dict) else None

    def _place(self, asked: PageRequest) -> Path:
        repository = asked.repository
        said = f"{repository.url}\n{repository.layout}\n{asked.project}\n{asked.accept}"
        name = hashlib.sha256(said.encode()).hexdigest()
        return self._directory / name[:2] / name[2:]


def _write(place: Path, head: Mapping[str, Any], body: bytes) -> None:
    rest = json.dumps(head).encode() + b"\n" + body
    write_whole(place, hashlib.sha256(rest).digest() + rest)


def _answer(head: Mapping[str, Any], body: bytes, asked: PageRequest) -> StoredAnswer | None:
    page = None
    if head["has_page"]:
        page = load_page(body, repository=asked.repository, project=asked.project)
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


def _validators(headers: Mapping[str, str]) -> dict[str, str]:
    validators = {}
    if "etag" in headers:
        validators["If-None-Match"] = headers["etag"]
    if "last-modified" in headers:
        validators["If-Modified-Since"] = headers["last-modified"]
    return validators


def max_age_of(headers: Mapping[str, str]) -> int | None:
    """Seconds for which a response may be used unasked; None where it may not be kept."""
    directives = headers.get("cache-control", "").lower()
    if "no-store" in directives:
        return None
    if "no-cache" in directives:
        return 0
    found = _MAX_AGE.search(directives)
    age = headers.get("age", "0")
    return max(0, int(found[1]) - (int(age) if age.isdecimal() else 0)) if found else 0
