"""Where the mapping file of a run is found, and whether it may be believed.

First hit wins: `--map`, `XPIP_MAP`, the nearest one from the working directory up to the
repository's root or the home directory, the user's, the machine's. What reads them is imported
where one is found.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.urls import redacted
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    from xpip.core.mapping_file import MapSource

_NAMES = ("xpip.toml", "xpip.json")
_PROJECT = "pyproject.toml"
_MACHINE = Path("/etc/xpip/xpip.toml")

Download = Callable[[str], bytes]
"""Fetches a mapping file from an https: URL, without credentials."""


class FoundMap(Struct, frozen=True, kw_only=True):
    """A mapping file, unread as yet."""

    path: Path
    raw: bytes
    source: MapSource


def find_map(
    option: str | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    discovered: Iterable[FoundMap] | None = None,
) -> FoundMap | None:
    """The mapping file in force, if there is one.

    Args:
        option: the file that the user names.
        environ: environment variables.
        cwd: the working directory.
        discovered: the files found by walking up, where they have been read.

    Raises:
        UsageError: `map-invalid`: it cannot be read, others may write it, or another one stands
            beside it.
    """
    named = option or environ.get("XPIP_MAP")
    if named:
        if "://" in named:
            raise _a_url(named, "--map" if option else "XPIP_MAP")
        return read_map(cwd / os.path.expanduser(named), cwd=cwd, discovered=False)
    nearest = _nearest(discovered_maps(environ, cwd) if discovered is None else discovered)
    if nearest is not None:
        return nearest
    own = [path for path in (*_user_maps(environ), _MACHINE) if _is_there(path)]
    return read_map(own[0], cwd=cwd, discovered=False) if own else None


def _nearest(found: Iterable[FoundMap]) -> FoundMap | None:
    nearest = [*islice(found, 2)]
    if len({each.path.parent for each in nearest}) < len(nearest):
        raise UsageError(
            f"{' and '.join(each.source.path for each in nearest)} both map this project's names",
            reference=Reason.MAP_INVALID,
            context=[str(each.path) for each in nearest],
            hint="Keep one of them; or say which: --map FILE.",
        )
    return nearest[0] if nearest else None


def discovered_maps(environ: Mapping[str, str], cwd: Path) -> Iterator[FoundMap]:
    """The files from the working directory up, nearest first: they came with a checkout.

    Raises:
        UsageError: `map-invalid`: one cannot be read, or others may write it.
    """
    for directory in _upwards(cwd, environ):
        for path in _in_directory(directory):
            yield read_map(path, cwd=cwd, discovered=True)


def standing_maps(environ: Mapping[str, str], cwd: Path) -> Iterator[FoundMap]:
    """The machine's and the user's own file, of which what is enforced always holds.

    Raises:
        UsageError: `map-invalid`: one cannot be read, or others may write it.
    """
    for path in (_MACHINE, *_user_maps(environ)):
        if _is_there(path):
            yield read_map(path, cwd=cwd, discovered=False)


def read_map(path: Path, *, cwd: Path, discovered: bool) -> FoundMap:
    """The bytes of a mapping file, if it may be believed.

    Raises:
        UsageError: `map-invalid`: it cannot be read, or others may write it.
    """
    source = map_source(path, cwd=cwd, discovered=discovered)
    return FoundMap(path=path, raw=_read(path), source=source)


def map_source(path: Path, *, cwd: Path, discovered: bool) -> MapSource:
    """What a mapping file at this place may say of itself."""
    from xpip.core.mapping_file import MapSource

    return MapSource(
        path=_shown(path, cwd),
        directory=path.absolute().parent.as_posix(),
        discovered=discovered,
    )


def _shown(path: Path, cwd: Path) -> str:
    """Below the working directory, its relative path: shorter, and the same on every machine."""
    return path.relative_to(cwd).as_posix() if path.is_relative_to(cwd) else str(path)


def _is_there(path: Path) -> bool:
    """Whatever has its name counts: a map that cannot be read must not mean that there is none."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        # Behind a directory that is closed to this user may be what his administrator enforces.
        raise _unbelievable(path, error.strerror or str(error)) from None
    # Opening a pipe would wait for ever.
    if os.path.exists(path) and not os.path.isfile(path):
        raise _unbelievable(path, "it is not a regular file")
    return True


def _upwards(cwd: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """From here to the repository's root or the home directory; outside both, here alone."""
    home = environ.get("HOME")
    # The working directory is known by its real path, a home directory by any.
    ends = [Path(home), Path(os.path.realpath(home))] if home else []
    chain = [cwd, *cwd.parents]
    root = next((each for each in chain if os.path.lexists(each / ".git") or each in ends), cwd)
    for directory in chain:
        yield directory
        if directory == root:
            return


def _in_directory(directory: Path) -> Iterator[Path]:
    for name in _NAMES:
        if _is_there(directory / name):
            yield directory / name
    project = directory / _PROJECT
    try:
        holds = _is_there(project) and _holds_map(project.read_bytes())
    except OSError as error:
        raise _unbelievable(project, error.strerror or str(error)) from None
    if holds:
        yield project


def _holds_map(raw: bytes) -> bool:
    from xpip.core.mapping_file import holds_map

    return holds_map(raw)


def _user_maps(environ: Mapping[str, str]) -> Iterator[Path]:
    configured, home = environ.get("XDG_CONFIG_HOME"), environ.get("HOME")
    # XDG Base Directory Specification: one that is not absolute does not count. It would also make
    # a file of the checkout the user's own.
    configured = configured if configured and os.path.isabs(configured) else None
    if configured or home:
        base = Path(configured) if configured else Path(home or "", ".config")
        yield base / "xpip" / "xpip.toml"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            _check_owner(os.fstat(file.fileno()), path)
            return file.read()
    except OSError as error:
        raise _unbelievable(path, error.strerror or str(error)) from None


def _check_owner(status: os.stat_result, path: Path) -> None:
    if os.name == "nt":
        return
    if status.st_uid not in (os.getuid(), 0):
        raise _unbelievable(path, "it belongs to another user")
    if status.st_mode & stat.S_IWOTH:
        raise _unbelievable(path, "every user of this machine may write it")


def _a_url(named: str, where: str) -> UsageError:
    return UsageError(
        f"{redacted(named)} is a URL, and a mapping file is read from a disk",
        reference=Reason.MAP_INVALID,
        context=[where],
        hint="A file of your own may extend it: extends = [{url = …, sha256 = …}].",
    )


def _unbelievable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"The mapping file cannot be used: {why}",
        reference=Reason.MAP_INVALID,
        context=[str(path)],
        hint="`chmod o-w` and an owner of your own, or --no-map." if "write" in why else None,
    )
