"""A rule is added to a mapping file: where it goes, and what stays as it was."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from packaging.utils import canonicalize_name
from tests.support.maps import NOW

from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.mapping_file.editing import Addition, Edited, add_rule, new_map
from xpip.core.mapping_file.naming import NamedRepository
from xpip.core.patterns import Pattern
from xpip.core.policy import Policy, RepositoryMap
from xpip.core.routing import route
from xpip.errors import UsageError

PLAIN = """\
# Ours.
schema = 1

[repositories]  # all of them
pypi = ["https://pypi.example/simple/"]   # the public one
corp = ["https://corp.example/simple/"]

# The company's own names.
[[mapping]]
paths = [
    "acme-lib",  # the first
]
repositories = ["corp"]
cooldown = "7d"

# All else.
[[mapping]]
paths = ["*"]
repositories = ["pypi"]
"""


def source(path: str = "xpip.toml") -> MapSource:
    return MapSource(path=path, directory="/project", discovered=True)


def named(text: str) -> NamedRepository:
    name, _, url = text.partition("=")
    return NamedRepository(name=name, url=url or None)


def edited(
    text: str,
    patterns: str,
    *repositories: str,
    path: str = "xpip.toml",
    namespace: bool = False,
    rest: tuple[str, ...] = (),
    reason: str | None = None,
    replace: bool = False,
) -> Edited:
    """The text with a rule for these patterns, which are separated by spaces."""
    addition = Addition(
        patterns=tuple(Pattern.parse(each, is_namespace=namespace) for each in patterns.split()),
        repositories=tuple(map(named, repositories)),
        rest=tuple(map(named, rest)),
        reason=reason,
        replace=replace,
    )
    return add_rule(text.encode(), addition, source(path), variables={}, now=NOW)


def text_of(*given: str, **more: object) -> str:
    return edited(*given, **more).raw.decode()  # type: ignore[arg-type]


def asked(text: str, project: str, path: str = "xpip.toml") -> list[str]:
    """The names of the repositories that are asked first for a name."""
    made: RepositoryMap = parse_map(text.encode(), source(path), variables={}, now=NOW)
    routing = route(canonicalize_name(project), Policy(groups=made.groups, map=made))
    return [group.name for stage in routing.stages[:1] for group in stage.groups]


def rules(*pairs: tuple[str, str]) -> str:
    """A file of rules: patterns, and the repository of each."""
    lines = ['[repositories]\npypi = ["https://pypi.example/"]\ncorp = ["https://corp.example/"]']
    lines += [f"\n[[mapping]]\npaths = {p.split()!r}\nrepositories = ['{r}']" for p, r in pairs]
    return "\n".join(lines) + "\n"


def test_rule_is_put_above_the_comment_of_the_rule_that_follows() -> None:
    """Nothing but the rule is new, and every comment stays with what it speaks of."""
    added = '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\n\n'
    expected = PLAIN.replace("# The company's", f"{added}# The company's")
    assert text_of(PLAIN, "spam", "corp") == expected


def test_rule_says_where_it_stands_now() -> None:
    """File and line, and its text."""
    (rule,) = edited(PLAIN, "spam", "corp").rules
    assert (rule.place, rule.verb) == ("xpip.toml:8", "Added")
    assert rule.text == '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\n'


def test_new_repository_is_put_after_the_others() -> None:
    """Above the comments that speak of the next rule."""
    text = text_of(PLAIN, "spam", "x=https://x.example/simple/")
    assert 'corp.example/simple/"]\nx = ["https://x.example/simple/"]\n\n[[mapping]]' in text
    assert text.replace('x = ["https://x.example/simple/"]\n', "") == text_of(
        PLAIN, "spam", "corp"
    ).replace('["spam"]\nrepositories = ["corp"]', '["spam"]\nrepositories = ["x"]')


@pytest.mark.parametrize("project", ["spam", "acme-web"])
def test_added_name_is_asked_for_where_the_rule_says(project: str) -> None:
    """Whatever other rules would catch it."""
    text = rules(("acme-*", "pypi"), ("*", "pypi"))
    assert asked(text, project) == ["pypi"]
    assert asked(text_of(text, project, "corp"), project) == ["corp"]


def test_name_joins_a_rule_that_says_the_same_of_others() -> None:
    """One rule for what is one thing, as a person would write it."""
    text = rules(("acme-lib", "corp"), ("*", "pypi"))
    after = edited(text, "acme-web", "corp")
    assert [rule.verb for rule in after.rules] == ["Extended"]
    assert after.raw.decode().count("[[mapping]]") == 2
    assert asked(after.raw.decode(), "acme-web") == ["corp"]


def test_name_joins_no_rule_that_says_more() -> None:
    """A cooldown that was meant for one name is not for another."""
    assert text_of(PLAIN, "acme-web", "corp").count("[[mapping]]") == 3


def test_name_joins_no_rule_behind_one_that_would_catch_it() -> None:
    """It would have no effect there."""
    text = rules(("a*", "pypi"), ("spam", "corp"), ("*", "pypi"))
    assert asked(text_of(text, "acme", "corp"), "acme") == ["corp"]


def test_narrower_rule_before_a_new_glob_stays_an_exception() -> None:
    """It was written for a reason, and is told."""
    text = rules(("acme-public", "pypi"), ("*", "pypi"))
    after = edited(text, "acme", "corp", namespace=True)
    assert asked(after.raw.decode(), "acme-public") == ["pypi"]
    assert asked(after.raw.decode(), "acme-lib") == ["corp"]
    assert after.notes == ("what xpip.toml:5 says of acme-public stays an exception",)


def test_name_that_is_taken_out_of_a_wider_rule_is_told() -> None:
    """It was closed to everybody else, and from now on it is not."""
    text = rules(("acme-*", "corp"), ("*", "pypi"))
    after = edited(text, "acme-lib", "pypi")
    assert asked(after.raw.decode(), "acme-lib") == ["pypi"]
    assert after.notes == ("this takes names out of what xpip.toml:9 says of acme-*",)


def test_name_that_only_the_rule_for_all_names_had_is_added_without_a_word() -> None:
    """That is what such a rule is for."""
    assert edited(rules(("*", "pypi")), "acme-lib", "corp").notes == ()


def test_glob_that_no_place_will_do_for_is_an_error() -> None:
    """Before one rule it would hide an exception, after another it would not hold."""
    text = rules(("*-lib", "pypi"), ("acme-web", "pypi"), ("*", "pypi"))
    with pytest.raises(UsageError, match="There is no place") as caught:
        edited(text, "acme-*", "corp")
    assert [line.partition(": ")[0] for line in caught.value.context] == [
        "xpip.toml:5",
        "xpip.toml:9",
    ]


def test_adding_what_is_there_changes_nothing() -> None:
    """Not a byte, and it is said."""
    after = edited(PLAIN, "Acme_Lib", "corp")
    assert after.raw == PLAIN.encode()
    assert after.notes == ("the mapping file says so already",)


def test_name_that_another_rule_has_is_an_error() -> None:
    """Only a person can say which of the two is right."""
    with pytest.raises(UsageError, match="otherwise of acme-lib already: corp") as caught:
        edited(PLAIN, "acme-lib", "pypi")
    assert caught.value.context == ("xpip.toml:9",)


def test_replace_changes_a_rule_that_is_about_these_names_alone() -> None:
    """In its place, with its comments."""
    text = text_of(PLAIN, "acme-lib", "pypi", replace=True)
    assert text == PLAIN.replace('repositories = ["corp"]', 'repositories = ["pypi"]')


def test_replace_takes_a_name_out_of_a_rule_for_several() -> None:
    """The others stay where they were."""
    text = rules(("spam eggs", "corp"), ("*", "pypi"))
    after = text_of(text, "spam", "pypi", replace=True)
    assert (asked(after, "spam"), asked(after, "eggs")) == (["pypi"], ["corp"])


def test_replace_tells_what_an_earlier_rule_still_says() -> None:
    """The names that both match stay where they were."""
    text = rules(("*-lib", "pypi"), ("acme-*", "pypi"))
    after = edited(text, "acme-*", "corp", replace=True)
    assert asked(after.raw.decode(), "acme-lib") == ["pypi"]
    assert after.notes == ("what xpip.toml:5 says of *-lib stays an exception",)


def test_denied_name_is_asked_for_nowhere() -> None:
    """`repositories = []`, with its reason."""
    text = text_of(PLAIN, "left-pad", reason='banned, "4711"')
    assert asked(text, "left-pad") == []
    assert 'reason = "banned, \\"4711\\""' in text


def test_rest_is_written_last_where_no_rule_matches_everything() -> None:
    """The names that nothing is said of."""
    text = text_of(rules(("spam", "corp")), "eggs", "corp", rest=("pypi",))
    assert asked(text, "ham") == ["pypi"]
    assert text.endswith('[[mapping]]\npaths = ["*"]\nrepositories = ["pypi"]\n')


def test_rest_contradicting_the_file_is_an_error() -> None:
    """The rule is named."""
    with pytest.raises(UsageError, match="all other names") as caught:
        edited(PLAIN, "spam", "corp", rest=("corp",))
    assert caught.value.context == ("xpip.toml:17",)


# Repositories


def test_unknown_repository_is_an_error() -> None:
    """With what is missing."""
    with pytest.raises(UsageError, match="There is no repository 'crop'") as caught:
        edited(PLAIN, "spam", "crop")
    assert caught.value.hint == "Say where it is: crop=URL."


def test_repository_of_another_url_is_an_error() -> None:
    """One name means one repository."""
    with pytest.raises(UsageError, match="corp is another repository already"):
        edited(PLAIN, "spam", "Corp=https://elsewhere.example/simple/")


def test_repository_of_a_known_url_keeps_its_name() -> None:
    """However the URL is spelled; one repository has one name."""
    after = edited(PLAIN, "spam", "ours=HTTPS://corp.example:443/simple")
    assert asked(after.raw.decode(), "spam") == ["corp"]
    assert after.notes == ("https://corp.example/simple/ is called corp in this file",)


@pytest.mark.parametrize(
    "given",
    [
        "x=https://me:hunter2@x.example/simple/",
        "https://me:hunter2@x.example/simple/",
        "https://me:hunter2@x.example/simple/?a=b",
        "x=https://me:hunter2",
    ],
)
def test_password_is_neither_written_nor_shown(given: str) -> None:
    """A mapping file holds no secrets."""
    with pytest.raises(UsageError) as caught:
        edited(PLAIN, "spam", given)
    shown = [caught.value.message, *caught.value.context, caught.value.hint or ""]
    assert "hunter2" not in "\n".join(shown)


def test_plain_http_is_an_error_that_says_what_allows_it() -> None:
    """The option, as one who types would give it."""
    with pytest.raises(UsageError, match="--trusted-host HOST"):
        edited(PLAIN, "spam", "x=http://x.example/simple/")


# Layouts


JSON = """\
{
    "repositories": {
        "pypi": ["https://pypi.example/"]
    },
    "mapping": [
        {
            "paths": ["*"],
            "repositories": ["pypi"]
        }
    ]
}
"""


def test_json_keeps_its_indentation() -> None:
    """A difference shows what was added, and nothing else."""
    text = text_of(JSON, "spam", "corp=https://corp.example/", path="xpip.json")
    assert json.loads(text)["mapping"][0] == {"paths": ["spam"], "repositories": ["corp"]}
    added = [line for line in text.splitlines() if line not in JSON.splitlines()]
    assert added == [
        '        "pypi": ["https://pypi.example/"],',
        '        "corp": ["https://corp.example/"]',
        '            "paths": ["spam"],',
        '            "repositories": ["corp"]',
        "        },",
    ]
    assert edited(text, "eggs", path="xpip.json").rules[0].place == "xpip.json mapping[0]"


PROJECT = """\
[project]
name = "spam"

