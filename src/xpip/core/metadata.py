"""METADATA bytes → the fields a resolver needs, or the reason why they cannot be used.

Decides which METADATA is usable (PEP 566, 643, 685). May not know where the bytes came from.
A run reads hundreds of them: the headers of nearly all are plain enough to be found without the
standard library's parser of messages, which is imported for the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.core.nesting import check_nesting

_KNOWN_MAJOR = 2
_ONCE = ("Metadata-Version", "Name", "Version", "Requires-Python")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_LARGEST = 4 * 1024**2
"""Bytes of fields; before version 2.1 the description is one of them."""
_LONGEST = 4000
"""Characters of a requirement. Python reads no number of more than 4300 digits."""

_MOST_REQUIRED = 10_000
"""Each is a project that repositories are asked for. No real one has a thousand."""

_FIELDS = (
    "metadata-version",
    "name",
    "version",
    "requires-python",
    "requires-dist",
    "provides-extra",
)
_Headers = Mapping[str, Sequence[str]]
"""By lower-case name, the values of each of these fields, unfolded."""

_PLAIN = re.compile(rb"(?:[!-9;-~]++:.*+\n(?:[ \t].*+\n)*+)*+")
"""Headers as RFC 822 has them, with nothing between."""

_WANTED = re.compile(
    rb"^(%s):(.*+\n(?:[ \t].*+\n)*+)" % "|".join(_FIELDS).encode(), re.MULTILINE | re.IGNORECASE
)
_NAME = r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?"
_COMMON = re.compile(
    rf"({_NAME}) ?(?:\[({_NAME}(?:, ?{_NAME})*)\])? ?"
    r"(\()?((?:(?:[=!<>~]=|[<>]) ?[0-9][A-Z0-9.*+!]*(?:, ?(?=[=!<>~])|(?=[ );]|$)))*)(?(3)\)) ?"
    r"(?:; ?(.+))?",
    re.IGNORECASE | re.ASCII,
)
"""What nearly all requirements look like: a name, extras, a specifier, a marker."""


def parse_metadata(raw: bytes) -> CoreMetadata | InvalidMetadata:
    """Read METADATA (core metadata specification; PEP 566).

    A requirement that no standard allows makes the whole release unusable: the dependency
    specifiers standard says so of unknown marker fields, and half a set of requirements is
    no set.
    """
    try:
        headers = _read_headers(raw)
        _check_number(headers.get("requires-dist", ()))
        _check_version(_required(headers, "Metadata-Version"))
        requires_python = next(iter(headers.get("requires-python", ())), "")
        return CoreMetadata(
            name=canonicalize_name(_required(headers, "Name")),
            version=Version(_required(headers, "Version")),
            requires=tuple(map(requirement, headers.get("requires-dist", ()))),
            requires_python=python_specifier(requires_python) if requires_python else None,
            extras=frozenset(map(canonicalize_name, headers.get("provides-extra", ()))),
        )
    except (ValueError, RecursionError) as error:
        # InvalidRequirement, InvalidVersion, numbers of thousands of digits, endless parentheses.
        return InvalidMetadata(detail=" ".join(str(error).split()))


def parse_candidate_metadata(candidate: Candidate, raw: bytes) -> CoreMetadata | InvalidMetadata:
    """Read METADATA and hold it to the name and version of the file it came with."""
    metadata = parse_metadata(raw)
    if isinstance(metadata, CoreMetadata) and (metadata.name, metadata.version) != (
        candidate.project,
        candidate.version,
    ):
        return InvalidMetadata(
            detail=f"{candidate.file.filename} calls itself {metadata.name} {metadata.version}"
        )
    return metadata


def dump_metadata(metadata: CoreMetadata) -> bytes:
    """Metadata as bytes that `load_metadata` reads."""
    python = metadata.requires_python
    said = {
        "name": metadata.name,
        "version": str(metadata.version),
        "requires": [str(each) for each in metadata.requires],
        "requires_python": None if python is None else str(python),
        "extras": sorted(metadata.extras),
    }
    return json.dumps(said, separators=(",", ":")).encode()


def load_metadata(raw: bytes) -> CoreMetadata | None:
    """The metadata that these bytes are; None if they are none."""
    try:
        said = json.loads(raw)
        python = said["requires_python"]
        return CoreMetadata(
            name=canonicalize_name(str(said["name"])),
            version=Version(said["version"]),
            requires=tuple(requirement(text) for text in said["requires"]),
            requires_python=None if python is None else python_specifier(python),
            extras=frozenset(canonicalize_name(extra) for extra in said["extras"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


class _Unusable(ValueError):
    """A rule of the core metadata specification that these bytes break."""


def _read_headers(raw: bytes) -> _Headers:
    """The fields; each of those that may not be repeated is there once at most."""
    if len(raw) > _LARGEST:
        end = _BLANK_LINE.search(raw)
        raw = raw[: end.end()] if end else raw
    if len(raw) > _LARGEST:
        raise _Unusable(f"METADATA has {len(raw)} bytes of fields")
    headers = _plain_headers(raw) or _headers(raw)
    for field in _ONCE:
        # Core metadata: no "multiple use" field. Who reads the last one reads something else.
        if len(headers.get(field.lower(), ())) > 1:
            raise _Unusable(f"METADATA has several {field} fields")
    return headers


def _plain_headers(raw: bytes) -> _Headers | None:
    """The fields, where nothing in these headers can be read in two ways; else None."""
    if b"\r\n" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    head = raw.partition(b"\n\n")[0].rstrip(b"\n") + b"\n"
    if b"\r" in head or not _PLAIN.fullmatch(head):
        return None
    found: dict[str, list[str]] = {}
    for name, value in _WANTED.findall(head):
        if not value.isascii():
            return None
        found.setdefault(name.decode().lower(), []).append(" ".join(value.decode().split()))
    return found


def _headers(raw: bytes) -> _Headers:
    from email.parser import BytesHeaderParser

    message = BytesHeaderParser().parsebytes(raw)
    return {
        # packaging rejects the line breaks of folded headers.
        name: [" ".join(str(value).split()) for value in message.get_all(name, ())]
        for name in _FIELDS
    }


def _required(headers: _Headers, field: str) -> str:
    value = next(iter(headers.get(field.lower(), ())), "")
    if not value:
        raise _Unusable(f"METADATA has no {field} field")
    return value


def _check_number(required: Sequence[str]) -> None:
    if len(required) > _MOST_REQUIRED:
        raise _Unusable(f"METADATA requires more than {_MOST_REQUIRED} projects")


def _check_version(text: str) -> None:
    # Core metadata: fail on a higher major version, tolerate a higher minor one.
    major = text.partition(".")[0]
    if not major.isdecimal() or int(major) > _KNOWN_MAJOR:
        raise _Unusable(f"Metadata-Version {text} is not supported")


@lru_cache(maxsize=8192)
def requirement(text: str) -> Requirement:
    """Parse a requirement (PEP 508), once for each spelling: projects share most of theirs.

    Raises:
        ValueError: the text is no requirement.
    """
    if len(text) > _LONGEST:
        raise InvalidRequirement(f"a requirement of {len(text)} characters")
    check_nesting(text)
    common = _COMMON.fullmatch(text)
    try:
        return Requirement(text) if common is None else _put_together(*common.groups())
    except (InvalidMarker, InvalidSpecifier):
        return Requirement(text)  # says what is wrong with it as a whole


def _put_together(
    name: str, extras: str | None, _: str | None, specifier: str, marker: str | None
) -> Requirement:
    """A requirement of parts, of which projects share most."""
    made = Requirement.__new__(Requirement)
    made.name, made.url = name, None
    made.extras = set(map(str.strip, extras.split(","))) if extras else set()
    made.specifier = SpecifierSet(specifier)
    made.marker = _marker(marker) if marker else None
    return made


@lru_cache(maxsize=4096)
def _marker(text: str) -> Marker:
    return Marker(text)


@lru_cache(maxsize=1024)
def python_specifier(text: str) -> SpecifierSet | None:
    """Parse a Requires-Python value; one that is no specifier set demands nothing, as in pip."""
    try:
        return SpecifierSet(text) if len(text) <= _LONGEST else None
    except InvalidSpecifier:
        return None
