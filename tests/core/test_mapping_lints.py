"""What is allowed in a mapping file, and rarely meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xpip.core.mapping_file import MapFile, MapSource, combine_maps, parse_map
from xpip.core.mapping_lints import Lint, LintCode, lints

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SOURCE = MapSource(path="xpip.toml", directory="/project", discovered=False)
REPOSITORIES = """\
[repositories]
pypi = ["https://public.example/simple/"]
corp = ["https://corp.example/simple/"]
wheels = ["./wheels"]
"""
USING_ALL = 'paths = ["using-all"]\nrepositories = ["pypi", "corp", "wheels"]'
REST = 'paths = ["*"]\nrepositories = ["pypi"]'


def found(*rules: str, repositories: str = REPOSITORIES) -> tuple[Lint, ...]:
    """The lints of these rules, which come after one that names every repository."""
    written = "".join(f"[[mapping]]\n{rule}\n" for rule in rules)
    return lints(parse_map((repositories + written).encode(), SOURCE, variables={}, now=NOW))


def codes(*rules: str) -> list[LintCode]:
    return [lint.code for lint in found(USING_ALL, *rules)]


def only(*rules: str) -> Lint:
    (lint,) = found(USING_ALL, *rules)
    return lint


def test_map_is_clean_when_every_name_has_one_repository() -> None:
    """Private names by namespace, banned ones nowhere, the rest from the public one."""
    private = 'namespace = ["acme"]\nrepositories = ["corp"]'
    banned = 'paths = ["left-pad*"]\nrepositories = []'
    assert codes(private, banned, REST) == []


def test_lint_says_where_what_and_what_to_do() -> None:
    """Key path, file and line, a sentence of each kind, a stable code."""
    assert only('paths = ["acme*"]\nrepositories = ["corp"]', REST) == Lint(
        code=LintCode.WIDE_GLOB,
        key_path="mapping[1].paths",
        source="xpip.toml",
        place="xpip.toml:8",
        problem="`acme*` also matches acmefoo, a name that anybody may register.",
        advice='Write namespace = ["acme"]: acme and acme-*.',
    )


@pytest.mark.parametrize("glob", ["acme-*", "*-acme", "*.acme", "ac?me", "acme"])
def test_glob_is_not_wide_when_it_ends_at_a_separator(glob: str) -> None:
    """What it catches is what one sees."""
    assert codes(f'paths = ["{glob}"]\nrepositories = ["corp"]', REST) == []


@pytest.mark.parametrize(
    ("glob", "caught"), [("*acme", "fooacme"), ("ac*me", "acfoome"), ("a?c*e", "axcfooe")]
)
def test_glob_is_wide_wherever_letters_may_go_on(glob: str, caught: str) -> None:
    """No namespace says the same, so none is suggested."""
    lint = only(f'paths = ["{glob}"]\nrepositories = ["corp"]', REST)
    assert (lint.code, caught in lint.problem) == (LintCode.WIDE_GLOB, True)
    assert "namespace" not in lint.advice


def test_glob_may_be_wide_when_it_denies() -> None:
    """To refuse too much is no danger."""
    assert codes('paths = ["acme*"]\nrepositories = []', REST) == []


def test_repository_is_unused_when_no_rule_names_it() -> None:
    """Either the repository or its rule is a left-over."""
    used = 'paths = ["a"]\nrepositories = ["pypi", "corp"]'
    (lint,) = found(used)
    assert (lint.code, lint.key_path, lint.place) == (
        LintCode.UNUSED_REPOSITORY,
        "repositories.wheels",
        "xpip.toml",
    )


def test_plain_http_is_named_with_the_mirror_that_uses_it() -> None:
    """`insecure = true` allows it; loopback tells nobody anything."""
    text = """
    [repositories.corp]
    urls = ["https://a.example/", "http://b.example/", "http://127.0.0.1:8000/"]
    insecure = true
    """
    (lint,) = found('paths = ["a"]\nrepositories = ["corp"]', repositories=text)
    assert (lint.code, lint.key_path) == (LintCode.PLAIN_HTTP, "repositories.corp.urls[1]")


def test_name_falls_through_when_a_later_rule_lists_others() -> None:
    """A private name that the private repository lacks would be asked of the public one."""
    private = 'namespace = ["acme"]\nrepositories = ["corp"]\nterminating = false'
    lint = only(private, REST)
    assert lint.code is LintCode.FALLS_THROUGH
    assert "corp lacks is asked of pypi, by mapping[2] (xpip.toml:12)" in lint.problem


@pytest.mark.parametrize(
    "later",
    [
        'paths = ["acme*", "other"]\nrepositories = []\nreason = "only here"',
        'paths = ["acme-*", "acme"]\nrepositories = ["corp"]\ncooldown = "7d"',
        'paths = ["acme-*", "acme"]\nrepositories = ["wheels"]',
    ],
)
def test_name_does_not_fall_through_when_what_comes_next_is_no_stranger(later: str) -> None:
    """A denial, the same repository, or this machine's own disk."""
    private = 'namespace = ["acme"]\nrepositories = ["corp"]\nterminating = false'
    assert LintCode.FALLS_THROUGH not in codes(private, later, REST)


