"""`xpip map test`: where names are routed, without asking anybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended
from tests.support.world import World

Xpip = Callable[..., Ended]

RULES = """
[[mapping]]
namespace = ["acme"]
repositories = ["corp"]

[[mapping]]
paths = ["left-pad"]
repositories = []
reason = "banned by security"

[[mapping]]
paths = ["torch-*"]
repositories = ["pypi", "corp"]
terminating = false

[[mapping]]
paths = ["torch-*", "spam"]
repositories = ["pypi"]
"""


@pytest.fixture
def repositories(world: World, project: Path) -> World:
    """Two of them, and a mapping file that names them."""
    urls = "".join(f'{name} = ["{world.repository(name).url}"]\n' for name in ("pypi", "corp"))
    (project / "xpip.toml").write_text(f"[repositories]\n{urls}{RULES}")
    return world


@pytest.mark.usefixtures("repositories")
def test_map_test_shows_the_rule_and_the_repository_of_each_name(xpip: Xpip) -> None:
    """A line each; names are normalised, and shown once."""
    ended = xpip("map", "test", "Acme_Lib", "spam", "acme.lib")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "acme-lib  xpip.toml:5 mapping[0] (namespace acme) -> corp",
        "spam      xpip.toml:19 mapping[3] (spam) -> pypi",
    ]


@pytest.mark.usefixtures("repositories")
def test_map_test_shows_how_a_name_is_passed_on(xpip: Xpip) -> None:
    """Stage by stage, and what happens where several have it."""
    assert xpip("map", "test", "torch-x").stdout == (
        "torch-x  xpip.toml:14 mapping[2] (torch-*) -> pypi, corp (refused if unlinked); "
        "if absent, xpip.toml:19 mapping[3] (torch-*) -> pypi\n"
    )


@pytest.mark.usefixtures("repositories")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("left-pad", "refused [denied] xpip.toml:9 mapping[1]: banned by security"),
        ("spamm", "refused [no-rule] xpip.toml: nearest spam (xpip.toml:19)"),
    ],
)
def test_map_test_ends_with_3_when_a_name_is_refused(xpip: Xpip, name: str, said: str) -> None:
    """As an installation would."""
    ended = xpip("map", "test", "spam", name)

    assert ended.exit_code == 3
    assert said in ended.stdout


@pytest.mark.usefixtures("repositories")
def test_map_test_gives_routes_as_data(xpip: Xpip) -> None:
    """The same, for programs."""
    ended = xpip("map", "test", "--json", "acme", "left-pad")

    acme, banned = ended.data["names"]
    assert (ended.exit_code, ended.data["file"]) == (3, "xpip.toml")
    assert [each["name"] for each in acme["stages"][0]["repositories"]] == ["corp"]
    assert (acme["stages"][0]["key_path"], acme["closed"]) == ("mapping[0]", None)
    assert (banned["stages"], banned["closed"]) == ([], "denied")


def test_map_test_asks_no_repository(repositories: World, xpip: Xpip) -> None:
    """Routing goes by the name alone."""
    xpip("map", "test", "acme", "spam", "torch-x")

    assert not any(repositories.repository(name).requests for name in ("pypi", "corp"))


@pytest.mark.usefixtures("repositories")
def test_map_test_without_a_map_shows_the_repositories_in_use(xpip: Xpip) -> None:
    """`--no-map`: what variables and defaults say."""
    ended = xpip("map", "test", "--no-map", "acme", XPIP_INDEX_URL="https://x.example/simple/")

    assert ended.stdout == "acme  no mapping file: every repository in use -> x.example/simple/\n"


@pytest.mark.usefixtures("repositories")
def test_map_test_shows_what_is_enforced_and_what_narrows_it(xpip: Xpip, project: Path) -> None:
    """A later file may leave files aside, and has no say in who is asked."""
    own = (project / "xpip.toml").read_text()
    repositories = own.partition("[[mapping]]")[0]
    rule = '[[mapping]]\npaths = ["spam"]\nrepositories = ["pypi", "corp"]\n'
    (project / "org.toml").write_text(f"enforced = true\n{repositories}{rule}")
    (project / "xpip.toml").write_text(f'extends = ["org.toml"]\n{own}')

    ended = xpip("map", "test", "spam")

    assert ended.stdout == (
        "spam  org.toml:6 mapping[0] (spam), enforced, narrowed by xpip.toml:20 mapping[3] -> "
        "pypi, corp (one namespace; no files of corp)\n"
    )
    (stage,) = xpip("map", "test", "--json", "spam").data["names"][0]["stages"]
    assert stage["enforced"]
    assert [each["dropped"] for each in stage["repositories"]] == [False, True]
    assert stage["narrowed_by"] == [{"key_path": "mapping[3]", "declared_at": "xpip.toml:20"}]


@pytest.mark.usefixtures("repositories")
def test_map_test_takes_names_alone(xpip: Xpip) -> None:
    """A version or an extra has no part in it."""
    ended = xpip("map", "test", "spam==1.0")

    assert ended.exit_code == 2
    assert "'spam==1.0'" in ended.stderr
