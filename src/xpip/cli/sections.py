"""Options by what they are about, for a --help that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_TITLES: WeakKeyDictionary[click.Parameter, str] = WeakKeyDictionary()


def section(title: str, *decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several option decorators as one, shown in this order and under this title by --help."""

    def decorate(command: Command) -> Command:
        before = len(_parameters_of(command))
        for decorator in reversed(decorators):
            command = decorator(command)
        for parameter in _parameters_of(command)[before:]:
            _TITLES.setdefault(parameter, title)
        return command

    return decorate


def _parameters_of(command: Callable[..., Any]) -> list[click.Parameter]:
    """Those that click keeps with a function until it becomes a command."""
    return list(getattr(command, "__click_params__", ()))


class SectionedCommand(click.Command):
    """A command whose --help shows sections; its own options come first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list of options for each section."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            shown = parameter.get_help_record(ctx)
            if shown is not None and isinstance(parameter, click.Option):
                sections.setdefault(_TITLES.get(parameter, "Options"), []).append(shown)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)
