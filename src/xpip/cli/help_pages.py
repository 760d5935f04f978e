"""The pages that ship inside the package, shown by `xpip help TOPIC`."""

from __future__ import annotations

import sys
from importlib.resources import files

import click

from xpip.errors import Reason, UsageError


def topics() -> dict[str, str]:
    """Names of the topics, and the first line of each."""
    pages = (page for page in files("xpip").joinpath("help").iterdir())
    texts = {page.name.removesuffix(".md"): page for page in pages if page.name.endswith(".md")}
    return {
        name: texts[name].read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        for name in sorted(texts)
    }


def _entry_of(code: str) -> str:
    """What the page on errors says of a reason code; nothing where it is none."""
    if code not in set(Reason):
        return ""
    text = files("xpip").joinpath("help", "errors.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith(f"- `{code}`")), None)
    if start is None:
        return ""
    rest = lines[start + 1 :]
    length = next((n for n, line in enumerate(rest) if line.startswith(("- `", "#"))), len(rest))
    return "\n".join(lines[start : start + 1 + length]).rstrip()


def show_topic(topic: str | None, group: click.Context) -> None:
    """Print a page, or what pages and commands there are."""
    if topic is None:
        click.echo(group.get_help())
        click.echo("\nTopics (xpip help TOPIC):")
        width = max(map(len, topics())) + 2
        for name, title in topics().items():
            click.echo(f"  {name:<{width}}{title}")
        return
    assert isinstance(group.command, click.Group)
    command = group.command.commands.get(topic)
    if topic not in topics() and command is not None:
        click.echo(command.get_help(click.Context(command, info_name=topic, parent=group)))
        return
    entry = _entry_of(topic)
    if entry:
        click.echo(entry)
        return
    if topic not in topics():
        raise UsageError(
            f"There is no topic {topic!r}",
            reference=Reason.USAGE,
            hint=f"Topics: {', '.join(topics())}.",
        )
    text = files("xpip").joinpath("help", f"{topic}.md").read_text(encoding="utf-8")
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(100, Console().width)).print(Markdown(text))
