"""The repositories of all mapping files in force, each under one name and with one meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.facts import Repository
from xpip.core.mapping_file.groups import DeclaredGroup, page_of
from xpip.core.policy import RepositoryGroup
from xpip.core.strict_table import Invalid

_SAME_EVERYWHERE = {
    "auth": "auth",
    "file_hosts": "file-hosts",
    "absent_status": "absent-status",
    "page_format": "format",
    "trust_tracks": "trust-tracks",
    "exclusive": "local",
}


class _Entry(Struct, frozen=True, kw_only=True):
    group: RepositoryGroup
    enforced: bool
    source: str


class Inventory:
    """Repositories by their canonical pages; files are entered one after another.

    A later file may give a repository mirrors, and never another meaning: what its files mean by
    a name, and where its credentials go, is settled by the first.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._names: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def enter(self, declared: DeclaredGroup, *, enforced: bool) -> None:
        """Enter a group as its file declares it.

        Raises:
            Invalid: an earlier file gives its name, or one of its URLs, another meaning.
        """
        group, path = declared.group, f"repositories.{declared.group.name}"
        key, name = page_of(group.canonical), group.name.lower()
        known = self._names.get(name, key)
        if known != key:
            raise Invalid(path, f"is {_place(self._entries[known])}; one name means one repository")
        for mirror in group.mirrors:
            owner = self._owners.get(page_of(mirror), key)
            if owner != key:
                raise Invalid(path, f"{mirror.url} belongs to {_place(self._entries[owner])}")
        if key in self._entries:
            self._entries[key] = _joined(self._entries[key], declared, path)
        elif key in self._owners:
            raise Invalid(path, f"is a mirror of {_place(self._entries[self._owners[key]])}")
        else:
            self._entries[key] = _Entry(group=group, enforced=enforced, source=declared.source)
        self._names[name] = key
        self._owners |= {page_of(mirror): key for mirror in group.mirrors}

    def final(self, group: RepositoryGroup) -> RepositoryGroup:
        """The group that all files together make of one; itself where it was not entered."""
        entry = self._entries.get(page_of(group.canonical))
        return entry.group if entry else group

    def groups(self, sources: Iterable[str]) -> Iterator[RepositoryGroup]:
        """All groups, those that are first declared in the first of these files first."""
        for source in dict.fromkeys(sources):
            yield from (each.group for each in self._entries.values() if each.source == source)


def _joined(entry: _Entry, declared: DeclaredGroup, path: str) -> _Entry:
    known, later = entry.group, declared.group
    plain = RepositoryGroup(name=later.name, mirrors=later.mirrors, declared_at=later.declared_at)
    for field, key in _SAME_EVERYWHERE.items():
        said = getattr(later, field)
        if said != getattr(plain, field) and said != getattr(known, field):
            raise Invalid(f"{path}.{key}", f"is settled by {_place(entry)}")
    more = tuple(mirror for mirror in later.mirrors if not _has(known, mirror))
    if more and later.discovered and (entry.enforced or not known.discovered):
        # A checkout's own file would else be asked in the repository's stead.
        held = ", which is enforced" if entry.enforced else ""
        raise Invalid(
            f"{path}.urls",
            f"{more[0].url} is no mirror of {_place(entry)}{held}: a file that comes with a "
            "checkout may not add one",
        )
    return replace(entry, group=replace(known, mirrors=known.mirrors + more))


def _has(group: RepositoryGroup, mirror: Repository) -> bool:
    return page_of(mirror) in map(page_of, group.mirrors)


def _place(entry: _Entry) -> str:
    return f"{entry.group.name} ({entry.group.canonical.url}) in {entry.source}"
