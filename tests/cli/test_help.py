"""What xpip says of itself, and how it behaves as a program among others."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.world import World

from xpip.cli.commands import COMMANDS
from xpip.cli.commands import xpip as root
from xpip.errors import Reason

Xpip = Callable[..., Ended]


def test_help_lists_commands_and_topics(xpip: Xpip) -> None:
    """One page from which everything else can be found."""
    ended = xpip("help")

    assert ended.exit_code == 0
    for word in ("install", "collisions", "errors", "mapping-file", "repositories"):
        assert word in ended.stdout


def test_group_of_commands_alone_shows_its_help(xpip: Xpip) -> None:
    """As `xpip` alone does: a question, not an error."""
    ended = xpip("map")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == xpip("map", "--help").stdout


@pytest.mark.parametrize(
    "topic",
    [
        "audit",
        "cache",
        "collisions",
        "environment",
        "errors",
        "explain",
        "install",
        "mapping-examples",
        "mapping-file",
        "repositories",
        "security",
    ],
)
def test_help_shows_a_topic(xpip: Xpip, topic: str) -> None:
    """In a pipe it is the page as it was written."""
    ended = xpip("help", topic)

    assert ended.exit_code == 0
    assert ended.stdout.startswith("# ")


def test_help_names_the_topics_when_it_does_not_know_one(xpip: Xpip) -> None:
    """A usage error that says what there is."""
    ended = xpip("help", "colisions")

    assert ended.exit_code == 2
    assert "collisions" in ended.stderr


def test_help_on_a_terminal_draws_the_page(tmp_path: Path) -> None:
    """Headings without their hashes, within the terminal's width."""
    shown = on_a_terminal("help", "collisions", cwd=tmp_path)

    assert "When a name is on several repositories" in shown
    assert "# When a name" not in shown


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_code_has_an_entry_in_the_help(reason: Reason) -> None:
    """Errors point to `xpip help errors`."""
    assert f"`{reason.value}`" in ERRORS


ERRORS = (Path(__file__).parents[2] / "src/xpip/help/errors.md").read_text(encoding="utf-8")


def test_every_key_of_the_mapping_file_has_a_row_in_the_help_with_its_default(xpip: Xpip) -> None:
    """The schema is held to the parser elsewhere, and the page to the schema here."""
    schema = xpip("map", "schema").data
    rows = [line for line in xpip("help", "mapping-file").stdout.splitlines() if line[:3] == "| `"]

    tables = [schema, schema["$defs"]["repository"], schema["$defs"]["rule"]]
    for key, said in (pair for table in tables for pair in table["properties"].items()):
        written = f"| `{key}` | "
        if "default" in said and key != "merge":
            written += f"`{json.dumps(said['default'])}`"
        assert any(row.startswith(written) for row in rows), written


def test_unknown_option_is_a_usage_error_with_the_nearest_one(xpip: Xpip) -> None:
    """A misspelt option is never ignored."""
    ended = xpip("install", "--indexurl", "https://example.org/", "spam")

    assert ended.exit_code == 2
    assert "--index-url" in ended.stderr
    assert "[usage]" in ended.stderr


def test_usage_errors_are_data_too(xpip: Xpip) -> None:
    """With `--json` nothing but JSON is on standard output."""
    ended = xpip("install", "--json", "--no-such-option", "spam")

    assert (ended.exit_code, ended.reasons) == (2, ["usage"])


def test_install_shows_a_live_line_on_a_terminal(
    world: World, environment: Environment, project: Path
) -> None:
    """Progress is for people who wait."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.latency = 0.3

    shown = on_a_terminal("install", "-i", corp.url, "spam", cwd=project)

    assert "resolving" in shown
    assert environment.installed() == {"spam": "1.0"}


def test_install_shows_no_live_line_in_a_pipe(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A log holds no moving parts and no colours."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.stderr.startswith("Installed 1 project from ")
    assert ended.stderr.count("\n") == 1
    assert "\x1b" not in ended.stdout


def test_error_has_no_colour_when_that_is_asked(tmp_path: Path) -> None:
    """`NO_COLOR` holds on terminals too (no-color.org)."""
    coloured = on_a_terminal("install", "spam", cwd=tmp_path)
    plain = on_a_terminal("install", "spam", cwd=tmp_path, NO_COLOR="1")

    assert "\x1b[31m" in coloured
    assert "\x1b[31m" not in plain


def on_a_terminal(*arguments: str, cwd: Path, **variables: str) -> str:
    """What a user would see."""
    ours, theirs = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XPIP_") and k != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "xpip", *arguments],
        cwd=cwd,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": "100", **variables},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # Linux reports the end of a terminal as an error
    process.wait(timeout=60)
    os.close(ours)
    return shown.decode(errors="replace")


def test_help_tells_of_a_reason_code_by_its_name(xpip: Xpip) -> None:
    """What an error prints in brackets can be asked for."""
    ended = xpip("help", "no-candidate")

    assert ended.exit_code == 0
    assert ended.stdout.startswith("- `no-candidate`")


def test_help_tells_of_a_command_by_its_name(xpip: Xpip) -> None:
    """As `xpip COMMAND --help` does."""
    assert "xpip freeze" in xpip("help", "freeze").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_output_that_cannot_be_written_ends_in_one_line() -> None:
    """It is no bug of xpip's."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "xpip", "help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ended.returncode, ended.stderr.count("\n")) == (5, 1)


def test_list_of_commands_says_what_their_own_help_says() -> None:
    """The list is shown without importing any of them."""
    own = {name: (command.help or "").split("\n\n")[0] for name, command in root.commands.items()}
    listed = {name: each.summary for name, each in COMMANDS.items()}
    assert listed == {name: " ".join(text.split()) for name, text in own.items()}
