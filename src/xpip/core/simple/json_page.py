"""PEP 691 JSON → the document that pages have in common."""

from __future__ import annotations

import json

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
    # PEP 792 describes a top-level object; the living specification's example has `meta` strings.
    status = page.get("project-status", meta.get("project-status"))
    return Document(
        base=url,
        rows=page["files"],
        name=name if isinstance(name, str) else None,
        api_version=str(meta.get("api-version", "1.0")),
        status=read_status(status, meta.get("project-status-reason")),
        tracks=_strings(meta.get("tracks")),
        alternate_locations=_strings(page.get("alternate-locations")),
    )


def _strings(value: object) -> tuple[str, ...]:
    # PEP 708's first draft had one string where the final text has an array.
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return ()
