"""Answers of repositories, kept between runs in a private directory.

An entry is found only under the repository, the project and the format that was asked for. It is
believed if its digests hold, and whether it is fresh enough is said by what the server allowed
(RFC 9111), or by the user. What an answer means for the name is judged anew, by today's policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Raw, Struct
from msgspec.structs import replace
from packaging.version import Version

from xpip import __version__
from xpip.core.facts import File, PageRequest, ProjectPage, Repository
from xpip.core.names import canonicalize_name
from xpip.core.simple.stored import dump_page, leave_to, load_page
from xpip.edge.cache.afterwards import Later, at_once
from xpip.edge.cache.page_entries import (
    Anew,
    Entry,
    KeptRows,
    Said,
    find_entry,
    read_entry,
    renew_entry,
    write_entry,
)
from xpip.edge.cache.places import digest_of, drawer, remove, write_whole

LAYOUT = f"pages-3-{__version__}"
_NO_PAGE = b"null"
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.ASCII)
_VALIDATOR = re.compile(r"[ -~]{1,500}")
_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST = 3600
"""Seconds: servers that let files be kept for years say so of their pages, too."""


class StoredAnswer(Struct, frozen=True, kw_only=True):
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

    def find(self, asked: PageRequest, anew: Anew) -> StoredAnswer | None:
        """The answer kept; None where there is none, or none that may be believed.

        Args:
            anew: asks again for the files of a release that turn out to be damaged.
        """
        entry = find_entry(self._place(asked), anew)
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
        anew: Anew,
    ) -> None:
        """Keep what a response said, unless the server forbids it (RFC 9111, `no-store`).

        What was answered before goes in any case: it does not hold any more. What is kept of the
        page need not stay in memory, and is read again when it is looked at.
        """
        place, max_age = self._place(asked), max_age_of(headers)
        if max_age is None:
            self._later(lambda: remove(place))
            return
        said = Said(
            status=status,
            url=url,
            fetched_at=now,
            max_age=max_age,
            validators=_validators(headers),
            page=Raw(_NO_PAGE),
        )
        if page is None:
            self._later(lambda: write_whole(place, *write_entry(said, ())))
        else:
            self._later(lambda: _write(place, said, page, anew))

    def renew(self, asked: PageRequest, headers: Mapping[str, str], now: float) -> None:
        """The server says that what was kept still holds (304)."""
        place, max_age = self._place(asked), max_age_of(headers)
        if max_age is None:
            self._later(lambda: remove(place))
        else:
            self._later(lambda: renew_entry(place, fetched_at=now, max_age=max_age))

    def _place(self, asked: PageRequest) -> Path:
        repository = asked.repository
        name = digest_of(
            repository.url, repository.layout, asked.project, asked.accept, asked.user or ""
        )
        return self._directory / drawer(asked.project) / name


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are an answer, down to its last file."""
    entry = read_entry(raw, _none_anew)
    if entry is None:
        return False
    asked = PageRequest(repository=Repository(url=""), project=canonicalize_name(""), accept="")
    answer = _answer(entry, asked)
    return answer is not None and (answer.page is None or _is_readable(answer.page))


def _is_readable(page: ProjectPage) -> bool:
    try:
        return all(len(tuple(each.files)) == len(each.files) for each in page.releases)
    except _Damaged:
        return False


class _Damaged(Exception):
    """A release is not what was kept; never leaves this module."""


def _none_anew(version: Version) -> Sequence[File]:
    raise _Damaged(version)


def _write(place: Path, said: Said, page: ProjectPage, anew: Anew) -> None:
    dumped = dump_page(page)
    said = replace(said, page=Raw(dumped.head))
    if write_whole(place, *write_entry(said, dumped.rows)):
        leave_to(page, dumped, KeptRows(place, sum(map(len, dumped.rows)), b"", anew))


def _answer(entry: Entry, asked: PageRequest) -> StoredAnswer | None:
    said, page = entry.said, None
    if bytes(said.page) != _NO_PAGE:
        page = load_page(said.page, entry.rows, repository=asked.repository, project=asked.project)
        if page is None:
            return None
    elif entry.rows.size:
        return None
    return StoredAnswer(
        status=said.status,
        url=said.url,
        fetched_at=said.fetched_at,
        max_age=said.max_age,
        validators=said.validators,
        page=page,
    )


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
