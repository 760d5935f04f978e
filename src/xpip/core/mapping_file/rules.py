"""The `[[mapping]]` rules of a mapping file, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from xpip.core.durations import end_of, point_in_time
from xpip.core.facts import ProjectStatus
from xpip.core.mapping_file.source import Context
from xpip.core.patterns import Pattern, covers
from xpip.core.policy import Identity, IndexOrder, MappingRule, Merge, RepositoryGroup
from xpip.core.strict_table import Invalid, StrictTable

_KEYS = (
    *("paths", "namespace", "repositories", "terminating", "merge", "order"),
    *("on-unusable", "threshold", "cooldown", "no-upload-time", "hashes", "sdist", "status"),
    *("direct", "identity", "reason", "until"),
)
_STATUSES = tuple(each.value for each in ProjectStatus if each is not ProjectStatus.QUARANTINED)


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
        cooldown = table.take_time("cooldown")
        rule = MappingRule(
            source=self._context.source.path,
            key_path=table.path,
            declared_at=self._context.place(number),
            patterns=patterns,
            groups=self._listed(table),
            terminating=table.take("terminating", bool, True),
            merge=_merge(table, patterns, reason),
            order=IndexOrder(table.take_word("order", ("version", "index"))),
            passes_unusable=table.take_word("on-unusable", ("stop", "next")) == "next",
            threshold=table.take("threshold", int, 1),
            cooldown=cooldown,
            cutoff=self._moment(table.at("cooldown"), cooldown) if cooldown else None,
            no_upload_time_allowed=table.take_word("no-upload-time", ("error", "allow")) == "allow",
            hashes_required=table.take_word("hashes", ("optional", "required")) == "required",
            sdists_denied=table.take_word("sdist", ("allow", "deny")) == "deny",
            statuses=_statuses(table),
            direct_allowed=table.take_word("direct", ("deny", "allow")) == "allow",
            identity=_identity(table, self._context.place(number)),
            reason=reason,
        )
        self._check_until(table, rule)
        table.finish()
        _check_consistent(table, rule)
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

    def _moment(self, path: str, text: str) -> datetime:
        try:
            return point_in_time(text, self._context.now)
        except ValueError as error:
            raise Invalid(path, str(error)) from None

    def _check_until(self, table: StrictTable, rule: MappingRule) -> None:
        path, until = table.at("until"), table.take_time("until")
        if until is None:
            return
        loosened = _loosened(rule)
        if not loosened:
            raise Invalid(path, "there is nothing in this rule that it could end")
        try:
            end = end_of(until)
        except ValueError as error:
            raise Invalid(path, str(error)) from None
        if self._context.now >= end:
            raise Invalid(path, f"{' and '.join(loosened)} was allowed until {until}, and is over")


def _loosened(rule: MappingRule) -> list[str]:
    """The keys by which the rule lets in more than it would without them."""
    keys = {
        'merge = "declared"': rule.merge is Merge.DECLARED,
        'on-unusable = "next"': rule.passes_unusable,
        'no-upload-time = "allow"': rule.no_upload_time_allowed,
        'direct = "allow"': rule.direct_allowed,
    }
    return [key for key, is_there in keys.items() if is_there]


def _check_consistent(table: StrictTable, rule: MappingRule) -> None:
    """Be sure that no two keys contradict one another.

    Raises:
        Invalid: with the key path of the one that would have no effect.
    """
    if rule.passes_unusable and rule.terminating:
        raise Invalid(table.at("on-unusable"), '"next" needs `terminating = false`')
    if rule.threshold < 1:
        raise Invalid(table.at("threshold"), "must be 1 or more")
    if not rule.groups:
        return
    if rule.threshold > len(rule.groups):
        number = len(rule.groups)
        raise Invalid(table.at("threshold"), f"needs as many repositories; the rule lists {number}")
    if rule.threshold > 1 and rule.order is IndexOrder.INDEX:
        raise Invalid(table.at("threshold"), '`order = "index"` takes files from one repository')


def _statuses(table: StrictTable) -> frozenset[ProjectStatus] | None:
    if "status" not in table:
        return None
    statuses = set()
    for path, word in table.take_items("status"):
        if word == ProjectStatus.QUARANTINED.value:
            raise Invalid(path, "a quarantined project offers no files (PEP 792)")
        if word not in _STATUSES:
            raise Invalid(path, f"must be one of {', '.join(map(repr, _STATUSES))}")
        statuses.add(ProjectStatus(word))
    if not statuses:
        raise Invalid(table.at("status"), "at least one status is needed")
    return frozenset(statuses)


def _identity(table: StrictTable, place: str) -> Identity | None:
    if "identity" not in table:
        return None
    claims = StrictTable(table.take("identity", dict, {}), table.at("identity"))
    if "kind" not in claims:
        raise Invalid(claims.at("kind"), 'is needed, such as "GitHub" (PEP 740)')
    given = []
    for name, value in claims.items():
        if not isinstance(value, str) or not value:
            raise Invalid(claims.at(name), "must be a string")
        given.append((name, value))
    return Identity(claims=tuple(sorted(given)), declared_at=f"{place} {claims.path}")


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


def check_reachable(enforced: Sequence[MappingRule], others: Sequence[MappingRule]) -> None:
    """Be sure that no rule of one file hides behind rules that are asked before it.

    Raises:
        Invalid: with the key path of the one that does.
    """
    covering: list[tuple[str, MappingRule]] = []
    for rule in (*enforced, *others):
        globs = _globs(rule)
        hidden = [next((by for wide, by in covering if covers(wide, glob)), None) for glob in globs]
        if all(hidden):
            first = hidden[0]
            assert first is not None
            raise Invalid(
                rule.key_path, f"no name can reach this rule: {first.key_path} comes first"
            )
        if rule.terminating:
            covering += [(glob, rule) for glob in globs]
        if enforced and rule is enforced[-1]:
            # A name that an enforced rule matches goes on to enforced ones alone.
            covering = [
                (glob, each) for each in enforced for p in each.patterns for glob in p.globs
            ]


def _globs(rule: MappingRule) -> list[str]:
    return [glob for pattern in rule.patterns for glob in pattern.globs]
