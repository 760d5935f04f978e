"""What a lock changes, and that it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json
from xpip.core.lockfile.comparing import change_data, described
from xpip.core.urls import redacted

if TYPE_CHECKING:
    from xpip.operations.locking import Locked


def show_data(locked: Locked, *, timings: Mapping[str, object]) -> None:
    """The same as JSON, with what else is to be told."""
    show_json({**_data(locked), **timings})


def show_locked(locked: Locked, *, quiet: bool, verbose: bool) -> None:
    """A line for each project that the lock changes, and a summary."""
    if not quiet:
        for line in _before(locked, verbose=verbose):
            say(line)
    if not quiet or locked.outdated:
        for change in locked.changes:
            show(described(change))
    if not quiet and locked.outdated is None:
        say(_summary(locked))


def _before(locked: Locked, *, verbose: bool) -> Iterator[str]:
    yield from (f"note: {notice.text} [{notice.code}]" for notice in locked.notices)
    if verbose:
        yield from (f"for {each}" for each in locked.lock.environments or ())
        yield from (f"from {redacted(each)}" for each in _repositories(locked))


def _summary(locked: Locked) -> str:
    if not locked.written:
        return f"Nothing to do: {locked.output} is up to date."
    projects = len({package.name for package in locked.lock.packages})
    repositories = len(_repositories(locked))
    source = ""
    if repositories:
        source = f" from {_counted(repositories, 'repository', 'repositories')}"
    return f"Wrote {locked.output}: {_counted(projects, 'project', 'projects')}{source}."


def _repositories(locked: Locked) -> list[str]:
    return sorted({package.index for package in locked.lock.packages if package.index})


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _data(locked: Locked) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        "file": locked.output,
        "written": locked.written,
        "projects": sorted({package.name for package in locked.lock.packages}),
        "repositories": [redacted(each) for each in _repositories(locked)],
        "environments": [str(each) for each in locked.lock.environments or ()],
        "changes": [change_data(each) for each in locked.changes],
        "notices": notices_data(locked.notices),
    }
