"""`xpip check`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import json_option, map_options, place_options, quiet_option
from xpip.errors import ExitCode


@click.command()
@click.option("--no-files", is_flag=True, help="Do not hold files to their RECORD.")
@place_options
@map_options
@json_option
@quiet_option
def check(*, no_files: bool, as_json: bool, quiet: bool, **given: Any) -> ExitCode:
    """Find what is wrong with an environment.

    Requirements that are missing or broken, files that are missing or changed, distributions that
    today's mapping file would not take from where they came, and two of one name. Exits with 1
    when anything is found. `xpip help environment` lists the codes.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.defects import show_defects
    from xpip.cli.running import surroundings, taken
    from xpip.edge.config import Options
    from xpip.operations.checking_environment import check as check_operation
    from xpip.operations.inspecting import Looking

    checked = check_operation(
        Looking(**taken(given, Looking)),
        Options(**taken(given, Options)),
        surroundings(Silent()),
        files=not no_files,
    )
    show_defects(checked, as_json=as_json, quiet=quiet)
    return ExitCode.UNRESOLVED if checked.defects else ExitCode.DONE
