"""Rows of a page → releases, sorted by file name alone; each `File` is built when looked at.

A page can list thousands of files of which a run looks at ten. Rows keep PEP 691's keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.facts import File, Hash, Misfit, MisfitKind, Release
from xpip.core.filenames import ARCHIVE_SUFFIXES, split_filename
from xpip.core.simple.document import Row, UnreadablePage
from xpip.core.urls import joined


def sort_files(
    rows: Iterable[Row], project: NormalizedName, base: str
) -> tuple[tuple[Release, ...], tuple[Misfit, ...]]:
    """The releases of the project, and the archives that belong to none.

    Raises:
        UnreadablePage: a row is no file object of PEP 691.
    """
    spelled: dict[str, list[Row]] = {}
    misfits: list[Misfit] = []
    names: dict[str, bool] = {}
    for row in rows:
        filename = _filename(row)
        named = split_filename(filename)
        if named is None:
            if filename.endswith(ARCHIVE_SUFFIXES):
                misfits.append(Misfit(filename=filename, kind=MisfitKind.FORMAT))
            continue
        name, version = named
        if name not in names:
            names[name] = canonicalize_name(name) == project
        if names[name]:
            spelled.setdefault(version, []).append(row)
        else:
            misfits.append(Misfit(filename=filename, kind=MisfitKind.NAME))
    return _releases(spelled, misfits, base), tuple(misfits)


def _filename(row: Row) -> str:
    if not isinstance(row, dict):
        raise UnreadablePage("an entry of files is not an object")
    filename, url, hashes = row.get("filename"), row.get("url"), row.get("hashes", {})
    if not (isinstance(filename, str) and isinstance(url, str) and isinstance(hashes, dict)):
        raise UnreadablePage(f"an entry of files lacks filename, url or hashes: {filename!r}")
    return filename


def _releases(
    spelled: Mapping[str, list[Row]], misfits: list[Misfit], base: str
) -> tuple[Release, ...]:
    releases: dict[Version, list[Row]] = {}
    for text, rows in spelled.items():
        try:
            version = Version(text)
        except ValueError:  # InvalidVersion, or a number that Python refuses for its length.
            misfits += [Misfit(filename=r["filename"], kind=MisfitKind.FORMAT) for r in rows]
            continue
        # 1.0 and 1.0.0 are spelled differently and are one version.
        if version in releases:
            releases[version] = releases[version] + rows
        else:
            releases[version] = rows
    return tuple(
        Release(version=version, files=_LazyFiles(rows, base)) for version, rows in releases.items()
    )


class _LazyFiles(Sequence[File]):
    """The files of a release, each built when it is looked at."""

    __slots__ = ("base", "rows")

    def __init__(self, rows: Sequence[Row], base: str) -> None:
        self.rows = rows
        self.base = base

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        if isinstance(index, slice):
            return _LazyFiles(self.rows[index], self.base)
        return read_file(self.rows[index], self.base)

    def __iter__(self) -> Iterator[File]:
        return (read_file(row, self.base) for row in self.rows)


def rows_of(files: Sequence[File], base: str) -> tuple[Sequence[Row], str]:
    """The rows that files were made of, and where their URLs start from."""
    if isinstance(files, _LazyFiles):
        return files.rows, files.base
    return [write_file(file) for file in files], base


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
