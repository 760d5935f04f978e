"""`xpip map`: write, check and try mapping files. A module for each of its commands."""

from __future__ import annotations

import click


@click.group("map")
def map_() -> None:
    """Write, check and try the file that says where names may come from."""
