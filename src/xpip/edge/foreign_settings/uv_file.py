"""One file of uv's settings, key by key, and all that uv was told so far."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Unsaid
from xpip.core.policy import ABSENT_STATUS, Auth
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.ages import cooldown_of
from xpip.edge.foreign_settings.places import TomlFile, is_on
from xpip.errors import Reason, UsageError

_AUTH = {"always": Auth.REQUIRED, "never": Auth.NEVER, "auto": Auth.OPTIONAL}
_NEVER_ABSENT = frozenset({401, 407, 408, 429})
_INDEX_KEYS = frozenset(
    {"name", "url", "default", "explicit", "format", "authenticate", "ignore-error-codes"}
    | {"exclude-newer"}
)
UNSAID = {
    "cache-control": "xpip keeps to what servers say of caching",
    "hash-algorithm": "xpip takes the strongest hash that a page gives",
    "publish-url": "xpip publishes nothing",
    "exclude-newer-package": "a rule for these names with a `cooldown` of their own would say it",
    "allow-insecure-host": "certificates are always checked; plain http is `insecure = true`",
    "keyring-provider": "xpip asks the keyring by itself, where it is installed",
}
_PIP_KEYS = frozenset(
    {"index", "index-url", "extra-index-url", "find-links", "no-index", "index-strategy"}
    | {"exclude-newer"}
)
_UNKNOWN = "a key that xpip does not know"


class Told(Struct, kw_only=True):
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
        """List a setting."""
        self.unsaid.append(Unsaid(place=place, setting=setting, why=why))

    def set_default(self, index: ForeignIndex) -> None:
        """Take the default index, or file it with the explicit ones."""
        if self.default is None:
            self.default, self.has_default = index, True
            return
        # Names may still be pinned to it.
        self.explicit.append(index)
        if self.default.url != index.url:
            self.tell(index.place, index.shown, f"{self.default.place} is the default index")

    def every(self) -> list[ForeignIndex]:
        """All indexes, in uv's order."""
        default = [self.default] if self.default else []
        return [*self.links, *self.opens, *default, *self.explicit]


def newer(told: Told, text: str, place: str) -> str | None:
    """What `exclude-newer` says, as a cooldown; listed where xpip cannot read it."""
    cooldown = cooldown_of(text)
    if cooldown is None:
        told.tell(place, "exclude-newer", "neither a date nor an age that xpip reads")
    return cooldown


class UvFile:
    """One file of uv's, key by key."""

    def __init__(
        self,
        file: TomlFile,
        table: dict[str, Any],
        prefix: str,
        told: Told,
        addresses: Addresses,
    ) -> None:
        self._file = file
        self._table = table
        self._prefix = f"{prefix}." if prefix else ""
        self._told = told
        self._addresses = addresses
        self._by_name: dict[str, ForeignIndex] = {}

    def read(self) -> None:
        """Take over all that the file says of indexes."""
        for number, table in enumerate(self._file.tables(self._table, "index")):
            self._index(table, self._file.table(f"{self._prefix}index", number))
        self._legacy(self._table)
        if "pip" in self._table:
            self._pip(self._file.below(*f"{self._prefix}pip".split(".")))
        for key, why in UNSAID.items():
            if key in self._table:
                self._told.tell(self._file.key(key), key, why)
        for name, sources in self._table.get("sources", {}).items():
            self._source(name, sources if isinstance(sources, list) else [sources])

    def _legacy(self, table: dict[str, Any]) -> None:
        told = self._told
        for text in self._strings(table, "extra-index-url"):
            told.opens.append(self._addressed(text, "extra-index-url"))
        for text in self._strings(table, "index-url"):
            told.set_default(self._addressed(text, "index-url"))
        for text in self._strings(table, "find-links"):
            told.links.append(self._addressed(text, "find-links", flat=True))
        if is_on(table.get("no-index", "")) and told.no_index is None:
            told.no_index = self._file.key("no-index")
        if "index-strategy" in table and told.strategy is None:
            told.strategy = (str(table["index-strategy"]), self._file.key("index-strategy"))

    def _pip(self, table: dict[str, Any]) -> None:
        for key in sorted(table.keys() & _PIP_KEYS):
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
        for key in sorted(table.keys() - _INDEX_KEYS):
            self._told.tell(place, key, UNSAID.get(key, _UNKNOWN))
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
        return newer(self._told, str(table["exclude-newer"]), place)

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
