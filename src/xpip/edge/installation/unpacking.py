"""A wheel file → a tree of its files, and the manifest of that.

Decides how the tree lies on disk: a directory for each scheme, and files that nobody may write,
because environments share them. Does not know where the tree is kept. Loads `installer`: import
it when there is a wheel to unpack.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from installer import install
from installer.destinations import WheelDestination
from installer.records import RecordEntry
from installer.scripts import Script
from installer.utils import Scheme
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.facts import CoreMetadata
from xpip.core.metadata import parse_metadata
from xpip.core.unpacked import LauncherScript, UnpackedDirectory, UnpackedWheel
from xpip.edge.installation.recording import record_hash, record_text
from xpip.edge.installation.wheels import open_wheel
from xpip.errors import InstallationError, Reason

_READ_ONLY = 0o555
"""A file that several environments share must not be written in place: what is done to one would
be done to all, and to the cache (I12)."""

if TYPE_CHECKING:
    import io

    from installer.scripts import ScriptSection

_CHUNK = 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


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
        install(source, tree, {})
        metadata = parse_metadata(source.metadata)
    assert isinstance(metadata, CoreMetadata)  # open_wheel has looked
    return UnpackedWheel(
        project=project,
        version=version,
        size=path.stat().st_size,
        metadata=metadata,
        root=tree.root,
        info=source.dist_info_dir,
        directories=tree.directories,
        launchers=tuple(tree.launchers),
        rewritten=tuple(tree.rewritten),
    )


class _Tree(WheelDestination):
    """Where `installer` puts a wheel's files when it installs them nowhere yet."""

    def __init__(self, directory: str, project: NormalizedName, *, shared: bool) -> None:
        self._directory = directory
        self._project = project
        self._shared = shared
        self._made = {directory}
        self._noted: dict[tuple[str, str], _Noted] = {}
        self.launchers: list[LauncherScript] = []
        self.rewritten: list[str] = []
        self.root = ""

    @property
    def directories(self) -> tuple[UnpackedDirectory, ...]:
        """What was written."""
        return tuple(noted.finished(*key) for key, noted in self._noted.items())

    def write_script(
        self, name: str, module: str, attr: str, section: ScriptSection
    ) -> RecordEntry:
        """Remember a script: each environment gets its own."""
        made = Script(name, module, attr, section).generate("python", "posix")[1]
        self.launchers.append(
            LauncherScript(
                name=name,
                module=module,
                attribute=attr,
                section=section,
                body=made.partition(b"\n")[2].decode("utf-8"),
            )
        )
        return RecordEntry(name, None, None)

    def write_file(
        self,
        scheme: Scheme,
        path: str | os.PathLike[str],
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - as in installer
    ) -> RecordEntry:
        """Write a member, and note it."""
        name = os.fspath(path)
        first = stream.read(_CHUNK)
        if scheme == "scripts" and first.startswith(b"#!python"):
            # Binary distribution format: the first line then names the interpreter instead.
            self.rewritten.append(name)
        chunks = chain([first], iter(lambda: stream.read(_CHUNK), b""))
        self._write(scheme, name, chunks, 0o777 if is_executable else 0o666)
        return RecordEntry(name, None, None)

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        """RECORD is written where the wheel is installed."""
        self.root = scheme

    def _write(self, scheme: str, path: str, chunks: Iterable[bytes], mode: int) -> None:
        parent, _, name = path.rpartition("/")
        directory = "/".join(filter(None, (self._directory, scheme, parent)))
        if self._shared:
            mode &= _READ_ONLY
        try:
            self._make(directory)
            descriptor = os.open(f"{directory}/{name}", _NEW, mode)
        except FileExistsError as error:
            raise InstallationError(
                f"the wheel of {self._project} holds one file twice",
                context=(path,),
                reference=Reason.WHEEL_INVALID,
            ) from error
        hasher = hashlib.sha256()
        with open(descriptor, "wb", buffering=0) as file:
            for chunk in chunks:
                hasher.update(chunk)
                _write_all(file, chunk)
            status = _settled(descriptor, mode) if self._shared else os.fstat(descriptor)
        noted = self._noted.setdefault((scheme, parent), _Noted())
        noted.add(name, path, hasher.digest(), status)

    def _make(self, directory: str) -> None:
        if directory not in self._made:
            self._make(os.path.dirname(directory))
            os.mkdir(directory, 0o700)
            self._made.add(directory)


class _Noted:
    """What is known of the files of one directory."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._stats: list[os.stat_result] = []
        self._rows: list[tuple[str, str, int]] = []

    def add(self, name: str, path: str, digest: bytes, status: os.stat_result) -> None:
        self._names.append(name)
        self._stats.append(status)
        self._rows.append((path, record_hash(digest), status.st_size))

    def finished(self, scheme: str, path: str) -> UnpackedDirectory:
        return UnpackedDirectory(
            scheme=scheme,
            path=path,
            names=self._names,
            rows=record_text(self._rows),
            sizes=[each.st_size for each in self._stats],
            times=[each.st_mtime_ns for each in self._stats],
            inodes=[each.st_ino for each in self._stats],
            modes=[each.st_mode for each in self._stats],
        )


def _write_all(file: io.FileIO, chunk: bytes) -> None:
    written = file.write(chunk)
    while written < len(chunk):
        written += file.write(memoryview(chunk)[written:])


def _settled(descriptor: int, mode: int) -> os.stat_result:
    """The file's status, once nobody may write it, whatever this run's umask."""
    status = os.fstat(descriptor)
    if os.name != "nt" and stat.S_IMODE(status.st_mode) != mode:
        os.fchmod(descriptor, mode)
        status = os.fstat(descriptor)
    return status
