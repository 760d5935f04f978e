"""What can be typed. Each command parses, calls one operation, and renders what it returns.

The module of a command is imported when the command is named, so that each starts as if it were
the only one; what the list of them says stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import NamedTuple, cast

import click

from xpip import __version__

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Late(NamedTuple):
    module: str
    name: str
    summary: str


COMMANDS = {
    "audit": _Late(
        "audit",
        "audit",
        "Look for what could go wrong with names that are fine today; change nothing.",
    ),
    "cache": _Late("cache", "cache", "Look at what is kept between runs, and tidy it up."),
    "check": _Late("check", "check", "Find what is wrong with an environment."),
    "completion": _Late(
        "completion", "completion", "Print what lets a shell complete commands and options."
    ),
    "download": _Late("download", "download", "Download what an installation would fetch."),
    "explain": _Late(
        "explain",
        "explain",
        "Say which file each NAME resolves to, from where, and why; change nothing.",
    ),
    "freeze": _Late("freeze", "freeze", "Print what is installed as a requirements file."),
    "help": _Late("help", "help_", "Read about a topic: the refusal, repositories, errors."),
    "inspect": _Late("inspect", "inspect", "Show all that is recorded of installed distributions."),
    "install": _Late(
        "install", "install", "Install projects and all they need: everything, or nothing."
    ),
    "list": _Late("list_", "list_", "List what is installed, and which repository it came from."),
    "lock": _Late(
        "lock",
        "lock",
        "Write a lock file (PEP 751): versions, files, hashes and where each comes from.",
    ),
    "map": _Late(
        "maps", "map_", "Write, check and try the file that says where names may come from."
    ),
    "sync": _Late(
        "sync", "sync", "Make an environment what a lock file says: add, replace and remove."
    ),
    "uninstall": _Late(
        "uninstall", "uninstall", "Remove distributions: all that are named, or none."
    ),
    "wheel": _Late(
        "wheel", "wheel", "Fetch or build the wheels that an installation would install."
    ),
}
"""By what is typed: where each command is, and the first paragraph of its help."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands, each imported when it is looked up."""

    def __init__(self) -> None:
        self._found: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._found:
            module, attribute, _ = COMMANDS[name]
            found = getattr(import_module(f"{__name__}.{module}"), attribute)
            self._found[name] = cast("click.Command", found)
        return self._found[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(click.Group):
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        # As click does: what is left of a line beside the longest name.
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, click.Command(name, help=each.summary).get_short_help_str(limit))
            for name, each in COMMANDS.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_Group, context_settings=_SETTINGS, invoke_without_command=True)
@click.version_option(__version__, "-V", "--version", message="xpip %(version)s")
@click.pass_context
def xpip(context: click.Context) -> None:
    """Install Python packages without guessing which repository a name belongs to."""
    if context.invoked_subcommand is None:
        from xpip.cli.help_pages import show_topic

        show_topic(None, context)


xpip.commands = _Commands()
