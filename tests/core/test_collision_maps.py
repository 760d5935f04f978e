"""The mapping files that a collision offers: paste one, and the name is settled."""

from __future__ import annotations

from typing import Any

import pytest
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
    (error,) = errors_of(stage.resolve(*requirements), stage.policy, stage.target)
    data: Any = error.data
    return {each["repository"]: each["map"] for each in data["alternatives"]}


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
