"""Unpacked wheels → one tree beside the environment, that looks as the file system will.

Decides where each file goes, and that none goes where another distribution's lies (semantics 7.2,
7.3). Most is decided directory by directory: a wheel has thousands of files. May not know where
trees come from, nor how a change is undone.
"""

from __future__ import annotations

import csv
import filecmp
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol

from msgspec import Struct

from xpip.core.member_names import is_metadata
from xpip.core.unpacked import UnpackedDirectory, UnpackedWheel, WheelTree
from xpip.edge.installation import scripts
from xpip.edge.installation.changes import EnvironmentChange, in_the_way
from xpip.edge.installation.linking import NEW_FILE, Linker, LinkMode
from xpip.edge.installation.recording import record_row, record_text
from xpip.errors import InstallationError, Reason

_SITES = ("purelib", "platlib")
_SHOWN = 10


class Staged(Protocol):
    """What is to be known of a wheel that is staged."""

    @property
    def project(self) -> str:
        """Whose files they are."""

    @property
    def may_overwrite(self) -> bool:
        """Whether they may take the place of others' (semantics 7.2)."""


class _Claim(NamedTuple):
    """Files of one wheel that are to be in one directory."""

    wheel: Staged
    directory: str
    names: Collection[str]


class _Place(Struct, frozen=True):
    """A directory, and where it is while it waits.

    Attributes:
        exists: whether something is there already.
    """

    real: str
    staged: str
    exists: bool


