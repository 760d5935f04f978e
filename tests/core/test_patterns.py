"""Patterns over names: what they match, and what they cover."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from xpip.core.patterns import Pattern, covers, overlap


@pytest.mark.parametrize(
    ("text", "name", "matches"),
    [
        ("torch", "torch", True),
        ("torch", "torchtriton", False),
        ("torch*", "torchtriton", True),
        ("Foo_*", "foo-bar", True),
        ("nvidia-*", "nvidia", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*", "anything", True),
        ("a.b", "a-b", True),
    ],
)
def test_pattern_matches_normalised_names(text: str, name: str, matches: bool) -> None:
    """Literals, `*` and `?`, over names as PEP 503 normalises them."""
    assert Pattern.parse(text).matches(canonicalize_name(name)) is matches


@pytest.mark.parametrize(
    ("name", "matches"), [("acme", True), ("acme-lib", True), ("acmefoo", False)]
)
def test_namespace_matches_the_name_and_what_is_below_it(name: str, matches: bool) -> None:
    """`namespace = ["acme"]` is acme and acme-*, not acmefoo (PEP 752's rule)."""
    pattern = Pattern.parse("acme", is_namespace=True)

    assert pattern.matches(canonicalize_name(name)) is matches


@pytest.mark.parametrize("text", ["", "a b", "a/b", "[abc]", "!a", "ä"])
def test_pattern_refuses_characters_that_no_name_has(text: str) -> None:
    """No regular expressions, no negation, no character classes."""
    with pytest.raises(ValueError, match="a pattern has"):
        Pattern.parse(text)


def test_namespace_is_no_glob() -> None:
    """A namespace that holds a glob would mean two things at once."""
    with pytest.raises(ValueError, match="without"):
        Pattern.parse("acme*", is_namespace=True)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "anything*", True),
        ("torch*", "torch", True),
        ("torch*", "torch-*", True),
        ("torch", "torch*", False),
        ("a?", "ab", True),
        ("a?", "a*", False),
        ("a*c", "abbc", True),
        ("*a*", "ba", True),
        ("?", "*", False),
    ],
)
def test_glob_covers_another_when_it_matches_all_its_names(
    wide: str, narrow: str, covered: bool
) -> None:
    """A rule behind a covering one can never be reached."""
    assert covers(wide, narrow) is covered


globs = st.text(alphabet="ab*?", min_size=1, max_size=6)


@given(wide=globs, narrow=globs, name=st.text(alphabet="abc", min_size=1, max_size=6))
def test_what_a_covered_glob_matches_the_wide_one_matches_too(
    wide: str, narrow: str, name: str
) -> None:
    """Covering is never claimed where some name tells the two apart."""
    if covers(wide, narrow) and Pattern.parse(narrow).matches(canonicalize_name(name)):
        assert Pattern.parse(wide).matches(canonicalize_name(name))


@pytest.mark.parametrize(
    ("text", "is_namespace"),
    [("acme-", True), ("acme_", False), (".acme", False), ("-", False), ("*-", False)],
)
def test_pattern_that_no_name_matches_is_refused(text: str, is_namespace: bool) -> None:
    """It would close nothing: `acme-` stands for no project, and least of all for acme-lib."""
    with pytest.raises(ValueError, match="no project's name begins or ends with"):
        Pattern.parse(text, is_namespace=is_namespace)


def test_pattern_of_many_stars_takes_no_exponential_time() -> None:
    """A hostile mapping file cannot stop the run by its patterns."""
    pattern = Pattern.parse("*a" * 12 + "*b")

    assert not pattern.matches(canonicalize_name("a" * 60))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("acme-*", "*-plugin", True),
        ("acme-*", "acme", False),
        ("*", "spam", True),
        ("s*m", "?p?m", True),
        ("a?", "a", False),
        ("torch*", "nvidia-*", False),
    ],
)
def test_patterns_overlap_when_one_name_is_matched_by_both(
    one: str, other: str, expected: bool
) -> None:
    """Whichever of the two is asked."""
    assert overlap(one, other) is overlap(other, one) is expected


@given(st.text("ab*?", max_size=3), st.text("ab*?", max_size=3))
def test_patterns_overlap_exactly_where_there_is_a_name_for_both(one: str, other: str) -> None:
    """Two patterns of three characters have a name of six for both, if they have any."""
    names = ("".join(letters) for length in range(7) for letters in product("ab", repeat=length))
    shared = any(covers(one, name) and covers(other, name) for name in names)
    assert overlap(one, other) is shared
