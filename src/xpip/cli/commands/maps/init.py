"""`xpip map init`."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="xpip.toml",
    help="Write it here, not to xpip.toml; `-` is standard output.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--from-env", is_flag=True, help="For what is installed, by its recorded origins.")
@click.option("-p", "--python", metavar="PYTHON", help="The environment that --from-env reads.")
@click.option("--from-lock", metavar="FILE", help="For what this pylock.toml holds.")
@click.option(
    "--open",
    "opened",
    metavar="NAME|URL",
    help="Let every other name come from this repository; else only PyPI may be it.",
)
def init(**given: Any) -> None:
    """Write a first mapping file.

    Alone, one that teaches by example and takes every name from PyPI. With --from-env or
    --from-lock, the smallest one that sends each project in use to where it came from; what more
    a rule admits is said.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.proposals import show_proposed
    from xpip.cli.running import surroundings, taken
    from xpip.operations.maps.starting import Starting, start_map

    _check(given)
    given["output"] = None if given["output"] == "-" else given["output"]
    told = Starting(**taken(given, Starting))
    show_proposed(start_map(told, surroundings(Silent())))


def _check(given: dict[str, Any]) -> None:
    from_lock = given["from_lock"] is not None
    if given["from_env"] and from_lock:
        raise click.UsageError("--from-env and --from-lock exclude each other")
    if given["python"] is not None and not given["from_env"]:
        raise click.UsageError("--python goes with --from-env")
    if given["opened"] is not None and not (given["from_env"] or from_lock):
        raise click.UsageError("--open goes with --from-env or --from-lock")
