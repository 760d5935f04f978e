"""PEP 691 JSON → the document that pages have in common.

Of the rows nothing is read but what sorts them: a page can list thousands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from xpip.core.facts import ProjectStatus
from xpip.core.simple.document import Document, UnreadablePage, UnreadRows, read_status
from xpip.errors import Reason

_MOST_VALUES = 2_000_000
"""PyPI's longest pages have a tenth of it."""
_BOM = b"\xef\xbb\xbf"


class _Object(Struct, frozen=True, gc=False):
    """Any JSON object; what is in it is not looked at."""


class _Row(Struct, frozen=True, gc=False):
    """What a row has to have (PEP 691); its other keys are read when somebody looks."""

    filename: str
    url: str
    hashes: _Object = _Object()


class _Page(Struct, rename="kebab"):
    files: list[_Row]
    name: Any = None
    meta: Any = None
    project_status: Any = None
    alternate_locations: Any = None


class _Unread(Struct):
    files: list[Raw]


_PAGE = Decoder(_Page)
_UNREAD = Decoder(_Unread)


def read_json(raw: bytes, url: str) -> Document:
    """Read a page.

    Raises:
        UnreadablePage: it is no JSON, or not what PEP 691 describes.
    """
    raw = raw.removeprefix(_BOM)
    if len(raw) > 2 * _MOST_VALUES and raw.count(b",") > _MOST_VALUES:
        # A value takes dozens of times the memory of its two characters on the page.
        raise UnreadablePage(f"a page of more than {_MOST_VALUES} values", Reason.LIMIT)
    try:
        # What the decoder skips it holds to JSON's grammar, but not to UTF-8.
        if not raw.isascii():
            raw.decode()
        page, unread = _PAGE.decode(raw), _UNREAD.decode(raw)
    except (DecodeError, ValueError, RecursionError) as error:
        raise UnreadablePage(f"no JSON page: {error}") from None
    meta = page.meta if isinstance(page.meta, dict) else {}
    return Document(
        base=url,
        rows=UnreadRows(filenames=[row.filename for row in page.files], raw=unread.files),
        name=page.name if isinstance(page.name, str) else None,
        api_version=str(meta.get("api-version", "1.0")),
        status=_status(page.project_status, meta),
        tracks=_strings(meta.get("tracks")),
        alternate_locations=_strings(page.alternate_locations),
    )


def _status(stated: object, meta: Mapping[str, object]) -> tuple[ProjectStatus, str | None]:
    # PEP 792 describes a top-level object; the living specification's example has `meta` strings.
    places = (stated, meta.get("project-status"))
    reason = meta.get("project-status-reason")
    said = [read_status(_in_one_word(place), reason) for place in places if place is not None]
    # Where a page contradicts itself, the name stays closed.
    graver = [each for each in said if each[0] is ProjectStatus.QUARANTINED]
    return next(iter([*graver, *said]), (ProjectStatus.ACTIVE, None))


def _in_one_word(status: object) -> object:
    if isinstance(status, dict):
        return {**status, "status": _word(status.get("status") or status.get("state"))}
    return _word(status)


def _word(value: object) -> str | None:
    words = [word.strip().lower() for word in _strings(value)]
    if ProjectStatus.QUARANTINED in words:
        return ProjectStatus.QUARANTINED
    return next((word for word in words if word in set(ProjectStatus)), None)


def _strings(value: object) -> tuple[str, ...]:
    # PEP 708's first draft had one string where the final text has an array.
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return ()
