"""`xpip map schema`."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of the mapping file, for editors.

    \b
    xpip map schema > xpip.schema.json

    taplo, and "Even Better TOML" in VS Code, take it when this is the first line of xpip.toml:

    \b
    #:schema ./xpip.schema.json

    For xpip.json, name it in the editor's settings (VS Code: "json.schemas").
    """  # noqa: D301 - click's mark for lines to leave as they are
    import json

    from xpip.core.mapping_schema import mapping_schema

    click.echo(json.dumps(mapping_schema(), indent=2))
