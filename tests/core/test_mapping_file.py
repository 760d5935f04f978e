"""The mapping file: what it says, and the key path of what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from xpip.core.mapping_file import MapSource, holds_map, parse_map
from xpip.core.policy import Auth, IndexOrder, Merge, PageFormat, RepositoryMap
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


def refusal(
    text: str, *, path: str = "/project/xpip.toml", discovered: bool = False, **variables: str
) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(text, path=path, discovered=discovered, **variables)
    assert caught.value.reference is Reason.MAP_INVALID
    return caught.value


def problem(text: str, *, discovered: bool = False, **variables: str) -> str:
    return refusal(text, discovered=discovered, **variables).message


def urls(*given: str) -> str:
    """A repository c with these URLs."""
    return f"[repositories]\nc = {json.dumps(given)}\n"


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


@pytest.mark.parametrize(
    ("without", "with_it"),
    [
        ('paths = ["torch", "torch*"]', 'merge = "linked"\npaths = ["torch", "torch*"]'),
        ('auth = "required"', 'auth = "required"\nformat = "json"'),
    ],
)
def test_map_digest_depends_on_each_demand(without: str, with_it: str) -> None:
    """What changes which files are taken changes it."""
    assert read(EXAMPLE.replace(without, with_it)).digest != read(EXAMPLE).digest


GROUP = '[repositories]\ncorp = ["https://corp.example/simple/"]\n'
RULE = '[[mapping]]\npaths = ["a"]\nrepositories = ["corp"]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schema = 2", "schema: is 2"),
        ("colour = 'red'", "colour: is not a key"),
        ("[[mapping]]\nrepositories = []", "mapping[0]: needs `paths`"),
        ("[[mapping]]\npath = ['a']\nrepositories = []", "mapping[0].path: is not a key"),
        ("[[mapping]]\npath = ['a']", "did you mean 'paths'?"),
        ("[repositories.c]\nurl = ['https://c.example/']", "did you mean 'urls'?"),
        ("[repository]\nc = []\n" + RULE, "did you mean 'repositories'?"),
        (GROUP + RULE.replace('["a"]', '"a"'), 'paths: must be a list: paths = ["a"]'),
        ('[repositories]\nc = "https://c.example/"', 'repositories.c: must be a list: c = ["'),
        (RULE.replace("[[mapping]]", "[mapping]"), "in TOML write [[mapping]]"),
        (
            GROUP + RULE.replace('["corp"]', '["corp", "CORP"]'),
            "mapping[0].repositories[1]: 'CORP' is there twice",
        ),
        (GROUP + RULE + "terminatng = true", "did you mean 'terminating'?"),
        (GROUP + RULE.replace('["corp"]', '["crop"]'), "mapping[0].repositories[0]: there is no"),
        (GROUP + RULE.replace('["corp"]', '["crop"]'), "did you mean 'corp'?"),
        (GROUP + '[[mapping]]\npaths = ["a"]', "mapping[0].repositories: is needed"),
        (GROUP + RULE.replace('"a"', '"[ab]"'), "mapping[0].paths[0]: a pattern has"),
        (GROUP + RULE.replace('"a"', '"*"') + RULE, "mapping[1]: no name can reach this rule"),
        (GROUP + RULE + "terminating = 'yes'", "mapping[0].terminating: must be true or false"),
        (GROUP + RULE + "threshold = 2", "mapping[0].threshold: needs as many repositories"),
        (GROUP + RULE.replace('"a"', '"a*"') + 'merge = "declared"', "needs a `reason`"),
        ('[repositories]\nc = ["https://u:p@corp.example/"]', "repositories.c.urls[0]: holds a"),
        ('[repositories]\nc = ["http://corp.example/"]', "is not encrypted"),
        ('[repositories]\nc = ["ftp://corp.example/"]', "ftp: is not how"),
        ('[repositories]\nc = ["https://${HOST}/"]', "in a URL's path only"),
        ('[repositories]\nc = ["https://corp.example/${GONE}/"]', "variable GONE is not set"),
        ("[repositories]\nc = []", "repositories.c.urls: at least one"),
        ('[repositories]\n"a b" = ["https://corp.example/"]', "letters, digits"),
        (GROUP + 'CORP = ["https://other.example/"]', "is there twice"),
        (
            GROUP + 'c2 = ["https://CORP.example/s%69mple"]',
            "repositories.c2.urls[0]: is a URL of corp too",
        ),
        (
            GROUP + 'c2 = ["https://c2.example/", "https://corp.example/simple"]',
            "repositories.c2.urls[1]: is a URL of corp too",
        ),
        (urls("https://a.example/", "./wheels"), "repositories.c.urls: a directory and a URL"),
        ('[repositories]\nMap = ["https://c.example/"]', "repositories.Map: may not be called"),
        ('[repositories]\nmap_2 = ["https://c.example/"]', "repositories.map_2: may not be called"),
        ('[repositories.c]\nurls = ["https://c.example/"]\nabsent-status = []', "at least one st"),
        (
            '[repositories.c]\nurls = ["https://c.example/"]\nformat = "xml"',
            "must be one of 'auto'",
        ),
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


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://[bad/", "is not a URL"),
        ("https://h:abc/", "is not a URL"),
        ("https://h:99999/", "is not a URL"),
        ("https:///simple/", "has no host"),
        ("https:simple", "has no host"),
        ("//corp.example/simple/", "names another machine"),
        ("file://corp.example/wheels", "names another machine"),
        ("file:///wheels?a=b", "no query or fragment"),
        ("", "is empty"),
        ("file://", "is empty"),
    ],
)
def test_map_refuses_an_address_that_nobody_could_ask(url: str, expected: str) -> None:
    """Said with its key path, before anything is asked."""
    said = problem(urls(url))
    assert "repositories.c.urls[0]: " in said
    assert expected in said


@pytest.mark.parametrize("host", ["h:abc", "[bad", "h:99999", "u@h", "ftp://h", "/path", "h/p?q"])
def test_map_refuses_a_file_host_that_is_none(host: str) -> None:
    """Only scheme, host, port and path mean something there."""
    text = f"[repositories.c]\nurls = ['https://c.example/']\nfile-hosts = ['{host}']"
    assert "repositories.c.file-hosts[0]: " in problem(text)


def test_map_does_not_repeat_what_looks_like_a_port() -> None:
    """It may be a password whose host was forgotten."""
    assert "hunter2" not in problem(urls("https://me:hunter2/simple/"))


@pytest.mark.parametrize("url", ["file:///project/wheels", "file://localhost/project/wheels"])
def test_map_reads_a_directory_as_a_url(url: str) -> None:
    """RFC 8089: no host, or localhost."""
    assert read(urls(url)).groups[0].canonical.url == "file:///project/wheels/"


@pytest.mark.parametrize(
    "value", ["https://other.example/simple", "//other.example/simple", "file:///etc"]
)
def test_map_lets_no_variable_bring_a_host_or_a_scheme(value: str) -> None:
    """Else the environment, not the file, would say who is asked."""
    assert "in a URL's path only" in problem(urls("${WHERE}"), WHERE=value)


def test_map_lets_a_variable_be_a_directory() -> None:
    """A path is a path."""
    assert read(urls("${WHERE}"), WHERE="/srv/w").groups[0].canonical.url == "file:///srv/w/"


@pytest.mark.parametrize(
    ("written", "merge"),
    [
        ("", None),
        ('merge = "linked"', Merge.LINKED),
        ('merge = "declared"', Merge.DECLARED),
    ],
)
def test_map_tells_what_a_rule_leaves_unsaid(written: str, merge: Merge | None) -> None:
    """No `merge` is not the same as `"linked"`."""
    assert read(GROUP + RULE + written).rules[0].merge is merge


def test_map_reads_the_format_of_a_repository() -> None:
    """Which pages it is believed in; any, unless it says so."""
    text = '[repositories.c]\nurls = ["https://c.example/"]\nformat = "html"\n'
    assert read(text).groups[0].page_format is PageFormat.HTML
    assert read(EXAMPLE).groups[0].page_format is PageFormat.AUTO


def test_map_is_refused_when_json_has_a_key_twice() -> None:
    """RFC 8259, section 4: readers differ in which one counts."""
    text = '{"repositories": {"c": ["https://a.example/"], "c": ["https://b.example/"]}}'
    assert "the key 'c' is there twice" in refusal(text, path="/project/xpip.json").message


def test_map_names_the_line_of_a_rule_that_is_wrong() -> None:
    """The key path counts rules, which people do not."""
    text = GROUP + RULE + RULE.replace('"a"', '"b"') + "order = 'best'\n"
    assert refusal(text).context == ("/project/xpip.toml:6",)
    assert refusal(GROUP + RULE + RULE).context == ("/project/xpip.toml:6",)
    assert refusal(text + "[other]\n").context == ("/project/xpip.toml",)


def test_map_names_no_line_where_it_could_be_the_wrong_one() -> None:
    """A header inside a string is none, and would shift all others."""
    text = GROUP + 'x = ["""./a\n[[mapping]]\n"""]\n' + RULE + "order = 'best'\n"
    assert refusal(text).context == ("/project/xpip.toml",)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("[tool.xpip.map]\nschema = 1", True),
        ("# no tool.xpip.map here\n[project]", False),
        ('[tool]\nxpip = "map"', True),
        ("[tool.xpip.environments]", False),
        ("[[tool.xpip.mapping]]", True),
        ("[tool.xpip.map", True),
        ("[project", False),
    ],
)
def test_pyproject_holds_a_map_where_it_has_the_table(text: str, holds: bool) -> None:
    """One that is broken, or has it in another place, is believed to: it would be ignored."""
    assert holds_map(text.encode()) is holds


def test_map_is_refused_when_a_named_pyproject_has_none() -> None:
    """It was named: going on without a map would be no answer."""
    error = refusal("[project]\nname = 'spam'", path="/project/pyproject.toml")
    assert "tool.xpip.map: is needed" in error.message
