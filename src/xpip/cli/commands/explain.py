"""`xpip explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xpip.cli.lock_files import explained_lock_options, lock_named
from xpip.cli.options import (
    build_options,
    choice_options,
    consulted_option,
    network_options,
    no_deps_option,
    repository_options,
    request_file_options,
    talk_options,
    timings_option,
)
from xpip.cli.sections import SectionedCommand, section

if TYPE_CHECKING:
    from xpip.operations.explaining import Explained
    from xpip.operations.surroundings import Surroundings


@click.command(cls=SectionedCommand)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@request_file_options
@click.option("--all", "everything", is_flag=True, help="A line for every project that is met.")
@click.option("--version", "version", metavar="VERSION", help="Say why not this one.")
@click.option("--what-if", is_flag=True, help="Show all that was replayed, the harmless too.")
@click.option("--html", metavar="FILE", help="Write a page to look at in a browser as well.")
@section("From a lock file", explained_lock_options)
@no_deps_option
@consulted_option
@repository_options
@choice_options
@build_options
@network_options
@talk_options
@timings_option
def explain(names: tuple[str, ...], **given: Any) -> int:
    """Say which file each NAME resolves to, from where, and why; change nothing.

    With -r, --group or --script, the NAMEs are explained as parts of what those ask for; without
    a NAME, all that those need is, in a table. With --lock, the NAMEs are entries of that file, and
    no repository is asked. Ends with the exit code that an installation would
    end with. `xpip help explain` shows how to read it.
    """
    from xpip.cli.progress import watch
    from xpip.cli.rendering.explained import Manner, show_data, show_explained
    from xpip.cli.running import surroundings, taken
    from xpip.cli.timings import stopwatch, timed_data
    from xpip.errors import ExitCode

    given.update(names=names, lock=lock_named(given), everything=given["everything"] or not names)
    with stopwatch(given) as measured:
        with watch(silent=given["quiet"] or given["as_json"]) as observer:
            around = surroundings(observer, measured)
            explained = _explained(given, around)
        if given["html"] is not None:
            from xpip.cli.rendering.explained_page import write_page

            write_page(explained, given["html"], around, quiet=given["quiet"])
        if given["as_json"]:
            show_data(explained, timings=timed_data(measured))
        else:
            show_explained(explained, Manner(as_table=given["everything"], **taken(given, Manner)))
    return explained.error.exit_code if explained.error else ExitCode.DONE


def _explained(given: dict[str, Any], around: Surroundings) -> Explained:
    from xpip.cli.running import asked, taken

    if given["lock"] is None:
        from xpip.operations.explaining import Explaining
        from xpip.operations.explaining import explain as explain_operation

        told = Explaining(asked=asked(given), **taken(given, Explaining))
        return explain_operation(told, around)
    from xpip.edge.config import Options
    from xpip.operations.asked import BuildTold
    from xpip.operations.explaining_locked import ExplainingLocked, explain_locked

    locked = ExplainingLocked(
        options=Options(**taken(given, Options)),
        builds=BuildTold(**taken(given, BuildTold)),
        **taken(given, ExplainingLocked),
    )
    return explain_locked(locked, around)
