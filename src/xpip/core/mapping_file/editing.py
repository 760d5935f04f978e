"""The bytes of a mapping file, and a rule to add → new bytes, read again before they count.

Decides where the rule goes and what else must be said for it to hold. Where that is not clear,
nothing is changed. Touches no disk.

    naming     its repositories, old and new
    placing    which places among the rules will do
    rewriting  the text, edited with all that it has of comments and layout
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.mapping_file import MapSource, holds_map, parse_map
from xpip.core.mapping_file.naming import NamedRepository, Repositories, wrong
from xpip.core.mapping_file.placing import (
    Room,
    holder,
    is_for_all_names,
    place_of,
    room,
    speaks_of,
)
from xpip.core.mapping_file.rewriting import Rewriting
from xpip.core.mapping_file.rules import RuleReader
from xpip.core.mapping_file.source import Context
from xpip.core.patterns import Pattern
from xpip.core.policy import MappingRule, RepositoryGroup, RepositoryMap
from xpip.core.strict_table import Invalid, StrictTable
from xpip.errors import Reason, UsageError

_PLAIN = frozenset({"paths", "namespace", "repositories", "reason"})
_HEAD = "# Which repositories may speak for which names: see `xpip help mapping-file`.\n"


class Addition(Struct, frozen=True, kw_only=True):
    """What is to be said of some names.

    Attributes:
        repositories: who may speak for them; none denies them.
        rest: who may speak for all names that no rule of the file matches, if that is to be said.
        replace: whether names may be taken from the rules that have them.
    """

    patterns: tuple[Pattern, ...]
    repositories: tuple[NamedRepository, ...]
    rest: tuple[NamedRepository, ...] = ()
    reason: str | None = None
    replace: bool = False


class WrittenRule(Struct, frozen=True, kw_only=True):
    """A rule as it stands in the file now.

    Attributes:
        place: its file and line.
        verb: what was done to it.
    """

    place: str
    text: str
    verb: str


class Edited(Struct, frozen=True, kw_only=True):
    """A mapping file after an addition; the same bytes if it said so already."""

    raw: bytes
    rules: tuple[WrittenRule, ...]
    notes: tuple[str, ...]


def new_map(source: MapSource, raw: bytes = b"") -> bytes:
    """A mapping file that says nothing yet; `raw` is a `pyproject.toml` that is to have it."""
    if source.path.endswith(".json"):
        return b'{\n  "schema": 1,\n  "repositories": {},\n  "mapping": []\n}\n'
    if not source.path.endswith("pyproject.toml"):
        return f"{_HEAD}schema = 1\n\n[repositories]\n".encode()
    if holds_map(raw):
        return raw
    start = raw.rstrip() + b"\n\n" if raw.strip() else b""
    return start + f"{_HEAD}[tool.xpip.map.repositories]\n".encode()


def add_rule(
    raw: bytes,
    addition: Addition,
    source: MapSource,
    *,
    variables: Mapping[str, str],
    now: datetime,
) -> Edited:
    """Say in a mapping file who may speak for some names.

    Raises:
        UsageError: the file, or what it would become, is not valid, or it says otherwise of
            these names already.
    """
    context = Context(source=source, variables=variables, now=now)
    before = parse_map(raw, source, variables=variables, now=now)
    if before.enforced:
        raise wrong(
            "The mapping file has enforced rules, which only its owner's own hand should change",
            context=[source.path],
        )
    try:
        edit = _Edit(raw, before, context)
    except Invalid as invalid:
        raise _unwritten(str(invalid), source) from None
    edit.add(addition)
    if not edit.changes:
        return Edited(raw=raw, rules=(), notes=edit.all_notes)
    try:
        edited = _mark(raw) + edit.dump().encode()
        after = parse_map(edited, source, variables=variables, now=now)
    except Invalid as invalid:
        raise _unwritten(str(invalid), source) from None
    except UsageError as error:
        raise _unwritten(error.message.partition(": ")[2] or error.message, source) from None
    if not edit.made(after):
        raise _unwritten("its layout is one that xpip cannot add to", source)
    rules = edit.written(after)
    return Edited(raw=edited, rules=rules, notes=edit.all_notes)


def _mark(raw: bytes) -> bytes:
    return BOM_UTF8 if raw.startswith(BOM_UTF8) else b""


def _unwritten(problem: str, source: MapSource) -> UsageError:
    return UsageError(
        f"With this addition the mapping file would not be valid: {problem}",
        reference=Reason.USAGE,
        context=[source.path],
        hint="Nothing was written. Change the file by hand; see `xpip help mapping-file`.",
    )


class _Edit:
    """One addition to one file, piece by piece."""

    def __init__(self, raw: bytes, before: RepositoryMap, context: Context) -> None:
        self._rules = list(before.rules)
        self._context = context
        self._document = Rewriting(raw.decode("utf-8-sig"), context.source.path)
        self._repositories = Repositories(before.groups, context)
        self._exceptions: set[int] = set()
        self._losers: set[int] = set()
        self.changes: dict[int, str] = {}
        self.notes: list[str] = []

    def dump(self) -> str:
        return self._document.dump()

    def _named(self, repositories: Sequence[NamedRepository]) -> tuple[RepositoryGroup, ...]:
        found = tuple(dict.fromkeys(map(self._repositories.find, repositories)))
        for name, value in self._repositories.taken_new():
            self._document.add_repository(name, value)
        return found

    @property
    def all_notes(self) -> tuple[str, ...]:
        return (*self._repositories.notes, *self.notes)

    def made(self, after: RepositoryMap) -> bool:
        """Whether the file says now what was meant, and of all else what it said before."""
        said = [(set(each.patterns), _names(each.groups), each.reason) for each in after.rules]
        meant = [(set(each.patterns), _names(each.groups), each.reason) for each in self._rules]
        known = {group.name: group.mirrors for group in after.groups}
        groups = self._repositories.groups.values()
        return said == meant and known == {group.name: group.mirrors for group in groups}

    def written(self, after: RepositoryMap) -> tuple[WrittenRule, ...]:
        """The rules that were changed, with the places that they have now."""
        for number in sorted(self._exceptions):
            names = ", ".join(map(str, after.rules[number].patterns))
            place = place_of(after.rules[number])
            self.notes.append(f"what {place} says of {names} stays an exception")
        for number in sorted(self._losers):
            names = ", ".join(map(str, after.rules[number].patterns))
            place = place_of(after.rules[number])
            self.notes.append(f"this takes names out of what {place} says of {names}")
        final = Rewriting(self.dump(), self._context.source.path)
        return tuple(
            WrittenRule(
                place=place_of(after.rules[number]),
                text=final.block(final.rules[number]),
                verb=verb,
            )
            for number, verb in sorted(self.changes.items())
        )

    def add(self, addition: Addition) -> None:
        groups = self._named(addition.repositories)
        patterns = [
            pattern for pattern in addition.patterns if not self._settled(pattern, groups, addition)
        ]
        if patterns:
            self._place(patterns, groups, addition.reason)
        elif not self.changes:
            self.notes.append("the mapping file says so already")
        if addition.rest:
            self._rest(self._named(addition.rest))

    def _settled(
        self, pattern: Pattern, groups: tuple[RepositoryGroup, ...], addition: Addition
    ) -> bool:
        """Whether an existing rule has the pattern and says this, or is made to say it."""
        number = holder(self._rules, pattern)
        if number is None:
            return False
        rule = self._rules[number]
        if rule.groups == groups and addition.reason in (None, rule.reason):
            return True
        if not addition.replace:
            raise _taken(pattern, rule)
        if set(rule.patterns) <= set(addition.patterns):
            self._document.settle(number, _names(groups), addition.reason)
            self._rules[number] = replace(rule, groups=groups, reason=addition.reason)
            self.changes[number] = "Changed"
            earlier = [n for n in range(number) if speaks_of(self._rules[n], pattern)]
            self._except(earlier, groups)
            return True
        self._drop(number, pattern)
        return False

    def _drop(self, number: int, pattern: Pattern) -> None:
        rule = self._rules[number]
        key = _key(pattern)
        texts = self._document.rules[number][key]
        parsed = [Pattern.parse(str(text), is_namespace=pattern.is_namespace) for text in texts]
        for place in reversed([n for n, each in enumerate(parsed) if each == pattern]):
            self._document.drop(number, key, place)
        left = tuple(each for each in rule.patterns if each != pattern)
        self._rules[number] = replace(rule, patterns=left)
        self.changes[number] = "Shortened"

    def _place(
        self, patterns: list[Pattern], groups: tuple[RepositoryGroup, ...], reason: str | None
    ) -> None:
        space = room(self._rules, patterns)
        self._tell(patterns, groups, space)
        home = self._home(patterns, groups, reason, space)
        if home is not None:
            texts = [pattern.text for pattern in patterns]
            kept = self._rules[home].patterns
            self._rules[home] = replace(self._rules[home], patterns=(*kept, *patterns))
            self._document.append(home, _key(patterns[0]), texts)
            self.changes[home] = "Extended"
            return
        written: dict[str, object] = {
            _key(patterns[0]): [pattern.text for pattern in patterns],
            "repositories": _names(groups),
        }
        self._insert(space.first, {**written, **({"reason": reason} if reason else {})})

    def _home(
        self,
        patterns: Sequence[Pattern],
        groups: tuple[RepositoryGroup, ...],
        reason: str | None,
        space: Room,
    ) -> int | None:
        """A rule that says just this already, of other names, at a place that will do."""
        key = _key(patterns[0])
        for number in range(max(space.first - 1, 0), space.last):
            rule, written = self._rules[number], self._document.rules[number]
            if rule.groups != groups or rule.reason != reason:
                continue
            if key in written and _PLAIN.issuperset(written):
                return number
        return None

    def _insert(self, place: int, written: Mapping[str, object]) -> None:
        self._document.insert(place, written)
        shifted = {n + (n >= place): verb for n, verb in self.changes.items()}
        self._exceptions = {n + (n >= place) for n in self._exceptions}
        self._losers = {n + (n >= place) for n in self._losers}
        self.changes = {**shifted, place: "Added"}
        reader = RuleReader(self._context, self._repositories.groups)
        self._rules.insert(place, reader.rule(place, StrictTable(written)))

    def _except(self, numbers: Sequence[int], groups: tuple[RepositoryGroup, ...]) -> None:
        self._exceptions |= {n for n in numbers if self._rules[n].groups != groups}

    def _tell(
        self, patterns: Sequence[Pattern], groups: tuple[RepositoryGroup, ...], space: Room
    ) -> None:
        self._except(space.exceptions, groups)
        if space.loses is not None and self._rules[space.loses].groups != groups:
            self._losers.add(space.loses)
        wide = [pattern for pattern in patterns if not pattern.is_literal]
        if wide and len(groups) > 1:
            self.notes.append(
                f"{', '.join(map(str, wide))}: a name that several of these repositories hold is "
                "still refused (xpip help collisions)"
            )

    def _rest(self, groups: tuple[RepositoryGroup, ...]) -> None:
        """The last rule: for all names that no other matches."""
        for rule in self._rules:
            if is_for_all_names(rule):
                if rule.groups != groups:
                    raise wrong(
                        "The mapping file says already who may speak for all other names",
                        context=[place_of(rule)],
                        hint="Leave --rest out, or change that rule by hand.",
                    )
                return
        self._insert(len(self._rules), {"paths": ["*"], "repositories": _names(groups)})


def _taken(pattern: Pattern, rule: MappingRule) -> UsageError:
    said = ", ".join(_names(rule.groups)) if rule.groups else "nobody: it is denied"
    return wrong(
        f"The mapping file says otherwise of {pattern} already: {said}",
        context=[place_of(rule)],
        hint="--replace takes it out of that rule, or change the rule by hand.",
    )


def _names(groups: Sequence[RepositoryGroup]) -> list[str]:
    return [group.name for group in groups]


def _key(pattern: Pattern) -> str:
    return "namespace" if pattern.is_namespace else "paths"
