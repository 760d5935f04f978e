"""Which repositories may speak for a name: the name and the mapping file decide, nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.memory import repository

from xpip.core.decisions import Routing, Ruling
from xpip.core.policy import IndexOrder, Policy
from xpip.core.routing import NO_MAP, route


def routed(project: str, *rules: str, **policy: Any) -> Routing:
    """The routing of a name under these rules."""
    made = mapping("".join(rules))
    return route(canonicalize_name(project), Policy(groups=made.groups, map=made, **policy))


def unruled(**policy: Any) -> Routing:
    """The routing of any name where there is no mapping file."""
    groups = tuple(repository(name).group for name in ("pypi", "corp"))
    return route(canonicalize_name("spam"), Policy(groups=groups, **policy))


def stages(routing: Routing) -> list[list[str]]:
    return [[group.name for group in stage.groups] for stage in routing.stages]


REST = rule("*", "pypi")


def test_route_takes_the_first_rule_that_matches() -> None:
    """Rules are tried in file order, not by how closely they fit."""
    rules = (rule("sp?m", "corp"), rule("spam spam-*", "x"), REST)
    assert stages(routed("spam", *rules)) == [["corp"]]
    assert stages(routed("spam-eggs", *rules)) == [["x"]]
    assert stages(routed("ham", *rules)) == [["pypi"]]


def test_route_tells_which_rule_matched_and_where_it_is_written() -> None:
    """File, line, key path and the pattern: all that is needed to find it."""
    (stage,) = routed("spam", REST.replace("*", "ham"), rule("eggs sp?m", "corp")).stages
    assert stage.rule == "xpip.toml:10 mapping[1] (sp?m)"


def test_route_matches_names_however_a_rule_spells_them() -> None:
    """Patterns are normalised as names are."""
    assert stages(routed("spam-eggs", rule("Spam_Eggs", "corp"), REST)) == [["corp"]]


@pytest.mark.parametrize(
    ("project", "group"), [("acme", "corp"), ("acme-lib", "corp"), ("acmefoo", "pypi")]
)
def test_route_sends_a_namespace_and_what_is_below_it(project: str, group: str) -> None:
    """`acme` and `acme-*`, not every name that begins with the same letters."""
    namespace = '[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n'
    assert stages(routed(project, namespace, REST)) == [[group]]


def test_route_is_closed_when_no_rule_matches() -> None:
    """No repository is asked by default."""
    routing = routed("ham", rule("spam", "corp"))
    assert (routing.closed, routing.stages) == (Ruling.NO_RULE, ())


def test_route_names_the_nearest_patterns_when_no_rule_matches() -> None:
    """Most such names are misspelt in one of two places."""
    routing = routed("spamm", rule("spam", "corp"), rule("zebra", "x"))
    assert routing.explanation == "xpip.toml: nearest spam (xpip.toml:6)"


def test_route_says_so_when_no_pattern_is_near() -> None:
    """A suggestion that fits nothing would mislead."""
    assert routed("ham", rule("zebra", "x")).explanation == "xpip.toml: no rule is near"


def test_route_is_closed_when_a_rule_denies_the_name() -> None:
    """An empty list of repositories is an answer: nobody may speak for it."""
    denial = rule("left-pad", reason="banned by security")
    routing = routed("left-pad", denial, REST)
    assert (routing.closed, routing.stages) == (Ruling.DENIED, ())
    assert routing.explanation == "xpip.toml:6 mapping[0]: banned by security"


def test_route_goes_on_after_a_rule_that_does_not_terminate() -> None:
    """Later rules are later stages: asked only if every group of this one lacks the name."""
    rules = (rule("spam*", "corp", terminating=False), rule("*", "pypi", "x"))
    assert stages(routed("spam", *rules)) == [["corp"], ["pypi", "x"]]


def test_route_ends_after_a_rule_that_terminates() -> None:
    """Which rules do unless they say otherwise."""
    rules = (rule("spam*", "corp", terminating=False), rule("spam", "x"), REST)
    assert stages(routed("spam", *rules)) == [["corp"], ["x"]]


def test_route_makes_each_group_a_stage_when_a_rule_has_index_order() -> None:
    """PEP 766's index priority, for the names of one rule."""
    rules = (rule("spam", "corp", "x", order="index"), rule("*", "pypi", "x"))
    assert stages(routed("spam", *rules)) == [["corp"], ["x"]]
    assert stages(routed("ham", *rules)) == [["pypi", "x"]]


def test_route_makes_each_group_a_stage_when_the_run_has_index_order() -> None:
    """`--index-order index` holds for every rule."""
    routing = routed("ham", rule("*", "pypi", "x"), order=IndexOrder.INDEX)
    assert stages(routing) == [["pypi"], ["x"]]


# What the user declares to be one namespace


@pytest.mark.parametrize(
    ("patterns", "declared"), [("spam", True), ("sp?m", False), ("spam*", False), ("*", False)]
)
def test_route_declares_several_groups_one_namespace_only_for_a_literal_name(
    patterns: str, declared: bool
) -> None:
    """A glob names projects that do not exist yet."""
    (stage,) = routed("spam", rule(patterns, "pypi", "corp")).stages
    assert stage.declared is declared


def test_route_declares_no_namespace_for_a_namespace_pattern() -> None:
    """It is a glob too, for its own name as well."""
    text = '[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp", "pypi"]\n'
    (stage,) = routed("acme", text).stages
    assert not stage.declared


def test_route_declares_one_namespace_for_a_glob_when_the_rule_says_so() -> None:
    """`merge = "declared"`, which needs a reason there."""
    text = rule("spam*", "pypi", "corp", merge="declared", reason="same team")
    (stage,) = routed("spam-eggs", text).stages
    assert stage.declared


@pytest.mark.parametrize("patterns", ["spam", "sp?m"])
def test_route_declares_no_namespace_when_the_rule_says_linked(patterns: str) -> None:
    """`merge = "linked"` asks for judging, for a literal name too."""
    (stage,) = routed("spam", rule(patterns, "pypi", "corp", merge="linked")).stages
    assert not stage.declared


def test_route_declares_a_single_group_when_the_rule_says_linked() -> None:
    """One repository has nobody to be judged against."""
    (stage,) = routed("spam", rule("spam", "corp", merge="linked")).stages
    assert stage.declared


def test_route_declares_a_single_group_whatever_the_pattern() -> None:
    """There is nobody whom it could be confused with."""
    (stage,) = routed("spam", REST).stages
    assert stage.declared


# Without a mapping file


def test_route_asks_every_group_at_once_when_there_is_no_map() -> None:
    """All may speak for every name, and nothing declares them one namespace."""
    routing = unruled()
    assert stages(routing) == [["pypi", "corp"]]
    assert (routing.stages[0].rule, routing.stages[0].declared) == (NO_MAP, False)


def test_route_asks_group_by_group_when_the_run_has_index_order() -> None:
    """In declared order."""
    assert stages(unruled(order=IndexOrder.INDEX)) == [["pypi"], ["corp"]]


def test_route_takes_the_literal_pattern_of_a_rule_whatever_its_place() -> None:
    """`["torch*", "torch"]` names torch: its groups are one namespace for it."""
    (stage,) = routed("torch", rule("torch* torch", "corp", "pypi")).stages
    assert stage.declared
