"""`xpip completion`."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what lets a shell complete commands and options.

    \b
    bash   eval "$(xpip completion bash)"       in ~/.bashrc
    zsh    eval "$(xpip completion zsh)"        in ~/.zshrc, after compinit
    fish   xpip completion fish > ~/.config/fish/completions/xpip.fish
    """  # noqa: D301 - \b is click's word for lines that stay as they are
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # click has the three
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "xpip", "_XPIP_COMPLETE").source())
