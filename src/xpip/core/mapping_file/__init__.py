"""Bytes of a mapping file → a `RepositoryMap`; errors carry a key path.

    source  where the file lies
    groups  its repositories
    rules   its rules

Nothing in the file is ever ignored: an ignored security file is the worst outcome. Decides what
the file says, not where it is found; touches no disk and reads no variable by itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from xpip.core.mapping_file.groups import GroupReader
from xpip.core.mapping_file.rules import RuleReader, check_reachable
from xpip.core.mapping_file.source import Context, MapSource, refuse_later
from xpip.core.policy import MappingRule, RepositoryGroup, RepositoryMap
from xpip.core.strict_table import Invalid, StrictTable
from xpip.errors import Reason, UsageError

__all__ = ["SCHEMA", "MapSource", "holds_map", "parse_map"]

SCHEMA = 1
_HEADER = re.compile(r"^[ \t]*\[\[\s*(?:tool\.xpip\.map\.)?mapping\s*\]\]", re.MULTILINE)
_RULE = re.compile(r"mapping\[(\d+)\]")
_KEYS = ("schema", "repositories", "mapping")
_LATER = ("extends", "enforced")


def parse_map(
    raw: bytes, source: MapSource, *, variables: Mapping[str, str], now: datetime
) -> RepositoryMap:
    """Read a mapping file, TOML or JSON by its name.

    Args:
        raw: the file; a `pyproject.toml` has the map under `[tool.xpip.map]`.
        source: where it lies.
        variables: environment variables for `${NAME}`.
        now: what ages such as `7d` count from.

    Raises:
        UsageError: `map-invalid`, with the key path of what is wrong.
    """
    context = Context(source=source, variables=variables, now=now)
    try:
        text, document = _load(raw, source.path)
        context = replace(context, lines=_lines(text, document))
        return _read(StrictTable(document), context)
    except Invalid as invalid:
        rule = _RULE.match(invalid.path)
        raise UsageError(
            f"The mapping file is not valid: {invalid}",
            reference=Reason.MAP_INVALID,
            context=[context.place(int(rule[1])) if rule else source.path],
            hint="xpip does nothing while a file that says where names come from is wrong.",
        ) from None


def holds_map(pyproject: bytes) -> bool:
    """Whether a `pyproject.toml` has a `[tool.xpip.map]` table; one that cannot be read has none.

    A project file that is broken is its own tools' affair, until it says something about names.
    """
    try:
        document = tomllib.loads(pyproject.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return b"tool.xpip.map" in pyproject
    return _below_tool(document) is not None


def _load(raw: bytes, path: str) -> tuple[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        if path.endswith(".json"):
            return text, json.loads(text, object_pairs_hook=_without_twins)
        document: Any = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("", str(error)) from None
    if path.endswith("pyproject.toml"):
        document = _below_tool(document)
        if document is None:
            raise Invalid("tool.xpip.map", "is needed: it is where a pyproject.toml has its map")
    return text, document


def _below_tool(document: Any) -> Any:
    for key in ("tool", "xpip", "map"):
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


def _read(table: StrictTable, context: Context) -> RepositoryMap:
    refuse_later(table, _LATER)
    table.only(_KEYS)
    schema = table.take("schema", int, SCHEMA)
    if schema != SCHEMA:
        raise Invalid("schema", f"is {schema}; this xpip reads {SCHEMA}")
    reader = GroupReader(context)
    for name, value in StrictTable(table.take("repositories", dict, {}), "repositories").items():
        reader.add(name, value)
    rule_reader = RuleReader(context, reader.groups)
    rules = tuple(
        rule_reader.rule(number, each) for number, each in enumerate(table.take_tables("mapping"))
    )
    table.finish()
    check_reachable(rules)
    groups = tuple(reader.groups.values())
    return RepositoryMap(
        source=context.source.path,
        groups=groups,
        rules=rules,
        digest=_digest(groups, rules),
        discovered=context.source.discovered,
    )


def _digest(groups: tuple[RepositoryGroup, ...], rules: tuple[MappingRule, ...]) -> str:
    """The same for files that mean the same, whatever their spelling and comments."""
    meaning = {
        "schema": SCHEMA,
        "repositories": {
            group.name.lower(): {
                "urls": [mirror.url for mirror in group.mirrors],
                "auth": group.auth,
                "file-hosts": sorted(str((host.origin, host.path)) for host in group.file_hosts),
                "absent-status": sorted(group.absent_status),
                "format": group.page_format,
                "trust-tracks": group.trust_tracks,
                "exclusive": group.exclusive,
            }
            for group in groups
        },
        "mapping": [
            {
                "patterns": [str(pattern) for pattern in rule.patterns],
                "repositories": [group.name.lower() for group in rule.groups],
                "terminating": rule.terminating,
                "merge": rule.merge,
                "order": rule.order,
                "cooldown": rule.cooldown,
                "no-upload-time": rule.no_upload_time_allowed,
            }
            for rule in rules
        ],
    }
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
