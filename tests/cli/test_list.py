"""`xpip list`: what is installed, where it came from, and what could be newer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.cli.conftest import Xpip
from tests.support.command import Ended, Environment
from tests.support.distributions import put
from tests.support.tools import pip_list, uv_list
from tests.support.world import World

EDITABLE = {"url": "file:///src/beef", "dir_info": {"editable": True}}


def test_list_tells_where_each_distribution_came_from(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A repository, a place, or what nobody recorded."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "spam")
    put(environment.site_packages, "eggs", "2.0")
    put(environment.site_packages, "beef", "3.0", direct_url=EDITABLE)

    ended = xpip("list")

    address = corp.url.removeprefix("http://").rstrip("/")
    assert ended.stdout == (
        "name  version  origin\n"
        "beef  3.0      editable: /src/beef\n"
        "eggs  2.0      unknown (installed by pip)\n"
        f"spam  1.0      {address}\n"
    )
    assert ended.stderr.startswith(f"3 distributions in {environment.directory} (Python ")


def test_list_names_repositories_as_the_mapping_file_does(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Name and host: the name is yours, the host is where it went."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    write_map(project, corp=corp.url)
    xpip("install", "spam")

    assert f"spam  1.0      corp ({corp.origin.removeprefix('http://')})\n" in xpip("list").stdout


def test_list_is_the_same_as_that_of_other_tools(environment: Environment, xpip: Xpip) -> None:
    """Names and versions."""
    for name in ("spam", "eggs"):
        put(environment.site_packages, name)

    listed = xpip("list", "--json").data["distributions"]

    ours = {each["name"]: each["version"] for each in listed}
    assert ours == pip_list(environment) == uv_list(environment) == {"spam": "1.0", "eggs": "1.0"}


def test_list_of_nothing_prints_nothing(environment: Environment, xpip: Xpip) -> None:
    """What is said beside it says where nothing is."""
    ended = xpip("list")

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr.startswith(f"0 distributions in {environment.directory} ")


def test_list_tells_of_what_it_cannot_read(environment: Environment, xpip: Xpip) -> None:
    """It counts as not installed, and somebody should know."""
    (environment.site_packages / "ham-1.0.dist-info").mkdir()

    ended = xpip("list")

    assert "ham-1.0.dist-info counts as not installed: METADATA: No such file" in ended.stderr
    assert "[unreadable]" in ended.stderr


def test_list_as_data_has_every_record(world: World, environment: Environment, xpip: Xpip) -> None:
    """With the environment that it is about, and a version of the format."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "spam")

    data = xpip("list", "--format", "json").data

    (spam,) = data["distributions"]
    assert data["schema"] == 1
    assert data["environment"]["prefix"] == str(environment.directory)
    assert spam["installer"] == "xpip"
    assert (spam["origin"]["repository"], spam["origin"]["ruling"]) == (corp.url, "sole")
    assert spam["direct_url"] is None


def test_list_as_requirements_has_nothing_beside_the_lines(
    environment: Environment, xpip: Xpip
) -> None:
    """As pip's `--format freeze`: names and versions, whatever they came from."""
    put(environment.site_packages, "spam")
    put(environment.site_packages, "beef", direct_url=EDITABLE)

    assert xpip("list", "--format", "freeze").stdout == "beef==1.0\nspam==1.0\n"


def test_list_asks_nobody(world: World, environment: Environment, xpip: Xpip) -> None:
    """Only `--outdated` does."""
    corp = world.repository("corp")
    put(environment.site_packages, "spam")

    ended = xpip("list", XPIP_INDEX_URL=corp.url)

    assert ended.exit_code == 0
    assert corp.requests == []


def test_list_shows_what_the_interpreter_shares_unless_it_is_left_aside(
    environment: Environment, xpip: Xpip
) -> None:
    """`--local`: what is the environment's own."""
    settings = environment.directory / "pyvenv.cfg"
    settings.write_text(settings.read_text().replace("= false", "= true"))
    put(environment.site_packages, "spam")

    everything = [each["name"] for each in xpip("list", "--json").data["distributions"]]
    own = [each["name"] for each in xpip("list", "--json", "--local").data["distributions"]]

    assert own == ["spam"]
    assert set(everything) == set(map(canonicalize_name, pip_list(environment)))
    assert "spam" in everything


