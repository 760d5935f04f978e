"""Archives of sources → directories.

Decides what an archive may put on disk: files, directories and links that stay in the one
directory given, within limits of size and number (source distribution format, "Unpacking without
the data filter"; PEP 706, PEP 721). The rules are xpip's own and hold for tar and zip alike;
tarfile's data filter comes on top of them. May not know whence the archive came.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from msgspec import Struct

from xpip.core.member_names import folded, is_too_long
from xpip.core.zip_layout import open_zip
from xpip.edge.building.archives import is_zip, open_tar, tar_members
from xpip.errors import InstallationError, Reason

_LONGEST_COMMENT = 256
_LONGEST_LINK = 4096
_SHOWN = 100
# What gzip, bz2 and tarfile raise of their own has no number; names may be no file system's.
_OF_THE_ARCHIVE = frozenset({None, errno.ENAMETOOLONG, errno.EILSEQ})
_PROJECT_FILES = ("pyproject.toml", "setup.py")


class Limits(Struct, frozen=True, kw_only=True):
    """How much an archive may put on disk: bytes in all, and members of any kind."""

    size: int = 4 * 1024**3
    members: int = 200_000


def unpack_sdist(archive: Path, directory: Path, *, limits: Limits) -> Path:
    """Unpack a source distribution; returns its top directory, below `directory`.

    It holds exactly one top-level directory (source distribution format, "Source
    distribution archive format"). Suffixes: .tar.gz, and as legacy .tgz, .tar.bz2, .tar.xz, .zip.

    Args:
        directory: where to; made if it is not there, and holding nothing. What a failure leaves
            in it is the caller's to remove.

    Raises:
        InstallationError: `wheel-invalid`, where the archive may not be unpacked; `disk`.
    """
    tops = _unpack(archive, directory, limits)
    with _unpacking(archive):
        if len(tops) != 1 or not (directory / min(tops)).is_dir():
            shown = ", ".join(sorted(tops)[:5]) or "nothing"
            raise _RefusedError(
                f"a source distribution holds one directory and nothing beside it, this: {shown}"
            )
    return directory / tops.pop()


def unpack_archive(archive: Path, directory: Path, *, limits: Limits) -> Path:
    """Unpack an archive that a direct reference names; returns the directory of the project.

    As `unpack_sdist`, but a project may lie at the archive's top.
    """
    tops = _unpack(archive, directory, limits)
    at_top = any((directory / name).is_file() for name in _PROJECT_FILES)
    if len(tops) == 1 and not at_top and (directory / min(tops)).is_dir():
        return directory / tops.pop()
    return directory


class _RefusedError(ValueError):
    """A rule that the archive breaks."""


class _Kind(Enum):
    FILE = auto()
    DIRECTORY = auto()
    SYMLINK = auto()
    HARD_LINK = auto()


class _Member(Struct, frozen=True, kw_only=True):
    """One member, whatever the archive's format; `link` is where a link leads, as written."""

    name: str
    kind: _Kind
    size: int
    link: str = ""


def _unpack(archive: Path, directory: Path, limits: Limits) -> set[str]:
    """Unpack all, or raise; returns the names at the top."""
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError as error:
        raise _disk(archive, error) from error
    with _unpacking(archive):
        gate = _Gate(limits)
        (_unpack_zip if is_zip(archive) else _unpack_tar)(archive, directory, gate)
        return gate.tops


def _unpack_tar(archive: Path, directory: Path, gate: _Gate) -> None:
    if not hasattr(tarfile, "data_filter"):
        # Source distribution format: "MUST use tarfile.data_filter" or equal it; PEP 706 came
        # to 3.11 with 3.11.4.
        raise _RefusedError("this Python cannot unpack archives safely; 3.11.4 and newer can")
    # Whatever the headers claim, not more than this is unpacked: a header may itself be a bomb.
    with open_tar(archive, limit=2 * gate.limits.size) as tar:
        for item in tar_members(tar):
            if gate.admit(_tar_member(item)):
                tar.extract(item, directory, set_attrs=True, filter="data")


def _tar_member(item: tarfile.TarInfo) -> _Member:
    kinds = (
        (item.isfile, _Kind.FILE),
        (item.isdir, _Kind.DIRECTORY),
        (item.issym, _Kind.SYMLINK),
        (item.islnk, _Kind.HARD_LINK),
    )
    for is_of, kind in kinds:
        if is_of():
            link = item.linkname if kind in {_Kind.SYMLINK, _Kind.HARD_LINK} else ""
            return _Member(name=item.name, kind=kind, size=item.size, link=link)
    raise _RefusedError(f"{item.name!r} is a device or another special file")


def _unpack_zip(archive: Path, directory: Path, gate: _Gate) -> None:
    with open(archive, "rb") as file, open_zip(file, comment=_LONGEST_COMMENT) as contents:
        for item in contents.infolist():
            member = _zip_member(contents, item)
            if gate.admit(member):
                _write_zip_member(contents, item, member, directory)


def _zip_member(contents: ZipFile, item: ZipInfo) -> _Member:
    mode = item.external_attr >> 16
    if item.filename != item.orig_filename.replace(os.sep, "/"):
        raise _RefusedError(f"{item.orig_filename!r} is no path that an archive may hold")
    if item.is_dir():
        return _Member(name=item.filename, kind=_Kind.DIRECTORY, size=0)
    if stat.S_ISLNK(mode):
        if item.file_size > _LONGEST_LINK:
            raise _RefusedError(f"{item.filename!r} is a link of {item.file_size} bytes")
        link = os.fsdecode(contents.read(item))
        return _Member(name=item.filename, kind=_Kind.SYMLINK, size=item.file_size, link=link)
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise _RefusedError(f"{item.filename!r} is a device or another special file")
    return _Member(name=item.filename, kind=_Kind.FILE, size=item.file_size)


def _write_zip_member(contents: ZipFile, item: ZipInfo, member: _Member, directory: Path) -> None:
    path = os.path.join(directory, member.name)
    if member.kind is _Kind.DIRECTORY:
        os.makedirs(path, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        # As in a tar archive, the later of two members stands; nothing is written through a link.
        os.unlink(path)
    if member.kind is _Kind.SYMLINK:
        os.symlink(member.link, path)
        return
    mode = 0o777 if (item.external_attr >> 16) & 0o111 else 0o666
    with contents.open(item) as source, os.fdopen(_create(path, mode), "wb") as target:
        shutil.copyfileobj(source, target)


def _create(path: str, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


class _Gate:
    """Lets members in, one after another, or refuses the archive."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tops: set[str] = set()
        self._size = self._members = 0
        self._kinds: dict[str, _Kind] = {}
        self._links: set[str] = set()

    def admit(self, member: _Member) -> bool:
        """Whether there is something to write: not for the archive's own root.

        Raises:
            _RefusedError: a rule is broken.
        """
        self._count(member)
        parts = _parts(member.name)
        if not parts:
            return False
        self.tops.add(parts[0])
        for length in range(1, len(parts)):
            self._place(member.name, parts[:length], _Kind.DIRECTORY)
        if member.kind is _Kind.SYMLINK:
            _check_symlink(member, depth=len(parts) - 1)
            self._links.add(folded("/".join(parts)))
        if member.kind is _Kind.HARD_LINK and not self._is_file(member.link):
            raise _RefusedError(f"{member.name!r} is a link to no file before it")
        self._place(member.name, parts, member.kind)
        return True

    def _count(self, member: _Member) -> None:
        self._members += 1
        self._size += member.size
        if self._members > self.limits.members:
            raise _RefusedError(f"it has more than {self.limits.members} members")
        if self._size > self.limits.size:
            raise _RefusedError(f"it unpacks to more than {self.limits.size} bytes")

    def _place(self, name: str, parts: tuple[str, ...], kind: _Kind) -> None:
        """Note what a path is. A later member may replace an earlier one, but no directory."""
        if kind is _Kind.DIRECTORY and folded("/".join(parts)) in self._links:
            raise _RefusedError(f"{name!r} would be written through a link")
        path = "/".join(parts)
        before = self._kinds.setdefault(path, kind)
        if (before is _Kind.DIRECTORY) is not (kind is _Kind.DIRECTORY):
            raise _RefusedError(f"{path!r} is a directory and something else")
        self._kinds[path] = kind

    def _is_file(self, name: str) -> bool:
        return self._kinds.get("/".join(_parts(name))) in {_Kind.FILE, _Kind.HARD_LINK}


def _parts(name: str) -> tuple[str, ...]:
    """The directories and the last name of a member's path; none for the root itself."""
    if name.startswith("/") or os.path.isabs(name) or os.path.splitdrive(name)[0]:
        raise _RefusedError(f"{name!r} is an absolute path")
    if is_too_long(name):
        raise _RefusedError(f"{name[:_SHOWN]!r}… is a longer or deeper path than may be")
    parts = tuple(part for part in name.replace(os.sep, "/").split("/") if part not in {"", "."})
    if ".." in parts or "\0" in name:
        raise _RefusedError(f"{name!r} is no path that an archive may hold")
    return parts


def _check_symlink(member: _Member, *, depth: int) -> None:
    """A link may lead up within the archive's directory, then down, and never up again.

    No member lies behind a link, so the directories it leads up through are real ones. What it
    leads down through may be links, which stay inside by this same rule. A `..` after such a
    link would start from a place that the path does not show.
    """
    if os.path.isabs(member.link) or os.path.splitdrive(member.link)[0]:
        raise _RefusedError(f"{member.name!r} is a link to an absolute path")
    parts = [part for part in member.link.replace(os.sep, "/").split("/") if part not in {"", "."}]
    upwards = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    if upwards > depth or ".." in parts[upwards:] or "\0" in member.link:
        raise _RefusedError(f"{member.name!r} is a link that may lead out of the archive")


@contextmanager
def _unpacking(archive: Path) -> Iterator[None]:
    try:
        yield
    except InstallationError:
        raise
    except OSError as error:
        if error.errno in _OF_THE_ARCHIVE:
            raise _refused(archive, str(error)) from error
        raise _disk(archive, error) from error
    except Exception as error:
        # Archives can be broken in more ways than their modules have exceptions for.
        raise _refused(archive, str(error) or type(error).__name__) from error


def _disk(archive: Path, error: OSError) -> InstallationError:
    message = f"{archive.name} cannot be unpacked: {error.strerror or error}"
    where = [str(error.filename)] if error.filename else []
    return InstallationError(message, context=where, reference=Reason.DISK)


def _refused(archive: Path, detail: str) -> InstallationError:
    return InstallationError(
        f"{archive.name} may not be unpacked",
        context=(detail, "An archive of sources is held to rules, as a wheel is."),
        reference=Reason.WHEEL_INVALID,
    )
