"""Poetry's settings: `[[tool.poetry.source]]`, and the `source` of a dependency.

Primary sources answer together, supplemental ones where those have nothing, explicit ones for
dependencies that name them. Without a primary one, PyPI is it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading, Unsaid
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.places import Setting, TomlFile
from xpip.errors import Reason, UsageError

_SOURCE = "tool.poetry.source"
_KEYS = frozenset({"name", "url", "priority", "default", "secondary"})
_STAGES = {
    "primary": "primary",
    "default": "primary",
    "supplemental": "supplemental",
    "secondary": "supplemental",
    "explicit": "explicit",
}
_CONDITIONS = ("markers", "platform", "python")
_LOGINS = ("POETRY_HTTP_BASIC_", "POETRY_PYPI_TOKEN_")


def read_poetry(file: TomlFile, setting: Setting) -> Reading:
    """What Poetry is told by this pyproject.toml.

    Raises:
        UsageError: its tables are not as Poetry documents them.
    """
    return _Reader(file, setting).reading()


class _Reader:
    def __init__(self, file: TomlFile, setting: Setting) -> None:
        self._file = file
        self._setting = setting
        self._addresses = Addresses(setting)
        self._table = file.below("tool", "poetry")
        self._stages: dict[str, list[ForeignIndex]] = {
            "primary": [],
            "supplemental": [],
            "explicit": [],
        }
        self._by_name: dict[str, ForeignIndex] = {}
        self._unsaid: list[Unsaid] = []

    def reading(self) -> Reading:
        for number, source in enumerate(self._file.tables(self._table, "source")):
            self._source(source, self._file.table(_SOURCE, number))
        pinned: dict[str, list[dict[str, Any]]] = {}
        for name, said in self._pinned():
            pinned.setdefault(name, []).append(said)
        pins = [self._pin(*each) for each in pinned.items()]
        told = bool(self._by_name or pins)
        if told and not self._stages["primary"]:
            implicit = self._addresses.index(self._setting.public, "Poetry's default", name="pypi")
            self._stages["primary"].append(implicit)
        if told:
            self._logins(self._setting.environ)
        return Reading(
            tool="Poetry",
            files=(self._file.shown,),
            indexes=tuple(index for stage in self._stages.values() for index in stage),
            rules=(*pins, *self._open()) if told else (),
            unsaid=tuple(self._unsaid),
        )

    def _source(self, source: dict[str, Any], place: str) -> None:
        name = str(source.get("name", ""))
        url = source.get("url", self._setting.public if name.lower() == "pypi" else None)
        if not name or not isinstance(url, str):
            raise self._file.wrong("source", "has an entry without a name or a url")
        index = self._addresses.index(url, f"{place} [[{_SOURCE}]]", name=name)
        self._by_name[name.lower()] = index
        self._stages[self._stage(source, place)].append(index)
        for key in sorted(source.keys() - _KEYS):
            why = "a key that xpip does not know"
            self._unsaid.append(Unsaid(place=place, setting=key, why=why))

    def _stage(self, source: dict[str, Any], place: str) -> str:
        legacy = "secondary" if source.get("secondary") is True else "primary"
        priority = str(source.get("priority", legacy)).lower()
        if priority not in _STAGES:
            why = "no priority that xpip knows: only dependencies that name it are asked for there"
            self._unsaid.append(Unsaid(place=place, setting=f"priority {priority!r}", why=why))
        return _STAGES.get(priority, "explicit")

    def _pinned(self) -> Iterator[tuple[str, dict[str, Any]]]:
        groups = self._table.get("group", {})
        tables = [self._table.get("dependencies"), self._table.get("dev-dependencies")]
        tables += [each.get("dependencies") for each in groups.values() if isinstance(each, dict)]
        for table in filter(None, tables):
            for name, said in table.items():
                for each in said if isinstance(said, list) else [said]:
                    if isinstance(each, dict) and "source" in each:
                        yield name, each

    def _pin(self, name: str, said: list[dict[str, Any]]) -> ForeignRule:
        place = self._file.key(name)
        indexes = [self._named(name, each, place) for each in said]
        return ForeignRule(
            patterns=(name,),
            indexes=tuple(dict.fromkeys(indexes)),
            place=f"{place} source of {name}",
            comments=("In Poetry this holds for this requirement; here, whoever needs the name.",),
        )

    def _named(self, name: str, said: dict[str, Any], place: str) -> ForeignIndex:
        source = str(said["source"])
        if source.lower() == "pypi" and "pypi" not in self._by_name:
            index = self._addresses.index(self._setting.public, "Poetry's default", name="pypi")
            self._by_name["pypi"] = index
            self._stages["explicit"].append(index)
        if source.lower() not in self._by_name:
            raise UsageError(
                f"{name} has the source {source!r}, which this file does not define",
                reference=Reason.USAGE,
                context=[place],
                hint="Nothing was imported: it would be open where that name may come from.",
            )
        for key in _CONDITIONS:
            if key in said:
                why = f"`{key} = {said[key]}`: a map goes by name alone, on every machine"
                self._unsaid.append(Unsaid(place=place, setting=f"{name} source", why=why))
        return self._by_name[source.lower()]

    def _open(self) -> Iterator[ForeignRule]:
        primary, supplemental = self._stages["primary"], self._stages["supplemental"]
        yield _stage_rule(primary, passes_on=bool(supplemental))
        if supplemental:
            rule = _stage_rule(supplemental, passes_on=False)
            yield rule
            why = (
                "Poetry also goes on to these where no version of a primary source fits;"
                " here only where all of those lack the name"
            )
            self._unsaid.append(Unsaid(place=rule.place, setting="supplemental", why=why))

    def _logins(self, environ: Mapping[str, str]) -> None:
        for variable in sorted(environ):
            if variable.startswith(_LOGINS):
                why = "xpip reads XPIP_<NAME>_USERNAME, _PASSWORD or _TOKEN in its place"
                self._unsaid.append(Unsaid(place=variable, setting="credentials", why=why))


def _stage_rule(indexes: list[ForeignIndex], *, passes_on: bool) -> ForeignRule:
    return ForeignRule(
        patterns=("*",),
        indexes=tuple(indexes),
        place=", ".join(dict.fromkeys(index.place for index in indexes)),
        passes_on=passes_on,
    )
