"""`xpip uninstall`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import environment_options, talk_options
from xpip.errors import ExitCode


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "-r",
    "--requirement",
    "requirement_files",
    metavar="FILE",
    multiple=True,
    help="All that this file names.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask first, on a terminal either.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@environment_options
@talk_options
def uninstall(names: tuple[str, ...], *, yes: bool, **given: Any) -> ExitCode:
    """Remove distributions: all that are named, or none.

    What goes is what their RECORD lists, but for files that another one lists too. Names that are
    not installed are told; when none is, the exit code is 1.
    """
    # All that is needed later is imported now: it may be about to go.
    from xpip.cli.progress import Plain, Silent
    from xpip.cli.rendering.removed import ask_removal, show_removed
    from xpip.cli.rendering.talk import say
    from xpip.cli.running import on_terminal, surroundings, taken
    from xpip.operations.uninstalling import Uninstalling
    from xpip.operations.uninstalling import uninstall as uninstall_operation

    quiet, as_json = given["quiet"], given["as_json"]
    told = Uninstalling(names=names, **taken(given, Uninstalling))
    asks = on_terminal() and not yes and not as_json
    removal = uninstall_operation(
        told,
        surroundings(Silent() if quiet or as_json else Plain()),
        confirm=ask_removal if asks else lambda _: True,
    )
    if removal is None:
        say("Nothing was removed.")
        return ExitCode.INTERRUPTED
    show_removed(
        removal,
        dry_run=told.dry_run,
        asked=asks and not told.dry_run,
        as_json=as_json,
        quiet=quiet,
        verbose=given["verbose"],
    )
    return ExitCode.DONE if removal.distributions else ExitCode.UNRESOLVED
