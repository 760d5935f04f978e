"""Wheels → an environment, all or nothing: stage, check, then move in.

Decides where each file of a wheel goes, and that none goes where another distribution's lies
(semantics 7.2, 7.3). Does not know how a wheel is judged, nor how a change is undone. Loads
`installer`: import it when there is work.
"""

from __future__ import annotations

import base64
import filecmp
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.records import Hash, RecordEntry
from installer.scripts import Script
from installer.utils import Scheme, get_launcher_kind, make_file_executable
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.facts import InstalledDistribution
from xpip.core.values import dataclass
from xpip.edge.installation.changes import EnvironmentChange, environment_change
from xpip.edge.installation.wheels import open_wheel
from xpip.errors import InstallationError, Reason

_CHUNK = 1024 * 1024
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelToInstall:
    """A wheel on disk, and what is to be recorded of its installation.

    Attributes:
        requested: whether the user named it (PEP 376's REQUESTED).
        may_overwrite: whether its files may take the place of others' (semantics 7.2).
        dist_info_files: further files for the .dist-info: names and contents.
    """

    path: Path
    project: NormalizedName
    version: Version
    requested: bool
    may_overwrite: bool = False
    dist_info_files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class _StagedFile(NamedTuple):
    """A file that waits beside the environment."""

    staged: str
    target: str
    scheme: str
    project: str
    may_overwrite: bool


def install_wheels(
    wheels: Sequence[WheelToInstall],
    *,
    prefix: str,
    scheme: Mapping[str, str],
    executable: str,
    replaced: Sequence[InstalledDistribution],
    on_installed: Callable[[NormalizedName], None] = lambda _: None,
    compile_bytecode: bool = False,
) -> None:
    """Install all of these wheels in place of `replaced`, or change nothing.

    Hold `environment_lock` meanwhile.

    Args:
        prefix: a directory on the file system of the scheme's directories.
        scheme: absolute paths of purelib, platlib, scripts, data, and of headers: the directory
            above a project's own.
        executable: the target's interpreter.
        on_installed: told of each project once its files are in place; they may yet be undone.
        compile_bytecode: whether the target's interpreter shall compile what was installed.

    Raises:
        InstallationError: `wheel-invalid`, `file-collision` or `disk`.
    """
    # pip 26.3: import all that is needed before anything is there that could be imported instead.
    compile_files = _compiler(executable) if compile_bytecode else None
    with environment_change(prefix, scheme=scheme) as change:
        stagings = []
        for number, wheel in enumerate(wheels):
            directory = os.path.join(change.staging, str(number))
            stagings.append(_Staging.of(wheel, directory, scheme, executable))
            stagings[-1].fill(wheel)
        leaving = change.files_of(replaced)
        placement = _Placement(change, scheme, leaving)
        places = placement.of(file for staging in stagings for file in staging.files)
        change.take_out((*leaving, *placement.overwritten))
        for wheel, staging in zip(wheels, stagings, strict=True):
            for file in staging.files:
                if file.staged in places:
                    change.put_in(file.staged, places[file.staged])
            on_installed(wheel.project)
    if compile_files is not None:
        compile_files([path for path in places.values() if path.endswith(".py")])


@dataclass()
class _Staging(SchemeDictionaryDestination):
    """A tree that looks as the file system will, with the files of one wheel."""

    project: str = ""
    may_overwrite: bool = False
    files: list[_StagedFile] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, wheel: WheelToInstall, directory: str, scheme: Mapping[str, str], executable: str
    ) -> _Staging:
        """An empty one."""
        paths = {name: os.path.abspath(path) for name, path in scheme.items()}
        paths["headers"] = os.path.join(paths["headers"], wheel.project)
        return cls(
            scheme_dict=paths,
            interpreter=executable,
            script_kind=get_launcher_kind(),
            destdir=directory,
            project=wheel.project,
            may_overwrite=wheel.may_overwrite,
        )

    def fill(self, wheel: WheelToInstall) -> None:
        """Unpack the wheel; all its contents are verified when this returns."""
        additional = {**wheel.dist_info_files, "INSTALLER": b"xpip\n"}
        if wheel.requested:
            additional["REQUESTED"] = b""
        with open_wheel(wheel.path, project=wheel.project, version=wheel.version) as source:
            install(source, self, additional)

    def write_file(
        self,
        scheme: Scheme,
        path: str | os.PathLike[str],
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - as in installer
    ) -> RecordEntry:
        """Write a member; one in `scripts` may ask for the target's interpreter."""
        start = b""
        if scheme == "scripts" and (start := stream.read(_CHUNK)).startswith(b"#!python"):
            # Binary distribution format: the first line then names the interpreter instead.
            start = self._first_line() + start.partition(b"\n")[2]
        chunks = chain([start], _chunks(stream))
        return self._write(scheme, os.fspath(path), chunks, is_executable=is_executable)

    def write_to_fs(
        self,
        scheme: Scheme,
        path: str,
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - as in installer
    ) -> RecordEntry:
        """Write a generated file."""
        return self._write(scheme, path, _chunks(stream), is_executable=is_executable)

    def _first_line(self) -> bytes:
        # Where the interpreter's path is long or has spaces, this is more than a line.
        generated = Script("", "", "", "console").generate(self.interpreter, "posix")[1]
        return generated.partition(b"# -*-")[0]

    def _write(
        self, scheme: Scheme, path: str, chunks: Iterable[bytes], *, is_executable: bool
    ) -> RecordEntry:
        target = os.path.join(self.scheme_dict[scheme], path)
        staged = os.path.join(str(self.destdir), os.path.splitdrive(target)[1].lstrip(os.sep))
        hasher, size = hashlib.sha256(), 0
        with self._create(staged) as file:
            for chunk in chunks:
                hasher.update(chunk)
                size += file.write(chunk)
        if is_executable:
            make_file_executable(Path(staged))
        self.files.append(_StagedFile(staged, target, scheme, self.project, self.may_overwrite))
        digest = base64.urlsafe_b64encode(hasher.digest()).decode("ascii").rstrip("=")
        return RecordEntry(path, Hash("sha256", digest), size)

    def _create(self, staged: str) -> BinaryIO:
        directory = os.path.dirname(staged)
        try:
            if directory not in self.made:
                os.makedirs(directory, exist_ok=True)
                self.made.add(directory)
            return open(staged, "xb")
        except (FileExistsError, NotADirectoryError) as error:
            path = os.sep + os.path.relpath(staged, self.destdir)
            raise InstallationError(
                f"the wheel of {self.project} holds one file twice",
                context=(path,),
                reference=Reason.WHEEL_INVALID,
            ) from error


