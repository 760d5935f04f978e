"""uv's settings: `[tool.uv]` in pyproject.toml or uv.toml, and UV_*.

An index of uv's is open to every name, the default one last, or `explicit`: then only names that
`[tool.uv.sources]` pins are asked for there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading, Unsaid
from xpip.core.policy import ABSENT_STATUS, Auth, IndexOrder
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.ages import cooldown_of
from xpip.edge.foreign_settings.places import Setting, TomlFile, is_on
from xpip.errors import Reason, UsageError

_AUTH = {"always": Auth.REQUIRED, "never": Auth.NEVER, "auto": Auth.OPTIONAL}
_NEVER_ABSENT = frozenset({401, 407, 408, 429})
_INDEX_KEYS = frozenset(
    {"name", "url", "default", "explicit", "format", "authenticate", "ignore-error-codes"}
    | {"exclude-newer"}
)
_UNSAID = {
    "cache-control": "xpip keeps to what servers say of caching",
    "hash-algorithm": "xpip takes the strongest hash that a page gives",
    "publish-url": "xpip publishes nothing",
    "exclude-newer-package": "a rule for these names with a `cooldown` of their own would say it",
    "allow-insecure-host": "certificates are always checked; plain http is `insecure = true`",
    "keyring-provider": "xpip asks the keyring by itself, where it is installed",
}
_STRATEGIES = {
    "first-index": IndexOrder.INDEX,
    "unsafe-first-match": IndexOrder.INDEX,
    "unsafe-best-match": IndexOrder.VERSION,
}
_VARIABLES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_NO_INDEX", "UV_INDEX_STRATEGY", "UV_EXCLUDE_NEWER", "UV_INSECURE_HOST"),
)


@dataclass(slots=True, kw_only=True)
class _Told:
    """What has been read so far; of two defaults or switches, the first counts."""

    opens: list[ForeignIndex] = field(default_factory=list)
    default: ForeignIndex | None = None
    has_default: bool = False
    links: list[ForeignIndex] = field(default_factory=list)
    explicit: list[ForeignIndex] = field(default_factory=list)
    rules: list[ForeignRule] = field(default_factory=list)
    unsaid: list[Unsaid] = field(default_factory=list)
    strategy: tuple[str, str] | None = None
    no_index: str | None = None
    newer: str | None = None

    def tell(self, place: str, setting: str, why: str) -> None:
        self.unsaid.append(Unsaid(place=place, setting=setting, why=why))

    def set_default(self, index: ForeignIndex) -> None:
        if self.default is None:
            self.default, self.has_default = index, True
        elif self.default.url != index.url:
            self.tell(index.place, index.shown, f"{self.default.place} is the default index")

    def every(self) -> list[ForeignIndex]:
        default = [self.default] if self.default else []
        return [*self.links, *self.opens, *default, *self.explicit]


def read_uv(file: TomlFile | None, setting: Setting, *, prefix: str = "tool.uv") -> Reading:
    """What uv is told by this file, and by the setting's variables.

    Args:
        file: pyproject.toml, or uv.toml, or neither.
        setting: the process around.
        prefix: where in the file uv's keys lie; empty for uv.toml.

    Raises:
        UsageError: its tables are not as uv documents them.
    """
    told = _Told()
    addresses = Addresses(setting)
    files = tuple(name for name in _VARIABLES if setting.environ.get(name))
    table: dict[str, Any] = {}
    if file is not None:
        table = file.below(*prefix.split(".")) if prefix else file.document
        files = (file.shown, *files)
    told.newer = _everywhere_newer(told, file, table, setting.environ)
    _variables(told, addresses, setting.environ)
    if file is not None:
        _File(file, table, prefix, told, addresses).read()
    return _reading(told, addresses, setting, files)


def _everywhere_newer(
    told: _Told, file: TomlFile | None, table: dict[str, Any], environ: Mapping[str, str]
) -> str | None:
    if environ.get("UV_EXCLUDE_NEWER"):
        return _newer(told, environ["UV_EXCLUDE_NEWER"], "UV_EXCLUDE_NEWER")
    if file is None or "exclude-newer" not in table:
        return None
    return _newer(told, str(table["exclude-newer"]), file.key("exclude-newer"))


def _variables(told: _Told, addresses: Addresses, environ: Mapping[str, str]) -> None:
    for variable in ("UV_INDEX", "UV_EXTRA_INDEX_URL"):
        told.opens += [
            _named(told, addresses, text, variable) for text in environ.get(variable, "").split()
        ]
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if environ.get(variable):
            told.set_default(_named(told, addresses, environ[variable], variable))
    links = filter(None, environ.get("UV_FIND_LINKS", "").split(","))
    told.links += [
        addresses.index(text, "UV_FIND_LINKS", flat=True, cooldown=told.newer) for text in links
    ]
    if is_on(environ.get("UV_NO_INDEX", "")):
        told.no_index = "UV_NO_INDEX"
    if environ.get("UV_INDEX_STRATEGY"):
        told.strategy = (environ["UV_INDEX_STRATEGY"], "UV_INDEX_STRATEGY")
    if environ.get("UV_INSECURE_HOST"):
        told.tell("UV_INSECURE_HOST", "hosts", _UNSAID["allow-insecure-host"])


def _named(told: _Told, addresses: Addresses, text: str, place: str) -> ForeignIndex:
    name, separator, url = text.partition("=")
    if separator and "/" not in name and ":" not in name:
        return addresses.index(url, place, name=name, cooldown=told.newer)
    return addresses.index(text, place, cooldown=told.newer)


def _newer(told: _Told, text: str, place: str) -> str | None:
    cooldown = cooldown_of(text)
    if cooldown is None:
        told.tell(place, "exclude-newer", "neither a date nor an age that xpip reads")
    return cooldown


class _File:
    """One file of uv's, key by key."""

    def __init__(
        self,
        file: TomlFile,
        table: dict[str, Any],
        prefix: str,
        told: _Told,
        addresses: Addresses,
    ) -> None:
        self._file = file
        self._table = table
        self._prefix = f"{prefix}." if prefix else ""
        self._told = told
        self._addresses = addresses
        self._by_name: dict[str, ForeignIndex] = {}

    def read(self) -> None:
        for number, table in enumerate(self._file.tables(self._table, "index")):
            self._index(table, self._file.table(f"{self._prefix}index", number))
        self._legacy(self._table)
        if "pip" in self._table:
            self._pip(self._file.below(*f"{self._prefix}pip".split(".")))
        for key, why in _UNSAID.items():
            if key in self._table:
                self._told.tell(self._file.key(key), key, why)
        for name, sources in self._table.get("sources", {}).items():
            self._source(name, sources if isinstance(sources, list) else [sources])

    def _legacy(self, table: dict[str, Any]) -> None:
        told, file = self._told, self._file
        for text in self._strings(table, "extra-index-url"):
            told.opens.append(self._addressed(text, "extra-index-url"))
        for text in self._strings(table, "index-url"):
            told.set_default(self._addressed(text, "index-url"))
        for text in self._strings(table, "find-links"):
            told.links.append(self._addressed(text, "find-links", flat=True))
        if is_on(table.get("no-index", "")) and told.no_index is None:
            told.no_index = file.key("no-index")
        if "index-strategy" in table and told.strategy is None:
            told.strategy = (str(table["index-strategy"]), file.key("index-strategy"))

    def _pip(self, table: dict[str, Any]) -> None:
        keys = ("index", "index-url", "extra-index-url", "find-links", "no-index")
        for key in (*keys, "index-strategy", "exclude-newer"):
            if key in table:
                why = "this is for `uv pip` alone, and was not imported"
                self._told.tell(self._file.key(key), f"[{self._prefix}pip] {key}", why)

    def _strings(self, table: dict[str, Any], key: str) -> list[str]:
        value = table.get(key, [])
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            raise self._file.wrong(key, "is not a string, nor a list of them")
        return texts

    def _addressed(self, text: str, key: str, **more: Any) -> ForeignIndex:
        place = f"{self._file.key(key)} {key}"
        more["cooldown"] = self._told.newer
        return self._addresses.index(text, place, directory=self._file.directory, **more)

    def _index(self, table: dict[str, Any], place: str) -> None:
        url = table.get("url")
        if not isinstance(url, str):
            raise self._file.wrong("index", "has an entry without a url")
        index = self._addresses.index(
            url,
            f"{place} [[{self._prefix}index]]",
            directory=self._file.directory,
            name=table.get("name"),
            flat=table.get("format") == "flat",
            auth=_AUTH.get(str(table.get("authenticate", "auto")), Auth.OPTIONAL),
            absent_status=self._absent(table, place),
            cooldown=self._cooldown(table, place),
        )
        for key in table.keys() - _INDEX_KEYS:
            self._told.tell(place, key, _UNSAID.get(key, "a key that xpip does not know"))
        if index.name is not None:
            self._by_name[index.name] = index
        self._file_away(table, index)

    def _file_away(self, table: dict[str, Any], index: ForeignIndex) -> None:
        told = self._told
        if table.get("explicit") is True:
            told.explicit.append(index)
            # uv: a default that is explicit too leaves no default index at all.
            told.has_default = told.has_default or table.get("default") is True
        elif table.get("default") is True:
            told.set_default(index)
        elif table.get("format") == "flat":
            told.links.append(index)
        else:
            told.opens.append(index)

    def _absent(self, table: dict[str, Any], place: str) -> frozenset[int]:
        codes = table.get("ignore-error-codes", [])
        allowed = {
            code
            for code in codes
            if isinstance(code, int) and 400 <= code < 500 and code not in _NEVER_ABSENT
        }
        for code in codes:
            if code not in allowed:
                why = "says nothing of whether a name is there, and is never read as absent"
                self._told.tell(place, f"ignore-error-codes {code}", why)
        return ABSENT_STATUS | allowed

    def _cooldown(self, table: dict[str, Any], place: str) -> str | None:
        if "exclude-newer" not in table:
            return self._told.newer
        if table["exclude-newer"] is False:
            return None
        return _newer(self._told, str(table["exclude-newer"]), place)

    def _source(self, name: str, sources: list[Any]) -> None:
        place = self._file.key(name)
        setting = f"{self._prefix}sources.{name}"
        pinned: list[ForeignIndex] = []
        for source in sources:
            if not isinstance(source, dict):
                raise self._file.wrong(name, "is not a table")
            if "index" not in source:
                kind = next(iter(source), "nothing")
                why = f"{kind}: a direct reference is a requirement, and not routed by name"
                self._told.tell(place, setting, why)
                continue
            pinned.append(self._pinned(str(source["index"]), name))
            self._conditions(source, place, setting)
        if pinned:
            self._told.rules.append(_pin(name, tuple(pinned), f"{place} {setting}"))

    def _pinned(self, index: str, name: str) -> ForeignIndex:
        if index not in self._by_name:
            raise UsageError(
                f"{name} is pinned to the index {index!r}, which this file does not define",
                reference=Reason.USAGE,
                context=[self._file.key(name)],
                hint="Nothing was imported: it would be open where that name may come from.",
            )
        return self._by_name[index]

    def _conditions(self, source: dict[str, Any], place: str, setting: str) -> None:
        for key in ("marker", "extra", "group"):
            if key in source:
                why = (
                    f"`{key} = {source[key]}`: a map goes by name alone, on every machine;"
                    " keep the one repository that you need"
                )
                self._told.tell(place, f"{setting} index {source['index']}", why)


