"""A lock file (PEP 751) → which index each of its projects came from, as the lock says."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from packaging.pylock import (
    Package,
    PackageSdist,
    PackageWheel,
    Pylock,
    PylockValidationError,
)
from packaging.utils import NormalizedName

from xpip.core.toml_text import load_toml
from xpip.errors import Reason, UsageError


class LockedProject(Struct, frozen=True, kw_only=True):
    """One entry of a lock file.

    Attributes:
        index: `packages.index`, as written; None where the entry has none.
        is_direct: whether it is a direct reference, which no index serves.
        file_urls: where its files lie, as written.
    """

    project: NormalizedName
    index: str | None
    is_direct: bool
    file_urls: tuple[str, ...] = ()


def locked_projects(path: Path) -> tuple[LockedProject, ...]:
    """Read a lock file.

    Raises:
        UsageError: it cannot be read, or is no valid lock file.
    """
    try:
        lock = Pylock.from_dict(load_toml(path.read_bytes()))
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None
    except (ValueError, PylockValidationError, RecursionError) as error:
        raise _unusable(path, str(error)) from None
    return tuple(map(_locked, lock.packages))


def _locked(package: Package) -> LockedProject:
    return LockedProject(
        project=package.name,
        index=package.index,
        is_direct=any((package.vcs, package.directory, package.archive)),
        file_urls=tuple(file.url for file in _files(package) if file.url is not None),
    )


def _files(package: Package) -> list[PackageWheel | PackageSdist]:
    return [*(package.wheels or ()), *([package.sdist] if package.sdist else [])]


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"The lock file cannot be read: {why}",
        reference=Reason.USAGE,
        context=[str(path)],
    )
