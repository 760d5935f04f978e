"""Several mapping files as one map: what is enforced first, then the file in force.

One name means one repository in all of them. Rules that are enforced stand apart, a layer for
each file; what later files may still say about their names is `enforcement`'s affair.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.mapping_file.document import read_document, take_extensions
from xpip.core.mapping_file.groups import GroupReader
from xpip.core.mapping_file.inventory import Inventory
from xpip.core.mapping_file.rules import RuleReader, check_reachable
from xpip.core.mapping_file.source import Context, MapSource, invalid_map
from xpip.core.policy import EnforcedLayer, MappingRule, RepositoryGroup, RepositoryMap
from xpip.core.strict_table import Invalid, StrictTable

SCHEMA = 1
_KEYS = ("schema", "extends", "enforced", "repositories", "mapping")
_RULE = re.compile(r"mapping\[(\d+)\]")


class MapFile(Struct, frozen=True, kw_only=True):
    """A mapping file, as it was read from where it lies."""

    raw: bytes
    source: MapSource


def combine(
    in_force: Sequence[MapFile],
    standing: Sequence[Sequence[MapFile]],
    *,
    variables: Mapping[str, str],
    now: datetime,
) -> RepositoryMap:
    """Read the files; see `combine_maps`."""
    read = [[_Sheet(file, variables=variables, now=now) for file in chain] for chain in standing]
    sheets = [_Sheet(file, variables=variables, now=now) for file in in_force]
    inventory = Inventory()
    # What a checkout says of a repository never comes before what the user's own files say of it.
    for chain in sorted((*read, sheets), key=_is_discovered):
        listed = frozenset(name for sheet in chain for name in sheet.enforced_names)
        # What a file extends is there before it.
        for sheet in reversed(chain):
            sheet.enter(inventory, listed, only_enforced=chain is not sheets)
    enforced = [layer for chain in (*read, sheets) for layer in _layers(chain, inventory)]
    rules = tuple(rule for sheet in sheets for rule in sheet.rules(inventory, sheets).others)
    sources = [sheet.source for chain in (sheets, *read) for sheet in chain]
    groups = tuple(inventory.groups([source.path for source in sources]))
    return RepositoryMap(
        source=sources[0].path,
        groups=groups,
        rules=rules,
        digest=_digest(groups, [*(layer.rules for layer in enforced), rules]),
        enforced=tuple(enforced),
        open_groups=None if sheets else (),
        discovered=any(sheet.source.discovered for sheet in sheets),
    )


class _Rules(Struct, frozen=True, kw_only=True):
    enforced: tuple[MappingRule, ...]
    others: tuple[MappingRule, ...]


class _Sheet:
    """One file: its groups are entered before the rules of any file are read."""

    def __init__(self, file: MapFile, *, variables: Mapping[str, str], now: datetime) -> None:
        self.source = file.source
        self._context = Context(source=file.source, variables=variables, now=now)
        self._read: _Rules | None = None
        try:
            document = read_document(file.raw, file.source.path)
            self._context = replace(self._context, lines=document.lines)
            self._begin(StrictTable(document.tables))
        except Invalid as invalid:
            raise self._error(invalid) from None

    def _begin(self, table: StrictTable) -> None:
        table.only(_KEYS)
        schema = table.take("schema", int, SCHEMA)
        if schema != SCHEMA:
            raise Invalid("schema", f"is {schema}; this xpip reads {SCHEMA}")
        take_extensions(table)
        self._is_enforced = table.take("enforced", bool, False)
        reader = GroupReader(self._context)
        repositories = StrictTable(table.take("repositories", dict, {}), "repositories")
        for name, value in repositories.items():
            reader.add(name, value)
        self._groups = tuple(reader.groups.values())
        self._rule_tables = tuple(table.take_tables("mapping"))
        self._enforced_rules = tuple(
            each.take("enforced", bool, False) or self._is_enforced for each in self._rule_tables
        )
        table.finish()
        self.enforced_names = frozenset(
            name
            for each, enforced in zip(self._rule_tables, self._enforced_rules, strict=True)
            if enforced
            for name in each.peek_words("repositories")
        )

    def enter(self, inventory: Inventory, listed: Collection[str], *, only_enforced: bool) -> None:
        """Enter the file's groups, or those that are enforced.

        Args:
            listed: groups that enforced rules list, its own or those of a file that extends it.
        """
        try:
            for declared in self._groups:
                enforced = self._is_enforced or declared.enforced
                enforced = enforced or declared.group.name.lower() in listed
                if enforced or not only_enforced:
                    inventory.enter(declared, enforced=enforced)
        except Invalid as invalid:
            raise self._error(invalid) from None

    def rules(self, inventory: Inventory, chain: Sequence[_Sheet]) -> _Rules:
        """The file's rules, over its own groups and those of the files that it extends."""
        if self._read is None:
            try:
                self._read = self._read_rules(inventory, chain)
            except Invalid as invalid:
                raise self._error(invalid) from None
        return self._read

    def _read_rules(self, inventory: Inventory, chain: Sequence[_Sheet]) -> _Rules:
        named: dict[str, RepositoryGroup] = {}
        for sheet in reversed(chain[chain.index(self) :]):
            named |= {
                declared.group.name.lower(): inventory.final(declared.group)
                for declared in sheet._groups
            }
        reader = RuleReader(self._context, named)
        enforced: list[MappingRule] = []
        others: list[MappingRule] = []
        for number, table in enumerate(self._rule_tables):
            of_its_kind = enforced if self._enforced_rules[number] else others
            of_its_kind.append(reader.rule(number, table))
        check_reachable(enforced, others)
        return _Rules(enforced=tuple(enforced), others=tuple(others))

    def _error(self, invalid: Invalid) -> Exception:
        rule = _RULE.match(invalid.path)
        place = self._context.place(int(rule[1])) if rule else self.source.path
        return invalid_map(invalid, place)


