"""Several mapping files as one: names, repositories, and what is enforced."""

from __future__ import annotations

import pytest
from tests.support.maps import NOW

from xpip.core.mapping_file import MapFile, MapSource, combine_maps, extensions_of
from xpip.core.policy import RepositoryMap
from xpip.errors import UsageError

CORP = '[repositories]\ncorp = ["https://corp.example/simple/"]\n'
ORGANISATION = (
    "enforced = true\n" + CORP + '[[mapping]]\npaths = ["acme"]\nrepositories = ["corp"]\n'
)


def file(text: str, path: str = "xpip.toml", *, discovered: bool = False) -> MapFile:
    return MapFile(
        raw=text.encode(),
        source=MapSource(path=path, directory="/project", discovered=discovered),
    )


def combined(*in_force: MapFile, standing: MapFile | None = None) -> RepositoryMap:
    beside = [[standing]] if standing else []
    return combine_maps(in_force, beside, variables={}, now=NOW)


def problem(*in_force: MapFile, standing: MapFile | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        combined(*in_force, standing=standing)
    return f"{caught.value.message} @ {' '.join(caught.value.context)}"


def test_file_sees_the_repositories_of_what_it_extends() -> None:
    """It need not repeat them, and its rules come first."""
    project = file('[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\n')
    extended = file(CORP + '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n', "org.toml")
    made = combined(project, extended)
    assert [(rule.source, str(rule.patterns[0])) for rule in made.rules] == [
        ("xpip.toml", "spam"),
        ("org.toml", "*"),
    ]
    assert [group.name for group in made.groups] == ["corp"]


def test_extended_file_does_not_see_the_repositories_of_what_extends_it() -> None:
    """A file means the same, whoever extends it."""
    extended = file('[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n', "org.toml")
    assert "there is no repository 'corp'" in problem(file(CORP), extended)


def test_enforced_rules_stand_apart_from_the_others() -> None:
    """One rule of a file may be enforced, and the rest not."""
    text = CORP + '[[mapping]]\npaths=["a"]\nrepositories=["corp"]\nenforced=true\n'
    made = combined(file(text + '[[mapping]]\npaths=["b"]\nrepositories=["corp"]\n'))
    assert [str(rule.patterns[0]) for layer in made.enforced for rule in layer.rules] == ["a"]
    assert [str(rule.patterns[0]) for rule in made.rules] == ["b"]


def test_standing_file_holds_as_far_as_it_is_enforced() -> None:
    """Its other rules and repositories are as if it were not there."""
    text = CORP + 'own = ["https://own.example/"]\n'
    text += '[[mapping]]\npaths=["a"]\nrepositories=["corp"]\nenforced=true\n'
    text += '[[mapping]]\npaths=["*"]\nrepositories=["own"]\n'
    made = combined(file(""), standing=file(text, "/etc/xpip/xpip.toml"))
    assert [group.name for group in made.groups] == ["corp"]
    assert made.rules == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[repositories]\ncorp = ["https://other.example/simple/"]\n',
            "repositories.corp: is corp (https://corp.example/simple/) in /etc/xpip/xpip.toml",
        ),
        (
            '[repositories]\nother = ["https://other.example/", "https://corp.example/simple"]\n',
            "repositories.other: https://corp.example/simple/ belongs to corp",
        ),
        (
            '[repositories.corp]\nurls = ["https://corp.example/simple/"]\nabsent-status = [403]\n',
            "repositories.corp.absent-status: is settled by corp",
        ),
        (
            '[repositories.mine]\nurls = ["https://corp.example/simple/"]\nauth = "never"\n',
            "repositories.mine.auth: is settled by corp",
        ),
    ],
)
def test_later_file_does_not_re_point_an_enforced_repository(text: str, expected: str) -> None:
    """Neither its URL nor what is said of it, by its own name or another."""
    standing = file(ORGANISATION, "/etc/xpip/xpip.toml")
    assert expected in problem(file(text), standing=standing)


def test_later_file_may_call_an_enforced_repository_by_another_name() -> None:
    """A checkout works on machines that know its repositories by other names."""
    project = file(
        '[repositories]\nmine = ["https://CORP.example/simple"]\n'
        '[[mapping]]\npaths = ["spam"]\nrepositories = ["mine"]\n'
    )
    made = combined(project, standing=file(ORGANISATION, "/etc/xpip/xpip.toml"))
    assert made.rules[0].groups == made.enforced[0].rules[0].groups


