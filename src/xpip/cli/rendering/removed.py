"""What an uninstallation removed, or would remove."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from xpip.cli.progress import plural
from xpip.cli.rendering.environments import (
    environment_data,
    show_notices,
    shown_environment,
)
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json

if TYPE_CHECKING:
    from xpip.operations.uninstalling import Removal


def show_removed(
    removal: Removal, *, dry_run: bool, asked: bool, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """What went; what was shown when it was asked about is not shown again."""
    if as_json:
        show_json(_data(removal, dry_run=dry_run))
        return
    if quiet:
        return
    if not (asked and removal.distributions):
        _show_notes(removal)
    for line in () if asked else _lines(removal, verbose=verbose):
        show(line)
    say(_summary(removal, dry_run=dry_run))


def ask_removal(removal: Removal) -> bool:
    """Show what would go, on a terminal, and ask."""
    for line in _lines(removal, verbose=False):
        say(line)
    _show_notes(removal)
    count, files = len(removal.distributions), len(removal.files)
    say(f"{_counted(count, files)}, of {shown_environment(removal.environment)}")
    return click.confirm("Remove?", default=True, err=True)


def _show_notes(removal: Removal) -> None:
    for name in removal.not_installed:
        say(f"note: {name} is not installed in {removal.environment.prefix} [not-installed]")
    show_notices(removal.notices)


def _lines(removal: Removal, *, verbose: bool) -> Iterator[str]:
    for each in removal.distributions:
        yield f"- {each.project} {each.version}"
    if verbose:
        yield from (f"    {path}" for path in sorted(removal.files))


def _summary(removal: Removal, *, dry_run: bool) -> str:
    count, files = len(removal.distributions), len(removal.files)
    if not count:
        return "Nothing to remove."
    verb = "Would remove" if dry_run else "Removed"
    return f"{verb} {_counted(count, files)}."


def _counted(distributions: int, files: int) -> str:
    return f"{distributions} distribution{plural(distributions)}, {files} file{plural(files)}"


def _data(removal: Removal, *, dry_run: bool) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        "dry_run": dry_run,
        "environment": environment_data(removal.environment),
        "removed": [
            {
                "name": each.project,
                "version": str(each.version),
                "location": each.location,
                "installer": each.installer,
            }
            for each in removal.distributions
        ],
        "files": sorted(removal.files),
        "not_installed": list(removal.not_installed),
        "notices": notices_data(removal.notices),
    }
