"""An installation, watched, reported and shown: what `install` and `sync` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xpip.cli.progress import watch
from xpip.cli.rendering.installed import open_report, show_data, show_installed, write_report
from xpip.cli.running import surroundings, taken
from xpip.cli.timings import stopwatch, timed_data

if TYPE_CHECKING:
    from xpip.operations.installation import Installed
    from xpip.operations.surroundings import Surroundings


def install_lock(given: dict[str, Any], *, exact: bool) -> None:
    """Install what a lock file says."""
    from xpip.edge.config import Options
    from xpip.operations.asked import BuildTold
    from xpip.operations.installing_locked import InstallingLocked, install_locked

    told = InstallingLocked(
        options=Options(**taken(given, Options)),
        builds=BuildTold(**taken(given, BuildTold)),
        exact=exact,
        **taken(given, InstallingLocked),
    )
    run(lambda around: install_locked(told, around), given)


def run(operation: Callable[[Surroundings], Installed], given: dict[str, Any]) -> None:
    """Carry it out, watched, and tell what it did."""
    quiet, as_json = given["quiet"], given["as_json"]
    with stopwatch(given) as measured:
        with open_report(given["report"], as_json=as_json) as report:
            with watch(silent=quiet or as_json) as observer:
                installed = operation(surroundings(observer, measured))
            if report is not None:
                write_report(report, installed)
        if as_json:
            show_data(installed, dry_run=given["dry_run"], timings=timed_data(measured))
        # With the report on standard output, nothing else may be there.
        elif not quiet and given["report"] != "-":
            show_installed(installed, dry_run=given["dry_run"], verbose=given["verbose"])
