"""The environment that a command changes: chosen, allowed, and held alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from xpip.core.reporting.notices import Notice, about_killed_runs
from xpip.edge.environment import Environment, Kept, check_writable, locate_environment
from xpip.edge.installation.holding import environment_lock
from xpip.errors import XpipError
from xpip.operations.surroundings import Surroundings


class Changing(Struct, frozen=True, kw_only=True):
    """What every command is told that changes an environment."""

    python: str | None = None
    target: str | None = None
    prefix: str | None = None
    user: bool = False
    dry_run: bool = False
    break_system_packages: bool = False


def chosen_environment(
    told: Changing, around: Surroundings, known: Kept | None = None
) -> Environment:
    """The environment that is to be changed, and may be.

    Args:
        told: which.
        around: where the run takes place.
        known: what interpreters said in earlier runs.
    """
    environment = locate_environment(
        python=told.python,
        target=told.target,
        prefix=told.prefix,
        user=told.user,
        environ=around.environ,
        cwd=around.cwd,
        kept=known,
    )
    if not told.dry_run:
        check_writable(environment, break_system_packages=told.break_system_packages)
    return environment


@contextmanager
def alone(
    environment: Environment, told: Changing, around: Surroundings
) -> Iterator[tuple[Notice, ...]]:
    """Two runs on one environment wait for each other; one that changes nothing need not.

    Yields what is to be said of runs before that were killed, however this one ends.
    """
    if told.dry_run:
        yield ()
        return
    with environment_lock(
        environment.prefix, scheme=environment.scheme, on_wait=around.observer.waiting
    ) as recovered:
        notices = about_killed_runs(recovered)
        try:
            yield notices
        except XpipError as error:
            error.notices += tuple((each.code, each.text) for each in notices)
            raise
