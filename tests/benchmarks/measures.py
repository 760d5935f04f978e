"""The pieces of work that are timed, and what is there before each begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.benchmarks.tools import Job, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A piece of work, and what is there before it."""

    name: str
    command: Callable[[Tool, Job], list[str]]
    warm: bool = False
    """The cache holds what the same command left there."""
    installed: bool = False
    """The environment holds what the same command left there."""
    locked: bool = False
    """The lock file is there."""
    works: bool = True
    """It needs an index: it does more than start."""


def _version(tool: Tool, _: Job) -> list[str]:
    return tool.start("--version")


def _help(tool: Tool, _: Job) -> list[str]:
    return tool.start("--help")


def _resolve(tool: Tool, job: Job) -> list[str]:
    return tool.resolve(job)


def _lock(tool: Tool, job: Job) -> list[str]:
    return tool.lock(job)


def _install(tool: Tool, job: Job) -> list[str]:
    return tool.install(job)


def _install_lock(tool: Tool, job: Job) -> list[str]:
    return tool.install_lock(job)


def _install_lock_compiled(tool: Tool, job: Job) -> list[str]:
    return tool.install_lock(replace(job, compiled=True))


LOCK = Measure(name="lock cold", command=_lock)

# Those of one command stand together, cold before warm: what one leaves, the next need not make.
MEASURES = (
    Measure(name="version", command=_version, works=False),
    Measure(name="help", command=_help, works=False),
    Measure(name="resolve cold", command=_resolve),
    Measure(name="resolve warm", command=_resolve, warm=True),
    LOCK,
    Measure(name="lock warm", command=_lock, warm=True),
    Measure(name="install cold", command=_install),
    Measure(name="install warm", command=_install, warm=True),
    Measure(name="nothing to do", command=_install, warm=True, installed=True),
    Measure(name="from lock cold", command=_install_lock, locked=True),
    Measure(name="from lock warm", command=_install_lock, locked=True, warm=True),
    Measure(
        name="nothing to do from lock",
        command=_install_lock,
        locked=True,
        warm=True,
        installed=True,
    ),
    Measure(name="from lock cold, compiled", command=_install_lock_compiled, locked=True),
)

START = ("version", "help")


def measures_named(names: set[str]) -> tuple[Measure, ...]:
    """These measures, in the order in which they are taken.

    Raises:
        KeyError: there is no such measure.
    """
    unknown = names - {each.name for each in MEASURES}
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    return tuple(each for each in MEASURES if each.name in names)
