"""METADATA bytes → the fields a resolver needs, or the reason why they cannot be used.

Decides which METADATA is usable (PEP 566, 643, 685). May not know where the bytes came from.
"""

from __future__ import annotations

import json
from email.message import Message
from email.parser import BytesHeaderParser
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata, InvalidMetadata

_KNOWN_MAJOR = 2
_LONGEST = 4000
"""Characters of a requirement. Python reads no number of more than 4300 digits."""


def parse_metadata(raw: bytes) -> CoreMetadata | InvalidMetadata:
    """Read METADATA (core metadata specification; PEP 566).

    A requirement that no standard allows makes the whole release unusable: the dependency
    specifiers standard says so of unknown marker fields, and half a set of requirements is
    no set.
    """
    headers: Message = BytesHeaderParser().parsebytes(raw)
    try:
        _check_version(_required(headers, "Metadata-Version"))
        requires_python = _unfolded(headers.get("Requires-Python", ""))
        return CoreMetadata(
            name=canonicalize_name(_required(headers, "Name")),
            version=Version(_required(headers, "Version")),
            requires=tuple(
                requirement(_unfolded(text)) for text in headers.get_all("Requires-Dist", ())
            ),
            requires_python=python_specifier(requires_python) if requires_python else None,
            extras=frozenset(
                canonicalize_name(_unfolded(extra))
                for extra in headers.get_all("Provides-Extra", ())
            ),
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


def _required(headers: Message, field: str) -> str:
    value = headers.get(field)
    if not value:
        raise _Unusable(f"METADATA has no {field} field")
    return _unfolded(value)


def _check_version(text: str) -> None:
    # Core metadata: fail on a higher major version, tolerate a higher minor one.
    major = text.partition(".")[0]
    if not major.isdecimal() or int(major) > _KNOWN_MAJOR:
        raise _Unusable(f"Metadata-Version {text} is not supported")


def _unfolded(text: object) -> str:
    # packaging rejects the line breaks of folded headers.
    return " ".join(str(text).split())


@lru_cache(maxsize=8192)
def requirement(text: str) -> Requirement:
    """Parse a requirement (PEP 508), once for each spelling: projects share most of theirs.

    Raises:
        InvalidRequirement: the text is no requirement.
    """
    if len(text) > _LONGEST:
        raise InvalidRequirement(f"a requirement of {len(text)} characters")
    return Requirement(text)


@lru_cache(maxsize=1024)
def python_specifier(text: str) -> SpecifierSet | None:
    """Parse a Requires-Python value; one that is no specifier set demands nothing, as in pip."""
    try:
        return SpecifierSet(text) if len(text) <= _LONGEST else None
    except InvalidSpecifier:
        return None
