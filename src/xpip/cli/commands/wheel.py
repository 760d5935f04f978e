"""`xpip wheel`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import (
    build_options,
    choice_options,
    consulted_option,
    network_options,
    no_deps_option,
    repository_options,
    request_options,
    talk_options,
    timings_option,
)
from xpip.cli.sections import SectionedCommand


@click.command(cls=SectionedCommand)
@request_options
@no_deps_option
@click.option(
    "-w",
    "--wheel-dir",
    "directory",
    type=click.Path(file_okay=False, readable=False),
    metavar="DIR",
    default=".",
    help="Where to put them (here).",
)
@consulted_option
@repository_options
@choice_options
@build_options
@network_options
@talk_options
@timings_option
def wheel(**given: Any) -> None:
    """Fetch or build the wheels that an installation would install.

    As `xpip download`, but source distributions and source trees are built, and their wheels
    kept. A wheel that is built takes the place of one of its name that is there.
    """
    from xpip.cli.downloading import run
    from xpip.cli.running import asked, taken
    from xpip.operations.downloading import Downloading

    run(Downloading(asked=asked(given), as_wheels=True, **taken(given, Downloading)), given)
