"""METADATA → the values of its fields, as far as anything here looks at them.

Decides what is too large or says something twice, and which project and version it is; may not know
what a requirement is. The headers of nearly all METADATA are plain enough to be found without the
standard library's parser of messages, which is imported for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from packaging.version import Version

from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.core.names import canonicalize_name

_KNOWN_MAJOR = 2
_ONCE = ("Metadata-Version", "Name", "Version", "Requires-Python")
_BLANK_LINE = rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)"
_LARGEST = 4 * 1024**2
"""Bytes of fields; before version 2.1 the description is one of them."""
_FIELDS = (
    "metadata-version",
    "name",
    "version",
    "requires-python",
    "requires-dist",
    "provides-extra",
)
Headers = Mapping[str, Sequence[str]]
"""By lower-case name, the values of each of these fields, unfolded."""

_PLAIN = rb"(?:[!-9;-~]++:.*+\n(?:[ \t].*+\n)*+)*+"
"""Headers as RFC 822 has them, with nothing between."""

_WANTED = rb"(?mi)^(%s):(.*+\n(?:[ \t].*+\n)*+)" % "|".join(_FIELDS).encode()


_USUAL = re.compile(
    rb"Metadata-Version: ([12])\.[0-9]+\nName: ([!-~]+)\nVersion: ([!-~]+)\n(?![ \t])"
)
"""How all METADATA begins that today's tools write."""
_AGAIN = tuple(f"\n{each}:".lower().encode() for each in _ONCE)


class Unusable(ValueError):
    """A rule of the core metadata specification that these bytes break."""


def parse_identity(raw: bytes) -> CoreMetadata | InvalidMetadata:
    """Which project and version METADATA is of; nothing else of it is read."""
    try:
        return _usual_identity(raw) or identity_of(read_headers(raw))
    except ValueError as error:  # InvalidVersion
        return invalid(error)


def _usual_identity(raw: bytes) -> CoreMetadata | None:
    """The same, where the first lines say it, and no other field could say it again."""
    found = _USUAL.match(raw)
    head = raw.partition(b"\n\n")[0]
    if found is None or b"\r" in head or len(head) > _LARGEST:
        return None
    said = head[found.end() - 1 :].lower()
    if any(field in said for field in _AGAIN[:3]) or said.count(_AGAIN[3]) > 1:
        return None
    return CoreMetadata(
        name=canonicalize_name(found[2].decode()), version=Version(found[3].decode())
    )


def identity_of(headers: Headers) -> CoreMetadata:
    """Project and version.

    Raises:
        ValueError: the fields do not say which.
    """
    _check_version(_required(headers, "Metadata-Version"))
    return CoreMetadata(
        name=canonicalize_name(_required(headers, "Name")),
        version=Version(_required(headers, "Version")),
    )


def invalid(error: Exception) -> InvalidMetadata:
    """What is wrong with them, in one line."""
    return InvalidMetadata(detail=" ".join(str(error).split()))


def read_headers(raw: bytes) -> Headers:
    """The fields; each of those that may not be repeated is there once at most."""
    if len(raw) > _LARGEST:
        end = re.search(_BLANK_LINE, raw)
        raw = raw[: end.end()] if end else raw
    if len(raw) > _LARGEST:
        raise Unusable(f"METADATA has {len(raw)} bytes of fields")
    headers = _plain_headers(raw) or _parsed(raw)
    for field in _ONCE:
        # Core metadata: no "multiple use" field. Who reads the last one reads something else.
        if len(headers.get(field.lower(), ())) > 1:
            raise Unusable(f"METADATA has several {field} fields")
    return headers


def _plain_headers(raw: bytes) -> Headers | None:
    """The fields, where nothing in these headers can be read in two ways; else None."""
    if b"\r\n" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    head = raw.partition(b"\n\n")[0].rstrip(b"\n") + b"\n"
    if b"\r" in head or not re.fullmatch(_PLAIN, head):
        return None
    found: dict[str, list[str]] = {}
    for name, value in re.findall(_WANTED, head):
        if not value.isascii():
            return None
        found.setdefault(name.decode().lower(), []).append(" ".join(value.decode().split()))
    return found


def _parsed(raw: bytes) -> Headers:
    from email.parser import BytesHeaderParser

    message = BytesHeaderParser().parsebytes(raw)
    return {
        # packaging rejects the line breaks of folded headers.
        name: [" ".join(str(value).split()) for value in message.get_all(name, ())]
        for name in _FIELDS
    }


def _required(headers: Headers, field: str) -> str:
    value = next(iter(headers.get(field.lower(), ())), "")
    if not value:
        raise Unusable(f"METADATA has no {field} field")
    return value


def _check_version(text: str) -> None:
    # Core metadata: fail on a higher major version, tolerate a higher minor one.
    major = text.partition(".")[0]
    if not major.isdecimal() or int(major) > _KNOWN_MAJOR:
        raise Unusable(f"Metadata-Version {text} is not supported")
