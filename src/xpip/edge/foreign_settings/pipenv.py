"""Pipenv's settings: the sources of a Pipfile, the `index` of a package, PIPENV_PYPI_MIRROR.

A package without an `index` is asked for at the first source, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading, Unsaid
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.places import Setting, TomlFile
from xpip.edge.foreign_settings.transport_security import tell_transport
from xpip.errors import Reason, UsageError

_NO_PACKAGES = frozenset({"source", "requires", "scripts", "pipenv", "build-system"})
_KEYS = frozenset({"name", "url", "verify_ssl"})
_MIRROR = "PIPENV_PYPI_MIRROR"


def read_pipenv(file: TomlFile | None, setting: Setting) -> Reading:
    """What Pipenv is told by this Pipfile, and by the setting's variables.

    Raises:
        UsageError: its tables are not as Pipenv documents them.
    """
    return _Reader(file, setting).reading()


class _Reader:
    def __init__(self, file: TomlFile | None, setting: Setting) -> None:
        self._file = file
        self._setting = setting
        self._addresses = Addresses(setting)
        self._mirror = setting.environ.get(_MIRROR)
        self._by_name: dict[str, ForeignIndex] = {}
        self._indexes: list[ForeignIndex] = []
        self._unsaid: list[Unsaid] = []

    def reading(self) -> Reading:
        pins: list[ForeignRule] = []
        if self._file is not None:
            for number, table in enumerate(self._file.tables(self._file.document, "source")):
                self._source(table, self._file.table("source", number), self._file)
            pins = [self._pin(name, said, self._file) for name, said in self._pinned(self._file)]
            self._searches_all(self._file)
        if not self._indexes and self._mirror:
            self._indexes.append(self._public(f"PyPI, by {_MIRROR}", name="pypi"))
        return Reading(
            tool="Pipenv",
            files=self._files(),
            indexes=tuple(self._indexes),
            rules=(*pins, *self._open()),
            unsaid=tuple(self._unsaid),
        )

    def _files(self) -> tuple[str, ...]:
        files = [self._file.shown] if self._file is not None else []
        return (*files, *([_MIRROR] if self._mirror else []))

    def _source(self, table: dict[str, Any], place: str, file: TomlFile) -> None:
        url = table.get("url")
        if not isinstance(url, str):
            raise file.wrong("source", "has an entry without a url")
        name = table.get("name")
        if self._mirror and urlsplit(url).hostname == urlsplit(self._setting.public).hostname:
            index = self._public(f"{place} [[source]], by {_MIRROR}", name=name)
        else:
            index = self._addresses.index(url, f"{place} [[source]]", name=name)
        self._unsaid += tell_transport(table, index)
        self._indexes.append(index)
        for known in (name, url):
            self._by_name.setdefault(str(known), index)
        for key in sorted(table.keys() - _KEYS):
            why = "a key that xpip does not know"
            self._unsaid.append(Unsaid(place=place, setting=key, why=why))

    def _public(self, place: str, *, name: str | None) -> ForeignIndex:
        return self._addresses.index(self._mirror or self._setting.public, place, name=name)

    def _pinned(self, file: TomlFile) -> Iterator[tuple[str, dict[str, Any]]]:
        for category, table in file.document.items():
            if category in _NO_PACKAGES or not isinstance(table, dict):
                continue
            for name, said in table.items():
                if isinstance(said, dict) and "index" in said:
                    yield name, said

    def _pin(self, name: str, said: dict[str, Any], file: TomlFile) -> ForeignRule:
        place = file.key(name)
        index = self._by_name.get(str(said["index"]))
        if index is None:
            raise UsageError(
                f"{name} has an index that this file does not define",
                reference=Reason.USAGE,
                context=[place],
                hint="Nothing was imported: it would be open where that name may come from.",
            )
        for key in sorted(said.keys() & {"markers", "sys_platform", "platform_system", "os_name"}):
            why = f"`{key} = {said[key]}`: a map goes by name alone, on every machine"
            self._unsaid.append(Unsaid(place=place, setting=f"{name} index", why=why))
        return ForeignRule(patterns=(name,), indexes=(index,), place=f"{place} index of {name}")

    def _open(self) -> Iterator[ForeignRule]:
        if self._indexes:
            first = self._indexes[0]
            comment = "Pipenv asks its first source for every package without an index."
            yield ForeignRule(
                patterns=("*",), indexes=(first,), place=first.place, comments=(comment,)
            )

    def _searches_all(self, file: TomlFile) -> None:
        if file.below("pipenv").get("install_search_all_sources") is True:
            place = file.key("install_search_all_sources")
            why = "installing from any source by hash; here each name keeps to its repository"
            unsaid = Unsaid(place=place, setting="install_search_all_sources", why=why)
            self._unsaid.append(unsaid)
