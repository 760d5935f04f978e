"""A wheel file → a tree of its files, and the manifest of that.

Decides how the tree lies on disk: a directory for each scheme, and files that nobody may write,
because environments share them. Does not know where the tree is kept. Loads `installer`: import
it when there is a wheel to unpack.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from installer.scripts import Script
from installer.utils import parse_entrypoints
from packaging.version import Version

from xpip.core.facts import CoreMetadata
from xpip.core.kept_metadata import dump_metadata
from xpip.core.metadata import parse_metadata
from xpip.core.names import NormalizedName
from xpip.core.unpacked import LauncherScript, UnpackedDirectory, UnpackedWheel
from xpip.edge.installation.linking import NEW_FILE
from xpip.edge.installation.recording import record_text
from xpip.edge.installation.wheels import CheckedWheel, Member, open_wheel
from xpip.errors import InstallationError, Reason

_READ_ONLY = 0o555
"""A file that several environments share must not be written in place: what is done to one would
be done to all, and to the cache (I12)."""


def unpack_wheel(
    path: Path, *, project: NormalizedName, version: Version, into: str, shared: bool
) -> UnpackedWheel:
    """Unpack a wheel to a directory yet to be made, every member verified.

    Args:
        shared: whether environments are to share the files, so that nobody may write them; else
            they have the permissions of any new file.

    Raises:
        InstallationError: `wheel-invalid`, or `disk` where the wheel cannot be read.
        OSError: the tree cannot be written.
    """
    os.mkdir(into, 0o700)
    with open_wheel(path, project=project, version=version) as source:
        tree = _Tree(into, project, shared=shared)
        for member in source.members():
            tree.write(member)
        launchers = tuple(_launchers(source))
        metadata = parse_metadata(source.metadata)
    assert isinstance(metadata, CoreMetadata)  # open_wheel has looked
    return UnpackedWheel(
        project=project,
        version=version,
        size=path.stat().st_size,
        stated=dump_metadata(metadata).decode(),
        root=source.root,
        info=source.dist_info_dir,
        directories=tree.directories,
        launchers=launchers,
        rewritten=tuple(tree.rewritten),
    )


def _launchers(source: CheckedWheel) -> Iterator[LauncherScript]:
    """What its entry points ask for; each environment gets scripts of its own."""
    if "entry_points.txt" not in source.dist_info_filenames:
        return
    for name, module, attribute, section in parse_entrypoints(
        source.read_dist_info("entry_points.txt")
    ):
        made = Script(name, module, attribute, section).generate("python", "posix")[1]
        yield LauncherScript(
            name=name,
            module=module,
            attribute=attribute,
            section=section,
            body=made.partition(b"\n")[2].decode("utf-8"),
        )


class _Tree:
    """Where a wheel's files are written when they are installed nowhere yet."""

    def __init__(self, directory: str, project: NormalizedName, *, shared: bool) -> None:
        self._directory = directory
        self._project = project
        self._shared = shared
        self._allowed = _READ_ONLY if shared else 0o777
        self._made = {directory}
        self._noted: dict[tuple[str, str], _Noted] = {}
        self.rewritten: list[str] = []

    @property
    def directories(self) -> tuple[UnpackedDirectory, ...]:
        """What was written."""
        return tuple(noted.finished(*key) for key, noted in self._noted.items())

    def write(self, member: Member) -> None:
        """Write a member, and note it."""
        scheme, parent, name, executable, contents = member
        mode = (0o777 if executable else 0o666) & self._allowed
        pieces: Iterator[bytes] = iter(())
        # One that is not as promised leaves no file.
        if contents.is_large:
            pieces = iter(contents)
            first = next(pieces, b"")
        else:
            first = contents.whole()
        if scheme == "scripts" and first.startswith(b"#!python"):
            # Binary distribution format: the first line then names the interpreter instead.
            self.rewritten.append(member.path)
        try:
            noted = self._noted.get((scheme, parent)) or self._make_noted(scheme, parent)
            descriptor = os.open(noted.directory + name, NEW_FILE, mode)
        except FileExistsError as error:
            raise self._twice(member.path) from error
        try:
            _write_all(descriptor, first)
            for piece in pieces:
                _write_all(descriptor, piece)
            status = os.fstat(descriptor)
            if self._shared and status.st_mode & 0o7777 != mode:
                status = _settled(descriptor, mode)
        finally:
            os.close(descriptor)
        noted.add(name, contents.sha256, status)

    def _twice(self, path: str) -> InstallationError:
        return InstallationError(
            f"the wheel of {self._project} holds one file twice",
            context=(path,),
            reference=Reason.WHEEL_INVALID,
        )

    def _make_noted(self, scheme: str, parent: str) -> _Noted:
        directory = "/".join(filter(None, (self._directory, scheme, parent)))
        self._make(directory)
        noted = self._noted[scheme, parent] = _Noted(f"{directory}/")
        return noted

    def _make(self, directory: str) -> None:
        if directory not in self._made:
            self._make(os.path.dirname(directory))
            os.mkdir(directory, 0o700)
            self._made.add(directory)


class _Noted:
    """What is known of the files of one directory; that ends with a slash."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._names: list[str] = []
        self._stats: list[os.stat_result] = []
        self._hashes: list[str] = []

    def add(self, name: str, sha256: str, status: os.stat_result) -> None:
        self._names.append(name)
        self._hashes.append(sha256)
        self._stats.append(status)

    def finished(self, scheme: str, path: str) -> UnpackedDirectory:
        prefix = f"{path}/" if path else ""
        rows = (
            (prefix + name, sha256, status.st_size)
            for name, sha256, status in zip(self._names, self._hashes, self._stats, strict=True)
        )
        return UnpackedDirectory(
            scheme=scheme,
            path=path,
            names=self._names,
            rows=record_text(rows),
            sizes=[each.st_size for each in self._stats],
            times=[each.st_mtime_ns for each in self._stats],
            inodes=[each.st_ino for each in self._stats],
            modes=[each.st_mode for each in self._stats],
        )


def _write_all(descriptor: int, piece: bytes) -> None:
    written = os.write(descriptor, piece)
    while written < len(piece):
        written += os.write(descriptor, memoryview(piece)[written:])


def _settled(descriptor: int, mode: int) -> os.stat_result:
    """The file's status, once nobody may write it, whatever this run's umask."""
    if os.name != "nt":
        os.fchmod(descriptor, mode)
    return os.fstat(descriptor)
