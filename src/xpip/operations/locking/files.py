"""The lock file on this disk: the one that is there, and what lies beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from msgspec import Struct
from packaging.pylock import Pylock, is_valid_pylock_path

from xpip.core.lockfile.addresses import LockSource
from xpip.core.lockfile.continued import dump_continued, load_continued
from xpip.core.lockfile.document import load
from xpip.core.lockfile.entries import Beside
from xpip.core.lockfile.reading import read_lock
from xpip.core.redaction import shown
from xpip.edge.cache.derived import Derived
from xpip.edge.repositories.local import path_of
from xpip.errors import Reason, UsageError


def check_name(path: Path) -> None:
    """Be sure that other tools will know the file for a lock (PEP 751, "File name").

    Raises:
        UsageError: they will not.
    """
    if not is_valid_pylock_path(path) or path.name != path.name.lower():
        raise UsageError(
            f"{shown(path.name)!r} is no name of a lock file",
            reference=Reason.USAGE,
            hint="PEP 751 has two kinds: pylock.toml, and pylock.NAME.toml without more dots.",
        )
    if not path.parent.is_dir():
        raise UsageError(f"There is no directory {path.parent}", reference=Reason.USAGE)


class LockThere(Struct, frozen=True, kw_only=True):
    """The lock that is there.

    Attributes:
        raw: its bytes.
        continued: what the next one needs of it, its files aside.
        whole: reads all of it.
    """

    raw: bytes
    continued: Pylock
    whole: Callable[[], Pylock]


def lock_at(
    path: Path,
    named: str,
    trusted_hosts: Collection[str],
    *,
    table_of: Callable[[bytes], dict[str, Any]] = load,
    kept: Derived | None = None,
) -> LockThere | None:
    """The lock that is there; None where there is no file.

    Args:
        path: where it lies.
        named: how the user named it.
        trusted_hosts: hosts from which its files may come without encryption.
        table_of: reads the bytes as TOML, or knows what that comes to.
        kept: what the next lock needs of those that were read, and found good, in earlier runs.

    Raises:
        UsageError: it cannot be read, or is no lock.
    """
    raw = _read(path, named)
    if raw is None:
        return None
    source = LockSource(shown=named, base=f"{path.absolute().parent.as_uri()}/")

    def whole() -> Pylock:
        return read_lock(raw, source, trusted_hosts=trusted_hosts, table_of=table_of).pylock

    question = (hashlib.sha256(raw).hexdigest(), source.base, *sorted(trusted_hosts))
    known = kept.find(*question) if kept else None
    continued = load_continued(known) if known is not None else None
    if continued is None:
        continued = whole()
        if kept:
            kept.keep(dump_continued(continued), *question)
    return LockThere(raw=raw, continued=continued, whole=whole)


def _read(path: Path, named: str) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            f"{named} cannot be read: {error.strerror or error}", reference=Reason.LOCK_INVALID
        ) from None


def beside(directory: Path) -> Beside:
    """Tells where local files lie from a lock's directory."""
    root = Path(os.path.realpath(directory))

    def relative(url: str) -> str:
        path = Path(os.path.realpath(path_of(url)))
        if not path.is_relative_to(root):
            raise UsageError(
                f"{path} does not lie below the lock's directory",
                reference=Reason.USAGE,
                context=[f"the lock lies in {root}"],
                hint="A lock names local files by their paths from it, so that both can be moved "
                "together: put the lock above them with -o, or them below it.",
            )
        return path.relative_to(root).as_posix()

    return relative
