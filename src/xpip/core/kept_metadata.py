"""Metadata as it is kept between runs: what is required in its own words, so as to read the same.

What is read is data and never more, whoever wrote it: bytes that are no metadata are None.
"""

from __future__ import annotations

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, encode
from packaging.version import Version

from xpip.core.facts import CoreMetadata, Spelling
from xpip.core.names import canonicalize_name


class _Kept(Struct, frozen=True):
    name: str
    version: str
    requires: list[str]
    requires_python: str | None
    extras: list[str]


_KEPT = Decoder(_Kept)


def dump_metadata(metadata: CoreMetadata) -> bytes:
    """Metadata as bytes that `load_metadata` reads."""
    spelling = metadata.spelling or _spelling_of(metadata)
    kept = _Kept(
        name=metadata.name,
        version=str(metadata.version),
        requires=list(spelling.requires),
        requires_python=spelling.requires_python,
        extras=sorted(metadata.extras),
    )
    return encode(kept)


def _spelling_of(metadata: CoreMetadata) -> Spelling:
    python = metadata.requires_python
    return Spelling(
        requires=tuple(map(str, metadata.requires)),
        requires_python=None if python is None else str(python),
    )


def looks_kept(raw: bytes | memoryview) -> bool:
    """Whether these bytes have the form of metadata; what is required is left unread."""
    try:
        _KEPT.decode(raw)
    except (DecodeError, RecursionError):
        return False
    return True


def load_metadata(raw: bytes | memoryview) -> CoreMetadata | None:
    """The metadata that these bytes are; None if they are none."""
    from xpip.core.metadata import python_specifier, requirement

    try:
        kept = _KEPT.decode(raw)
        python = kept.requires_python
        return CoreMetadata(
            name=canonicalize_name(kept.name),
            version=Version(kept.version),
            requires=tuple(map(requirement, kept.requires)),
            requires_python=None if python is None else python_specifier(python),
            extras=frozenset(map(canonicalize_name, kept.extras)),
            spelling=Spelling(requires=tuple(kept.requires), requires_python=python),
        )
    except (DecodeError, ValueError, RecursionError):
        return None
