"""`xpip map test`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import map_options
from xpip.errors import ExitCode


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@map_options
@click.option("--json", "as_json", is_flag=True, help="Results as JSON on standard output.")
def test(names: tuple[str, ...], *, as_json: bool, **given: Any) -> ExitCode:
    """Say which rule routes each NAME, and to which repositories.

    Asks no repository. Exits with 3 when a name is refused, as an installation would.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.routes import show_tested
    from xpip.cli.running import surroundings
    from xpip.edge.config import Options
    from xpip.operations.maps.testing import test as test_operation

    tested = test_operation(names, options=Options(**given), around=surroundings(Silent()))
    show_tested(tested, as_json=as_json)
    return ExitCode.REFUSED if tested.refused else ExitCode.DONE
