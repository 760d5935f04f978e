"""PEP 503 HTML → the document that pages have in common: rows with PEP 691's keys.

Accepts what servers write, generated directory listings included (PEP 833 froze the format).
"""

from __future__ import annotations

from email.message import Message
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from xpip.core.filenames import ARCHIVE_SUFFIXES
from xpip.core.simple.document import Document, UnreadablePage, read_status
from xpip.core.simple.markup import decoded, read_markup
from xpip.core.urls import joined
from xpip.errors import Reason

_ATTRIBUTES = {
    "data-requires-python": "requires-python",
    "data-core-metadata": "core-metadata",
    "data-dist-info-metadata": "dist-info-metadata",
    "data-upload-time": "upload-time",
    "data-provenance": "provenance",
}
_MOST_TAGS = 200_000
_TRACKS = ("pypi:tracks",)
# PEP 708's prose writes a dash, its examples and PyPI a colon.
_ALTERNATE_LOCATIONS = ("pypi:alternate-locations", "pypi-alternate-locations")


def read_html(raw: bytes, content_type: str, url: str) -> Document | None:
    """Read a page; None where it neither names a repository version nor links to an archive."""
    reader = _Reader(url)
    text = _decoded(raw, content_type)
    try:
        read_markup(reader, text)
    except (AssertionError, ValueError) as error:
        # How html.parser meets markup that it gives up on, depending on its version.
        raise UnreadablePage(f"broken HTML: {error}") from None
    version = reader.first("pypi:repository-version")
    if version is None and not any(_is_archive(row) for row in reader.rows):
        return None
    return Document(
        base=reader.base,
        rows=reader.rows,
        api_version="1.0" if version is None else version,
        status=read_status(
            reader.first("pypi:project-status"), reader.first("pypi:project-status-reason")
        ),
        tracks=reader.all(_TRACKS),
        alternate_locations=reader.all(_ALTERNATE_LOCATIONS),
    )


def _decoded(raw: bytes, content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    try:
        charset = message.get_content_charset("utf-8")
    except (LookupError, ValueError):
        charset = "utf-8"
    return decoded(raw, charset)


def _is_archive(row: dict[str, object]) -> bool:
    return str(row["filename"]).endswith(ARCHIVE_SUFFIXES)


class _Reader(HTMLParser):
    """Collects anchors, metas and the first base element."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.rows: list[dict[str, object]] = []
        self._metas: list[tuple[str, str]] = []
        self._based = False
        self._tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what one element says."""
        self._tags += 1
        if self._tags > _MOST_TAGS:
            raise UnreadablePage(f"a page of more than {_MOST_TAGS} elements", Reason.LIMIT)
        values = dict(attrs)
        if tag == "a":
            self._anchor(values)
        elif tag == "meta":
            self._metas.append((values.get("name") or "", values.get("content") or ""))
        elif tag == "base" and not self._based and values.get("href"):
            self._based = True
            self.base = joined(self.base, values["href"] or "") or self.base

    def first(self, name: str) -> str | None:
        """The first meta element's content under this name."""
        return next((content for key, content in self._metas if key == name), None)

    def all(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The contents of all meta elements under these names."""
        return tuple(content for key, content in self._metas if key in names)

    def _anchor(self, values: dict[str, str | None]) -> None:
        href = (values.get("href") or "").strip()
        if not href:
            return
        try:
            address, fragment = urldefrag(urljoin(self.base, href))
        except ValueError:
            return
        row: dict[str, object] = {
            "url": address,
            "filename": unquote(urlsplit(address).path.rpartition("/")[2]),
            "hashes": _hash(fragment),
        }
        for attribute, key in _ATTRIBUTES.items():
            if attribute in values:
                row[key] = values[attribute]
        for key in ("core-metadata", "dist-info-metadata"):
            if key in row:
                row[key] = _metadata_hash(row[key])
        if "data-yanked" in values:
            # PEP 592: the attribute alone yanks; its value, if any, is the reason.
            row["yanked"] = values["data-yanked"] or True
        self.rows.append(row)


def _hash(fragment: str) -> dict[str, str]:
    # The fragment may hold other parameters too (`egg=`, `subdirectory=`).
    for part in fragment.split("&"):
        algorithm, equals, digest = part.partition("=")
        if equals and algorithm.lower() in _ALGORITHMS:
            return {algorithm: digest}
    return {}


_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def _metadata_hash(value: object) -> object:
    if not isinstance(value, str) or value.lower() == "false":
        return False
    return _hash(value) or True
