"""A mapping file as a text that is edited: comments, order and layout stay as they are.

Knows TOML and JSON, and no rule's meaning: what an edit says is read again, and judged, by
whoever asked for it. A new rule is put into the text itself, so that no comment changes its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, Item, Table, Whitespace

from xpip.core.strict_table import Invalid

_BELOW_TOOL = ("tool", "xpip", "map")
_WIDTH = 88


class Rewriting:
    """One mapping file, read and valid.

    Args:
        text: all of the file.
        path: its name says what it is: JSON, a `pyproject.toml`, or TOML.

    Raises:
        Invalid: it cannot be read.
    """

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._is_json = path.endswith(".json")
        self._below = _BELOW_TOOL if path.endswith("pyproject.toml") else ()
        self._whole: Any = json.loads(text) if self._is_json else _parsed(text)
        self._map: Any = self._whole
        for key in self._below:
            self._map = self._map[key]
        self._new: list[tuple[int, dict[str, Any]]] = []

    @property
    def rules(self) -> Sequence[Any]:
        """The rules as they are written, but for those that are inserted."""
        rules: Sequence[Any] = self._map.get("mapping", ())
        return rules

    def add_repository(self, name: str, value: object) -> None:
        """Add a repository after the others."""
        if "repositories" not in self._map:
            self._map["repositories"] = {}
        repositories = self._map["repositories"]
        # What is left at the end of a table is, to the eye, the beginning of the next.
        end = _end(repositories) if isinstance(repositories, Table) else []
        repositories[name] = _inline(value) if not self._is_json else value
        if end:
            repositories.value.body.extend(end)

    def append(self, rule: int, key: str, texts: Collection[str]) -> None:
        """Add patterns to a list of an existing rule."""
        for text in texts:
            self.rules[rule][key].append(text)

    def drop(self, rule: int, key: str, place: int) -> None:
        """Take a pattern out of a list of an existing rule, and an empty list out of the rule."""
        listed = self.rules[rule][key]
        del listed[place]
        if not listed:
            del self.rules[rule][key]

    def settle(self, rule: int, repositories: Sequence[str], reason: str | None) -> None:
        """Give an existing rule other repositories."""
        self.rules[rule]["repositories"] = list(repositories)
        self.rules[rule].pop("reason", None)
        if reason is not None:
            self.rules[rule]["reason"] = reason

    def insert(self, place: int, rule: Mapping[str, object]) -> None:
        """Put a new rule before the one that has this place, or last."""
        rules = self._map.get("mapping")
        if isinstance(rules, list) and not isinstance(rules, AoT):
            rules.insert(place, dict(rule))
        elif self._is_json:
            self._map["mapping"] = [dict(rule)]
        else:
            self._new.append((place, dict(rule)))

    def dump(self) -> str:
        """The text as it is now.

        Raises:
            Invalid: the place of a new rule cannot be told.
        """
        if self._is_json:
            return _json_like(self._text, self._whole)
        text = tomlkit.dumps(self._whole)
        for place, rule in self._new:
            text = _spliced(text, place, self.block(rule), ".".join((*self._below, "mapping")))
        if "\r\n" in self._text:
            text = re.sub(r"(?<!\r)\n", "\r\n", text)
        return text

    def block(self, rule: Mapping[str, Any]) -> str:
        """A rule as this file would have it."""
        if self._is_json:
            return _json(rule, "  ", "", flat=True)
        header = ".".join((*self._below, "mapping"))
        return f"[[{header}]]\n" + "".join(
            f"{key} = {_toml(value, key)}\n" for key, value in rule.items()
        )


def _parsed(text: str) -> Any:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise Invalid("", str(error)) from None


def _end(table: Table) -> list[Any]:
    """Take the comments and blank lines at a table's end out of it."""
    body = table.value.body
    loose = list(
        takewhile(
            lambda each: each[0] is None and isinstance(each[1], Comment | Whitespace),
            reversed(body),
        )
    )
    if loose:
        del body[-len(loose) :]
    return loose[::-1]


def _inline(value: object) -> object:
    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _toml(value: Any, key: str) -> str:
    value = value.unwrap() if isinstance(value, Item) else value
    if not isinstance(value, list):
        return str(tomlkit.item(_inline(value)).as_string())
    listed: Array = tomlkit.array()
    listed.extend(list(value))
    written = listed.as_string()
    if len(key) + len(written) > _WIDTH:
        written = listed.multiline(True).as_string()
    return str(written)


def _spliced(text: str, place: int, block: str, header: str) -> str:
    """The text with a rule put before another, above what is said of that, or at the end."""
    lines = text.splitlines(keepends=True)
    begins = re.compile(rf"[ \t]*\[\[[ \t]*{re.escape(header)}[ \t]*\]\]")
    heads = [number for number, line in enumerate(lines) if begins.match(line)]
    at = heads[place] if place < len(heads) else _after_last(lines, heads)
    if place > len(heads):
        raise Invalid("mapping", "has rules that are written in a way xpip cannot add to")
    while at and at < len(lines) and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    before, after = "".join(lines[:at]), "".join(lines[at:])
    if before and not before.endswith("\n"):
        before += "\n"
    if before and not before.endswith(("\n\n", "\n\r\n")):
        before += "\n"
    return before + block + ("\n" if after else "") + after


def _after_last(lines: Sequence[str], heads: Sequence[int]) -> int:
    """Where the last rule ends, at the next table's header; without rules, the end of all."""
    if not heads:
        return len(lines)
    # In a valid rule no line but a header begins with a bracket that opens.
    following = range(heads[-1] + 1, len(lines))
    return next((n for n in following if lines[n].lstrip().startswith("[")), len(lines))


def _json_like(text: str, value: object) -> str:
    """The value as JSON, indented as this text is; lists stay on a line unless it breaks them."""
    indented = re.search(r"\n([ \t]+)\S", text)
    if indented is None:
        return json.dumps(value, ensure_ascii=text.isascii())
    flat = re.search(r"\[\s*\n\s*\"", text) is None
    written = _json(value, indented[1], "", flat=flat, ascii_only=text.isascii())
    return written + ("\n" if text.endswith("\n") else "")


def _json(value: object, indent: str, outer: str, *, flat: bool, ascii_only: bool = False) -> str:
    inner = outer + indent
    if isinstance(value, Mapping) and value:
        parts = [
            f"{json.dumps(key, ensure_ascii=ascii_only)}: "
            + _json(each, indent, inner, flat=flat, ascii_only=ascii_only)
            for key, each in value.items()
        ]
        opening, closing = "{}"
    elif isinstance(value, list) and value and not (flat and _is_plain(value)):
        parts = [_json(each, indent, inner, flat=flat, ascii_only=ascii_only) for each in value]
        opening, closing = "[]"
    else:
        return json.dumps(value, ensure_ascii=ascii_only)
    body = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{body}\n{outer}{closing}"


def _is_plain(value: list[object]) -> bool:
    return not any(isinstance(each, dict | list) for each in value)
