"""The mapping file: what it says, and the key path of what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import Auth, IndexOrder, RepositoryMap
from xpip.errors import Reason, UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)

EXAMPLE = """
schema = 1

[repositories]
pypi = ["https://public.example/simple/"]
wheelhouse = ["./wheels"]

[repositories.corp]
urls = ["https://pypi.corp.example/simple", "https://eu.pypi.corp.example/simple/"]
auth = "required"
file-hosts = ["files.corp.example"]

[[mapping]]
namespace = ["acme"]
repositories = ["corp"]

[[mapping]]
paths = ["left-pad"]
repositories = []
reason = "banned by security, ticket 4711"

[[mapping]]
paths = ["torch", "torch*"]
repositories = ["pypi", "wheelhouse"]
cooldown = "7d"
terminating = false
order = "index"

[[mapping]]
paths = ["*"]
repositories = ["pypi"]
"""

PEP_708 = {
    "repositories": {
        "PyTorch": ["https://torch.example/whl/nightly"],
        "PyPI": ["https://public.example/simple"],
    },
    "mapping": [
        {"paths": ["torch*"], "repositories": ["PyTorch"], "terminating": True},
        {"paths": ["*"], "repositories": ["PyPI"]},
    ],
}


def read(
    text: str, *, path: str = "/project/xpip.toml", discovered: bool = False, **variables: str
) -> RepositoryMap:
    source = MapSource(path=path, directory="/project", discovered=discovered)
    return parse_map(text.encode(), source, variables=variables, now=NOW)


def problem(text: str, *, discovered: bool = False) -> str:
    with pytest.raises(UsageError) as caught:
        read(text, discovered=discovered)
    assert caught.value.reference is Reason.MAP_INVALID
    return caught.value.message


def test_map_reads_groups_with_their_mirrors() -> None:
    """A bare list or a table; the first URL is canonical, and roots end in one slash."""
    pypi, wheelhouse, corp = read(EXAMPLE).groups

    assert pypi.canonical.url == "https://public.example/simple/"
    assert wheelhouse.canonical.url == "file:///project/wheels/"
    assert [mirror.url for mirror in corp.mirrors] == [
        "https://pypi.corp.example/simple/",
        "https://eu.pypi.corp.example/simple/",
    ]
    assert corp.auth is Auth.REQUIRED
    assert corp.file_hosts[0].origin == ("https", "files.corp.example", 443)


def test_map_reads_rules_in_file_order_and_knows_their_lines() -> None:
    """A rule can say where it was written."""
    acme, banned, torch, rest = read(EXAMPLE).rules

    assert acme.match(canonicalize_name("acme-lib"))
    assert acme.declared_at == "/project/xpip.toml:13"
    assert banned.groups == ()
    assert banned.reason == "banned by security, ticket 4711"
    assert not torch.terminating
    assert torch.order is IndexOrder.INDEX
    assert torch.cutoff == datetime(2026, 11, 14, tzinfo=UTC)
    assert rest.key_path == "mapping[3]"


def test_map_reads_the_example_that_pep_708_prints() -> None:
    """PEP 708, "Rejected ideas": the JSON form is a valid mapping file as it stands."""
    torch, rest = read(json.dumps(PEP_708), path="/project/xpip.json").rules

    assert torch.groups[0].name == "PyTorch"
    assert rest.match(canonicalize_name("anything"))


def test_map_stands_in_pyproject_under_tool_xpip_map() -> None:
    """The same file, one level deeper."""
    text = EXAMPLE.replace("[[mapping]]", "[[tool.xpip.map.mapping]]")
    text = text.replace("[repositories", "[tool.xpip.map.repositories").replace("schema = 1", "")

    assert len(read(text, path="/project/pyproject.toml").rules) == 4


def test_map_digest_depends_on_meaning_alone() -> None:
    """Comments and spelling do not change it; a rule does."""
    digest = read(EXAMPLE).digest

    assert read("# a comment\n" + EXAMPLE).digest == digest
    assert read(EXAMPLE.replace('"torch"', '"Torch"')).digest == digest
    assert read(EXAMPLE.replace('"7d"', '"8d"')).digest != digest


GROUP = '[repositories]\ncorp = ["https://corp.example/simple/"]\n'
RULE = '[[mapping]]\npaths = ["a"]\nrepositories = ["corp"]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schema = 2", "schema: is 2"),
        ("colour = 'red'", "colour: is not a key"),
        (GROUP + "[[mapping]]\npath = ['a']\nrepositories = []", "mapping[0]: needs `paths`"),
        (GROUP + RULE + "terminatng = true", "did you mean 'terminating'?"),
        (GROUP + RULE.replace('["corp"]', '["crop"]'), "mapping[0].repositories[0]: there is no"),
        (GROUP + RULE.replace('["corp"]', '["crop"]'), "did you mean 'corp'?"),
        (GROUP + '[[mapping]]\npaths = ["a"]', "mapping[0].repositories: is needed"),
        (GROUP + RULE.replace('"a"', '"[ab]"'), "mapping[0].paths[0]: a pattern has"),
        (GROUP + RULE.replace('"a"', '"*"') + RULE, "mapping[1]: no name can reach this rule"),
        (GROUP + RULE + "terminating = 'yes'", "mapping[0].terminating: must be true or false"),
        (GROUP + RULE + "threshold = 2", "mapping[0].threshold: is not supported"),
        (GROUP + RULE.replace('"a"', '"a*"') + 'merge = "declared"', "needs a `reason`"),
        ('[repositories]\nc = ["https://u:p@corp.example/"]', "repositories.c.urls[0]: holds a"),
        ('[repositories]\nc = ["http://corp.example/"]', "is not encrypted"),
        ('[repositories]\nc = ["ftp://corp.example/"]', "ftp: is not how"),
        ('[repositories]\nc = ["https://${HOST}/"]', "in a URL's path only"),
        ('[repositories]\nc = ["https://corp.example/${GONE}/"]', "variable GONE is not set"),
        ("[repositories]\nc = []", "repositories.c.urls: at least one"),
        ('[repositories]\n"a b" = ["https://corp.example/"]', "letters, digits"),
        (GROUP + 'CORP = ["https://other.example/"]', "is there twice"),
        (GROUP + 'c2 = ["https://CORP.example/simple"]', "the same canonical URL as corp"),
        ('[repositories.c]\nurls = ["https://c.example/"]\nabsent-status = [429]', "must be a 4xx"),
        (
            '[repositories.c]\nurls=["https://c.example/"]\nauth="required"\nabsent-status=[403]',
            "403 cannot mean absent",
        ),
        ("[[mapping]", "Expected"),
    ],
)
def test_map_names_the_key_path_of_what_is_wrong(text: str, expected: str) -> None:
    """Unknown, unreachable, unsafe or mistyped: nothing in the file is ever ignored."""
    assert expected in problem(text)


def test_map_lets_a_discovered_file_name_its_own_variables_only() -> None:
    """A checkout's map is trusted with names, not with what else is in the environment."""
    text = '[repositories]\nc = ["https://corp.example/${HOME}/simple/"]'

    assert "XPIP_MAP_" in problem(text, discovered=True)


def test_map_fills_variables_into_paths() -> None:
    """`${NAME}` may stand in the path of a mirror's URL."""
    text = '[repositories]\nc = ["https://corp.example/${TEAM}/simple/"]'

    (group,) = read(text, TEAM="web").groups

    assert group.canonical.url == "https://corp.example/web/simple/"


def test_map_lets_a_rule_behind_a_passing_one_be_reached() -> None:
    """A rule that passes names on hides nothing."""
    first = RULE.replace('"a"', '"*"') + "terminating = false\n"

    assert len(read(GROUP + first + RULE).rules) == 2
