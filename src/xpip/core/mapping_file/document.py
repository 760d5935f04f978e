"""The tables of a mapping file, before anything is made of them."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

from xpip.core.mapping_file.source import MapSource, invalid_map
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.toml_text import load_toml
from xpip.core.urls import web_origin

_HEADER = re.compile(r"^[ \t]*\[\[\s*(?:tool\.xpip\.map\.)?mapping\s*\]\]", re.MULTILINE)
_MEANT = frozenset(
    {"map", "maps", "mapping", "mappings", "repositories", "schema", "extends", "enforced"}
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Extension(Struct, frozen=True, kw_only=True):
    """One file that a mapping file extends: a path relative to it, or a URL and its digest."""

    key_path: str
    path: str | None = None
    url: str | None = None
    sha256: str | None = None


class Document(Struct, frozen=True, kw_only=True):
    """A mapping file's tables, and the lines of its rules, where they are known."""

    tables: Any
    lines: tuple[int, ...]


def read_document(raw: bytes, path: str) -> Document:
    """Read TOML or JSON, by the file's name.

    Raises:
        Invalid: it is neither, or holds no map.
    """
    text, tables = _load(raw, path)
    return Document(tables=tables, lines=_lines(text, tables))


def extensions_of(raw: bytes, source: MapSource) -> tuple[Extension, ...]:
    """The files that a mapping file extends, in order.

    Raises:
        UsageError: `map-invalid`.
    """
    try:
        return take_extensions(StrictTable(read_document(raw, source.path).tables))
    except Invalid as invalid:
        raise invalid_map(invalid, source.path) from None


def enforces_all(raw: bytes, source: MapSource) -> bool:
    """Whether a mapping file is enforced as a whole: it speaks of its own names alone.

    Raises:
        UsageError: `map-invalid`.
    """
    try:
        return StrictTable(read_document(raw, source.path).tables).take("enforced", bool, False)
    except Invalid as invalid:
        raise invalid_map(invalid, source.path) from None


def take_extensions(table: StrictTable) -> tuple[Extension, ...]:
    """Take `extends` out of a file's tables.

    Raises:
        Invalid: it is neither a list of paths nor of `{url, sha256}`.
    """
    return tuple(_extension(path, value) for path, value in table.take_items("extends"))


def _extension(path: str, value: Any) -> Extension:
    if isinstance(value, str):
        if "://" in value:
            raise Invalid(path, "is a URL: write {url = …, sha256 = …}, so that it cannot change")
        if not value or not value.isprintable():
            raise Invalid(path, "is empty" if not value else "is no path")
        return Extension(key_path=path, path=value)
    table = StrictTable(value, path)
    table.only(("url", "sha256"))
    url, sha256 = table.take("url", str, ""), table.take("sha256", str, "").lower()
    if not url.startswith("https://") or not _is_url(url):
        raise Invalid(table.at("url"), "must be an https:// URL")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise Invalid(table.at("url"), "holds a user name or password")
    if not _SHA256.fullmatch(sha256):
        raise Invalid(table.at("sha256"), "must be 64 hexadecimal digits")
    return Extension(key_path=path, url=url, sha256=sha256)


def _is_url(text: str) -> bool:
    try:
        return text.isprintable() and bool(web_origin(text)[1])
    except ValueError:
        return False


def holds_map(pyproject: bytes) -> bool:
    """Whether a `pyproject.toml` has a `[tool.xpip.map]` table; one that cannot be read has none.

    A project file that is broken is its own tools' affair, unless it may say something of names.
    """
    try:
        document = load_toml(pyproject)
    except ValueError:
        return b"xpip" in pyproject
    own = _below(document, "tool", "xpip")
    # A table beside the one that is read would be ignored, and every name open to everybody.
    return not isinstance(own, dict | None) or bool(own and _MEANT & own.keys())


def _load(raw: bytes, path: str) -> tuple[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        if path.endswith(".json"):
            return text, json.loads(text, object_pairs_hook=_without_twins)
        document: Any = load_toml(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("", str(error)) from None
    if path.endswith("pyproject.toml"):
        document = _below(document, "tool", "xpip", "map")
        if document is None:
            raise Invalid("tool.xpip.map", "is needed: it is where a pyproject.toml has its map")
    return text, document


def _below(document: Any, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259, section 4: which of two equal names counts is anyone's guess.
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twin!r} is there twice in one object")
    return table


def _lines(text: str, document: Any) -> tuple[int, ...]:
    """Where the rules are written, unless they are written in a way that this cannot tell."""
    rules = document.get("mapping") if isinstance(document, dict) else None
    lines = tuple(text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text))
    return lines if isinstance(rules, list) and len(rules) == len(lines) else ()