def _is_discovered(chain: Sequence[_Sheet]) -> bool:
    return any(sheet.source.discovered for sheet in chain)


def _layers(chain: Sequence[_Sheet], inventory: Inventory) -> list[EnforcedLayer]:
    return [
        EnforcedLayer(source=sheet.source.path, rules=rules, discovered=sheet.source.discovered)
        for sheet in reversed(chain)
        if (rules := sheet.rules(inventory, chain).enforced)
    ]


def _digest(groups: Sequence[RepositoryGroup], layers: Sequence[Sequence[MappingRule]]) -> str:
    """The same for files that mean the same, whatever their spelling and comments."""
    meaning = {
        "schema": SCHEMA,
        "repositories": {group.name.lower(): _group_meaning(group) for group in groups},
        "mapping": [[_rule_meaning(rule) for rule in layer] for layer in layers],
    }
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _group_meaning(group: RepositoryGroup) -> dict[str, object]:
    return {
        "urls": [mirror.url for mirror in group.mirrors],
        "auth": group.auth,
        "file-hosts": sorted(str((host.origin, host.path)) for host in group.file_hosts),
        "absent-status": sorted(group.absent_status),
        "format": group.page_format,
        "trust-tracks": group.trust_tracks,
        "exclusive": group.exclusive,
    }


def _rule_meaning(rule: MappingRule) -> dict[str, object]:
    return {
        "patterns": [str(pattern) for pattern in rule.patterns],
        "repositories": [group.name.lower() for group in rule.groups],
        "terminating": rule.terminating,
        "merge": rule.merge,
        "order": rule.order,
        "on-unusable": rule.passes_unusable,
        "threshold": rule.threshold,
        "cooldown": rule.cooldown,
        "no-upload-time": rule.no_upload_time_allowed,
        "hashes": rule.hashes_required,
        "sdist": rule.sdists_denied,
        "status": sorted(rule.statuses) if rule.statuses is not None else None,
        "direct": rule.direct_allowed,
        "identity": rule.identity.claims if rule.identity else None,
    }
