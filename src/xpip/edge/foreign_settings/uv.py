"""uv's settings: `[tool.uv]` in pyproject.toml or uv.toml, and UV_*.

An index of uv's is open to every name, the default one last, or `explicit`: then only names that
`[tool.uv.sources]` pins are asked for there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading
from xpip.core.policy import IndexOrder
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.places import Setting, TomlFile, is_on
from xpip.edge.foreign_settings.uv_file import UNSAID, Told, UvFile, newer

_STRATEGIES = {
    "first-index": IndexOrder.INDEX,
    "unsafe-first-match": IndexOrder.INDEX,
    "unsafe-best-match": IndexOrder.VERSION,
}
_VARIABLES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_NO_INDEX", "UV_INDEX_STRATEGY", "UV_EXCLUDE_NEWER", "UV_INSECURE_HOST"),
)


def read_uv(file: TomlFile | None, setting: Setting, *, prefix: str = "tool.uv") -> Reading:
    """What uv is told by this file, and by the setting's variables.

    Args:
        file: pyproject.toml, or uv.toml, or neither.
        setting: the process around.
        prefix: where in the file uv's keys lie; empty for uv.toml.

    Raises:
        UsageError: its tables are not as uv documents them.
    """
    told = Told()
    addresses = Addresses(setting)
    files = tuple(name for name in _VARIABLES if setting.environ.get(name))
    table: dict[str, Any] = {}
    if file is not None:
        table = file.below(*prefix.split(".")) if prefix else file.document
        files = (file.shown, *files)
    told.newer = _everywhere_newer(told, file, table, setting.environ)
    _variables(told, addresses, setting.environ)
    if file is not None:
        UvFile(file, table, prefix, told, addresses).read()
    return _reading(told, addresses, setting, files)


def _everywhere_newer(
    told: Told, file: TomlFile | None, table: dict[str, Any], environ: Mapping[str, str]
) -> str | None:
    if environ.get("UV_EXCLUDE_NEWER"):
        return newer(told, environ["UV_EXCLUDE_NEWER"], "UV_EXCLUDE_NEWER")
    if file is None or "exclude-newer" not in table:
        return None
    return newer(told, str(table["exclude-newer"]), file.key("exclude-newer"))


def _variables(told: Told, addresses: Addresses, environ: Mapping[str, str]) -> None:
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
        told.tell("UV_INSECURE_HOST", "hosts", UNSAID["allow-insecure-host"])


def _named(told: Told, addresses: Addresses, text: str, place: str) -> ForeignIndex:
    name, separator, url = text.partition("=")
    if separator and "/" not in name and ":" not in name:
        return addresses.index(url, place, name=name, cooldown=told.newer)
    return addresses.index(text, place, cooldown=told.newer)


def _reading(told: Told, addresses: Addresses, setting: Setting, files: tuple[str, ...]) -> Reading:
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


def _rules(told: Told) -> Iterator[ForeignRule]:
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


def _order(told: Told, indexes: tuple[ForeignIndex, ...]) -> IndexOrder:
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
