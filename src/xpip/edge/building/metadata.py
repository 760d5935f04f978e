"""What sources say of themselves, where it may be believed before anything is built.

Decides when PKG-INFO stands for the wheel to come (PEP 643), and what name a tree gives itself
(PEP 621). Nothing is run. What is unclear is None: then the backend must be asked.
"""

from __future__ import annotations

from email.parser import BytesHeaderParser
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.core.metadata import parse_metadata
from xpip.core.toml_text import load_toml
from xpip.core.zip_layout import open_zip
from xpip.edge.building.archives import is_zip, open_tar, tar_members

# Core metadata: `Dynamic` came with 2.2; what is older says nothing of what a build changes.
_FIRST_TRUSTED = (2, 2)
_NEEDED = frozenset({"version", "requires-dist", "requires-python", "provides-extra"})
_LARGEST = 8 * 1024**2


def sdist_metadata(archive: Path, *, limit: int) -> CoreMetadata | InvalidMetadata | None:
    """What a source distribution's PKG-INFO promises of every wheel built from it (PEP 643).

    The archive is read as far as its PKG-INFO, and nothing is written. A file that cannot be
    read as an archive has nothing to believe either: unpacking it tells why.

    Args:
        limit: bytes that may be unpacked on the way there.

    Returns:
        None where a build must be asked: no PKG-INFO, one older than 2.2, or one that leaves
        the version, Python, the requirements or the extras to the build.
    """
    try:
        raw = _from_zip(archive) if is_zip(archive) else _from_tar(archive, limit)
    except Exception:
        # Archives can be broken in more ways than their modules have exceptions for.
        return None
    return None if raw is None or not _is_static(raw) else parse_metadata(raw)


def tree_name(source: Path) -> NormalizedName | None:
    """What a source tree calls itself, before it is built; None where only a build can tell.

    PEP 621: a name cannot be dynamic.
    """
    try:
        table = load_toml((source / "pyproject.toml").read_bytes())
        return canonicalize_name(table["project"]["name"], validate=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    try:
        headers = BytesHeaderParser().parsebytes((source / "PKG-INFO").read_bytes())
        return canonicalize_name(str(headers["Name"]), validate=True)
    except (OSError, ValueError):
        return None


def _from_tar(archive: Path, limit: int) -> bytes | None:
    with open_tar(archive, limit=limit) as tar:
        for member in tar_members(tar):
            if member.isfile() and _is_pkg_info(member.name) and member.size <= _LARGEST:
                stream = tar.extractfile(member)
                return stream.read() if stream else None
    return None


def _from_zip(archive: Path) -> bytes | None:
    with open(archive, "rb") as file, open_zip(file, comment=_LARGEST) as contents:
        for item in contents.infolist():
            if _is_pkg_info(item.filename) and item.file_size <= _LARGEST:
                return contents.read(item)
    return None


def _is_pkg_info(name: str) -> bool:
    """Whether this is TOP/PKG-INFO; setuptools writes another one deeper down."""
    parts = name.removeprefix("./").split("/")
    return len(parts) == 2 and parts[1] == "PKG-INFO"


def _is_static(raw: bytes) -> bool:
    headers = BytesHeaderParser().parsebytes(raw)
    major, _, minor = str(headers.get("Metadata-Version", "")).strip().partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        return False
    dynamic = {str(field).strip().lower() for field in headers.get_all("Dynamic", ())}
    return (int(major), int(minor)) >= _FIRST_TRUSTED and not dynamic & _NEEDED
