"""Two locks → what the second changes of the first, project by project.

Origins count as much as versions: a project that comes from another repository than before is
another project, for all that a lock knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName

from xpip.core.urls import redacted


class ChangeKind(StrEnum):
    """What becomes of one project."""

    ADDED = "added"
    REMOVED = "removed"
    VERSION = "version"
    ORIGIN = "origin"
    DETAILS = "details"
    """Its files, its marker, or what is said of it."""


class LockChange(Struct, frozen=True, kw_only=True):
    """One project that two locks do not say the same of.

    Attributes:
        old_versions: more than one where they differ by machine; a source tree has none.
        old_origins: repositories, or the places of direct references.
    """

    project: NormalizedName
    kind: ChangeKind
    old_versions: tuple[str, ...] = ()
    new_versions: tuple[str, ...] = ()
    old_origins: tuple[str, ...] = ()
    new_origins: tuple[str, ...] = ()

    @property
    def changes_origin(self) -> bool:
        """Whether it comes from elsewhere than before."""
        both = self.old_origins and self.new_origins
        return bool(both) and self.old_origins != self.new_origins


def lock_changes(old: Pylock | None, new: Pylock) -> tuple[LockChange, ...]:
    """What the new lock changes, by name."""
    before = _by_name(old.packages if old else ())
    after = _by_name(new.packages)
    found = (
        _change(name, before.get(name, ()), after.get(name, ()))
        for name in sorted(before.keys() | after.keys())
    )
    return tuple(change for change in found if change is not None)


def _by_name(packages: Iterable[Package]) -> dict[NormalizedName, tuple[Package, ...]]:
    found: dict[NormalizedName, tuple[Package, ...]] = {}
    for package in packages:
        found[package.name] = (*found.get(package.name, ()), package)
    return found


def _change(
    name: NormalizedName, old: tuple[Package, ...], new: tuple[Package, ...]
) -> LockChange | None:
    if old == new:
        return None
    change = LockChange(
        project=name,
        kind=ChangeKind.DETAILS,
        old_versions=_versions(old),
        new_versions=_versions(new),
        old_origins=_origins(old),
        new_origins=_origins(new),
    )
    return replace(change, kind=_kind(change, is_new=not old, is_gone=not new))


def _kind(change: LockChange, *, is_new: bool, is_gone: bool) -> ChangeKind:
    if is_new:
        return ChangeKind.ADDED
    if is_gone:
        return ChangeKind.REMOVED
    if change.old_versions != change.new_versions:
        return ChangeKind.VERSION
    return ChangeKind.ORIGIN if change.changes_origin else ChangeKind.DETAILS


def _versions(packages: Iterable[Package]) -> tuple[str, ...]:
    versions = sorted({each.version for each in packages if each.version is not None})
    return tuple(map(str, versions))


def _origins(packages: Iterable[Package]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, {origin_of(each) for each in packages})))


def origin_of(package: Package) -> str:
    """Where a package comes from: an index, or a place; empty where the lock does not say it."""
    if package.index is not None:
        return package.index
    if package.vcs is not None:
        place = package.vcs.url or package.vcs.path
        return f"{package.vcs.type}+{place}@{package.vcs.commit_id}"
    if package.directory is not None:
        return package.directory.path
    if package.archive is not None:
        return package.archive.url or package.archive.path or ""
    return ""


_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-"}


def described(change: LockChange) -> str:
    """One line, fit to be shown."""
    old, new = _shown(change.old_versions), _shown(change.new_versions)
    sign = _SIGNS.get(change.kind, "~")
    match change.kind:
        case ChangeKind.ADDED:
            what = new
        case ChangeKind.REMOVED:
            what = old
        case ChangeKind.VERSION:
            what = f"{old or '?'} -> {new or '?'}"
        case ChangeKind.ORIGIN:
            what = new
        case ChangeKind.DETAILS:
            what = f"{new} (files or conditions)".lstrip()
    line = f"{sign} {change.project} {what}".rstrip()
    if not change.changes_origin:
        return line
    places = [", ".join(map(redacted, each)) for each in (change.old_origins, change.new_origins)]
    return f"{line}  from {places[1]}, before from {places[0]}"


def _shown(versions: Iterable[str]) -> str:
    return ", ".join(versions)


def change_data(change: LockChange) -> dict[str, object]:
    """The same as values."""
    return {
        "name": change.project,
        "change": change.kind.value,
        "old_versions": list(change.old_versions),
        "new_versions": list(change.new_versions),
        "old_origins": list(map(redacted, change.old_origins)),
        "new_origins": list(map(redacted, change.new_origins)),
    }
