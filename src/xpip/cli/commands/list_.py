"""`xpip list`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import (
    choice_options,
    json_option,
    network_options,
    place_options,
    quiet_option,
    refuse_stray,
    repository_options,
    together,
)
from xpip.cli.sections import SectionedCommand
from xpip.errors import ExitCode

_asking_options = together(repository_options, choice_options, network_options)


@click.command("list", cls=SectionedCommand)
@click.option("-o", "--outdated", is_flag=True, help="What could be newer; asks repositories.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["columns", "freeze", "json"]),
    help="How to print it (columns).",
)
@click.option("-l", "--local", is_flag=True, help="Leave aside what the interpreter shares.")
@place_options
@json_option
@quiet_option
@_asking_options
def list_(*, outdated: bool, form: str | None, **given: Any) -> ExitCode:
    """List what is installed, and which repository it came from.

    With --outdated: the newest file of each project that your policy admits, as an installation
    would choose it; a name that may not be taken is listed as refused, with the reason. The
    options about repositories, choice and network belong to --outdated.
    """
    if not outdated:
        refuse_stray(_asking_options, needs="--outdated")
    if given["as_json"] and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    if outdated and form == "freeze":
        raise click.UsageError("--outdated and --format freeze exclude each other")
    form = "json" if given["as_json"] else form or "columns"
    return _compare(form, given) if outdated else _list(form, given)


def _list(form: str, given: dict[str, Any]) -> ExitCode:
    from xpip.cli.progress import Silent
    from xpip.cli.rendering.environments import show_list
    from xpip.cli.running import surroundings, taken
    from xpip.operations.inspecting import Looking, look

    looked = look(Looking(**taken(given, Looking)), surroundings(Silent()))
    show_list(looked, form=form, quiet=given["quiet"])
    return ExitCode.DONE


def _compare(form: str, given: dict[str, Any]) -> ExitCode:
    from xpip.cli.progress import watch
    from xpip.cli.rendering.environments import show_compared
    from xpip.cli.running import surroundings, taken
    from xpip.edge.config import Options
    from xpip.operations.comparing import compare_all
    from xpip.operations.inspecting import Looking

    as_json, quiet = form == "json", given["quiet"]
    looking, options = Looking(**taken(given, Looking)), Options(**taken(given, Options))
    with watch(silent=quiet or as_json) as observer:
        compared = compare_all(looking, options, surroundings(observer))
    show_compared(compared, as_json=as_json, quiet=quiet)
    return ExitCode.UNAVAILABLE if compared.is_unavailable else ExitCode.DONE
