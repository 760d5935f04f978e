"""An unpacked wheel: what lies in its tree, what RECORD says of it, and how that is remembered.

Says which files go where, and by what a changed one is noticed. Reads no tree and writes none;
what a wheel must fulfil to be unpacked at all is decided where that is done.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder, encode
from packaging.version import Version

from xpip.core.facts import CoreMetadata
from xpip.core.kept_metadata import load_metadata, looks_kept
from xpip.core.names import NormalizedName, canonicalize_name

_UNSAFE = frozenset({"", ".", ".."})


class UnpackedDirectory(Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """The files of a wheel that go to one directory; as lists, because there are many.

    Attributes:
        scheme: the installation scheme's key it belongs to: purelib, scripts …
        path: below the scheme's directory; empty for that itself.
        names: of the files.
        rows: what RECORD says of them, a line each, with paths below the scheme's directory.
        sizes: bytes.
        times: of change, in nanoseconds since the epoch.
        inodes: by which a file that was replaced is noticed.
        modes: type and permissions.
    """

    scheme: str
    path: str
    names: list[str]
    rows: str
    sizes: list[int]
    times: list[int]
    inodes: list[int]
    modes: list[int]

    @property
    def source(self) -> str:
        """The directory in the tree."""
        return f"{self.scheme}/{self.path}" if self.path else self.scheme


class LauncherScript(Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """A script that an entry point asks for.

    Attributes:
        section: "console" or "gui".
        body: what follows the line that names the interpreter, on POSIX.
    """

    name: str
    module: str
    attribute: str
    section: str
    body: str


class UnpackedWheel(Struct, frozen=True, kw_only=True):
    """A wheel that passed every check that does not depend on where it goes.

    Attributes:
        size: bytes of the wheel file.
        stated: what its METADATA says, as it is kept.
        root: where its top goes: purelib or platlib.
        info: name of the .dist-info directory.
        launchers: scripts to generate.
        rewritten: files in `scripts` whose first line is to name the interpreter.
    """

    project: NormalizedName
    version: Version
    size: int
    stated: str
    root: str
    info: str
    directories: tuple[UnpackedDirectory, ...]
    launchers: tuple[LauncherScript, ...] = ()
    rewritten: tuple[str, ...] = ()

    @property
    def metadata(self) -> CoreMetadata | None:
        """What its METADATA says; None where that cannot be read any more."""
        return _metadata(self.stated)


@lru_cache(maxsize=1024)
def _metadata(stated: str) -> CoreMetadata | None:
    return load_metadata(stated.encode())


class WheelTree(Struct, frozen=True, kw_only=True):
    """An unpacked wheel on this disk."""

    directory: str
    wheel: UnpackedWheel


class _Said(Struct, gc=False):
    """A manifest as it is written."""

    project: str
    version: str
    size: int
    metadata: str
    root: str
    info: str
    directories: tuple[UnpackedDirectory, ...]
    launchers: tuple[LauncherScript, ...]
    rewritten: tuple[str, ...]


_DECODER = Decoder(_Said)


def dump_unpacked(wheel: UnpackedWheel) -> bytes:
    """Bytes that `load_unpacked` reads."""
    return encode(
        _Said(
            project=wheel.project,
            version=str(wheel.version),
            size=wheel.size,
            metadata=wheel.stated,
            root=wheel.root,
            info=wheel.info,
            directories=wheel.directories,
            launchers=wheel.launchers,
            rewritten=wheel.rewritten,
        )
    )


def load_unpacked(raw: bytes) -> UnpackedWheel | None:
    """What was dumped; None if these bytes are nothing of the kind."""
    try:
        said = _DECODER.decode(raw)
        if not looks_kept(said.metadata.encode()) or any(map(_leads_astray, said.directories)):
            return None
        return UnpackedWheel(
            project=canonicalize_name(said.project),
            version=Version(said.version),
            size=said.size,
            stated=said.metadata,
            root=said.root,
            info=said.info,
            directories=said.directories,
            launchers=said.launchers,
            rewritten=said.rewritten,
        )
    except (MsgspecError, ValueError, RecursionError):
        return None


def _leads_astray(directory: UnpackedDirectory) -> bool:
    """Whether a file's name is a path."""
    return "/" in "".join(directory.names) or not _UNSAFE.isdisjoint(directory.names)