def _pin(name: str, indexes: tuple[ForeignIndex, ...], place: str) -> ForeignRule:
    return ForeignRule(
        patterns=(name,),
        indexes=indexes,
        place=place,
        comments=("In uv this holds for direct requirements; here, whoever needs the name.",),
    )


def _reading(
    told: _Told, addresses: Addresses, setting: Setting, files: tuple[str, ...]
) -> Reading:
    something = bool(told.every() or told.rules or told.no_index or told.newer or told.strategy)
    if something and not told.has_default and told.no_index is None:
        told.default = addresses.index(setting.public, "uv's default", cooldown=told.newer)
    return Reading(
        tool="uv",
        files=files,
        indexes=tuple(told.every()),
        rules=tuple(_rules(told)) if something else (),
        unsaid=tuple(told.unsaid),
    )


def _rules(told: _Told) -> Iterator[ForeignRule]:
    yield from told.rules
    asked = [*told.links]
    if told.no_index is None:
        asked += [*told.opens, *([told.default] if told.default else [])]
    else:
        for index in [*told.opens, *([told.default] if told.default else [])]:
            told.tell(index.place, index.shown, f"not asked, by {told.no_index}")
    if not asked:
        return
    indexes = tuple(asked)
    yield ForeignRule(
        patterns=("*",),
        indexes=indexes,
        place=", ".join(dict.fromkeys(index.place for index in indexes)),
        order=_order(told, indexes),
    )


def _order(told: _Told, indexes: tuple[ForeignIndex, ...]) -> IndexOrder:
    strategy, place = told.strategy or ("first-index", "uv's default")
    if strategy not in _STRATEGIES:
        told.tell(place, "index-strategy", "not one that xpip knows; the first index counts here")
    if strategy == "unsafe-first-match" and len(indexes) > 1:
        why = "goes on where no version fits; here the first index that has a name is the only one"
        told.tell(place, strategy, why)
    if told.links and told.opens and strategy == "first-index":
        why = "uv merges these with its indexes; here a name that they have is taken from them"
        told.tell(told.links[0].place, "find-links", why)
    return _STRATEGIES.get(strategy, IndexOrder.INDEX)