[tool.xpip.map]
schema = 1

[tool.xpip.map.repositories]
pypi = ["https://pypi.example/"]

[[tool.xpip.map.mapping]]
paths = ["*"]
repositories = ["pypi"]

[tool.other]
answer = 42
"""


def test_pyproject_is_changed_where_it_holds_the_map() -> None:
    """And nowhere else."""
    path = "pyproject.toml"
    text = text_of(PROJECT, "spam", "corp=https://corp.example/", path=path)
    assert asked(text, "spam", path) == ["corp"]
    assert text.endswith(PROJECT[PROJECT.index('paths = ["*"]') :])
    assert text.startswith(PROJECT[: PROJECT.index("\n[[tool")])


def test_pyproject_without_a_map_gets_one() -> None:
    """After all that it has."""
    path = "pyproject.toml"
    raw = new_map(source(path), b'[project]\nname = "spam"\n').decode()
    text = text_of(raw, "spam", "corp=https://corp.example/", rest=("corp",), path=path)
    assert text.startswith('[project]\nname = "spam"\n\n')
    assert asked(text, "eggs", path) == ["corp"]


@pytest.mark.parametrize(
    "text",
    [
        """
        mapping = [
            {paths = ["*"], repositories = ["pypi"]},  # all
        ]
        repositories = {pypi = ["https://pypi.example/"]}
        """,
        """
        repositories.pypi = ["https://pypi.example/"]
        [[mapping]]
        paths = ["*"]
        repositories = ["pypi"]
        """,
        """
        [[mapping]]
        paths = ["*"]
        repositories = ["pypi"]
        [repositories.pypi]
        urls = ["https://pypi.example/"]""",
        '[repositories]\npypi = ["https://pypi.example/"]',
    ],
)
def test_rule_is_added_however_the_file_is_written(text: str) -> None:
    """TOML has several ways to say one thing."""
    after = text_of(dedent(text), "spam", "corp=https://corp.example/")
    assert asked(after, "spam") == ["corp"]


def test_line_ends_stay_as_they_are() -> None:
    """A file from Windows stays one."""
    text = text_of(PLAIN.replace("\n", "\r\n"), "spam", "x=https://x.example/")
    assert "\n" not in text.replace("\r\n", "")
    assert asked(text, "spam") == ["x"]


def test_file_that_cannot_be_added_to_is_an_error() -> None:
    """A header inside a string is no rule: no byte is put where it is not known to belong."""
    text = PLAIN.replace("# All else.", 'reason = """\n[[mapping]]\n"""')
    with pytest.raises(UsageError, match="would not be valid"):
        edited(text, "*-lib", "corp")
