"""`xpip install`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.lock_files import lock_named, lock_options
from xpip.cli.options import (
    build_options,
    choice_options,
    collision_option,
    environment_options,
    network_options,
    no_deps_option,
    repository_options,
    request_options,
    talk_options,
    timings_option,
    writing_options,
)
from xpip.cli.sections import SectionedCommand, section


@click.command(cls=SectionedCommand)
@request_options
@click.option("-U", "--upgrade", is_flag=True, help="Take newer versions of what is named.")
@click.option(
    "--upgrade-strategy",
    type=click.Choice(["only-if-needed", "eager"]),
    default="only-if-needed",
    help="With -U: newer versions of what that needs as well (eager).",
)
@click.option("--force-reinstall", is_flag=True, help="Install anew what is there already.")
@click.option(
    "-I", "--ignore-installed", is_flag=True, help="Install over what is there, removing nothing."
)
@no_deps_option
@click.option("--dry-run", is_flag=True, help="Decide everything, change nothing.")
@writing_options
@click.option(
    "--report", metavar="FILE", type=click.Path(allow_dash=True), help="Write pip's report here."
)
@section("From a lock file", lock_options)
@environment_options
@collision_option
@repository_options
@choice_options
@build_options
@network_options
@talk_options
@timings_option
def install(**given: Any) -> None:
    """Install projects and all they need: everything, or nothing."""
    from xpip.cli.installing import install_lock, run

    given["lock"] = lock_named(given)
    if given["lock"] is not None:
        install_lock(given, exact=False)
        return
    from xpip.cli.running import asked, taken
    from xpip.operations.installation import Installing
    from xpip.operations.standing import install as install_operation

    told = Installing(asked=asked(given), **taken(given, Installing))
    run(lambda around: install_operation(told, around), given)
