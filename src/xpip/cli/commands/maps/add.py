"""`xpip map add`."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)
@click.option(
    "-r",
    "--repository",
    "repositories",
    metavar="NAME[=URL]",
    multiple=True,
    help="Who may speak for these names.",
)
@click.option(
    "--rest",
    metavar="NAME[=URL]",
    multiple=True,
    help="Who may speak for the names that no rule matches.",
)
@click.option(
    "--no-default", is_flag=True, help="In a new file, leave all other names to nobody, not PyPI."
)
@click.option("--namespace", is_flag=True, help="PATTERN stands for PATTERN-* too.")
@click.option("--deny", is_flag=True, help="Nobody may speak for these names.")
@click.option("--reason", metavar="TEXT", help="Why; shown where the rule refuses.")
@click.option("--replace", is_flag=True, help="Take the names from rules that have them.")
@click.option(
    "--trusted-host",
    "trusted_hosts",
    metavar="HOST",
    multiple=True,
    help="Allow plain http to this host.",
)
@click.option("--map", "map_file", metavar="FILE", help="Change this mapping file.")
@click.option("--dry-run", is_flag=True, help="Show the change, make none.")
@click.option("--json", "as_json", is_flag=True, help="Results as JSON on standard output.")
def add(*, as_json: bool, **given: Any) -> None:
    """Say in the mapping file which repositories may speak for some names.

    The rule goes to the first place where it holds; comments and layout stay. Without a mapping
    file, xpip.toml is made here, with a last rule that leaves all other names to PyPI.
    """
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.additions import show_added
    from xpip.cli.running import surroundings, taken
    from xpip.operations.maps.adding import Adding
    from xpip.operations.maps.adding import add as add_operation

    told = Adding(**taken(given, Adding))
    show_added(add_operation(told, surroundings(Silent())), dry_run=told.dry_run, as_json=as_json)
