"""Bytes of a mapping file → a `RepositoryMap`; errors carry a key path.

Nothing in the file is ever ignored: an ignored security file is the worst outcome. Decides what
the file says, not where it is found; touches no disk and reads no variable by itself.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from xpip.core.durations import point_in_time
from xpip.core.facts import Repository
from xpip.core.patterns import Pattern, covers
from xpip.core.policy import (
    ABSENT_STATUS,
    Auth,
    FileHost,
    IndexOrder,
    MappingRule,
    RepositoryGroup,
    RepositoryMap,
)
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.urls import canonical_root, is_loopback, quoted_path, web_origin
from xpip.errors import Reason, UsageError

SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_HEADER = re.compile(r"^[ \t]*\[\[\s*(?:tool\.xpip\.map\.)?mapping\s*\]\]", re.MULTILINE)
_NEVER_ABSENT = frozenset({401, 407, 408, 429})
_NOT_YET = {
    "top": ("extends", "enforced"),
    "repository": ("format", "enforced"),
    "rule": (
        *("on-unusable", "threshold", "hashes", "sdist", "status", "direct", "identity"),
        *("until", "enforced"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSource:
    """Where a mapping file lies and what it may name.

    Attributes:
        path: as shown to the user.
        directory: absolute, POSIX form; relative directories start from it.
        discovered: whether it was found by walking up from the working directory: it came with
            a checkout, and is trusted with names, not with secrets.
    """

    path: str
    directory: str
    discovered: bool


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
    try:
        table, lines = _load(raw, source.path)
        return _Reader(source, variables, now, lines).read(table)
    except Invalid as invalid:
        raise UsageError(
            f"The mapping file is not valid: {invalid}",
            reference=Reason.MAP_INVALID,
            context=[source.path],
            hint="xpip does nothing while a file that says where names come from is wrong.",
        ) from None


def holds_map(pyproject: bytes) -> bool:
    """Whether a `pyproject.toml` has a `[tool.xpip.map]` table; one that cannot be read has none.

    A project file that is broken is its own tools' affair, until it says something about names.
    """
    try:
        tool = tomllib.loads(pyproject.decode("utf-8-sig")).get("tool", {})
        return "map" in tool["xpip"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return b"tool.xpip.map" in pyproject


def _load(raw: bytes, path: str) -> tuple[StrictTable, list[int]]:
    try:
        text = raw.decode("utf-8-sig")
        if path.endswith(".json"):
            return StrictTable(json.loads(text)), []
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("", str(error)) from None
    if path.endswith("pyproject.toml"):
        document = document["tool"]["xpip"]["map"]
    lines = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
    return StrictTable(document), lines


class _Reader:
    """One file, on its way to a map."""

    def __init__(
        self, source: MapSource, variables: Mapping[str, str], now: datetime, lines: list[int]
    ) -> None:
        self._source = source
        self._variables = variables
        self._now = now
        self._lines = lines
        self._groups: dict[str, RepositoryGroup] = {}

    def read(self, table: StrictTable) -> RepositoryMap:
        _refuse_later(table, "top")
        schema = table.take("schema", int, SCHEMA)
        if schema != SCHEMA:
            raise Invalid("schema", f"is {schema}; this xpip reads {SCHEMA}")
        repositories = StrictTable(table.take("repositories", dict, {}), "repositories")
        for name, value in repositories.items():
            self._add_group(name, value)
        rules = tuple(
            self._rule(number, StrictTable(value, path))
            for number, (path, value) in enumerate(table.take_items("mapping"))
        )
        table.finish()
        _check_reachable(rules)
        groups = tuple(self._groups.values())
        return RepositoryMap(
            source=self._source.path,
            groups=groups,
            rules=rules,
            digest=_digest(groups, rules),
            discovered=self._source.discovered,
        )

    # Groups

    def _add_group(self, name: str, value: Any) -> None:
        path = f"repositories.{name}"
        if not _NAME.fullmatch(name):
            raise Invalid(path, "a repository's name has letters, digits, '-' and '_' only")
        if name.lower() in self._groups:
            raise Invalid(path, "is there twice; names are compared without case")
        table = StrictTable({"urls": value} if isinstance(value, list) else value, path)
        group = self._group(name, table)
        for other in self._groups.values():
            if other.canonical.url == group.canonical.url:
                raise Invalid(path, f"has the same canonical URL as {other.name}")
        self._groups[name.lower()] = group

    def _group(self, name: str, table: StrictTable) -> RepositoryGroup:
        _refuse_later(table, "repository")
        auth = Auth(table.take_word("auth", ("optional", "required", "never")))
        insecure = table.take("insecure", bool, False)
        urls = table.take_strings("urls")
        if not urls:
            raise Invalid(table.at("urls"), "at least one URL is needed")
        mirrors = tuple(
            Repository(url=self._url(url, f"{table.at('urls')}[{number}]", insecure=insecure))
            for number, url in enumerate(urls)
        )
        group = RepositoryGroup(
            name=name,
            mirrors=mirrors,
            declared_at=f"{self._source.path} {table.path}",
            auth=auth,
            file_hosts=tuple(_file_hosts(table)),
            absent_status=_absent_status(table, auth),
            trust_tracks=table.take("trust-tracks", bool, True),
            exclusive=table.take_word("local", ("merge", "exclusive")) == "exclusive",
        )
        table.finish()
        return group

    def _url(self, text: str, path: str, *, insecure: bool) -> str:
        parts = urlsplit(text)
        if "$" in parts.netloc or "$" in parts.scheme:
            raise Invalid(path, "variables may stand in a URL's path only")
        text = _VARIABLE.sub(lambda found: self._variable(found[1], path), text)
        parts = urlsplit(text)
        if parts.scheme in ("https", "http"):
            if parts.query or parts.fragment:
                raise Invalid(path, "is a repository's root, and has no query or fragment")
            if "@" in parts.netloc:
                raise Invalid(path, "holds a user name or password; see xpip help repositories")
            if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname or ""):
                raise Invalid(path, "is not encrypted; `insecure = true` allows it")
            return canonical_root(text)
        if parts.scheme not in ("", "file"):
            raise Invalid(path, f"{parts.scheme}: is not how a repository is asked")
        local = parts.path if parts.scheme == "file" else quoted_path(text)
        return (
            "file://"
            + posixpath.normpath(posixpath.join(quoted_path(self._source.directory), local))
            + "/"
        )

    def _variable(self, name: str, path: str) -> str:
        if self._source.discovered and not name.startswith("XPIP_MAP_"):
            # A checkout's own map may not read what else is in the environment.
            raise Invalid(path, f"may name variables that begin with XPIP_MAP_ only, not {name}")
        if name not in self._variables:
            raise Invalid(path, f"the variable {name} is not set")
        return self._variables[name]

    # Rules

    def _rule(self, number: int, table: StrictTable) -> MappingRule:
        _refuse_later(table, "rule")
        patterns = (
            *_patterns(table, "paths", is_namespace=False),
            *_patterns(table, "namespace", is_namespace=True),
        )
        if not patterns:
            raise Invalid(table.path, "needs `paths` or `namespace`")
        if "repositories" not in table:
            raise Invalid(table.at("repositories"), "is needed; [] lets nobody speak for the name")
        reason = table.take("reason", str, "") or None
        cooldown = table.take("cooldown", str, "")
        rule = MappingRule(
            key_path=table.path,
            declared_at=self._place(number),
            patterns=patterns,
            groups=tuple(
                self._named(path, name) for path, name in table.take_items("repositories")
            ),
            terminating=table.take("terminating", bool, True),
            declared=_declared(table, patterns, reason),
            order=IndexOrder(table.take_word("order", ("version", "index"))),
            cooldown=cooldown or None,
            cutoff=self._cutoff(table.at("cooldown"), cooldown) if cooldown else None,
            no_upload_time_allowed=table.take_word("no-upload-time", ("error", "allow")) == "allow",
            reason=reason,
        )
        table.finish()
        return rule

    def _place(self, number: int) -> str:
        line = f":{self._lines[number]}" if number < len(self._lines) else ""
        return f"{self._source.path}{line}"

    def _named(self, path: str, name: Any) -> RepositoryGroup:
        group = self._groups.get(name.lower()) if isinstance(name, str) else None
        if group is None:
            near = get_close_matches(str(name).lower(), self._groups, n=1)
            meant = f"; did you mean {self._groups[near[0]].name!r}?" if near else ""
            raise Invalid(path, f"there is no repository {name!r}{meant}")
        return group

    def _cutoff(self, path: str, text: str) -> datetime:
        try:
            return point_in_time(text, self._now)
        except ValueError as error:
            raise Invalid(path, str(error)) from None


def _refuse_later(table: StrictTable, kind: str) -> None:
    for key in _NOT_YET[kind]:
        if key in table:
            raise Invalid(table.at(key), "is not supported by this version of xpip yet")


def _patterns(table: StrictTable, key: str, *, is_namespace: bool) -> Iterator[Pattern]:
    for number, text in enumerate(table.take_strings(key)):
        try:
            yield Pattern.parse(text, is_namespace=is_namespace)
        except ValueError as error:
            raise Invalid(f"{table.at(key)}[{number}]", str(error)) from None


def _declared(table: StrictTable, patterns: tuple[Pattern, ...], reason: str | None) -> bool:
    declared = table.take_word("merge", ("linked", "declared")) == "declared"
    if declared and reason is None and not all(pattern.is_literal for pattern in patterns):
        # A glob names projects that do not exist yet.
        raise Invalid(table.at("merge"), '"declared" for a glob or namespace needs a `reason`')
    return declared


def _file_hosts(table: StrictTable) -> Iterator[FileHost]:
    for number, text in enumerate(table.take_strings("file-hosts")):
        url = text if "://" in text else f"https://{text}"
        parts = urlsplit(url)
        if not parts.hostname or "@" in parts.netloc or parts.scheme not in ("https", "http"):
            raise Invalid(
                f"{table.at('file-hosts')}[{number}]", "must be [scheme://]host[:port][/path]"
            )
        yield FileHost(origin=web_origin(url), path=parts.path or "/")


def _absent_status(table: StrictTable, auth: Auth) -> frozenset[int]:
    statuses = set()
    for path, status in table.take_items("absent-status"):
        allowed = isinstance(status, int) and 400 <= status < 500 and status not in _NEVER_ABSENT
        if not allowed:
            raise Invalid(path, "must be a 4xx status that says nothing of credentials or load")
        if status == 403 and auth is Auth.REQUIRED:
            raise Invalid(path, '403 cannot mean absent where `auth = "required"`')
        statuses.add(status)
    return frozenset(statuses) or ABSENT_STATUS


def _check_reachable(rules: tuple[MappingRule, ...]) -> None:
    covering: list[tuple[str, MappingRule]] = []
    for rule in rules:
        globs = [glob for pattern in rule.patterns for glob in pattern.globs]
        hidden = [next((by for wide, by in covering if covers(wide, glob)), None) for glob in globs]
        if all(hidden):
            first = hidden[0]
            assert first is not None
            raise Invalid(
                rule.key_path, f"no name can reach this rule: {first.key_path} comes first"
            )
        if rule.terminating:
            covering += [(glob, rule) for glob in globs]


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
                "declared": rule.declared,
                "order": rule.order,
                "cooldown": rule.cooldown,
                "no-upload-time": rule.no_upload_time_allowed,
            }
            for rule in rules
        ],
    }
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
