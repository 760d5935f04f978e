"""The mapping files that a collision offers: paste one, and the name is settled."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage

from xpip.core.facts import Layout
from xpip.core.policy import Policy, RepositoryMap
from xpip.core.reporting.refusals import errors_of
from xpip.core.routing import route

PYPI, CORP = "https://pypi.example/simple/", "https://corp.example/simple/"


def alternatives(stage: Stage, *requirements: str) -> dict[str, str]:
    """By repository: the text that a collision offers."""
    return {each["repository"]: each["map"] for each in offered_by(stage, *requirements)}


def commands(stage: Stage, *requirements: str) -> dict[str, str]:
    """By repository: the command that a collision offers."""
    return {each["repository"]: each["command"] for each in offered_by(stage, *requirements)}


def offered_by(stage: Stage, *requirements: str) -> list[dict[str, str]]:
    (error,) = errors_of(stage.resolve(*requirements), stage.policy, stage.target)
    data: Any = error.data
    return list(data["alternatives"])


def asked(made: RepositoryMap, project: str) -> list[list[str]]:
    """The URLs of the groups that are asked for a name under a map, stage by stage."""
    routing = route(canonicalize_name(project), Policy(groups=made.groups, map=made))
    return [[group.canonical.url for group in stage.groups] for stage in routing.stages]


def holding(*repositories: MemoryRepository, projects: tuple[str, ...] = ("spam",)) -> None:
    for each in repositories:
        for project in projects:
            each.has(project, "1.0")


def named(*urls: str) -> Stage:
    """Repositories as options name them: host and path."""
    stage = Stage()
    for url in urls:
        holding(stage.repository(url.partition("://")[2], url))
    return stage


def test_each_alternative_is_a_map_under_which_its_repository_alone_is_asked() -> None:
    """Paste it and it works: nothing is left to fill in."""
    stage = named(PYPI, CORP)
    offered = alternatives(stage, "spam")
    assert list(offered) == [PYPI, CORP]
    for url, text in offered.items():
        assert asked(mapping(text), "spam") == [[url]]


def test_each_alternative_leaves_other_names_to_every_repository() -> None:
    """Judged as before: what the map does not name is settled by no glob."""
    for text in alternatives(named(PYPI, CORP), "spam").values():
        made = mapping(text)
        assert asked(made, "eggs") == [[PYPI, CORP]]
        routing = route(canonicalize_name("eggs"), Policy(groups=made.groups, map=made))
        assert not routing.stages[0].declared


def test_each_alternative_settles_the_name_for_a_whole_run() -> None:
    """The same request, under the map, ends in a resolution."""
    for url, text in alternatives(named(PYPI, CORP), "spam").items():
        stage = Stage(map=mapping(text))
        for group in stage.policy.groups:
            holding(stage.repository(group.name, group.canonical.url))
        stage.pins("spam")
        assert {name for name, _ in stage.repositories.log} == {
            group.name for group in stage.policy.groups if group.canonical.url == url
        }


def test_one_alternative_settles_all_names_that_its_repository_holds() -> None:
    """And says nothing of those that it lacks."""
    stage = named(PYPI, CORP, "https://x.example/simple/")
    for url in (PYPI, "https://x.example/simple/"):
        stage.repository(url.partition("://")[2]).has("eggs", "1.0")
    offered = alternatives(stage, "spam", "eggs")
    made = mapping(offered[PYPI])
    assert asked(made, "spam") == asked(made, "eggs") == [[PYPI]]
    corp = mapping(offered[CORP])
    assert asked(corp, "spam") == [[CORP]]
    assert len(asked(corp, "eggs")[0]) == 3


@pytest.mark.parametrize(
    "urls",
    [
        ("https://one.example/pypi/", "https://one.example/corp/"),
        ("https://one.example/a/", "https://one.example/b/", "https://one.example/c/"),
        ("https://one.example/", "https://one-example/"),
        ("https://one.example/a/", "https://ONE.example/b/"),
        ("https://a_2/1/", "https://a/2/", "https://a/3/"),
        ("https://a_3/1/", "https://a/2/", "https://a/3/"),
        ("https://one.example:8080/", "https://one.example:8081/"),
        ("https://[::1]:8080/", "http://127.0.0.1:8080/"),
        ("https://map.example/", "https://map/"),
    ],
)
def test_alternative_is_a_map_whatever_the_hosts_are_called(urls: tuple[str, ...]) -> None:
    """Names are made of hosts; they must differ, without case, and be names at all."""
    for url, text in alternatives(named(*urls), "spam").items():
        ((answered,),) = asked(mapping(text), "spam")
        assert answered.lower() == url.lower()


def test_alternative_is_a_map_when_one_root_is_spelled_in_two_ways() -> None:
    """A mapping file may not hold it twice."""
    stage = named(PYPI, PYPI.rstrip("/"), CORP)
    for text in alternatives(stage, "spam").values():
        assert len(mapping(text).groups) == 2


def test_alternative_is_a_map_when_a_repository_is_not_encrypted() -> None:
    """`--trusted-host` let it in, so the map must too."""
    plain = "http://corp.example/simple/"
    offered = alternatives(named(PYPI, plain), "spam")
    assert asked(mapping(offered[plain]), "spam") == [[plain]]
    assert "insecure" not in alternatives(named(PYPI, CORP), "spam")[PYPI]


def test_alternative_keeps_local_directories_for_other_names() -> None:
    """They are part of what was asked for."""
    stage = named(PYPI, CORP)
    stage.repository("/srv/wheels/", "file:///srv/wheels/", local=True)
    for text in alternatives(stage, "spam").values():
        assert asked(mapping(text), "eggs") == [[PYPI, CORP, "file:///srv/wheels/"]]


def test_alternative_leaves_out_a_page_of_links() -> None:
    """It has no page for each project: no mapping file can hold it."""
    stage = named(PYPI, CORP)
    url = "https://links.example/wheels.html"
    holding(stage.repository("links.example/wheels.html", url, layout=Layout.FLAT))
    offered = alternatives(stage, "spam")
    assert list(offered) == [PYPI, CORP]
    for text in offered.values():
        mapping(text)


# As commands


def test_each_alternative_is_a_command_too() -> None:
    """One line, with all repositories in use for all other names."""
    assert commands(named(PYPI, CORP), "spam")[CORP] == (
        f"xpip map add spam --repository corp-example={CORP}"
        f" --rest pypi-example={PYPI} --rest corp-example"
    )


def test_command_allows_plain_http_where_the_request_did() -> None:
    """`--trusted-host` let it in."""
    plain = "http://corp.example:8080/simple/"
    for command in commands(named(PYPI, plain), "spam").values():
        assert command.endswith(" --trusted-host corp.example:8080")


def test_command_stands_before_the_map_in_the_report() -> None:
    """The short way first."""
    stage = named(PYPI, CORP)
    (error,) = errors_of(stage.resolve("spam"), stage.policy, stage.target)
    lines = (error.hint or "").splitlines()
    for url, command in commands(stage, "spam").items():
        at = lines.index(f"if {url} is right:")
        assert lines[at + 2] == f"    {command}"
        assert lines[at + 4] == "    [repositories]"


@pytest.mark.parametrize("discovered", [True, False])
def test_command_names_the_map_that_an_option_named(discovered: bool) -> None:
    """Else it would change, or make, another one."""
    made = replace(mapping(rule("*", "pypi", "corp")), discovered=discovered)
    stage = Stage(map=made)
    holding(stage.repository("pypi"), stage.repository("corp"))
    expected = "xpip map add spam --repository corp" + ("" if discovered else " --map xpip.toml")
    assert commands(stage, "spam")[CORP] == expected


def test_command_takes_a_name_from_the_rule_that_spells_it_out() -> None:
    """A rule put first would leave the old one without names, which is an error."""
    stage = Stage(map=mapping(rule("spam", "pypi", "corp", merge="linked")))
    holding(stage.repository("pypi"), stage.repository("corp"))
    assert commands(stage, "spam")[PYPI].endswith("--repository pypi --replace")


# Where a map is in force already


REST = """
[repositories]
My_Corp = ["https://corp.example/simple/"]
my--corp = ["https://pypi.example/simple/"]
corp_2 = ["https://x.example/simple/"]
corp = ["https://y.example/simple/"]

"""


def test_alternative_is_a_rule_to_put_first_when_a_map_is_in_force() -> None:
    """The file has its repositories already, under names of its own."""
    text = REST + rule("*", "My_Corp", "my--corp", "corp_2", "corp")
    stage = Stage(map=mapping(text))
    for group in stage.policy.groups:
        holding(stage.repository(group.name, group.canonical.url))
    offered = alternatives(stage, "spam")
    assert len(offered) == 4
    for url, first in offered.items():
        assert "[repositories]" not in first
        made = mapping(REST + first + rule("*", "My_Corp", "my--corp", "corp_2", "corp"))
        assert asked(made, "spam") == [[url]]


def test_hint_says_where_the_rule_belongs_when_a_map_is_in_force() -> None:
    """The file is named."""
    stage = Stage(map=mapping(rule("*", "pypi", "corp")))
    holding(stage.repository("pypi"), stage.repository("corp"))
    (error,) = errors_of(stage.resolve("spam"), stage.policy, stage.target)
    assert "rules to put first in xpip.toml:" in (error.hint or "").splitlines()[0]
