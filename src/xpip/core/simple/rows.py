"""File objects of PEP 691 → `File`s, and back. Fields of a wrong type are unknown.

Rows that are as the standard has them, which nearly all are, are read in one go; `read_row` and
`read_file` make the same of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType
from msgspec.json import Decoder

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


class StandardRow(Struct, frozen=True, gc=False, rename="kebab"):
    """A row of which every field has the type that PEP 691, 700, 714 or 740 gives it."""

    filename: str
    url: str
    hashes: dict[str, str] = {}
    size: Annotated[int, Meta(ge=0)] | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str = False
    core_metadata: bool | dict[str, str] | UnsetType = UNSET
    dist_info_metadata: bool | dict[str, str] | UnsetType = UNSET
    data_dist_info_metadata: bool | dict[str, str] | UnsetType = UNSET
    provenance: str | None = None


_ROWS = Decoder(list[StandardRow])


def standard_rows(raw: bytes) -> Sequence[StandardRow] | None:
    """The rows that a JSON array holds; None where any of them is not as the standard has it."""
    try:
        return _ROWS.decode(raw)
    except (DecodeError, ValueError, RecursionError):
        return None


def read_row(row: StandardRow, base: str) -> File:
    """Build a `File` from a row."""
    return File(
        filename=row.filename,
        url=joined(base, row.url),
        hashes=_hashes_of(row.hashes),
        size=row.size,
        upload_time=_time(row.upload_time),
        requires_python=row.requires_python,
        yanked=_yanked(row.yanked),
        core_metadata=_metadata_of(row),
        provenance_url=row.provenance,
    )


def _metadata_of(row: StandardRow) -> bool | tuple[Hash, ...]:
    # As `_core_metadata`: the first of these that is there, whatever it says.
    said = row.core_metadata
    if said is UNSET:
        said = row.dist_info_metadata
    if said is UNSET:
        said = row.data_dist_info_metadata
    return _hashes_of(said) or bool(said) if isinstance(said, dict) else said is True


def _hashes_of(digests: Mapping[str, str]) -> tuple[Hash, ...]:
    found = [Hash(algorithm.lower(), digest.lower()) for algorithm, digest in digests.items()]
    return tuple(found if len(found) < 2 else _in_order(digests, found))


def _in_order(digests: Mapping[str, str], found: Sequence[Hash]) -> Sequence[Hash]:
    """By the algorithms' names as the page has them, as `_hashes` sorts them."""
    return [each for _, each in sorted(zip(digests.items(), found, strict=True))]


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
