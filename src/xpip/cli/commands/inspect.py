"""`xpip inspect`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import json_option, place_options
from xpip.errors import ExitCode


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("-l", "--local", is_flag=True, help="Leave aside what the interpreter shares.")
@place_options
@json_option
def inspect(names: tuple[str, ...], *, as_json: bool, **given: Any) -> ExitCode:
    """Show all that is recorded of installed distributions.

    Which repository, page, rule and ruling let each in, who needs it, what it needs. Exits with 1
    when none of the names is installed.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.inspected import show_inspected
    from xpip.cli.running import surroundings
    from xpip.operations.inspecting import Looking
    from xpip.operations.inspecting import inspect as inspect_operation

    inspected = inspect_operation(names, Looking(**given), surroundings(Silent()))
    show_inspected(inspected, as_json=as_json)
    return ExitCode.UNRESOLVED if names and not inspected.inspections else ExitCode.DONE
