"""Wheels → an environment, all or nothing: stage, check, then move in.

May not know how a wheel is judged, where its files may be, nor how a change is undone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from msgspec import Struct, field
from packaging.version import Version

from xpip.core.facts import InstalledDistribution
from xpip.core.names import NormalizedName
from xpip.core.unpacked import WheelTree
from xpip.core.values import Abridged
from xpip.edge.installation.changes import EnvironmentChange, environment_change
from xpip.edge.installation.linking import LinkMode
from xpip.edge.installation.staging import Staging


class WheelToInstall(Abridged, frozen=True, kw_only=True):
    """A wheel on disk, and what is to be recorded of its installation.

    Attributes:
        path: the wheel; nobody looks there if it has a tree.
        tree: the wheel unpacked, to be shared with other environments.
        requested: whether the user named it (PEP 376's REQUESTED).
        may_overwrite: whether its files may take the place of others' (semantics 7.2).
        dist_info_files: further files for the .dist-info: names and contents.
    """

    unshown: ClassVar = ("dist_info_files",)

    path: Path
    project: NormalizedName
    version: Version
    requested: bool
    tree: WheelTree | None = None
    may_overwrite: bool = False
    dist_info_files: Mapping[str, bytes] = field(default_factory=dict)


class Manner(Struct, frozen=True, kw_only=True):
    """How wheels are installed.

    Attributes:
        link_mode: how files get out of shared trees.
        compile_bytecode: whether the target's interpreter shall compile what was installed.
    """

    link_mode: LinkMode = LinkMode.HARDLINK
    compile_bytecode: bool = False


def install_wheels(
    wheels: Sequence[WheelToInstall],
    *,
    prefix: str,
    scheme: Mapping[str, str],
    executable: str,
    replaced: Sequence[InstalledDistribution],
    on_installed: Callable[[NormalizedName], None] = lambda _: None,
    manner: Manner | None = None,
) -> None:
    """Install all of these wheels in place of `replaced`, or change nothing.

    Hold `environment_lock` meanwhile.

    Args:
        prefix: a directory on the file system of the scheme's directories.
        scheme: absolute paths of purelib, platlib, scripts, data, and of headers: the directory
            above a project's own.
        executable: the target's interpreter.
        on_installed: told of each project once its files are in place; they may yet be undone.

    Raises:
        InstallationError: `wheel-invalid`, `file-collision` or `disk`.
    """
    # pip 26.3: import all that is needed before anything is there that could be imported instead.
    manner = manner or Manner()
    compile_files = _compiler(executable) if manner.compile_bytecode else None
    with environment_change(prefix, scheme=scheme) as change:
        staging = Staging(change, scheme, executable, manner.link_mode)
        # What may overwrite others is placed first, and then stays: whatever order they come in.
        for wheel in sorted(wheels, key=lambda each: not each.may_overwrite):
            tree = wheel.tree or _unpacked(wheel, change)
            staging.add(wheel, tree, shared=wheel.tree is not None, extra=_extra(wheel))
        leaving = change.files_of(replaced)
        overwritten = staging.collide(frozenset(leaving))
        change.take_out((*leaving, *overwritten))
        change.put_in()
        for wheel in wheels:
            on_installed(wheel.project)
    if compile_files is not None:
        compile_files([path for path in staging.files() if path.endswith(".py")])


def _unpacked(wheel: WheelToInstall, change: EnvironmentChange) -> WheelTree:
    """A tree of the wheel that no other environment has."""
    # It loads `installer`, which takes longer than linking a hundred wheels.
    from xpip.edge.installation.unpacking import unpack_wheel

    os.makedirs(change.unpacked, exist_ok=True)
    directory = os.path.join(change.unpacked, wheel.project)
    unpacked = unpack_wheel(
        wheel.path, project=wheel.project, version=wheel.version, into=directory, shared=False
    )
    return WheelTree(directory=directory, wheel=unpacked)


def _extra(wheel: WheelToInstall) -> dict[str, bytes]:
    found = {**wheel.dist_info_files, "INSTALLER": b"xpip\n"}
    if wheel.requested:
        found["REQUESTED"] = b""
    return found


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
