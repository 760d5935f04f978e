"""`xpip explain`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import (
    build_options,
    choice_options,
    consulted_option,
    network_options,
    repository_options,
    request_file_options,
    talk_options,
)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@request_file_options
@click.option("--all", "everything", is_flag=True, help="A line for every project that is met.")
@consulted_option
@repository_options
@choice_options
@build_options
@network_options
@talk_options
def explain(names: tuple[str, ...], **given: Any) -> int:
    """Say which file each NAME resolves to, from where, and why; change nothing.

    With -r, --group or --script, the NAMEs are explained as parts of what those ask for. Ends
    with the exit code that an installation would end with.
    """
    from xpip.cli.progress import watch
    from xpip.cli.rendering.errors import show_error
    from xpip.cli.rendering.explained import show_explained
    from xpip.cli.running import asked, surroundings
    from xpip.errors import ExitCode
    from xpip.operations.explaining import Explaining
    from xpip.operations.explaining import explain as explain_operation

    quiet, as_json, everything = given["quiet"], given["as_json"], given["everything"]
    told = Explaining(
        names=names, asked=asked(given), everything=everything, python=given["python"]
    )
    with watch(silent=quiet or as_json) as observer:
        explained = explain_operation(told, surroundings(observer))
    show_explained(explained, as_json=as_json, verbose=given["verbose"], as_table=everything)
    if explained.error is None:
        return ExitCode.DONE
    if not as_json:
        show_error(explained.error, as_json=False)
    return explained.error.exit_code
