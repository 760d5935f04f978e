"""What can be typed. Each command parses, calls one operation, and renders what it returns."""

from __future__ import annotations

import click

from xpip import __version__
from xpip.cli.commands.audit import audit
from xpip.cli.commands.cache import cache
from xpip.cli.commands.check import check
from xpip.cli.commands.completion import completion
from xpip.cli.commands.download import download
from xpip.cli.commands.explain import explain
from xpip.cli.commands.freeze import freeze
from xpip.cli.commands.help import help_
from xpip.cli.commands.inspect import inspect
from xpip.cli.commands.install import install
from xpip.cli.commands.list_ import list_
from xpip.cli.commands.lock import lock
from xpip.cli.commands.maps import map_
from xpip.cli.commands.sync import sync
from xpip.cli.commands.uninstall import uninstall
from xpip.cli.commands.wheel import wheel

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_SETTINGS, invoke_without_command=True)
@click.version_option(__version__, "-V", "--version", message="xpip %(version)s")
@click.pass_context
def xpip(context: click.Context) -> None:
    """Install Python packages without guessing which repository a name belongs to."""
    if context.invoked_subcommand is None:
        from xpip.cli.help_pages import show_topic

        show_topic(None, context)


xpip.add_command(install)
xpip.add_command(download)
xpip.add_command(wheel)
xpip.add_command(lock)
xpip.add_command(sync)
xpip.add_command(uninstall)
xpip.add_command(list_)
xpip.add_command(freeze)
xpip.add_command(inspect)
xpip.add_command(check)
xpip.add_command(map_)
xpip.add_command(explain)
xpip.add_command(audit)
xpip.add_command(cache)
xpip.add_command(completion)
xpip.add_command(help_)
