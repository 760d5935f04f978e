"""`xpip map check`."""

from __future__ import annotations

import click

from xpip.errors import ExitCode


@click.command()
@click.argument("file", required=False)
@click.option("--allow", "allowed", metavar="CODE", multiple=True, help="Leave this lint aside.")
@click.option("--json", "as_json", is_flag=True, help="Results as JSON on standard output.")
def check(file: str | None, allowed: tuple[str, ...], *, as_json: bool) -> ExitCode:
    """Check a mapping file for errors and pitfalls.

    That is FILE, or the one that an installation here would take. Asks no repository.

    Exits with 0 when there are no problems, with 1 when there are lints (what is allowed, and
    rarely meant), with 2 when the file cannot be loaded. `xpip help mapping-file` lists the lints.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.lints import show_checked
    from xpip.cli.running import surroundings
    from xpip.operations.maps.checking import check as check_operation

    checked = check_operation(file, allowed=allowed, around=surroundings(Silent()))
    show_checked(checked, as_json=as_json)
    return ExitCode.UNRESOLVED if checked.lints else ExitCode.DONE
