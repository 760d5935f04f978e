"""Project pages as a repository writes them: PEP 691 JSON and PEP 503 HTML from one list.

`PageOptions` says what such a page may claim. Nothing here knows of sockets or of wheels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Literal

Format = Literal["json", "html", "html-legacy"]

_CONTENT_TYPES: dict[Format, str] = {
    "json": "application/vnd.pypi.simple.v1+json",
    "html": "application/vnd.pypi.simple.v1+html",
    "html-legacy": "text/html",
}


@dataclass(kw_only=True)
class PageOptions:
    """What a page claims, and what it leaves out. Change the fields whenever you like.

    Attributes:
        name: the project the page says it is about; the one asked for, if None.
        status: PEP 792, for example `{"status": "archived", "reason": "use eggs"}`.
        hashes, sizes, core_metadata: whether the page tells them, files' own values apart.
    """

    format: Format = "json"
    api_version: str = "1.4"
    name: str | None = None
    status: Mapping[str, str] | None = None
    tracks: Sequence[str] = ()
    alternate_locations: Sequence[str] = ()
    hashes: bool = True
    sizes: bool = True
    core_metadata: bool = True
    content_type: str | None = None

    @property
    def content_type_sent(self) -> str:
        """The Content-Type header of the page."""
        return self.content_type or _CONTENT_TYPES[self.format]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One file as the page tells of it."""

    filename: str
    version: str
    url: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str = False
    core_metadata: Mapping[str, str] | None = None
    provenance_url: str | None = None


def render(project: str, listings: Iterable[Listing], options: PageOptions) -> bytes:
    """The page's bytes, in the format of the options."""
    shown = [_shown(listing, options) for listing in listings]
    if options.format == "json":
        return json.dumps(_json(options.name or project, shown, options), indent=1).encode()
    return "\n".join(_html(options.name or project, shown, options)).encode()


def _shown(listing: Listing, options: PageOptions) -> Listing:
    return replace(
        listing,
        hashes=listing.hashes if options.hashes else {},
        size=listing.size if options.sizes else None,
        core_metadata=listing.core_metadata if options.core_metadata else None,
    )


def _json(project: str, shown: Sequence[Listing], options: PageOptions) -> dict[str, Any]:
    meta: dict[str, Any] = {"api-version": options.api_version}
    page: dict[str, Any] = {"meta": meta, "name": project}
    if options.tracks:
        meta["tracks"] = list(options.tracks)
    if options.alternate_locations:
        page["alternate-locations"] = list(options.alternate_locations)
    if options.status:
        page["project-status"] = dict(options.status)
    since_700 = options.api_version != "1.0"
    if since_700:
        page["versions"] = list(dict.fromkeys(listing.version for listing in shown))
    page["files"] = [dict(_json_file(listing, since_700)) for listing in shown]
    return page


def _json_file(listing: Listing, since_700: bool) -> Iterator[tuple[str, Any]]:
    yield "filename", listing.filename
    yield "url", listing.url
    yield "hashes", dict(listing.hashes)
    yield "yanked", listing.yanked
    if listing.requires_python is not None:
        yield "requires-python", listing.requires_python
    if listing.core_metadata is not None:
        yield "core-metadata", dict(listing.core_metadata) or True
    if listing.provenance_url is not None:
        yield "provenance", listing.provenance_url
    if since_700 and listing.size is not None:
        yield "size", listing.size
    if since_700 and listing.upload_time is not None:
        yield "upload-time", listing.upload_time


def _html(project: str, shown: Sequence[Listing], options: PageOptions) -> Iterator[str]:
    yield "<!DOCTYPE html>\n<html>\n<head>"
    for name, content in _metas(options):
        yield f'<meta name="{name}" content="{escape(content)}">'
    yield f"<title>Links for {escape(project)}</title>\n</head>\n<body>"
    for listing in shown:
        attributes = " ".join(_attributes(listing))
        yield f"<a {attributes}>{escape(listing.filename)}</a><br>"
    yield "</body>\n</html>"


def _metas(options: PageOptions) -> Iterator[tuple[str, str]]:
    if options.format != "html-legacy":
        yield "pypi:repository-version", options.api_version
    for url in options.tracks:
        yield "pypi:tracks", url
    for url in options.alternate_locations:
        yield "pypi:alternate-locations", url
    status = options.status or {}
    if "status" in status:
        yield "pypi:project-status", status["status"]
    if "reason" in status:
        yield "pypi:project-status-reason", status["reason"]


def _attributes(listing: Listing) -> Iterator[str]:
    # PEP 503: a fragment has room for one hash.
    fragment = [f"#{name}={digest}" for name, digest in listing.hashes.items()][:1]
    yield f'href="{escape("".join([listing.url, *fragment]))}"'
    if listing.requires_python is not None:
        yield f'data-requires-python="{escape(listing.requires_python)}"'
    if listing.yanked:
        reason = "" if listing.yanked is True else listing.yanked
        yield f'data-yanked="{escape(reason)}"'
    if listing.core_metadata is not None:
        digests = [f"{name}={digest}" for name, digest in listing.core_metadata.items()]
        yield f'data-core-metadata="{escape(digests[0] if digests else "true")}"'
    if listing.provenance_url is not None:
        yield f'data-provenance="{escape(listing.provenance_url)}"'
