"""What the next lock needs of one that is there ↔ bytes: of each entry, all but its files.

Made of a lock that was read and found good: who keeps it has to know that it still is that lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, encode
from packaging.markers import Marker
from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

_VERSION = Version("1.0")


class _Entry(Struct, array_like=True):
    name: str
    version: str | None
    marker: str | None
    index: str | None
    identities: list[dict[str, str]]


class _Lock(Struct, array_like=True):
    extras: list[str]
    dependency_groups: list[str]
    default_groups: list[str]
    packages: list[_Entry]


_LOCK = Decoder(_Lock)


def dump_continued(lock: Pylock) -> bytes:
    """As much of a lock as `load_continued` gives back."""
    return encode(
        _Lock(
            extras=list(lock.extras or ()),
            dependency_groups=list(lock.dependency_groups or ()),
            default_groups=list(lock.default_groups or ()),
            packages=[
                _Entry(
                    name=package.name,
                    version=_text(package.version),
                    marker=_text(package.marker),
                    index=package.index,
                    identities=[dict(each) for each in package.attestation_identities or ()],
                )
                for package in lock.packages
            ],
        )
    )


def load_continued(raw: bytes) -> Pylock | None:
    """A lock whose entries have no files; None if these bytes are none."""
    try:
        kept = _LOCK.decode(raw)
        return Pylock(
            lock_version=_VERSION,
            extras=[NormalizedName(each) for each in kept.extras],
            dependency_groups=kept.dependency_groups,
            default_groups=kept.default_groups,
            created_by="xpip",
            packages=list(map(_package, kept.packages)),
        )
    except (DecodeError, ValueError, RecursionError):
        return None


def _package(entry: _Entry) -> Package:
    identities: list[Mapping[str, Any]] = list(entry.identities)
    return Package(
        name=NormalizedName(entry.name),
        version=None if entry.version is None else Version(entry.version),
        marker=None if entry.marker is None else Marker(entry.marker),
        index=entry.index,
        attestation_identities=identities or None,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
