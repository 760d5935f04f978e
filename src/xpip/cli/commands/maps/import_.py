"""`xpip map import`."""

from __future__ import annotations

from typing import Any

import click


@click.command("import")
@click.option(
    "--from",
    "chosen",
    metavar="TOOL|FILE",
    multiple=True,
    help="pip, uv, poetry, pdm, pipenv, or a file of theirs. May be repeated.",
)
@click.option("-o", "--output", metavar="FILE", help="Write it here, not to standard output.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def import_(**given: Any) -> None:
    """Make a mapping file of what other tools are told about indexes.

    Reads what lies in the working directory (pyproject.toml, uv.toml, pdm.toml, Pipfile,
    requirements*.txt), pip's configuration, and the tools' variables, or only what --from names.

    Every line says where it came from, and what a mapping file cannot say is listed. Credentials
    are never taken over. Asks no repository.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.proposals import show_proposed
    from xpip.cli.running import surroundings, taken
    from xpip.operations.maps.importing import Importing, import_map

    told = Importing(**taken(given, Importing))
    show_proposed(import_map(told, surroundings(Silent())))
