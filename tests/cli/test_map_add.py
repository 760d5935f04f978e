"""`xpip map add`, as a user runs it: after a refusal, above all."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Ended, Environment
from tests.support.maps import NOW
from tests.support.world import World

from xpip.core.mapping_file import MapSource, parse_map
from xpip.edge.config import DEFAULT_INDEX

Xpip = Callable[..., Ended]
CORP = "corp=https://corp.example/simple/"


def commands(ended: Ended) -> list[str]:
    """The commands that a refusal prints."""
    lines = [line.strip() for line in ended.stderr.splitlines()]
    return [line for line in lines if line.startswith("xpip map add ")]


@pytest.mark.parametrize(("number", "version"), [(0, "99.0"), (1, "1.0")])
def test_each_command_of_a_refusal_settles_it(
    world: World, environment: Environment, xpip: Xpip, number: int, version: str
) -> None:
    """Copied from the terminal, it lets the same installation go on, from that repository."""
    public, corp = world.repository("public"), world.repository("corp")
    public.serve("app", "1.0", requires=["acme-lib"])
    public.serve("acme-lib", "99.0")
    corp.serve("acme-lib", "1.0")
    install = ("install", "-i", public.url, "--extra-index-url", corp.url, "app")
    refused = xpip(*install)
    assert refused.exit_code == 3

    settled = xpip(*shlex.split(commands(refused)[number])[1:])

    assert settled.exit_code == 0, settled.stderr
    installed = xpip(*install)
    assert installed.exit_code == 0, installed.stderr
    assert environment.installed() == {"app": "1.0", "acme-lib": version}


def test_command_of_a_refusal_writes_what_the_map_beside_it_says(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """To paste the one or to run the other comes to the same, by the maps' digests."""
    one, two = world.repository("one"), world.repository("two")
    for each in (one, two):
        each.serve("spam", "1.0")
    (project / "wheels").mkdir()
    more = ("--extra-index-url", two.url, "--find-links", "wheels")
    data: Any = xpip("install", "-i", one.url, *more, "spam", "--json").data
    for offered in data["errors"][0]["alternatives"]:
        settled = xpip(*shlex.split(offered["command"])[1:])
        assert settled.exit_code == 0, settled.stderr
        written = project / "xpip.toml"
        assert meaning(written.read_bytes()) == meaning(offered["map"].encode())
        written.unlink()


def meaning(raw: bytes) -> str:
    """A digest that is the same for maps that mean the same."""
    source = MapSource(path="xpip.toml", directory="/", discovered=True)
    return parse_map(raw, source, variables={}, now=NOW).digest


def test_command_of_a_refusal_settles_it_under_a_map(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The rule goes before the one that left it open."""
    public, corp = world.repository("public"), world.repository("corp")
    for each in (public, corp):
        each.serve("spam", "1.0")
    path = project / "xpip.toml"
    path.write_text(
        f'[repositories]\npublic = ["{public.url}"]\ncorp = ["{corp.url}"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["public", "corp"]\n'
    )
    path.chmod(0o644)
    refused = xpip("install", "spam")
    assert refused.exit_code == 3

    assert commands(refused)[1] == "xpip map add spam --repository corp"
    assert xpip(*shlex.split(commands(refused)[1])[1:]).exit_code == 0
    assert xpip("install", "spam").exit_code == 0
    assert environment.installed() == {"spam": "1.0"}
    assert corp.files_asked()


def test_refusal_gives_its_commands_as_data(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """The same lines."""
    one, two = world.repository("one"), world.repository("two")
    for each in (one, two):
        each.serve("spam", "1.0")
    install = ("install", "-i", one.url, "--extra-index-url", two.url, "spam")

    data: Any = xpip(*install, "--json").data

    offered = [each["command"] for each in data["errors"][0]["alternatives"]]
    assert offered == commands(xpip(*install))
    assert environment.installed() == {}


def test_new_file_leaves_other_names_to_the_default_and_says_so(project: Path, xpip: Xpip) -> None:
    """A file that routes one name must not refuse all others by surprise."""
    ended = xpip("map", "add", "spam", "--repository", CORP)

    assert ended.exit_code == 0
    assert "Created xpip.toml." in ended.stderr
    assert f"all other names are left to {DEFAULT_INDEX}" in ended.stderr
    assert (
        (project / "xpip.toml")
        .read_text()
        .endswith(
            '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\n\n'
            '[[mapping]]\npaths = ["*"]\nrepositories = ["pypi"]\n'
        )
    )


def test_new_file_asks_what_the_rest_is_when_pypi_is_not_pypi(project: Path, xpip: Xpip) -> None:
    """A mirror's owner may want nobody else to be asked."""
    ended = xpip("map", "add", "spam", "--repository", "pypi=https://mirror.example/simple/")

    assert ended.exit_code == 2
    assert "--rest pypi" in ended.stderr
    assert list(project.iterdir()) == []


@pytest.mark.parametrize("more", [("spam", "--no-default"), ("*",)])
def test_new_file_says_nothing_of_other_names_when_told(
    project: Path, xpip: Xpip, more: tuple[str, ...]
) -> None:
    """Or when none are left."""
    assert xpip("map", "add", *more, "--repository", CORP).exit_code == 0
    assert (project / "xpip.toml").read_text().count("[[mapping]]") == 1


def test_dry_run_shows_the_difference_and_makes_none(project: Path, xpip: Xpip) -> None:
    """As a diff, on standard output."""
    ended = xpip("map", "add", "spam", "--repository", CORP, "--dry-run")

    assert ended.exit_code == 0
    assert ended.stdout.startswith("--- /dev/null\n+++ xpip.toml\n")
    assert '+paths = ["spam"]\n' in ended.stdout
    assert list(project.iterdir()) == []


def test_file_keeps_its_mode_and_its_link(project: Path, xpip: Xpip) -> None:
    """What is written is a new file in the old one's place, and nothing is left beside it."""
    real = project / "maps" / "team.toml"
    real.parent.mkdir()
    real.write_text('[repositories]\ncorp = ["https://corp.example/"]\n')
    real.chmod(0o640)
    (project / "xpip.toml").symlink_to(real)

    assert xpip("map", "add", "spam", "--repository", "corp").exit_code == 0

    assert real.stat().st_mode & 0o777 == 0o640
    assert "spam" in real.read_text()
    assert (project / "xpip.toml").is_symlink()
    assert [path.name for path in real.parent.iterdir()] == ["team.toml"]


def test_directory_is_written_as_the_file_sees_it(project: Path, xpip: Xpip) -> None:
    """Typed relative to here, read relative to the file."""
    (project / "wheels").mkdir()
    (project / "maps").mkdir()

    ended = xpip("map", "add", "spam", "-r", "house=wheels", "--map", "maps/team.toml")

    assert ended.exit_code == 0, ended.stderr
    assert 'house = ["../wheels"]' in (project / "maps" / "team.toml").read_text()


def test_invalid_request_writes_nothing(project: Path, xpip: Xpip) -> None:
    """No file is made for what is refused."""
    ended = xpip("map", "add", "spam", "--repository", "x=https://me:hunter2@x.example/")

    assert ended.exit_code == 2
    assert "hunter2" not in ended.stderr
    assert list(project.iterdir()) == []
