"""Laws of routing, whatever the mapping file says and whatever repositories answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Ruling
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Absent
from xpip.core.patterns import Pattern
from xpip.core.policy import IndexOrder, MappingRule, Merge, Policy, RepositoryMap
from xpip.core.routing import route

GROUPS = ("pypi", "corp", "x")
NAMES = tuple(map(canonicalize_name, ("spam", "spam-eggs", "spamalot", "ham", "acme")))
PATTERNS = (
    *(
        Pattern.parse(text)
        for text in ("*", "spam", "spam*", "s*", "?am", "ham", "acme*", "*-eggs")
    ),
    *(Pattern.parse(text, is_namespace=True) for text in ("spam", "acme")),
)
ANSWERS = ("files", "files", "empty", "absent", "absent", "absent", "down")


@st.composite
def rules(draw: st.DrawFn, stage: Stage) -> tuple[MappingRule, ...]:
    """Some rules over the repositories of a stage, unreachable ones included."""
    count = draw(st.integers(0, 5))
    return tuple(
        MappingRule(
            source="xpip.toml",
            key_path=f"mapping[{number}]",
            declared_at=f"xpip.toml:{number}",
            patterns=tuple(draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3))),
            groups=tuple(
                stage.repository(name).group
                for name in draw(st.lists(st.sampled_from(GROUPS), max_size=3, unique=True))
            ),
            terminating=draw(st.booleans()),
            merge=draw(st.sampled_from((None, *Merge))),
            order=draw(st.sampled_from(IndexOrder)),
        )
        for number in range(count)
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Stage, Policy]:
    """Repositories that answer this or that for every name, under some map."""
    stage = Stage()
    for name in GROUPS:
        double = stage.repository(name)
        for project in NAMES:
            answer = draw(st.sampled_from(ANSWERS))
            if answer == "files":
                double.has(project, "1.0")
            elif answer == "empty":
                double.says(project)
            elif answer == "down":
                double.fails(project)
    groups = tuple(stage.repository(name).group for name in GROUPS)
    made = RepositoryMap(source="xpip.toml", groups=groups, rules=draw(rules(stage)), digest="")
    return stage, Policy(groups=groups, map=made, order=draw(st.sampled_from(IndexOrder)))


names = st.sampled_from(NAMES)


def asked_for(project: NormalizedName, stage: Stage, policy: Policy) -> Finding:
    """What is found of a name, asked for in every way that there is."""
    stage.discovery()
    discovery = Discovery(stage.repositories, policy=policy, target=stage.target)
    discovery.advance(project)
    discovery.advance(project)
    return discovery.find(project)


def matching(project: NormalizedName, policy: Policy) -> list[MappingRule]:
    """The rules that match a name, in order."""
    assert policy.map is not None
    return [each for each in policy.map.rules if each.match(project) is not None]


@given(worlds(), names)
def test_groups_asked_are_among_those_of_the_rules_that_match(
    world: tuple[Stage, Policy], project: NormalizedName
) -> None:
    """Whatever the map, a name is sent nowhere that no rule for it lists."""
    stage, policy = world
    asked_for(project, stage, policy)
    listed = {group.name for each in matching(project, policy) for group in each.groups}
    assert {name for name, _ in stage.repositories.log} <= listed


@given(worlds(), names)
def test_groups_asked_are_among_those_up_to_the_first_rule_that_terminates(
    world: tuple[Stage, Policy], project: NormalizedName
) -> None:
    """Later rules say nothing."""
    stage, policy = world
    asked_for(project, stage, policy)
    allowed: set[str] = set()
    for each in matching(project, policy):
        allowed |= {group.name for group in each.groups}
        if each.terminating:
            break
    assert {name for name, _ in stage.repositories.log} <= allowed


@given(worlds(), names)
def test_no_group_is_asked_before_every_earlier_one_is_absent(
    world: tuple[Stage, Policy], project: NormalizedName
) -> None:
    """Of all stages but the last one asked, every answer is Absent."""
    stage, policy = world
    evidence = asked_for(project, stage, policy).verdict.evidence
    asked = len(evidence)
    for groups in (each.groups for each in route(project, policy).stages):
        answers, evidence = evidence[: len(groups)], evidence[len(groups) :]
        if evidence:
            assert all(isinstance(answer, Absent) for answer in answers)
    assert (len(evidence), len(stage.repositories.log) <= asked) == (0, True)


@given(worlds(), names)
def test_files_come_only_from_groups_that_were_asked(
    world: tuple[Stage, Policy], project: NormalizedName
) -> None:
    """And only where the ruling admits them, or a conflict is looked through."""
    stage, policy = world
    finding = asked_for(project, stage, policy)
    options = list(finding.selection.matching(SpecifierSet()))
    asked = {name for name, _ in stage.repositories.log}
    assert {each.origin.group for each in options if isinstance(each, Candidate)} <= asked
    if options:
        assert finding.verdict.ruling.admits or finding.verdict.ruling is Ruling.CONFLICT


@given(worlds(), names)
def test_closed_routing_asks_only_groups_of_rules_that_pass_names_on(
    world: tuple[Stage, Policy], project: NormalizedName
) -> None:
    """Nobody without a rule; before a denial, those from whom a name may be passed on to it."""
    stage, policy = world
    finding = asked_for(project, stage, policy)
    asked = {name for name, _ in stage.repositories.log}
    assert policy.map is not None
    passing = {
        group.name for rule in policy.map.rules if not rule.terminating for group in rule.groups
    }
    if finding.verdict.ruling is Ruling.NO_RULE:
        assert not asked
    if finding.verdict.ruling is Ruling.DENIED:
        assert asked <= passing
