"""Files that a command leaves in a directory of the user's: all of them, or none.

Decides what may happen to what is there already. May not know where files come from, nor what is
in them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from xpip.errors import InstallationError, PolicyError, Reason


class Keeping(StrEnum):
    """What became of a file."""

    SAVED = "saved"
    """It is new there."""
    THERE = "there"
    """The same was there already."""
    REPLACED = "replaced"
    """Another one of its name made room."""


class FileToKeep(Struct, frozen=True, kw_only=True):
    """A file on this disk, that is to lie elsewhere under the same name.

    Attributes:
        sha256: what it was verified to have; None for what was made here.
        replaces: whether another one of its name may go.
    """

    path: Path
    sha256: str | None
    replaces: bool = False


class Kept(Struct, frozen=True, kw_only=True):
    """What became of a file, and its digest."""

    keeping: Keeping
    sha256: str


def keep_files(files: Sequence[FileToKeep], directory: Path) -> tuple[Kept, ...]:
    """Copy files to a directory, which is made if need be.

    Raises:
        InstallationError: `file-collision`: another one of that name is there, or two are to be;
            `disk`. Nothing has changed.
        PolicyError: `hash-mismatch`: one has changed since it was verified. Nothing has changed.
    """
    _check_names(files)
    try:
        outcomes = [_outcome(each, directory / each.path.name) for each in files]
        _check_free(files, outcomes, directory)
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xpip-", dir=directory) as name:
            _keep(zip(files, outcomes, strict=True), directory, Path(name))
    except OSError as error:
        raise InstallationError(
            f"Files cannot be kept in {directory}: {error.strerror or error}",
            reference=Reason.DISK,
            context=[str(error.filename)] if error.filename else [],
        ) from error
    return tuple(outcomes)


def _check_names(files: Sequence[FileToKeep]) -> None:
    by_name: dict[str, FileToKeep] = {}
    for file in files:
        other = by_name.setdefault(file.path.name, file)
        if other is not file:
            raise InstallationError(
                f"Two files have the name {file.path.name}, and one directory is to hold both",
                reference=Reason.FILE_COLLISION,
            )


def _outcome(file: FileToKeep, path: Path) -> Kept:
    digest = file.sha256 or _sha256(file.path)
    if not os.path.lexists(path):
        return Kept(keeping=Keeping.SAVED, sha256=digest)
    same = path.is_file() and _sha256(path) == digest
    return Kept(keeping=Keeping.THERE if same else Keeping.REPLACED, sha256=digest)


def _check_free(files: Sequence[FileToKeep], outcomes: Sequence[Kept], directory: Path) -> None:
    taken = [
        file.path.name
        for file, outcome in zip(files, outcomes, strict=True)
        if outcome.keeping is Keeping.REPLACED
        and not (file.replaces and (directory / file.path.name).is_file())
    ]
    if taken:
        raise InstallationError(
            f"{directory} holds other contents under the same name; nothing was written",
            reference=Reason.FILE_COLLISION,
            context=taken,
            hint="Name another directory, or take away what is there if nothing needs it.",
        )


def _keep(files: Iterable[tuple[FileToKeep, Kept]], directory: Path, beside: Path) -> None:
    staged = [
        _staged(file, outcome.sha256, beside)
        for file, outcome in files
        if outcome.keeping is not Keeping.THERE
    ]
    # What can fail has happened by now, but for the moving in of what is on this file system.
    for path in staged:
        path.replace(directory / path.name)


def _staged(file: FileToKeep, sha256: str, beside: Path) -> Path:
    """A copy on the file system where it is to be, verified as it is there."""
    copy = Path(tempfile.mkdtemp(dir=beside)) / file.path.name
    shutil.copyfile(file.path, copy)
    if _sha256(copy) != sha256:
        raise PolicyError(
            f"{file.path.name} has changed since it was verified",
            reference=Reason.HASH_MISMATCH,
            context=[str(file.path)],
        )
    return copy


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