class Staging:
    """The files of all wheels of a change; those that may overwrite others' come in first.

    Args:
        scheme: absolute paths of purelib, platlib, scripts, data, and of headers: the directory
            above a project's own.
        executable: the target's interpreter.
    """

    def __init__(
        self, change: EnvironmentChange, scheme: Mapping[str, str], executable: str, mode: LinkMode
    ) -> None:
        self._change = change
        self._scheme = {name: os.path.abspath(path) for name, path in scheme.items()}
        self._executable = executable
        os.mkdir(change.staging)
        hidden = 0o777 & ~os.stat(change.staging).st_mode
        self._shared, self._own = Linker(mode, hidden=hidden), Linker(LinkMode.HARDLINK)
        self._sites = [os.path.realpath(scheme[name]) for name in _SITES]
        self._places: dict[str, _Place] = {}
        self._claims: dict[str, list[_Claim]] = {}

    def add(
        self, wheel: Staged, tree: WheelTree, *, shared: bool, extra: Mapping[str, bytes]
    ) -> None:
        """Put a wheel's files where they wait.

        Args:
            shared: whether others use the tree as well.
            extra: further files for its .dist-info.

        Raises:
            InstallationError: `file-collision` or `wheel-invalid`.
        """
        linker = self._shared if shared else self._own
        bases = self._bases(wheel)
        for each in tree.wheel.directories:
            target = _below(bases[each.scheme], each.path)
            names, modes = each.names, each.modes
            if each.scheme == "scripts" and tree.wheel.rewritten:
                names, modes = _without(each, tree.wheel.rewritten)
            if names:
                place = self._enter(wheel, each.scheme, target, names)
                source = _below(tree.directory, each.source)
                for name in linker.place(source, place.staged, zip(names, modes, strict=True)):
                    path = os.path.join(source, name)
                    self._check_shared(wheel, place, name, partial(_same_contents, staged=path))
        self._write(wheel, tree, bases, extra)

    def collide(self, leaving: Collection[str]) -> tuple[str, ...]:
        """Compare with what is there, apart from what is leaving.

        What is there already, byte for byte, is left there.

        Returns:
            Real paths of files of others, that make room for one that may overwrite them.

        Raises:
            InstallationError: `file-collision`.
        """
        overwritten: list[str] = []
        colliding: dict[str, str] = {}
        for directory, claims in self._claims.items():
            place = self._places[directory]
            for claim in claims if place.exists else ():
                for name in claim.names:
                    real = os.path.join(directory, name)
                    staged = os.path.join(place.staged, name)
                    if real in leaving or not os.path.lexists(real) or _is_directory(real):
                        continue
                    if not os.path.lexists(staged) or _same_contents(real, staged):
                        _drop(staged)
                    elif claim.wheel.may_overwrite:
                        overwritten.append(real)
                    else:
                        colliding[real] = claim.wheel.project
        if colliding:
            raise self._collision(colliding)
        return tuple(dict.fromkeys(overwritten))

    def files(self) -> Iterator[str]:
        """Real paths of all files of these wheels."""
        for directory, claims in self._claims.items():
            for claim in claims:
                yield from (os.path.join(directory, name) for name in claim.names)

    def _bases(self, wheel: Staged) -> dict[str, str]:
        headers = os.path.join(self._scheme["headers"], wheel.project)
        return {**self._scheme, "headers": headers}

    def _enter(self, wheel: Staged, scheme: str, target: str, names: Collection[str]) -> _Place:
        """Where the files of a directory wait, if they may be there at all."""
        real, forbidden = self._change.resolve_directory(target, names, scheme)
        if forbidden is not None:
            path = os.path.join(target, forbidden)
            raise InstallationError(
                f"{wheel.project} would write where no distribution may",
                context=(f"{path} is outside the environment, or keeps it running",),
                reference=Reason.FILE_COLLISION,
            )
        if scheme not in _SITES:
            self._check_metadata(wheel, real, target, names)
        place = self._place(real)
        self._claims.setdefault(real, []).append(_Claim(wheel, target, names))
        return place

    def _place(self, real: str) -> _Place:
        place = self._places.get(real)
        if place is None:
            above, name = os.path.split(real)
            if above == real:
                return _Place(real, self._change.staging, exists=True)
            parent = self._places.get(above) or self._place(above)
            staged = f"{parent.staged}{os.sep}{name}"
            try:
                os.mkdir(staged)
            except FileExistsError:
                raise in_the_way(real) from None
            exists = parent.exists and os.path.lexists(real)
            place = self._places[real] = _Place(real, staged, exists)
        return place

    def _check_metadata(
        self, wheel: Staged, real: str, target: str, names: Collection[str]
    ) -> None:
        for name in names:
            path = os.path.join(real, name)
            below = (
                path[len(site) + 1 :] for site in self._sites if path.startswith(site + os.sep)
            )
            if any(is_metadata(top.partition(os.sep)[0]) for top in below):
                raise InstallationError(
                    f"the wheel of {wheel.project} would write metadata where its data goes",
                    context=(os.path.join(target, name),),
                    reference=Reason.WHEEL_INVALID,
                )

    def _check_shared(
        self, wheel: Staged, place: _Place, name: str, is_same: Callable[[str], bool]
    ) -> None:
        """Several wheels may hold one file, if it is the same in all of them."""
        staged, real = os.path.join(place.staged, name), os.path.join(place.real, name)
        first, *others = (each.wheel for each in self._claims[place.real] if name in each.names)
        if not others or _is_directory(staged):
            raise in_the_way(real)
        if first is wheel:
            raise InstallationError(
                f"the wheel of {wheel.project} holds one file twice",
                context=(real,),
                reference=Reason.WHEEL_INVALID,
            )
        if not first.may_overwrite and not is_same(staged):
            raise InstallationError(
                f"{first.project} and {wheel.project} both hold one file, with different contents",
                context=(real,),
                hint=_overwriting(wheel.project),
                reference=Reason.FILE_COLLISION,
            )

    def _write(
        self, wheel: Staged, tree: WheelTree, bases: Mapping[str, str], extra: Mapping[str, bytes]
    ) -> None:
        """Files that each environment gets its own of, RECORD last."""
        root, generated = tree.wheel.root, _generated(tree, self._executable)
        site, runnable = bases[root], bases["scripts"]
        rows = [record_row(_relative(runnable, name, site), text) for name, text in generated]
        for name, content in generated:
            self._create(wheel, "scripts", os.path.join(runnable, name), content, runnable=True)
        info = _below(site, tree.wheel.info)
        for name, content in extra.items():
            self._create(wheel, root, os.path.join(info, name), content)
            rows.append(record_row(f"{tree.wheel.info}/{name}", content))
        path = f"{tree.wheel.info}/RECORD"
        text = _shipped_rows(tree.wheel, bases) + record_text([*rows, (path, "", "")])
        self._create(wheel, root, os.path.join(info, "RECORD"), text.encode())

    def _create(
        self, wheel: Staged, scheme: str, path: str, content: bytes, *, runnable: bool = False
    ) -> None:
        directory, name = os.path.split(path)
        place = self._enter(wheel, scheme, directory, (name,))
        try:
            # The umask takes its share.
            mode = 0o777 if runnable else 0o666
            descriptor = os.open(os.path.join(place.staged, name), NEW_FILE, mode)
        except FileExistsError:
            self._check_shared(wheel, place, name, lambda path: _holds(path, content))
            return
        with open(descriptor, "wb") as file:
            file.write(content)

    def _collision(self, files: Mapping[str, str]) -> InstallationError:
        owners = self._change.owners(files.keys())
        lines = [
            f"{real} is {owners.get(real, 'no known distribution')}'s" for real in sorted(files)
        ]
        more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        projects = sorted({*files.values()})
        return InstallationError(
            f"{', '.join(projects)} would overwrite files that are not its own",
            context=(*lines[:_SHOWN], *more),
            hint=_overwriting(*projects),
            reference=Reason.FILE_COLLISION,
        )


