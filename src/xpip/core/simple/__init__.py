"""Bytes and a content type → a `ProjectPage`, or the reason why they are none.

    document         what both formats have in common
    json_page        PEP 691
    html_page        PEP 503, turned into PEP 691's objects, so that both are read by the same code
    markup           how HTML is handed to its parser, in bounded time
    files            rows → releases
    ordered_releases  releases, of which few are looked at
    sorted_releases  the releases of a page that was just read
    listed_files     the files of a release, each built when it is looked at
    rows             a row → a file, and back
    stored           a page as it is kept between runs
    project_list     the names that a repository has

This room asks nobody and judges nothing: what it cannot read is an `InvalidPage`.
"""

from __future__ import annotations

import re

from msgspec import Struct

from xpip.core.facts import ProjectPage, Repository
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.policy import PageFormat
from xpip.core.simple.document import Document, UnreadablePage
from xpip.core.simple.files import sort_files
from xpip.core.simple.json_page import read_json
from xpip.errors import Reason

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
LEGACY_TYPE = "text/html"
ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, {LEGACY_TYPE};q=0.01"
"""PEP 691, "Recommendations": JSON first, plain HTML last."""
_PLAIN_JSON_TYPE = "application/json"
_ACCEPTED = {
    PageFormat.AUTO: ACCEPT,
    PageFormat.JSON: f"{JSON_TYPE}, {_PLAIN_JSON_TYPE};q=0.2",
    PageFormat.HTML: f"{HTML_TYPE}, {LEGACY_TYPE};q=0.2",
}
_HTML_TYPES = (HTML_TYPE, LEGACY_TYPE)

_KNOWN_MAJOR = 1
_API_VERSION = re.compile(r"([0-9]{1,9})\.[0-9]{1,9}")


class InvalidPage(Struct, frozen=True, kw_only=True):
    """A response that is not a page of the project asked for."""

    reason: Reason
    detail: str


def accepted(page_format: PageFormat) -> str:
    """The `Accept` header that asks for pages of this format."""
    return _ACCEPTED[page_format]


def parse_page(
    raw: bytes,
    *,
    content_type: str,
    repository: Repository,
    project: NormalizedName,
    url: str,
    page_format: PageFormat = PageFormat.AUTO,
) -> ProjectPage | InvalidPage:
    """Read a project page (PEP 691 JSON or PEP 503 HTML).

    Args:
        raw: the body, decompressed.
        content_type: the response's `Content-Type`; nothing else decides the format (PEP 691).
        repository: the one that was asked.
        project: the name that was asked for.
        url: the address that finally answered; relative links start from it.
        page_format: the format that was asked for; a page of another one is none.
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        _check_format(kind, page_format)
        document = _document(raw, kind, content_type, url)
        _check_identity(document, project)
        releases, misfits = sort_files(document.rows, project, document.base)
    except UnreadablePage as unreadable:
        return InvalidPage(reason=unreadable.reason, detail=unreadable.detail)
    status, status_reason = document.status
    return ProjectPage(
        project=project,
        repository=repository,
        url=url,
        content_type=kind,
        api_version=document.api_version,
        status=status,
        status_reason=status_reason,
        tracks=document.tracks,
        alternate_locations=document.alternate_locations,
        releases=releases,
        misfits=misfits,
    )


def _check_format(kind: str, page_format: PageFormat) -> None:
    # Static hosts name JSON so; to believe it, the user has to say that it is a repository's.
    if kind == _PLAIN_JSON_TYPE and page_format is not PageFormat.JSON:
        raise UnreadablePage(f'content type {kind} is a repository\'s only with `format = "json"`')
    other = _HTML_TYPES if page_format is PageFormat.JSON else (JSON_TYPE,)
    if page_format is not PageFormat.AUTO and kind in other:
        raise UnreadablePage(f"content type {kind}, and the format is set to {page_format.value}")


def _document(raw: bytes, kind: str, content_type: str, url: str) -> Document:
    if kind in (JSON_TYPE, _PLAIN_JSON_TYPE):
        return read_json(raw, url)
    if kind in _HTML_TYPES:
        from xpip.core.simple.html_page import read_html

        document = read_html(raw, content_type, url)
        if document is None:
            raise UnreadablePage(
                "an HTML page that names no repository version and links to no archive: "
                "a login or error page, perhaps"
            )
        return document
    if kind.startswith("application/vnd.pypi.simple.v"):
        raise UnreadablePage(
            f"content type {kind} is of an unknown API version", Reason.API_VERSION
        )
    raise UnreadablePage(f"content type {kind or '(none)'} is not a repository's")


def _check_identity(document: Document, project: NormalizedName) -> None:
    # PEP 629: nothing but Major.Minor.
    version = _API_VERSION.fullmatch(document.api_version)
    if version is None:
        raise UnreadablePage(f"malformed API version {document.api_version!r}", Reason.API_VERSION)
    if int(version[1]) > _KNOWN_MAJOR:  # PEP 629: fail on a higher major version.
        raise UnreadablePage(
            f"API version {document.api_version}; xpip reads {_KNOWN_MAJOR}.x", Reason.API_VERSION
        )
    if document.name is not None and canonicalize_name(document.name) != project:
        raise UnreadablePage(f"a page of another project: {document.name!r}")
