"""Private names: which a mapping file keeps, who else has them, and whether that could matter."""

from __future__ import annotations

from packaging.utils import NormalizedName, canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.stage import LINUX

from xpip.core.auditing.private_names import (
    KnownFrom,
    literal_names,
    private_groups,
    private_patterns,
)
from xpip.core.auditing.public_names import Standing, below, stand, ways_in
from xpip.core.policy import Policy, RepositoryGroup


def policy_of(text: str) -> Policy:
    """What a mapping file says."""
    made = mapping(text)
    return Policy(groups=made.groups, map=made)


def groups_of(policy: Policy, *names: str) -> tuple[RepositoryGroup, ...]:
    """Its groups of these names."""
    return tuple(group for group in policy.groups if group.name in names)


def names(*texts: str) -> frozenset[NormalizedName]:
    """A public repository's list."""
    return frozenset(map(canonicalize_name, texts))


def ways(text: str, name: str) -> tuple[str, ...]:
    """How a stranger's file could come in, with corp private."""
    policy = policy_of(text)
    return ways_in(canonicalize_name(name), policy, LINUX, groups_of(policy, "corp"))


def test_private_groups_are_those_that_are_not_asked_for_every_name() -> None:
    """A repository that every name is sent to is nobody's secret."""
    policy = policy_of(rule("acme-*", "corp") + rule("torch", "x") + rule("*", "pypi"))

    assert [group.name for group in private_groups(policy)] == ["corp", "x"]


def test_private_groups_are_none_without_a_map() -> None:
    """Nothing says that one is."""
    policy = policy_of(rule("*", "pypi"))

    assert private_groups(Policy(groups=policy.groups)) == ()


def test_literal_names_are_those_that_rules_spell_out() -> None:
    """A namespace's own name is one of them; names below it are not known."""
    policy = policy_of(
        rule("acme-lib other-*", "corp")
        + '[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n\n'
        + rule("spam", "pypi")
    )

    found = literal_names(policy, groups_of(policy, "corp"))

    assert found == {"acme-lib": ("xpip.toml:6",), "acme": ("xpip.toml:10",)}


def test_way_in_is_none_where_the_private_repository_alone_may_speak() -> None:
    """Whoever registers the name elsewhere, nobody asks him."""
    assert ways(rule("acme-*", "corp") + rule("*", "pypi"), "acme-lib") == ()


def test_way_in_is_what_passes_a_name_on() -> None:
    """The day that corp loses it."""
    (way,) = ways(rule("acme-*", "corp", terminating=False) + rule("*", "pypi"), "acme-lib")

    assert way.startswith("corp loses the name: a stranger's 99.0, put on pypi,")


def test_way_in_is_a_rule_that_sends_a_private_name_to_strangers() -> None:
    """A typing error in the mapping file: nobody private is asked at all."""
    (way,) = ways(rule("amce-*", "corp") + rule("*", "pypi"), "acme-lib")

    assert way == "xpip.toml:10 mapping[1] (*) sends it to pypi"


def test_way_in_is_none_for_names_that_nobody_may_speak_for() -> None:
    """Denied is denied to strangers too."""
    assert ways(rule("acme-*"), "acme-lib") == ()


def test_standing_puts_what_is_in_danger_first() -> None:
    """Taken and let in; taken; let in; like another; nothing to say."""
    private: KnownFrom = {canonicalize_name(name): ("xpip.toml:6",) for name in "abcde"}
    private[NormalizedName("acme-lib")] = ("names.txt",)
    let_in = {NormalizedName("b"): ("way",), NormalizedName("c"): ("way",)}

    found = stand(private, names("a", "b", "acmelib"), let_in)

    assert [each.name for each in found] == ["b", "a", "c", "acme-lib", "d", "e"]
    assert [each.is_dangerous for each in found] == [True, False, False, False, False, False]
    assert found[1].standing is Standing.TAKEN
    assert found[3].near[0].name == "acmelib"


def test_below_tells_what_strangers_have_of_a_namespace() -> None:
    """Neither `acmefoo`, which is not of it, nor what is private itself."""
    policy = policy_of('[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n')
    patterns = private_patterns(policy, groups_of(policy, "corp"))
    public = names("acme-evil", "acme-lib", "acmefoo", "the-acme-x")

    (found,) = below(patterns, public, names("acme-lib"))

    assert found.names == ("acme-evil",)
