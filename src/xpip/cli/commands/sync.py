"""`xpip sync`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.lock_files import group_option, origin_options
from xpip.cli.options import (
    build_options,
    collision_option,
    environment_options,
    file_choice_options,
    network_options,
    repository_options,
    talk_options,
    timings_option,
    writing_options,
)
from xpip.cli.sections import SectionedCommand


@click.command(cls=SectionedCommand)
@click.argument("lock", default="pylock.toml", metavar="[FILE|URL]")
@click.option("--extra", "extras", metavar="EXTRA", multiple=True, help="An extra of the lock.")
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="A dependency group of it.")
@group_option
@origin_options
@click.option("--force-reinstall", is_flag=True, help="Install anew what is there already.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@writing_options
@click.option(
    "--report", metavar="FILE", type=click.Path(allow_dash=True), help="Write pip's report here."
)
@environment_options
@collision_option
@repository_options
@file_choice_options
@build_options
@network_options
@talk_options
@timings_option
def sync(**given: Any) -> None:
    """Make an environment what a lock file says: add, replace and remove.

    FILE is pylock.toml here, unless you name another one. What the lock does not list goes,
    without a question, but for pip, setuptools, wheel and xpip; --dry-run shows what would.
    """
    from xpip.cli.installing import install_lock

    install_lock(given, exact=True)
