"""`xpip install`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import (
    build_options,
    choice_options,
    environment_options,
    network_options,
    no_deps_option,
    repository_options,
    request_options,
    talk_options,
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
@click.option("--compile", "compile_bytecode", is_flag=True, help="Compile to bytecode.")
@click.option(
    "--report", metavar="FILE", type=click.Path(allow_dash=True), help="Write pip's report here."
)
@environment_options
@section(
    "Where to",
    click.option("--user", is_flag=True, help="What only you see (not in virtual environments)."),
)
@click.option(
    "--allow-file-collision",
    metavar="NAME",
    multiple=True,
    help="Let NAME (or :all:) overwrite files of other distributions.",
)
@repository_options
@choice_options
@build_options
@network_options
@talk_options
def install(**given: Any) -> None:
    """Install projects and all they need: everything, or nothing."""
    from xpip.cli.progress import watch
    from xpip.cli.rendering.installed import open_report, show_installed, write_report
    from xpip.cli.running import asked, surroundings, taken
    from xpip.operations.installing import Installing
    from xpip.operations.installing import install as install_operation

    told = Installing(asked=asked(given), **taken(given, Installing))
    quiet, as_json = given["quiet"], given["as_json"]
    with open_report(given["report"], as_json=as_json) as report:
        with watch(silent=quiet or as_json) as observer:
            installed = install_operation(told, surroundings(observer))
        if report is not None:
            write_report(report, installed)
    show_installed(
        installed,
        dry_run=told.dry_run,
        as_json=as_json,
        # With the report on standard output, nothing else may be there.
        quiet=quiet or given["report"] == "-",
        verbose=given["verbose"],
    )
