"""What can be typed. Each command parses, calls one operation, and renders what it returns."""

from __future__ import annotations

from typing import Any

import click

from xpip import __version__
from xpip.cli.options import (
    choice_options,
    environment_options,
    network_options,
    repository_options,
    talk_options,
)

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_SETTINGS, invoke_without_command=True)
@click.version_option(__version__, "-V", "--version", message="xpip %(version)s")
@click.pass_context
def xpip(context: click.Context) -> None:
    """Install Python packages without guessing which repository a name belongs to."""
    if context.invoked_subcommand is None:
        from xpip.cli.help_pages import show_topic

        show_topic(None, context)


@xpip.command()
@click.argument("requirements", nargs=-1, required=True)
@click.option("-U", "--upgrade", is_flag=True, help="Take newer versions of what is named.")
@click.option("--force-reinstall", is_flag=True, help="Install anew what is there already.")
@click.option("--no-deps", is_flag=True, help="Install only what is named.")
@click.option("--dry-run", is_flag=True, help="Decide everything, change nothing.")
@click.option("--compile", "compile_bytecode", is_flag=True, help="Compile to bytecode.")
@click.option(
    "--report", metavar="FILE", type=click.Path(allow_dash=True), help="Write pip's report here."
)
@environment_options
@repository_options
@choice_options
@network_options
@talk_options
def install(requirements: tuple[str, ...], **given: Any) -> None:
    """Install projects and all they need: everything, or nothing."""
    from xpip.cli.running import install as run

    run(requirements, given)


@xpip.command("help")
@click.argument("topic", required=False)
@click.pass_context
def help_(context: click.Context, topic: str | None) -> None:
    """Read about a topic: the refusal, repositories, errors."""
    from xpip.cli.help_pages import show_topic

    assert context.parent is not None
    show_topic(topic, context.parent)