def test_names_pass_to_nobody_when_no_later_rule_matches() -> None:
    """The key does nothing, so something else was meant."""
    lint = only('namespace = ["acme"]\nrepositories = ["corp"]\nterminating = false')
    assert lint.code is LintCode.PASSES_TO_NOBODY


@pytest.mark.parametrize("glob", ["*", "?*", "**"])
def test_catch_all_comes_first_when_it_passes_names_on(glob: str) -> None:
    """Names of the rules below it are sent to its repositories before theirs."""
    catch_all = f'paths = ["{glob}"]\nrepositories = ["wheels"]\nterminating = false'
    lint = only(catch_all, 'namespace = ["acme"]\nrepositories = ["corp"]', REST)
    assert lint.code is LintCode.CATCH_ALL_FIRST
    assert "corp or pypi" in lint.problem


@pytest.mark.parametrize("names", ['paths = ["*"]', 'namespace = ["acme"]', 'paths = ["a-*"]'])
def test_several_repositories_are_named_where_nothing_says_whose_the_names_are(names: str) -> None:
    """What only one of them has is taken from it: the private names, from the public one."""
    rule = f'{names}\nrepositories = ["pypi", "corp"]'
    assert codes(rule) == [LintCode.SEVERAL_REPOSITORIES]


def test_several_repositories_are_no_lint_for_a_name_that_is_spelled_out() -> None:
    """The user speaks of one project, and knows it."""
    assert codes('paths = ["spam"]\nrepositories = ["pypi", "corp"]') == []


def test_declared_glob_is_named_though_it_gives_a_reason() -> None:
    """It speaks for names that somebody has yet to register."""
    rule = 'paths = ["spam", "a-*"]\nrepositories = ["pypi", "corp"]\nmerge = "declared"\n'
    lint = only(rule + 'reason = "one company"')
    assert (lint.code, lint.key_path) == (LintCode.DECLARED_GLOB, "mapping[1].merge")
    assert "`a-*`" in lint.problem
    assert "`spam`" not in lint.problem


def test_lint_names_only_the_first_of_many_patterns() -> None:
    """A rule may have hundreds."""
    many = ", ".join(f'"a{number}-*"' for number in range(100))
    lint = only(f'paths = [{many}]\nrepositories = ["pypi", "corp"]')
    assert "`a0-*`, `a1-*`, `a2-*` or …" in lint.problem


def test_lints_are_of_the_file_itself_and_not_of_what_it_extends() -> None:
    """Another file's pitfalls are its owners'; its rules are where names may fall through to."""
    org = 'paths = ["any*"]\nrepositories = ["pypi"]'
    own = 'namespace = ["any"]\nrepositories = ["corp"]\nterminating = false'
    mapping = combine_maps(
        [file("xpip.toml", own), file("../org/xpip.toml", org)], variables={}, now=NOW
    )
    (lint,) = lints(mapping)
    assert (lint.code, lint.place) == (LintCode.FALLS_THROUGH, "xpip.toml:1")
    assert "../org/xpip.toml" in lint.problem


def test_lints_know_that_names_of_enforced_rules_stay_with_them() -> None:
    """No other rule can take what they pass on."""
    own = 'enforced = true\nnamespace = ["acme"]\nrepositories = ["corp"]\nterminating = false'
    assert codes(own, REST) == [LintCode.PASSES_TO_NOBODY]


def file(path: str, rule: str) -> MapFile:
    """A file with this one rule, and the repositories that it lists."""
    listed = {
        "corp": '[repositories]\ncorp = ["https://corp.example/simple/"]\n',
        "pypi": '[repositories]\npypi = ["https://public.example/simple/"]\n',
    }
    text = f"[[mapping]]\n{rule}\n" + listed["corp" if "corp" in rule else "pypi"]
    source = MapSource(path=path, directory="/project", discovered=False)
    return MapFile(raw=text.encode(), source=source)
