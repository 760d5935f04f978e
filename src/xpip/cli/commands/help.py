"""`xpip help`."""

from __future__ import annotations

import click


def _complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    from xpip.cli.help_pages import topics

    return [topic for topic in topics() if topic.startswith(begun)]


@click.command("help")
@click.argument("topic", required=False, shell_complete=_complete)
@click.pass_context
def help_(context: click.Context, topic: str | None) -> None:
    """Read about a topic: the refusal, repositories, errors."""
    from xpip.cli.help_pages import show_topic

    assert context.parent is not None
    show_topic(topic, context.parent)
