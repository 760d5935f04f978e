"""What `xpip lock` was told, and what it did: values."""

from __future__ import annotations

from msgspec import Struct
from packaging.pylock import Pylock

from xpip.core.lockfile.comparing import LockChange
from xpip.core.reporting.notices import Notice
from xpip.errors import ResolutionError
from xpip.operations.asked import Asked

DEFAULT_FILE = "pylock.toml"


class Locking(Struct, frozen=True, kw_only=True):
    """What `xpip lock` was told, as it was told.

    Attributes:
        output: the lock file.
        python: the interpreter locked for, and built with.
        environments: other machines, all in one lock.
        python_version, platform, implementation: of one other machine.
        upgrade: whether versions of the lock that is there do not matter.
        upgrade_packages: the projects whose versions do not.
        check: whether nothing is written, and a lock that would change is an error.
        diff: a lock to compare with, in place of the one that is there.
    """

    asked: Asked
    output: str = DEFAULT_FILE
    python: str | None = None
    environments: tuple[str, ...] = ()
    python_version: str | None = None
    platform: str | None = None
    implementation: str | None = None
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    check: bool = False
    diff: str | None = None


class Locked(Struct, frozen=True, kw_only=True):
    """A lock, and what it changes.

    Attributes:
        output: as it was named.
        changes: against the lock that was there, or the one to compare with.
        written: whether the file is another one than before.
        outdated: with `--check`, what to say where it would change.
    """

    lock: Pylock
    output: str
    changes: tuple[LockChange, ...]
    notices: tuple[Notice, ...]
    written: bool
    outdated: ResolutionError | None = None