def test_user_s_own_file_may_give_an_enforced_repository_a_mirror() -> None:
    """The canonical URL stays what it was, for every rule."""
    mirrored = '[repositories]\ncorp = ["https://corp.example/simple/", "https://eu.example/"]\n'
    made = combined(file(mirrored), standing=file(ORGANISATION, "/etc/xpip/xpip.toml"))
    group = made.enforced[0].rules[0].groups[0]
    assert [mirror.url for mirror in group.mirrors] == [
        "https://corp.example/simple/",
        "https://eu.example/",
    ]


def test_checkout_may_not_give_an_enforced_repository_a_mirror() -> None:
    """A mirror is asked in the repository's stead."""
    mirrored = '[repositories]\ncorp = ["https://corp.example/simple/", "https://evil.example/"]\n'
    standing = file(ORGANISATION, "/etc/xpip/xpip.toml")
    assert "https://evil.example/ is no mirror" in problem(
        file(mirrored, discovered=True), standing=standing
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('corp = ["https://corp.example/simple/", "https://evil.example/"]', "is no mirror"),
        ('corp = ["https://evil.example/"]', "one name means one repository"),
    ],
)
def test_repository_of_an_extended_file_is_enforced_by_the_rule_that_lists_it(
    text: str, expected: str
) -> None:
    """An organisation may keep its repositories in one file, and its rules in another."""
    rule = '[[mapping]]\npaths = ["acme"]\nrepositories = ["corp"]\nenforced = true\n'
    standing = [file(rule, "/etc/xpip/xpip.toml"), file(CORP, "/etc/xpip/repositories.toml")]
    checkout = file(f"[repositories]\n{text}\n", discovered=True)
    with pytest.raises(UsageError, match=expected) as caught:
        combine_maps([checkout], [standing], variables={}, now=NOW)
    assert caught.value.context == ("xpip.toml",)


def test_checkout_may_not_give_a_repository_of_the_user_s_own_file_a_mirror() -> None:
    """Neither is enforced there, nor does the checkout's file come first: `--map` was chosen."""
    mirrored = ORGANISATION.replace('simple/"]', 'simple/", "https://evil.example/"]')
    checkout = file(mirrored, discovered=True)
    found = problem(file(CORP, "/home/me/my.toml"), standing=checkout)
    assert "https://evil.example/ is no mirror of corp" in found
    assert found.endswith("@ xpip.toml")


def test_repository_may_be_enforced_without_a_rule() -> None:
    """Its name then means the same in every file."""
    text = '[repositories.corp]\nurls = ["https://corp.example/simple/"]\nenforced = true\n'
    other = file('[repositories]\ncorp = ["https://other.example/"]\n')
    assert "one name means one repository" in problem(
        other, standing=file(text, "/etc/xpip/xpip.toml")
    )


def test_rule_behind_an_enforced_one_of_its_file_cannot_be_reached() -> None:
    """Names that an enforced rule matches go on to enforced rules alone."""
    text = CORP + '[[mapping]]\npaths=["a"]\nrepositories=["corp"]\n'
    text += '[[mapping]]\npaths=["a*"]\nrepositories=["corp"]\nenforced=true\nterminating=false\n'
    assert "mapping[0]: no name can reach this rule: mapping[1]" in problem(file(text))


def test_error_names_the_file_that_it_stands_in() -> None:
    """With its own line, whichever file is in force."""
    broken = file("\n[[mapping]]\npaths = ['a']\n", "/etc/xpip/xpip.toml")
    assert problem(file(CORP), standing=broken).endswith("@ /etc/xpip/xpip.toml:2")


def test_extensions_are_paths_and_digested_urls() -> None:
    """What a URL holds may change, unless its digest is given."""
    text = f'extends = ["../org.toml", {{url = "https://a.example/m", sha256 = "{"a" * 64}"}}]'
    path, url = extensions_of(text.encode(), file("").source)
    assert (path.path, url.url, url.sha256) == ("../org.toml", "https://a.example/m", "a" * 64)


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ('["https://a.example/m"]', "extends[0]: is a URL: write {url"),
        ('[{url = "http://a.example/m", sha256 = "aa"}]', "extends[0].url: must be an https://"),
        ('[{url = "https://u:p@a.example/m", sha256 = "aa"}]', "holds a user name"),
        ('[{url = "https://a.example/m"}]', "extends[0].sha256: must be 64"),
        ('[{url = "https://a.example/m", sha265 = "aa"}]', "did you mean 'sha256'?"),
        ('[""]', "extends[0]: is empty"),
        ('"org.toml"', "must be a list"),
    ],
)
def test_extension_that_cannot_be_followed_is_an_error(extends: str, expected: str) -> None:
    """With its key path."""
    with pytest.raises(UsageError) as caught:
        extensions_of(f"extends = {extends}".encode(), file("").source)
    assert expected in caught.value.message
