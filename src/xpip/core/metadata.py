"""METADATA bytes → the fields a resolver needs, or the reason why they cannot be used.

Decides which METADATA is usable (PEP 566, 643, 685). May not know where the bytes came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata, InvalidMetadata, Spelling
from xpip.core.metadata_fields import Unusable, identity_of, invalid, read_headers
from xpip.core.names import canonicalize_name
from xpip.core.nesting import check_nesting

_LONGEST = 4000
"""Characters of a requirement. Python reads no number of more than 4300 digits."""

_MOST_REQUIRED = 10_000
"""Each is a project that repositories are asked for. No real one has a thousand."""

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
        headers = read_headers(raw)
        required = headers.get("requires-dist", ())
        _check_number(required)
        own = identity_of(headers)
        requires_python = next(iter(headers.get("requires-python", ())), "")
        return CoreMetadata(
            name=own.name,
            version=own.version,
            requires=tuple(map(requirement, required)),
            requires_python=python_specifier(requires_python) if requires_python else None,
            extras=frozenset(map(canonicalize_name, headers.get("provides-extra", ()))),
            spelling=Spelling(requires=tuple(required), requires_python=requires_python or None),
        )
    except (ValueError, RecursionError) as error:
        # InvalidRequirement, InvalidVersion, numbers of thousands of digits, endless parentheses.
        return invalid(error)


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


def _check_number(required: Sequence[str]) -> None:
    if len(required) > _MOST_REQUIRED:
        raise Unusable(f"METADATA requires more than {_MOST_REQUIRED} projects")


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
