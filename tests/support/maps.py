"""Mapping files in a few lines, read as real ones are.

    mapping('''
        [[mapping]]
        paths = ["spam"]
        repositories = ["corp"]
    ''')

The repositories pypi, corp and x are there unless the text says which are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import RepositoryMap

NOW = datetime(2026, 11, 21, tzinfo=UTC)

REPOSITORIES = """
[repositories]
pypi = ["https://pypi.example/simple/"]
corp = ["https://corp.example/simple/"]
x = ["https://x.example/simple/"]
"""


def mapping(text: str) -> RepositoryMap:
    """The map that this text is."""
    text = dedent(text)
    if "[repositories" not in text:
        text = REPOSITORIES + text
    source = MapSource(path="xpip.toml", directory="/project", discovered=True)
    return parse_map(text.encode(), source, variables={}, now=NOW)


def rule(patterns: str, *groups: str, **more: object) -> str:
    """One rule: its patterns are separated by spaces."""
    lines = ["[[mapping]]", f"paths = {patterns.split()!r}", f"repositories = {list(groups)!r}"]
    for key, value in more.items():
        written = str(value).lower() if isinstance(value, bool) else repr(value)
        lines.append(f"{key.replace('_', '-')} = {written}")
    return "\n".join([*lines, "", ""])


def mapping_with(
    rule: Mapping[str, Any],
    repository: Mapping[str, Any] | None = None,
    *,
    now: datetime = NOW,
) -> RepositoryMap:
    """A map as JSON has it: one rule, for spam, and the repository corp, with these keys."""
    corp = {"urls": ["https://corp.example/simple/"], **(repository or {})}
    others = {name: [f"https://{name}.example/simple/"] for name in ("pypi", "x")}
    spam = {"paths": ["spam"], "repositories": ["corp"], **rule}
    text = json.dumps({"repositories": {"corp": corp, **others}, "mapping": [spam]})
    source = MapSource(path="xpip.json", directory="/project", discovered=False)
    return parse_map(text.encode(), source, variables={}, now=now)
