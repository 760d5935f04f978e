"""What people type who come from pip or uv: taken where it means nothing here, else explained."""

from __future__ import annotations

import click
import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.world import World

from xpip.cli.commands import xpip as root
from xpip.cli.habits import COMMANDS, HINTS


def test_options_that_mean_nothing_here_are_taken(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A script that was written for pip goes on working."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip(
        *("install", "-i", corp.url, "spam", "-qq", "--no-input", "--disable-pip-version-check"),
        *("--no-cache-dir", "--progress-bar", "off", "--root-user-action=ignore", "--no-compile"),
    )

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "")
    assert environment.installed() == {"spam": "1.0"}


def test_option_may_be_given_twice_to_say_it_twice(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """As pip counts -v and -q; here once is enough."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-vv", "-v", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert "ruling" in ended.stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("install", "--prerelease=allow", "spam"), "--pre "),
        (("install", "--index-strategy", "first-index", "spam"), "--index-order index"),
        (("install", "--default-index", "https://repository.example/", "spam"), "--index-url"),
        (("install", "--system", "spam"), "--python"),
        (("install", "--resolution", "lowest", "spam"), "newest"),
        (("install", "-P", "spam"), "-U NAME"),
        (("download", "--user", "spam"), "--python"),
        (("download", "--exists-action", "i", "spam"), "kept"),
        (("pip", "install", "spam"), "xpip install"),
        (("show", "spam"), "xpip inspect"),
        (("-q", "install", "spam"), "after the command"),
    ],
)
def test_option_of_another_tool_is_answered_with_what_means_it(
    xpip: Xpip, typed: tuple[str, ...], meant: str
) -> None:
    """Never taken and passed over; and not with the nearest word, which means something else."""
    ended = xpip(*typed)

    assert ended.exit_code == 2
    assert meant in ended.stderr
    assert "Did you mean" not in ended.stderr


@pytest.mark.parametrize(
    ("typed", "nearest"), [(("install", "--upgrad", "spam"), "--upgrade"), (("instal",), "install")]
)
def test_misspelt_word_is_answered_with_the_nearest(
    xpip: Xpip, typed: tuple[str, ...], nearest: str
) -> None:
    """For commands as for options."""
    ended = xpip(*typed)

    assert ended.exit_code == 2
    assert f"'{nearest}'" in ended.stderr


def test_installing_nothing_says_what_to_give(xpip: Xpip) -> None:
    """A question, in effect."""
    ended = xpip("install")

    assert ended.exit_code == 2
    assert "Name a project, or a file with -r" in ended.stderr


def test_no_hint_is_for_what_exists() -> None:
    """What xpip learns meanwhile is explained by --help alone."""
    install = root.commands["install"]
    options = {name for parameter in install.params for name in parameter.opts}

    assert options & HINTS.keys() == {"--user"}  # which other commands do not have
    assert root.commands.keys() & COMMANDS.keys() == set()


def test_help_shows_options_by_what_they_are_about(xpip: Xpip) -> None:
    """Seventy in a row would be read by nobody; those of habit are not shown."""
    shown = xpip("install", "--help").stdout

    titles = ("Options:", "What to take:", "Where to:", "Which repositories:", "Builds:", "Output:")
    places = [shown.index(title) for title in titles]
    assert places == sorted(places)
    assert "--no-input" not in shown


@pytest.mark.parametrize("name", sorted(root.commands))
def test_every_option_has_words(name: str) -> None:
    """Of every command, one sentence each."""
    silent = [
        each.name
        for each in root.commands[name].params
        if isinstance(each, click.Option) and not each.hidden and not each.help
    ]
    assert silent == []
