"""`xpip lock`."""

from __future__ import annotations

from typing import Any

import click

from xpip.cli.options import (
    build_options,
    choice_options,
    consulted_option,
    network_options,
    no_deps_option,
    repository_options,
    request_options,
    talk_options,
    timings_option,
)


@click.command()
@request_options
@no_deps_option
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="pylock.toml",
    help="The lock: pylock.toml, or pylock.NAME.toml.",
)
@click.option("-U", "--upgrade", is_flag=True, help="Keep no version of the lock that is there.")
@click.option(
    "-P",
    "--upgrade-package",
    "upgrade_packages",
    metavar="NAME",
    multiple=True,
    help="Do not keep the version of NAME.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the lock would change.")
@click.option("--diff", metavar="OLD", help="Show the difference to this lock.")
@click.option(
    "--environment",
    "environments",
    metavar="SPEC",
    multiple=True,
    help="For these machines: 3.12-linux, 3.13-macos-arm64, 3.11-windows.",
)
@click.option("--python-version", metavar="VERSION", help="For another Python: 3.12.")
@click.option(
    "--platform", metavar="PLATFORM", help="For another system: linux, macos, windows-arm64."
)
@click.option(
    "--implementation",
    type=click.Choice(["cpython", "pypy"]),
    help="For another implementation of Python.",
)
@consulted_option
@repository_options
@choice_options
@build_options
@network_options
@talk_options
@timings_option
def lock(**given: Any) -> None:
    """Write a lock file (PEP 751): versions, files, hashes and where each comes from.

    Without requirements, of the pyproject.toml here. What an existing lock has is kept as long as
    it will do.
    """
    from xpip.cli.progress import watch
    from xpip.cli.rendering.locked import show_data, show_locked
    from xpip.cli.running import asked, surroundings, taken
    from xpip.cli.timings import stopwatch, timed_data
    from xpip.operations.locking import Locking
    from xpip.operations.locking import lock as lock_operation

    told = Locking(asked=asked(given), **taken(given, Locking))
    quiet, as_json = given["quiet"], given["as_json"]
    with stopwatch(given) as measured:
        with watch(silent=quiet or as_json) as observer:
            locked = lock_operation(told, surroundings(observer, measured))
        if not as_json:
            show_locked(locked, quiet=quiet, verbose=given["verbose"])
        elif locked.outdated is None:
            show_data(locked, timings=timed_data(measured))
    if locked.outdated is not None:
        raise locked.outdated