@pytest.mark.parametrize(
    "arguments",
    [
        ["--index-url", "https://corp.example/simple/"],
        ["--pre"],
        ["--retries", "1"],
        ["--json", "--format", "columns"],
        ["--outdated", "--format", "freeze"],
    ],
)
def test_list_takes_no_option_in_vain(
    environment: Environment, xpip: Xpip, arguments: list[str]
) -> None:
    """What would be passed over is refused."""
    assert xpip("list", *arguments).exit_code == 2


def test_list_needs_an_environment(xpip: Xpip) -> None:
    """Xpip's own is not what anybody means."""
    ended = xpip("list")

    assert ended.exit_code == 2
    assert "[no-environment]" in ended.stderr


# --- What could be newer ------------------------------------------------------------------------


def rows(ended: Ended) -> dict[str, tuple[Any, ...]]:
    """Standing, newest version and reason of each name."""
    return {
        each["name"]: (each["standing"], each["newest"], each["reason"])
        for each in ended.data["distributions"]
    }


def test_outdated_compares_by_policy_and_hides_no_refusal(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A name that two unlinked repositories have is refused: neither version is offered."""
    corp, public = world.repository("corp"), world.repository("public")
    for name in ("spam", "eggs", "ham"):
        put(environment.site_packages, name)
    corp.serve("spam", "2.0")
    corp.serve("eggs", "1.0")
    public.serve("eggs", "99.0")
    public.serve("ham", "1.0")
    asked = ["--outdated", "-i", public.url, "--extra-index-url", corp.url]

    ended = xpip("list", *asked)

    assert ended.exit_code == 0
    assert "refused [collision]" in ended.stdout
    assert "99.0" not in ended.stdout
    assert ended.stderr.startswith("1 outdated, 1 current, 1 refused; in ")
    assert rows(xpip("list", "--json", *asked)) == {
        "spam": ("outdated", "2.0", None),
        "eggs": ("refused", None, "collision"),
        "ham": ("current", "1.0", None),
    }


def test_outdated_asks_nobody_for_names_without_a_rule(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Under a mapping file a name goes nowhere but where it is routed."""
    corp = world.repository("corp")
    put(environment.site_packages, "secret")
    write_map(project, corp=corp.url, paths="spam")

    ended = xpip("list", "--outdated", "--json")

    assert rows(ended) == {"secret": ("refused", None, "no-rule")}
    assert corp.requests == []


def test_outdated_asks_nobody_for_what_came_from_a_place(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """The name of a project at home is nobody's business."""
    corp = world.repository("corp")
    put(environment.site_packages, "secret", direct_url=EDITABLE)

    ended = xpip("list", "--outdated", "--json", "-i", corp.url)

    assert rows(ended) == {"secret": ("direct", None, None)}
    assert corp.requests == []


def test_outdated_exits_with_4_when_a_repository_does_not_answer(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What it could not learn is listed as such; the rest is compared."""
    corp = world.repository("corp")
    put(environment.site_packages, "spam")
    put(environment.site_packages, "eggs")
    corp.serve("eggs", "2.0")
    corp.page("spam").http_status = 503

    ended = xpip("list", "--outdated", "--json", "--retries", "0", "-i", corp.url)

    assert ended.exit_code == 4
    assert rows(ended) == {
        "eggs": ("outdated", "2.0", None),
        "spam": ("unavailable", None, "http-status"),
    }


def test_outdated_asks_for_each_name_once(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """One page each, and neither metadata nor files."""
    corp = world.repository("corp")
    for name in ("spam", "eggs"):
        put(environment.site_packages, name)
        corp.serve(name, "2.0")

    xpip("list", "--outdated", "-i", corp.url)

    assert sorted(request.path for request in corp.requests) == [
        "/corp/simple/eggs/",
        "/corp/simple/spam/",
    ]


def test_outdated_says_what_an_installation_would_say(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Which settings were left aside, and what could not be read."""
    corp = world.repository("corp")
    write_map(project, corp=corp.url)
    (environment.site_packages / "ham-1.0.dist-info").mkdir()

    ended = xpip("list", "--outdated", XPIP_INDEX_URL=corp.url)

    assert "[variable-ignored]" in ended.stderr
    assert "[unreadable]" in ended.stderr


def write_map(project: Path, *, corp: str, paths: str = "*") -> None:
    """A mapping file with one rule."""
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp}"]\n'
        f'[[mapping]]\npaths = ["{paths}"]\nrepositories = ["corp"]\n'
    )
