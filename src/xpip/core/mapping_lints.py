"""What is allowed in a mapping file, and rarely meant: places where a name can slip past a rule.

Decides by the file alone: asks nobody which names there are. What may not stand in a mapping file
at all is the parser's affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from xpip.core.patterns import Pattern, covers, overlap
from xpip.core.policy import MappingRule, Merge, RepositoryGroup, RepositoryMap
from xpip.core.urls import is_loopback, redacted

_PREFIX = re.compile(r"([a-z0-9-]*[a-z0-9])\*")
_BESIDE_A_LETTER = re.compile(r"[a-z0-9]\*|\*[a-z0-9]")
_NO_MORE = "remove `terminating = false`"


class LintCode(StrEnum):
    """Stable codes, explained in `xpip help mapping-file`."""

    PLAIN_HTTP = "plain-http"
    UNUSED_REPOSITORY = "unused-repository"
    CATCH_ALL_FIRST = "catch-all-first"
    FALLS_THROUGH = "falls-through"
    PASSES_TO_NOBODY = "passes-to-nobody"
    SEVERAL_REPOSITORIES = "several-repositories"
    DECLARED_GLOB = "declared-glob"
    WIDE_GLOB = "wide-glob"


class Lint(Struct, frozen=True, kw_only=True):
    """One thing that is allowed, and rarely meant.

    Attributes:
        key_path: such as `mapping[3].paths`.
        source: its file.
        place: its file and, where known, line.
        problem: what can happen, one sentence.
        advice: what to do, one sentence.
    """

    code: LintCode
    key_path: str
    source: str
    place: str
    problem: str
    advice: str


def lints(mapping: RepositoryMap) -> tuple[Lint, ...]:
    """All that should be looked at in the file itself, not in those that it extends.

    Repositories come first, then rule by rule: enforced ones, then others.
    """
    used = {group.name for rule in mapping.all_rules for group in rule.groups}
    # Where names are passed on, they go to rules of the same row.
    rows = (*(layer.rules for layer in mapping.enforced), mapping.rules)
    found = (
        *(lint for group in mapping.groups for lint in _about_group(group, used)),
        *(
            lint
            for row in rows
            for number, rule in enumerate(row)
            for lint in _about_rule(rule, row[number + 1 :])
        ),
    )
    return tuple(lint for lint in found if lint.source == mapping.source)


def _about_group(group: RepositoryGroup, used: set[str]) -> Iterator[Lint]:
    key_path = f"repositories.{group.name}"
    source = group.declared_at.removesuffix(f" {key_path}")
    for number, mirror in enumerate(group.mirrors):
        parts = urlsplit(mirror.url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield Lint(
                code=LintCode.PLAIN_HTTP,
                key_path=f"{key_path}.urls[{number}]",
                source=source,
                place=source,
                problem=f"{redacted(mirror.url)} is asked without encryption: whoever is on the "
                "way can answer in its place.",
                advice="Use https, and remove `insecure = true`.",
            )
    if group.name not in used:
        yield Lint(
            code=LintCode.UNUSED_REPOSITORY,
            key_path=key_path,
            source=source,
            place=source,
            problem=f"No rule names {group.name}: it is never asked.",
            advice="Remove it, or write the rule that was meant to name it.",
        )


def _about_rule(rule: MappingRule, later: Sequence[MappingRule]) -> Iterator[Lint]:
    if rule.groups:
        # A denial may be as wide as it likes, and passes nothing on.
        yield from _passing_on(rule, later)
        yield from _together(rule)
        yield from _wide(rule)


# Rules that pass names on


def _passing_on(rule: MappingRule, later: Sequence[MappingRule]) -> Iterator[Lint]:
    if rule.terminating:
        return
    heirs = tuple(_heirs(rule, later))
    if not heirs:
        yield _lint(
            LintCode.PASSES_TO_NOBODY,
            rule,
            "terminating",
            f"No later rule matches {_patterns(rule)}: `terminating = false` passes no name on.",
            f"{_NO_MORE.capitalize()}, or write the rule that was meant to come later.",
        )
    elif any(map(_is_catch_all, rule.patterns)):
        yield _lint(
            LintCode.CATCH_ALL_FIRST,
            rule,
            "terminating",
            f"Every name is first asked of {_names(rule.groups)}, whatever the rules below say"
            f"{_and_elsewhere(rule, heirs)}.",
            f"Put it last and {_NO_MORE}, or list the names that it is for.",
        )
    else:
        yield from _falling_through(rule, heirs)


def _falling_through(rule: MappingRule, heirs: Sequence[MappingRule]) -> Iterator[Lint]:
    for heir in heirs:
        others = _others(rule, heir)
        if others:
            yield _lint(
                LintCode.FALLS_THROUGH,
                rule,
                "terminating",
                f"A name of {_patterns(rule)} that {_names(rule.groups)} lacks is asked of "
                f"{_names(others)}, by {heir.key_path} ({heir.declared_at}).",
                f"If such a name is nobody else's, {_NO_MORE}.",
            )
            return


def _and_elsewhere(rule: MappingRule, heirs: Iterable[MappingRule]) -> str:
    others = dict.fromkeys(group for heir in heirs for group in _others(rule, heir))
    return f"; what is lacking there may come from {_names(tuple(others))}" if others else ""


def _heirs(rule: MappingRule, later: Sequence[MappingRule]) -> Iterator[MappingRule]:
    """The later rules that names of this one can come to."""
    left = _globs(rule)
    for each in later:
        globs = _globs(each)
        if any(overlap(glob, mine) for glob in globs for mine in left):
            yield each
        if each.terminating or not each.groups:
            left = [mine for mine in left if not any(covers(glob, mine) for glob in globs)]


def _others(rule: MappingRule, heir: MappingRule) -> tuple[RepositoryGroup, ...]:
    """Those that would be asked next; what lies on this machine's disk, nobody else fills."""
    return tuple(each for each in heir.groups if each not in rule.groups and not each.is_local)