class _Placement:
    """Decides where staged files go, and whether they may.

    Attributes:
        overwritten: files of others, that make room for one that may overwrite them.
    """

    def __init__(
        self, change: EnvironmentChange, scheme: Mapping[str, str], leaving: Sequence[str]
    ) -> None:
        self._change = change
        self._sites = [os.path.realpath(scheme[name]) for name in ("purelib", "platlib")]
        self._leaving = frozenset(leaving)
        self.overwritten: list[str] = []

    def of(self, files: Iterable[_StagedFile]) -> dict[str, str]:
        """Real paths of the files to write: not of those that are there already, byte for byte.

        Raises:
            InstallationError: `file-collision` or `wheel-invalid`.
        """
        placed: dict[str, _StagedFile] = {}
        in_the_way = []
        # What may overwrite others is placed first, and then stays: whatever order they come in.
        for file in sorted(files, key=lambda each: not each.may_overwrite):
            real = self._real_path(file)
            if real in placed:
                _check_shared(placed[real], file)
            elif real in self._leaving or not os.path.lexists(real) or _is_directory(real):
                placed[real] = file
            elif _same_contents(real, file.staged):
                continue
            elif file.may_overwrite:
                placed[real] = file
                self.overwritten.append(real)
            else:
                in_the_way.append((real, file))
        if in_the_way:
            raise self._collision(dict(in_the_way))
        return {file.staged: real for real, file in placed.items()}

    def _real_path(self, file: _StagedFile) -> str:
        real = self._change.resolve(file.target, file.scheme)
        if real is None:
            raise InstallationError(
                f"{file.project} would write where no distribution may",
                context=(f"{file.target} is outside the environment, or keeps it running",),
                reference=Reason.FILE_COLLISION,
            )
        if file.scheme not in {"purelib", "platlib"} and self._is_metadata(real):
            raise InstallationError(
                f"the wheel of {file.project} would write into a .dist-info directory",
                context=(file.target,),
                reference=Reason.WHEEL_INVALID,
            )
        return real

    def _is_metadata(self, real: str) -> bool:
        tops = (real[len(site) + 1 :] for site in self._sites if real.startswith(site + os.sep))
        return any(top.partition(os.sep)[0].lower().endswith(".dist-info") for top in tops)

    def _collision(self, files: Mapping[str, _StagedFile]) -> InstallationError:
        owners = self._change.owners(files.keys())
        lines = [
            f"{real} is {owners.get(real, 'no known distribution')}'s" for real in sorted(files)
        ]
        more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        projects = sorted({file.project for file in files.values()})
        return InstallationError(
            f"{', '.join(projects)} would overwrite files that are not its own",
            context=(*lines[:_SHOWN], *more),
            hint=_overwriting(*projects),
            reference=Reason.FILE_COLLISION,
        )


def _is_directory(path: str) -> bool:
    # It may be empty, and go, once what is replaced is out.
    return os.path.isdir(path) and not os.path.islink(path)


def _check_shared(first: _StagedFile, second: _StagedFile) -> None:
    if not first.may_overwrite and not _same_contents(first.staged, second.staged):
        raise InstallationError(
            f"{first.project} and {second.project} both hold one file, with different contents",
            context=(second.target,),
            hint=_overwriting(second.project),
            reference=Reason.FILE_COLLISION,
        )


def _overwriting(*projects: str) -> str:
    options = " ".join(f"--allow-file-collision {project}" for project in projects)
    return f"{options} lets it: others then find its files where theirs were."


def _same_contents(path: str, staged: str) -> bool:
    return not os.path.islink(path) and filecmp.cmp(path, staged, shallow=False)


def _chunks(stream: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")


def _compiler(executable: str) -> Callable[[Sequence[str]], None]:
    import subprocess

    def compile_files(paths: Sequence[str]) -> None:
        # Without paths compileall would compile all of sys.path. What cannot be compiled (another
        # Python's syntax in a template) is no fault of the installation.
        if paths:
            with suppress(OSError):
                subprocess.run(
                    [executable, "-I", "-S", "-m", "compileall", "-q", "-i", "-"],
                    check=False,
                    input=os.fsencode("\n".join(paths)),
                    capture_output=True,
                )

    return compile_files
