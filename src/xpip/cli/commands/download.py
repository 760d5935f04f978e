"""`xpip download`."""

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
from xpip.cli.sections import SectionedCommand, section


@click.command(cls=SectionedCommand)
@request_options
@no_deps_option
@click.option(
    "-d",
    "--dest",
    "--destination-dir",
    "directory",
    type=click.Path(file_okay=False, readable=False),
    metavar="DIR",
    default=".",
    help="Where to put them (here).",
)
@consulted_option
@section(
    "For another machine",
    click.option(
        "--platform",
        "platforms",
        metavar="PLATFORM",
        multiple=True,
        help="Such as manylinux_2_28_x86_64, macosx_11_0_arm64, win_amd64.",
    ),
    click.option("--python-version", metavar="VERSION", help="Such as 3.12."),
    click.option("--implementation", metavar="NAME", help="cp, pp, or py for wheels of any."),
    click.option("--abi", "abis", metavar="ABI", multiple=True, help="Such as cp312, abi3."),
)
@repository_options
@choice_options
@build_options
@network_options
@talk_options
@timings_option
def download(**given: Any) -> None:
    """Download what an installation would fetch.

    Wheels and source distributions, as the repositories have them. What is installed does not
    count. A file that is there already is kept, if it is the same. For another machine, add
    --only-binary :all:.
    """
    from xpip.cli.downloading import run
    from xpip.cli.running import asked, taken
    from xpip.core.foreign_targets import Machine
    from xpip.operations.downloading import Downloading

    machine = Machine(**taken(given, Machine))
    run(Downloading(asked=asked(given), machine=machine, **taken(given, Downloading)), given)
