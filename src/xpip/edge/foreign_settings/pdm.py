"""PDM's settings: `[[tool.pdm.source]]`, the `[pypi]` table of pdm.toml, and PDM_PYPI_URL.

A name that some source includes is asked for at those that include it; any other one at all that
do not exclude it. The source `pypi` replaces PyPI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from msgspec.structs import replace

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading, Unsaid
from xpip.core.patterns import Pattern
from xpip.core.policy import IndexOrder
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.ages import cooldown_of
from xpip.edge.foreign_settings.places import Setting, TomlFile, is_on
from xpip.edge.foreign_settings.transport_security import tell_transport

_SOURCE = "tool.pdm.source"
_CLASS = re.compile(r"\[!?[^\]]+\]")
_ROOT = re.compile(r"\$\{PROJECT_ROOT\}|\$PROJECT_ROOT\b")
_KEYS = frozenset(
    {"name", "url", "type", "username", "password", "include_packages", "exclude_packages"}
)


def read_pdm(project: TomlFile | None, configuration: TomlFile | None, setting: Setting) -> Reading:
    """What PDM is told by this pyproject.toml, this pdm.toml, and the setting's variables.

    Raises:
        UsageError: their tables are not as PDM documents them.
    """
    return _Reader(project, configuration, setting).reading()


class _Reader:
    def __init__(
        self, project: TomlFile | None, configuration: TomlFile | None, setting: Setting
    ) -> None:
        self._project = project
        self._configuration = configuration
        self._setting = setting
        self._addresses = Addresses(setting)
        self._indexes: list[ForeignIndex] = []
        self._included: list[tuple[str, ForeignIndex]] = []
        self._excluded: list[tuple[str, ForeignIndex]] = []
        self._unsaid: list[Unsaid] = []
        self._cooldown: str | None = None
        self._ordered = ""

    def reading(self) -> Reading:
        if self._project is not None:
            self._resolution(self._project)
            tables = self._project.tables(self._project.below("tool", "pdm"), "source")
            for number, table in enumerate(tables):
                self._source(table, self._project, self._project.table(_SOURCE, number))
        replaced = any((index.name or "").lower() == "pypi" for index in self._indexes)
        default = self._default(replaced=replaced)
        self._stored()
        something = bool(self._indexes or self._ordered or self._cooldown or default[1])
        if something and not replaced:
            url, place = default
            self._indexes.insert(0, self._index(url, place or "PDM's default", name="pypi"))
        return Reading(
            tool="PDM",
            files=self._files(),
            indexes=tuple(self._indexes),
            rules=tuple(self._rules()) if something else (),
            unsaid=tuple(self._unsaid),
        )

    def _files(self) -> tuple[str, ...]:
        files = [each.shown for each in (self._project, self._configuration) if each is not None]
        return (*files, *(["PDM_PYPI_URL"] if self._setting.environ.get("PDM_PYPI_URL") else []))

    def _index(self, url: str, place: str, **more: Any) -> ForeignIndex:
        more.setdefault("cooldown", self._cooldown)
        text = _ROOT.sub(self._setting.cwd.as_posix().lstrip("/"), url)
        if not text.startswith("file:") and text != url:
            text = f"/{text}"
        return self._addresses.index(text, place, **more)

    # What the files say

    def _resolution(self, file: TomlFile) -> None:
        table = file.below("tool", "pdm", "resolution")
        if table.get("respect-source-order") is True:
            self._ordered = file.key("respect-source-order")
        if "exclude-newer" in table:
            self._cooldown = cooldown_of(str(table["exclude-newer"]))
            if self._cooldown is None:
                why = "neither a date nor an age that xpip reads"
                self._tell(file.key("exclude-newer"), "exclude-newer", why)

    def _source(self, table: dict[str, Any], file: TomlFile, place: str) -> None:
        url = table.get("url")
        if not isinstance(url, str):
            index = _elsewhere(table, f"{place} [[{_SOURCE}]]")
        else:
            index = self._made(table, url, f"{place} [[{_SOURCE}]]")
        self._unsaid += tell_transport(table, index)
        self._indexes.append(index)
        for key, kept in (
            ("include_packages", self._included),
            ("exclude_packages", self._excluded),
        ):
            kept += [(each, index) for each in self._patterns(table, key, place)]
        for key in sorted(
            table.keys() - _KEYS - {"verify_ssl", "ca_certs", "client_cert", "client_key"}
        ):
            self._tell(place, key, "a key that xpip does not know")

    def _made(self, table: dict[str, Any], url: str, place: str) -> ForeignIndex:
        index = self._index(
            url, place, name=table.get("name"), flat=table.get("type") == "find_links"
        )
        if ("username" in table or "password" in table) and index.url is not None:
            return self._with_login(index)
        return index

    def _with_login(self, index: ForeignIndex) -> ForeignIndex:
        return replace(index, has_login=True)

    def _patterns(self, table: dict[str, Any], key: str, place: str) -> Iterator[str]:
        for text in map(str, table.get(key, [])):
            # Wider is closed where a source includes, and open where it excludes.
            wider = _CLASS.sub("?", text) if key == "include_packages" else text
            try:
                pattern = Pattern.parse(wider).text
            except ValueError:
                why = f"{text}: no pattern that a mapping file has; list the names themselves"
                self._tell(place, key, why)
                continue
            if wider != text:
                why = f"{text} is written as {wider}, which matches more; list the names themselves"
                self._tell(place, key, why)
            yield pattern

    def _default(self, *, replaced: bool) -> tuple[str, str]:
        """The address of `pypi`, and who says so."""
        variable = self._setting.environ.get("PDM_PYPI_URL")
        stored = self._configured().get("url")
        if replaced:
            for place, value in (("PDM_PYPI_URL", variable), ("pdm.toml pypi.url", stored)):
                if value:
                    self._tell(place, "pypi.url", "the source `pypi` of pyproject.toml replaces it")
            return "", ""
        if variable:
            return variable, "PDM_PYPI_URL"
        if isinstance(stored, str) and self._configuration is not None:
            return stored, f"{self._configuration.key('url')} pypi.url"
        return self._setting.public, ""

    def _configured(self) -> dict[str, Any]:
        return {} if self._configuration is None else self._configuration.below("pypi")

    def _stored(self) -> None:
        """Further indexes of pdm.toml; they come after those of the project."""
        table, file = self._configured(), self._configuration
        stored = {name: each for name, each in table.items() if isinstance(each, dict)}
        if file is None:
            return
        for name, each in stored.items():
            if is_on(table.get("ignore_stored_index", "")):
                self._tell(f"{file.shown} pypi.{name}", name, "ignored, by ignore_stored_index")
            elif isinstance(each.get("url"), str):
                place = f"{file.at(rf'^[ ]*.pypi.{re.escape(name)}')} pypi.{name}"
                index = self._made({"name": name, **each}, each["url"], place)
                self._unsaid += tell_transport(each, index)
                self._indexes.append(index)

    def _tell(self, place: str, setting: str, why: str) -> None:
        self._unsaid.append(Unsaid(place=place, setting=setting, why=why))

    # What follows from it

    def _rules(self) -> Iterator[ForeignRule]:
        yield from self._by_pattern(self._included, inclusive=True)
        yield from self._by_pattern(self._excluded, inclusive=False)
        self._tell_overlaps()
        self._tell_open()
        yield self._rule(("*",), self._indexes)

    def _by_pattern(
        self, told: list[tuple[str, ForeignIndex]], *, inclusive: bool
    ) -> Iterator[ForeignRule]:
        for pattern in dict.fromkeys(text for text, _ in told):
            named = [index for text, index in told if text == pattern]
            asked = named if inclusive else [each for each in self._indexes if each not in named]
            yield self._rule((pattern,), asked, named[0].place)

    def _rule(
        self, patterns: tuple[str, ...], indexes: list[ForeignIndex], place: str = ""
    ) -> ForeignRule:
        return ForeignRule(
            patterns=patterns,
            indexes=tuple(indexes),
            place=place or ", ".join(dict.fromkeys(index.place for index in indexes)),
            order=IndexOrder.INDEX if self._ordered else IndexOrder.VERSION,
        )

    def _tell_overlaps(self) -> None:
        told = [*self._included, *self._excluded]
        for (one, first), (other, second) in combinations(told, 2):
            if one != other and first != second and _may_overlap(one, other):
                why = (
                    f"a name that matches {one} and {other}: PDM weighs both settings, here the"
                    " first rule that matches decides"
                )
                self._tell(second.place, "include_packages, exclude_packages", why)

    def _tell_open(self) -> None:
        for name in dict.fromkeys(index.name for _, index in self._included):
            why = f"PDM asks {name} for every other name too, and so does the last rule here"
            self._tell(f"source {name}", "include_packages", why)
        if self._ordered and len(self._indexes) > 1:
            why = (
                "PDM goes on where no version fits; here the first that has a name is the only one"
            )
            self._tell(self._ordered, "respect-source-order", why)


def _elsewhere(table: dict[str, Any], place: str) -> ForeignIndex:
    name = str(table.get("name", "a source"))
    problem = "has no url here; PDM takes it from your own configuration"
    return ForeignIndex(name=name, url=None, shown=name, place=place, problem=problem)


def _may_overlap(one: str, other: str) -> bool:
    """Whether one name could match both; never wrongly no."""
    heads = [re.split(r"[*?]", text)[0] for text in (one, other)]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
