"""The `[[mapping]]` rules of a mapping file, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from xpip.core.durations import point_in_time
from xpip.core.mapping_file.source import Context, refuse_later
from xpip.core.patterns import Pattern, covers
from xpip.core.policy import IndexOrder, MappingRule, Merge, RepositoryGroup
from xpip.core.strict_table import Invalid, StrictTable

_KEYS = (
    *("paths", "namespace", "repositories", "terminating", "merge", "order"),
    *("cooldown", "no-upload-time", "reason"),
)
_LATER = (
    *("on-unusable", "threshold", "hashes", "sdist", "status", "direct", "identity"),
    *("until", "enforced"),
)


class RuleReader:
    """Reads rules one by one, over groups that are known already."""

    def __init__(self, context: Context, groups: Mapping[str, RepositoryGroup]) -> None:
        self._context = context
        self._groups = groups

    def rule(self, number: int, table: StrictTable) -> MappingRule:
        """Read one rule.

        Raises:
            Invalid: with its key path.
        """
        refuse_later(table, _LATER)
        table.only(_KEYS)
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
            declared_at=self._context.place(number),
            patterns=patterns,
            groups=self._listed(table),
            terminating=table.take("terminating", bool, True),
            merge=_merge(table, patterns, reason),
            order=IndexOrder(table.take_word("order", ("version", "index"))),
            cooldown=cooldown or None,
            cutoff=self._cutoff(table.at("cooldown"), cooldown) if cooldown else None,
            no_upload_time_allowed=table.take_word("no-upload-time", ("error", "allow")) == "allow",
            reason=reason,
        )
        table.finish()
        return rule

    def _listed(self, table: StrictTable) -> tuple[RepositoryGroup, ...]:
        groups: list[RepositoryGroup] = []
        for path, name in table.take_items("repositories"):
            group = self._named(path, name)
            if group in groups:
                raise Invalid(path, f"{name!r} is there twice")
            groups.append(group)
        return tuple(groups)

    def _named(self, path: str, name: Any) -> RepositoryGroup:
        group = self._groups.get(name.lower()) if isinstance(name, str) else None
        if group is None:
            near = get_close_matches(str(name).lower(), self._groups, n=1)
            meant = f"; did you mean {self._groups[near[0]].name!r}?" if near else ""
            raise Invalid(path, f"there is no repository {name!r}{meant}")
        return group

    def _cutoff(self, path: str, text: str) -> datetime:
        try:
            return point_in_time(text, self._context.now)
        except ValueError as error:
            raise Invalid(path, str(error)) from None


def _patterns(table: StrictTable, key: str, *, is_namespace: bool) -> Iterator[Pattern]:
    for number, text in enumerate(table.take_strings(key)):
        try:
            yield Pattern.parse(text, is_namespace=is_namespace)
        except ValueError as error:
            raise Invalid(f"{table.at(key)}[{number}]", str(error)) from None


def _merge(table: StrictTable, patterns: tuple[Pattern, ...], reason: str | None) -> Merge | None:
    if "merge" not in table:
        return None
    merge = Merge(table.take_word("merge", ("declared", "linked")))
    loosens = merge is Merge.DECLARED and not all(pattern.is_literal for pattern in patterns)
    if loosens and reason is None:
        # A glob names projects that do not exist yet.
        raise Invalid(table.at("merge"), '"declared" for a glob or namespace needs a `reason`')
    return merge


def check_reachable(rules: tuple[MappingRule, ...]) -> None:
    """Be sure that no rule hides behind earlier terminating ones.

    Raises:
        Invalid: with the key path of the one that does.
    """
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
