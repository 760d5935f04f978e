"""What JSON and HTML project pages have in common, before their files are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw, Struct

from xpip.core.facts import ProjectStatus
from xpip.errors import Reason

Row = Mapping[str, Any]
"""One entry of `files`, with PEP 691's keys."""


class UnreadRows(Struct, frozen=True, kw_only=True):
    """Entries of `files` of which only the file names were read; each is JSON of a `Row`."""

    filenames: Sequence[str]
    raw: Sequence[Raw]


class Document(Struct, frozen=True, kw_only=True):
    """A page in PEP 691's terms, whatever it was written in."""

    base: str
    rows: Sequence[Row] | UnreadRows
    name: str | None = None
    api_version: str = "1.0"
    status: tuple[ProjectStatus, str | None] = (ProjectStatus.ACTIVE, None)
    tracks: tuple[str, ...] = ()
    alternate_locations: tuple[str, ...] = ()


class UnreadablePage(Exception):
    """A response that is no project page. Never leaves `xpip.core.simple`."""

    def __init__(self, detail: str, reason: Reason = Reason.NOT_AN_INDEX) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


def read_status(status: object, reason: object = None) -> tuple[ProjectStatus, str | None]:
    """PEP 792's status in any of the forms found in the wild; an unknown one is `active`."""
    if isinstance(status, dict):
        reason = status.get("reason")
        status = status.get("status") or status.get("state")
    try:
        # On one line: a reason must not be able to look like lines of our own.
        words = " ".join(reason.split()) if isinstance(reason, str) else None
        return ProjectStatus(str(status).strip().lower()), words
    except ValueError:
        return ProjectStatus.ACTIVE, None
