"""One file object of PEP 691 → a `File`, and back. Fields of a wrong type are unknown."""

from __future__ import annotations

from datetime import datetime

from xpip.core.facts import File, Hash
from xpip.core.simple.document import Row
from xpip.core.urls import joined


def write_file(file: File) -> Row:
    """A PEP 691 file object; `read_file` makes the same file of it."""
    row: dict[str, object] = {
        "filename": file.filename,
        "url": file.url,
        "hashes": dict(file.hashes),
        "yanked": file.yanked,
        "core-metadata": dict(file.core_metadata)
        if isinstance(file.core_metadata, tuple)
        else file.core_metadata,
    }
    if file.size is not None:
        row["size"] = file.size
    if file.upload_time is not None:
        row["upload-time"] = file.upload_time.isoformat()
    if file.requires_python is not None:
        row["requires-python"] = file.requires_python
    if file.provenance_url is not None:
        row["provenance"] = file.provenance_url
    return row


def read_file(row: Row, base: str) -> File:
    """Build a `File` from a PEP 691 file object; fields of a wrong type are unknown."""
    size, requires_python = row.get("size"), row.get("requires-python")
    provenance = row.get("provenance")
    return File(
        filename=row["filename"],
        url=joined(base, row["url"]),
        hashes=_hashes(row.get("hashes")),
        size=size if type(size) is int and size >= 0 else None,
        upload_time=_time(row.get("upload-time")),
        requires_python=requires_python if isinstance(requires_python, str) else None,
        yanked=_yanked(row.get("yanked", False)),
        core_metadata=_core_metadata(row),
        provenance_url=provenance if isinstance(provenance, str) else None,
    )


def _yanked(value: object) -> bool | str:
    """PEP 592: a reason, on one line, or whether it is yanked at all."""
    return (isinstance(value, str) and " ".join(value.split())) or bool(value)


def _hashes(value: object) -> tuple[Hash, ...]:
    if not isinstance(value, dict):
        return ()
    return tuple(
        Hash(str(algorithm).lower(), digest.lower())
        for algorithm, digest in sorted(value.items())
        if isinstance(digest, str)
    )


def _core_metadata(row: Row) -> bool | tuple[Hash, ...]:
    # PEP 714: the new name decides where it is present; PyPI writes the third spelling.
    for key in ("core-metadata", "dist-info-metadata", "data-dist-info-metadata"):
        if key in row:
            return _hashes(row[key]) or bool(row[key])
    return False


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo else None
