"""`xpip audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xpip.cli.options import (
    build_options,
    choice_options,
    consulted_option,
    network_options,
    refuse_stray,
    repository_options,
    request_options,
    talk_options,
)
from xpip.cli.sections import SectionedCommand, section
from xpip.errors import ExitCode

if TYPE_CHECKING:
    from xpip.core.ports import Observer

_SARIF = section(
    "With --what-if",
    click.option(
        "--sarif",
        metavar="FILE",
        help="Write what was found as SARIF 2.1.0, for tools that show it beside code; - for "
        "standard output.",
    ),
)
_NAMES = section(
    "With --public-names",
    click.option(
        "--private",
        metavar="GROUP",
        multiple=True,
        help="This repository is private (all that the mapping file does not ask for every name).",
    ),
    click.option(
        "--private-names",
        metavar="FILE",
        help="Private names, one on each line, in place of the private repositories' own lists.",
    ),
    click.option(
        "--ask",
        metavar="NAME",
        multiple=True,
        help="Send this one private name to the public repository, to see what it has.",
    ),
)


@click.command(cls=SectionedCommand)
@click.option("--what-if", is_flag=True, help="What if a repository said something else tomorrow?")
@click.option(
    "--public-names",
    "public",
    metavar="FILE|URL",
    help="Who else has your private names? Compared here: none is sent.",
)
@click.option(
    "--repositories",
    "of_repositories",
    is_flag=True,
    help="What do repositories and mirrors say differently, and what do their pages lack?",
)
@request_options
@click.option("--lock", metavar="FILE", help="The projects of this lock file.")
@consulted_option
@_SARIF
@_NAMES
@repository_options
@choice_options
@build_options
@network_options
@talk_options
def audit(**given: Any) -> ExitCode:
    """Look for what could go wrong with names that are fine today; change nothing.

    One of --what-if, --public-names and --repositories says what is looked for. Exits with 3 when
    a stranger's file could come in, with 0 when none could: for CI. `xpip help audit` says more.
    """
    from xpip.cli.progress import watch

    run = _chosen(given)
    with watch(silent=given["quiet"] or given["as_json"]) as observer:
        show = run(given, observer)
    return ExitCode(show())


def _chosen(given: dict[str, Any]) -> Any:
    runs = {"what_if": _switches, "public": _names, "of_repositories": _repositories}
    chosen = [run for name, run in runs.items() if given[name]]
    if len(chosen) != 1:
        raise click.UsageError("say one of --what-if, --public-names and --repositories")
    if not given["what_if"]:
        refuse_stray(_SARIF, needs="--what-if")
    if not given["public"]:
        refuse_stray(_NAMES, needs="--public-names")
    return chosen[0]


def _switches(given: dict[str, Any], observer: Observer) -> Any:
    from xpip.cli.rendering.audited import show_switches
    from xpip.cli.running import surroundings
    from xpip.operations.auditing.switching import audit_switches

    if given["sarif"] == "-" and given["as_json"]:
        raise click.UsageError("--sarif - and --json both write to standard output")
    audited = audit_switches(_told(given), surroundings(observer))
    return lambda: show_switches(
        audited, as_json=given["as_json"], quiet=given["quiet"], sarif=given["sarif"]
    )


def _names(given: dict[str, Any], observer: Observer) -> Any:
    from xpip.cli.rendering.audited import show_names
    from xpip.cli.running import surroundings, taken
    from xpip.operations.auditing.names import Comparing, audit_names

    told = Comparing(auditing=_told(given), **taken(given, Comparing))
    audited = audit_names(told, surroundings(observer))
    return lambda: show_names(
        audited, as_json=given["as_json"], quiet=given["quiet"], verbose=given["verbose"]
    )


def _repositories(given: dict[str, Any], observer: Observer) -> Any:
    from xpip.cli.rendering.audited import show_repositories
    from xpip.cli.running import surroundings
    from xpip.operations.auditing.repositories import audit_repositories

    audited = audit_repositories(_told(given), surroundings(observer))
    return lambda: show_repositories(
        audited, as_json=given["as_json"], quiet=given["quiet"], verbose=given["verbose"]
    )


def _told(given: dict[str, Any]) -> Any:
    from xpip.cli.running import asked
    from xpip.operations.auditing.audited import Auditing

    return Auditing(asked=asked(given), lock=given["lock"], python=given["python"])
