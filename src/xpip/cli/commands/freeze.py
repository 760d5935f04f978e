"""`xpip freeze`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import place_options


@click.command()
@click.option("--all", "everything", is_flag=True, help="Name pip and xpip too.")
@click.option("-l", "--local", is_flag=True, help="Leave aside what the interpreter shares.")
@place_options
def freeze(*, everything: bool, **given: Any) -> None:
    """Print what is installed as a requirements file.

    Versions are exact; what came from a URL, a path or a commit is named with that, and what is
    editable as -e. pip and xpip themselves are left out.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.environments import show_frozen
    from xpip.cli.running import surroundings
    from xpip.operations.inspecting import Looking, frozen_lines, look

    looked = look(Looking(**given), surroundings(Silent()))
    show_frozen(looked, frozen_lines(looked, everything=everything))