def _generated(tree: WheelTree, executable: str) -> list[tuple[str, bytes]]:
    """Scripts of this environment alone, by their paths below the directory for scripts."""
    found = [scripts.launcher(each, executable) for each in tree.wheel.launchers]
    for path in tree.wheel.rewritten:
        with open(os.path.join(tree.directory, "scripts", path), "rb") as file:
            found.append((path, scripts.rewritten(file.read(), executable)))
    return found


def _shipped_rows(wheel: UnpackedWheel, bases: Mapping[str, str]) -> str:
    """What RECORD says of the files that are put in as they are."""
    text = []
    for each in wheel.directories:
        if each.scheme == wheel.root:
            text.append(each.rows)
        else:
            dropped = wheel.rewritten if each.scheme == "scripts" else ()
            text.append(
                record_text(
                    (_relative(bases[each.scheme], path, bases[wheel.root]), digest, size)
                    for path, digest, size in csv.reader(each.rows.splitlines(keepends=True))
                    if path not in dropped
                )
            )
    return "".join(text)


def _without(
    directory: UnpackedDirectory, left_out: Collection[str]
) -> tuple[list[str], list[int]]:
    """Names and modes of the other files."""
    prefix = f"{directory.path}/" if directory.path else ""
    files = zip(directory.names, directory.modes, strict=True)
    kept = [(name, mode) for name, mode in files if prefix + name not in left_out]
    return [name for name, _ in kept], [mode for _, mode in kept]


def _below(directory: str, path: str) -> str:
    return f"{directory}{os.sep}{path.replace('/', os.sep)}" if path else directory


def _relative(base: str, path: str, site: str) -> str:
    """A path as RECORD has it: from the directory that holds the .dist-info, with slashes."""
    return os.path.relpath(_below(base, path), site).replace(os.sep, "/")


def _drop(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _is_directory(path: str) -> bool:
    # It may be empty, and go, once what is replaced is out.
    return os.path.isdir(path) and not os.path.islink(path)


def _overwriting(*projects: str) -> str:
    options = " ".join(f"--allow-file-collision {project}" for project in projects)
    return f"{options} lets it: others then find its files where theirs were."


def _same_contents(path: str, staged: str) -> bool:
    # A link is followed only where another one is to take its place, into the cache.
    if os.path.islink(path) and not os.path.islink(staged):
        return False
    return filecmp.cmp(path, staged, shallow=False)


def _holds(path: str, content: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read() == content
