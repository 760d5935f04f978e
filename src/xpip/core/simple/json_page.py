"""PEP 691 JSON → the document that pages have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping

from xpip.core.facts import ProjectStatus
from xpip.core.simple.document import Document, UnreadablePage, read_status


def read_json(raw: bytes, url: str) -> Document:
    """Read a page.

    Raises:
        UnreadablePage: it is no JSON, or not what PEP 691 describes.
    """
    try:
        page = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadablePage(f"broken JSON: {error}") from None
    if not isinstance(page, dict) or not isinstance(page.get("files"), list):
        raise UnreadablePage("JSON without a list of files")
    meta = page.get("meta")
    if not isinstance(meta, dict):
        meta = {}
    name = page.get("name")
    return Document(
        base=url,
        rows=page["files"],
        name=name if isinstance(name, str) else None,
        api_version=str(meta.get("api-version", "1.0")),
        status=_status(page, meta),
        tracks=_strings(meta.get("tracks")),
        alternate_locations=_strings(page.get("alternate-locations")),
    )


def _status(
    page: Mapping[str, object], meta: Mapping[str, object]
) -> tuple[ProjectStatus, str | None]:
    # PEP 792 describes a top-level object; the living specification's example has `meta` strings.
    places = (page.get("project-status"), meta.get("project-status"))
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
