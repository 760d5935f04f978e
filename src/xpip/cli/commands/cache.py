"""`xpip cache`: what is kept between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xpip.cli.options import json_option
from xpip.errors import ExitCode

if TYPE_CHECKING:
    from xpip.edge.config import Options
    from xpip.operations.surroundings import Surroundings

_directory_option = click.option(
    "--cache-dir",
    type=click.Path(readable=False),
    metavar="DIR",
    help="This one, not your own.",
)


@click.group()
def cache() -> None:
    """Look at what is kept between runs, and tidy it up.

    Nothing there is ever believed blindly, and all of it can go at any time: it is asked for, or
    fetched, again. `xpip help cache` tells what is kept and when it counts.
    """


@cache.command("dir")
@_directory_option
def dir_(*, cache_dir: str | None) -> None:
    """Say where it is."""
    from xpip.operations.caching import directory

    click.echo(directory(*_asked(cache_dir)))


@cache.command()
@_directory_option
@json_option
def info(*, cache_dir: str | None, as_json: bool) -> None:
    """Say how much there is."""
    from xpip.cli.rendering.kept import show_surveyed
    from xpip.operations.caching import survey

    show_surveyed(survey(*_asked(cache_dir)), as_json=as_json)


@cache.command()
@click.option(
    "--max-size",
    type=click.FloatRange(0),
    metavar="GB",
    help="Remove what was of no use for longest, until no more is left (10).",
)
@_directory_option
@json_option
def prune(*, max_size: float | None, cache_dir: str | None, as_json: bool) -> None:
    """Remove what is of no use, and what is too much.

    What other versions of xpip left, and what was never finished. Waits for other runs.
    """
    from xpip.cli.rendering.kept import show_tidied
    from xpip.operations.caching import prune as prune_operation

    size = None if max_size is None else round(max_size * 1e9)
    show_tidied(prune_operation(*_asked(cache_dir), max_size=size), as_json=as_json)


@cache.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_directory_option
@json_option
def clear(*, names: tuple[str, ...], cache_dir: str | None, as_json: bool) -> None:
    """Remove everything, or what belongs to each NAME. Waits for other runs."""
    from xpip.cli.rendering.kept import show_tidied
    from xpip.operations.caching import clear as clear_operation

    show_tidied(clear_operation(names, *_asked(cache_dir)), as_json=as_json)


@cache.command()
@_directory_option
@json_option
def verify(*, cache_dir: str | None, as_json: bool) -> ExitCode:
    """Read everything, and remove what is damaged. Exits with 1 when anything was."""
    from xpip.cli.rendering.kept import show_verified
    from xpip.operations.caching import verify as verify_operation

    verified = verify_operation(*_asked(cache_dir))
    show_verified(verified, as_json=as_json)
    return ExitCode.UNRESOLVED if verified.damaged else ExitCode.DONE


def _asked(cache_dir: str | None) -> tuple[Options, Surroundings]:
    from xpip.cli.rendering.kept import Patience
    from xpip.cli.running import surroundings
    from xpip.edge.config import Options

    return Options(cache_dir=cache_dir), surroundings(Patience())