# Rules with several repositories


def _together(rule: MappingRule) -> Iterator[Lint]:
    globs = [pattern for pattern in rule.patterns if not pattern.is_literal]
    if not globs or len(rule.groups) < 2:
        return
    if rule.merge is Merge.DECLARED:
        yield _lint(
            LintCode.DECLARED_GLOB,
            rule,
            "merge",
            f"{_names(rule.groups, 'and')} count as one for every name of {_listed(globs)}, also "
            "for names that somebody has yet to register.",
            "Name the projects that are the same in all of them, each by its full name.",
        )
    elif not all(group.is_local for group in rule.groups):
        yield _lint(
            LintCode.SEVERAL_REPOSITORIES,
            rule,
            "repositories",
            f"Nothing says whether a name of {_listed(globs)} belongs to {_names(rule.groups)}: "
            "what only one of them has is taken from there.",
            "Give each repository rules of its own, and these names one repository.",
        )


# Globs


def _wide(rule: MappingRule) -> Iterator[Lint]:
    for pattern in rule.patterns:
        if not pattern.is_namespace and _BESIDE_A_LETTER.search(pattern.text):
            prefix = _PREFIX.fullmatch(pattern.text)
            yield _lint(
                LintCode.WIDE_GLOB,
                rule,
                "paths",
                f"`{pattern}` also matches {pattern.text.replace('*', 'foo').replace('?', 'x')}, "
                "a name that anybody may register.",
                f'Write namespace = ["{prefix[1]}"]: {prefix[1]} and {prefix[1]}-*.'
                if prefix
                else "Put `-` between the `*` and the letters, or list the names.",
            )


# Words


def _lint(code: LintCode, rule: MappingRule, key: str, problem: str, advice: str) -> Lint:
    return Lint(
        code=code,
        key_path=f"{rule.key_path}.{key}",
        source=rule.source,
        place=rule.declared_at,
        problem=problem,
        advice=advice,
    )


def _globs(rule: MappingRule) -> list[str]:
    return [glob for pattern in rule.patterns for glob in pattern.globs]


def _is_catch_all(pattern: Pattern) -> bool:
    return not pattern.is_namespace and "*" in pattern.text and set(pattern.text) <= {"*", "?"}


def _patterns(rule: MappingRule) -> str:
    return _listed(rule.patterns)


def _listed(patterns: Sequence[Pattern]) -> str:
    """The first few: a rule may have hundreds."""
    texts = [f"`{pattern}`" for pattern in patterns[:3]]
    return _joined([*texts, "…"] if len(patterns) > 3 else texts, "or")


def _names(groups: Sequence[RepositoryGroup], word: str = "or") -> str:
    return _joined([group.name for group in groups], word)


def _joined(texts: Sequence[str], word: str) -> str:
    *others, last = texts
    return f"{', '.join(others)} {word} {last}" if others else last
