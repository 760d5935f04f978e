"""`xpip inspect`: all that is recorded of what is installed."""

from __future__ import annotations

import json

from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.distributions import put
from tests.support.tools import pip
from tests.support.world import World


def installed(world: World, xpip: Xpip) -> str:
    """spam, which needs eggs; the address of where they came from."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=1"], requires_python=">=3.8")
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "spam")
    return corp.url


def test_inspect_shows_where_a_distribution_came_from_and_who_needs_it(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Page, file, rule, ruling and time, as they were recorded."""
    url = installed(world, xpip)

    ended = xpip("inspect", "eggs")

    shown = dict(line.strip().split(None, 1) for line in ended.stdout.splitlines()[1:])
    assert ended.stdout.startswith("eggs 1.0\n")
    assert shown["page"] == f"{url}eggs/"
    assert shown["file"].endswith("/eggs-1.0-py3-none-any.whl")
    assert shown["ruling"] == "sole"
    assert shown["installed"] == "by  xpip, needed by others"
    assert shown["required"] == "by   spam"
    assert shown["files"] == "7"


def test_inspect_shows_every_distribution_when_none_is_named(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A paragraph each."""
    installed(world, xpip)

    paragraphs = xpip("inspect").stdout.split("\n\n")

    assert [each.partition("\n")[0] for each in paragraphs] == ["eggs 1.0", "spam 1.0"]
    assert "  requires      eggs>=1\n" in paragraphs[1]


def test_inspect_tells_which_names_are_not_installed(environment: Environment, xpip: Xpip) -> None:
    """Exit 1 when none is."""
    put(environment.site_packages, "spam")

    some, none = xpip("inspect", "spam", "eggs"), xpip("inspect", "eggs")

    assert "eggs is not installed" in some.stderr
    assert (some.exit_code, none.exit_code) == (0, 1)


def test_inspect_as_data_has_the_shape_of_pips(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What pip tells is told under the same keys; origins stand beside."""
    url = installed(world, xpip)
    theirs = json.loads(pip(environment, "inspect"))

    ours = xpip("inspect", "--json").data

    assert (ours["schema"], ours["version"]) == (1, theirs["version"])
    assert ours["environment"]["sys_platform"] == theirs["environment"]["sys_platform"]
    by_name = {each["metadata"]["name"]: each for each in theirs["installed"]}
    assert len(ours["installed"]) == len(by_name) == 2
    for item in ours["installed"]:
        same = by_name[item["metadata"]["name"]]
        assert {key: item[key] for key in same} == same
        assert item["origin"]["repository"] == url
        assert item["provenance_url"]["url"] == item["origin"]["file_url"]
    assert [each["required_by"] for each in ours["installed"]] == [["spam"], []]


def test_inspect_shows_what_other_tools_installed(environment: Environment, xpip: Xpip) -> None:
    """As far as they recorded it."""
    put(environment.site_packages, "spam", installer=None, record=False)

    shown = xpip("inspect", "spam").stdout

    assert "  origin        unknown\n" in shown
    assert "  files         no RECORD\n" in shown
    assert "rule" not in shown
