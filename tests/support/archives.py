"""Archives of sources, as honest or as wicked as a test needs them."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: a file, or what its type says (`tarfile.SYMTYPE` …)."""

    name: str
    content: bytes | str = b""
    type: bytes = tarfile.REGTYPE
    link: str = ""
    mode: int = 0o644


def write_tar(path: Path, entries: Iterable[Entry]) -> Path:
    """Write a tar archive, compressed as its name's last suffix says."""
    how = {".gz": "gz", ".tgz": "gz", ".bz2": "bz2", ".xz": "xz", ".tar": ""}[path.suffix]
    with tarfile.open(path, f"w:{how}", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for entry in entries:
            member = tarfile.TarInfo(entry.name)
            content = _encoded(entry.content)
            member.size, member.type, member.mode = len(content), entry.type, entry.mode
            member.linkname = entry.link
            archive.addfile(member, io.BytesIO(content))
    return path


def write_zip(path: Path, entries: Iterable[Entry]) -> Path:
    """Write a zip archive; a link's target is its content."""
    kinds = {
        tarfile.REGTYPE: stat.S_IFREG,
        tarfile.SYMTYPE: stat.S_IFLNK,
        tarfile.CHRTYPE: stat.S_IFCHR,
        tarfile.DIRTYPE: stat.S_IFDIR,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            member = zipfile.ZipInfo(entry.name)
            member.create_system = 3  # Unix, whose modes follow
            member.external_attr = (kinds[entry.type] | entry.mode) << 16
            content = entry.link if entry.type == tarfile.SYMTYPE else entry.content
            archive.writestr(member, _encoded(content), zipfile.ZIP_DEFLATED)
    return path


def _encoded(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content
