"""How things are written that are kept between runs, where they may be, and how they are read.

Below the cache's directory: a directory for each kind, in it one for each project, by its name,
and in that the entries, whose names are digests of all that they are found by.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NEW = ".new-"
"""What is being written is called so, until it is whole; no project is."""

_DAY = 86400
LOCK = ".lock"
"""Held by whoever uses the cache."""

STAMP = ".tidied"
"""Was written when somebody last tidied up."""

SEAL = 32
"""Bytes of the digest that stands before content."""
_BUFFER = 1 << 20
"""Bytes that are written at once."""
_PLAIN = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_DEVICES = ("con", "prn", "aux", "nul")
_TAKEN = frozenset([*_DEVICES, *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))])
_SHARED = stat.S_IWGRP | stat.S_IWOTH


def is_private(directory: Path, *, make: bool = True) -> bool:
    """Whether a directory is this user's, and nobody else may write it or have put it there.

    Args:
        make: whether it is made where it is not there.
    """
    try:
        if make:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "nt":
            return directory.is_dir()
        status = os.stat(directory)
        # A link is as good as whoever laid it.
        is_own = {status.st_uid, os.lstat(directory).st_uid} == {os.getuid()}
    except OSError:
        return False
    return is_own and stat.S_ISDIR(status.st_mode) and not status.st_mode & _SHARED


def drawer(project: str) -> str:
    """What a project's directory is called: like the project, where every system takes that."""
    if _PLAIN.fullmatch(project) and project not in _TAKEN:
        return project
    return f"_{digest_of(project)}"


def digest_of(*said: str) -> str:
    """A name for what is found under exactly these texts."""
    joined = "\n".join(f"{len(each)} {each}" for each in said)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def seal(content: bytes) -> bytes:
    """Content with its digest, by which a damaged byte shows."""
    return hashlib.sha256(content).digest() + content


def is_sealed(raw: bytes) -> bool:
    """Whether this is what was sealed; the content begins after `SEAL` bytes."""
    return hashlib.sha256(memoryview(raw)[SEAL:]).digest() == raw[:SEAL]


def read_own(path: Path) -> bytes | None:
    """A file that only this user can have written; None where there is none."""
    found = _read(path, lambda size: (0, size))
    return found[0] if found is not None else None


def read_end(path: Path, length: int) -> tuple[bytes, int] | None:
    """The last bytes of such a file, so many at most, and how many it has in all."""
    return _read(path, lambda size: (max(0, size - length), size))


def read_part(path: Path, start: int, end: int) -> bytes:
    """The bytes of such a file from one place to another, or those of them that it has.

    Another run may have put another file there since.
    """
    found = _read(path, lambda _: (start, end))
    return found[0] if found is not None else b""


def _read(path: Path, part_of: Callable[[int], tuple[int, int]]) -> tuple[bytes, int] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _BINARY)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not is_own(status):
            return None
        mark_used(path, status)
        start, end = part_of(status.st_size)
        if start:
            os.lseek(descriptor, start, os.SEEK_SET)
        return _whole(descriptor, end - start), status.st_size
    except OSError:
        return None
    finally:
        os.close(descriptor)


def change_end(path: Path, start: int, size: int, end: bytes) -> None:
    """Write other bytes over the last ones of such a file, if it still has as many as it had.

    In place, and so not for what is believed unsealed: who reads it meanwhile may see half of it.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | _BINARY)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and is_own(status) and status.st_size == size:
            os.lseek(descriptor, start, os.SEEK_SET)
            os.write(descriptor, end)
    finally:
        os.close(descriptor)


def _whole(descriptor: int, length: int) -> bytes:
    """So many bytes, or as many as there are: one call need not read all of them."""
    parts = [os.read(descriptor, length)]
    while parts[-1] and (length := length - len(parts[-1])):
        parts.append(os.read(descriptor, length))
    return parts[0] if len(parts) == 1 else b"".join(parts)


_BINARY = getattr(os, "O_BINARY", 0)


def is_own(status: os.stat_result) -> bool:
    """Whether nobody else could have written what has this status."""
    return os.name == "nt" or (status.st_uid == os.getuid() and not status.st_mode & _SHARED)


def mark_used(path: Path, status: os.stat_result) -> None:
    """Remember that an entry is of use, once a day: its time of change says when it last was."""
    if abs(time.time() - status.st_mtime) > _DAY:
        with suppress(OSError):
            os.utime(path)


def make_room(place: Path) -> None:
    """Make the directories that an entry lies in; each is its user's alone."""
    with suppress(FileNotFoundError):
        place.parent.mkdir(mode=0o700, exist_ok=True)
        return
    for directory in (place.parents[2], place.parents[1], place.parent):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_whole(path: Path, *content: bytes | memoryview) -> bool:
    """Write a file beside its place and rename it: another run sees all of it, or nothing.

    A directory that cannot be written keeps nothing, and is no error.

    Returns:
        Whether it is there.
    """
    with suppress(OSError):
        descriptor, name = _begin(path)
        try:
            # A page can have thousands of parts: each call lets go of the interpreter.
            with os.fdopen(descriptor, "wb", _BUFFER) as file:
                file.writelines(content)
            os.replace(name, path)
        except BaseException:
            remove(Path(name))
            raise
        return True
    return False


def write_sealed(path: Path, *content: bytes | memoryview) -> None:
    """Write content with its digest before it, as `write_whole` does."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    write_whole(path, digest.digest(), *content)


def add_line(path: Path, line: bytes, *, largest: int) -> None:
    """Add a line to a file that only this user can have written, and make it where there is none.

    Where a file cannot be written, or is another's, nothing is kept, and it is no error. One that
    is too large begins anew.
    """
    line += b"\n"
    with suppress(OSError):
        descriptor = _open_to_add(path)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not is_own(status):
                return
            if status.st_size + len(line) > largest:
                os.ftruncate(descriptor, 0)
            # In one call: what several runs add at once is not mixed.
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def _open_to_add(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | _BINARY
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        make_room(path)
        return os.open(path, flags, 0o600)


def _begin(path: Path) -> tuple[int, str]:
    """A new file beside a place, open to be written, and what it is called."""
    name = f"{path.parent}{os.sep}{NEW}{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | _BINARY
    try:
        return os.open(name, flags, 0o600), name
    except FileNotFoundError:
        make_room(path)
        return os.open(name, flags, 0o600), name


def is_due(directory: Path) -> bool:
    """Whether nobody has tidied up for a day; from now on somebody has.

    What is written on the day on which the cache is made is nothing to be tidied up yet.
    """
    stamp = directory / STAMP
    was_there = False
    with suppress(OSError):
        if abs(time.time() - stamp.lstat().st_mtime) < _DAY:
            return False
        was_there = True
    remove(stamp)
    with suppress(OSError):
        stamp.touch(mode=0o600)
    return was_there


def remove(path: Path) -> None:
    """Remove a file, if it is there and can be."""
    with suppress(OSError):
        path.unlink()
