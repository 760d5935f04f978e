"""`xpip map`: write, check and try mapping files. A module for each of its commands."""

from __future__ import annotations

import click

from xpip.cli.commands.maps.add import add
from xpip.cli.commands.maps.check import check
from xpip.cli.commands.maps.import_ import import_
from xpip.cli.commands.maps.init import init
from xpip.cli.commands.maps.schema import schema
from xpip.cli.commands.maps.test import test


@click.group("map")
def map_() -> None:
    """Write, check and try the file that says where names may come from."""


map_.add_command(init)
map_.add_command(import_)
map_.add_command(add)
map_.add_command(check)
map_.add_command(test)
map_.add_command(schema)
