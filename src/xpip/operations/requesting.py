"""What the user asks for, wherever it is written → requirements, and options that hold.

What reads project files and scripts is imported where one is named.
"""

from __future__ import annotations

import locale
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct
from packaging.utils import canonicalize_name

from xpip.core.declarations import DeclaredRequirement, Place, parse_wanted
from xpip.core.dependencies import Dependencies
from xpip.core.direct_references import Malformed, is_direct
from xpip.core.lockfile.document import is_lock_name
from xpip.core.policy import Target
from xpip.core.redaction import shown
from xpip.core.requirements_file import Option, RequirementsFile, read_requirements
from xpip.edge.config import Options
from xpip.edge.config.file_options import with_file_options
from xpip.errors import Reason, UsageError
from xpip.operations.configuring import Downloader
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.core.project_file import Dynamic

_COMMAND_LINE = Place(file="the command line")
_PROJECT_FILE = "pyproject.toml"
_A_NAME = "Write a name and what you ask of it, such as 'fastapi[standard]>=0.100'."
_LIKE_A_FILE = re.compile(r"[\w.-]+\.(txt|in|toml|cfg|ini|lock)", re.IGNORECASE)


class Requested(Struct, frozen=True, kw_only=True):
    """What a command line names: projects, places, and files that name more of them.

    Attributes:
        editables: places to be installed from where they lie.
        requirement_files: requirements files, a `pyproject.toml`, or scripts.
        groups: dependency groups of the project here, or `PATH:GROUP` (PEP 735).
        extras: of a `pyproject.toml` among the files.
    """

    requirements: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()
    constraint_files: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether anything is to be installed; constraints ask for nothing."""
        return bool(
            self.requirements
            or self.editables
            or self.requirement_files
            or self.groups
            or self.scripts
        )


class Gathered(Struct, frozen=True, kw_only=True):
    """All that was asked for, and the options with those that files add."""

    declared: tuple[DeclaredRequirement, ...]
    options: Options

    def applying(self, target: Target) -> tuple[DeclaredRequirement, ...]:
        """What a target's markers let pass."""
        dependencies = Dependencies(target)
        return tuple(each for each in self.declared if dependencies.admits(each.marker))


def gather(requested: Requested, options: Options, around: Surroundings) -> Gathered:
    """Read everything that the command line names.

    Raises:
        UsageError: it names nothing to install; `requirements-invalid`, with file and line.
        AvailabilityError: a file of the network cannot be had.
    """
    if not requested.asks:
        raise UsageError(
            "Nothing is asked for",
            reference=Reason.USAGE,
            context=["constraints limit what is asked for"] if requested.constraint_files else [],
            hint="Name a project, or a file with -r, --group or --script.",
        )
    return gather_any(requested, options, around)


def gather_any(requested: Requested, options: Options, around: Surroundings) -> Gathered:
    """The same, where constraints alone may stand.

    Raises:
        UsageError: `requirements-invalid`, with file and line.
        AvailabilityError: a file of the network cannot be had.
    """
    reader = _Reader(options, around)
    declared = [
        *(reader.text(each) for each in requested.requirements),
        *(reader.text(each, editable=True) for each in requested.editables),
    ]
    said: list[Option] = []
    for file in reader.files(requested):
        declared += file.declared
        said += file.options
    return Gathered(
        declared=tuple(declared), options=with_file_options(options, said, cwd=around.cwd)
    )


class _Reader:
    """Reads texts and files."""

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._around = around
        self._directory = around.cwd.absolute().as_posix()
        self._downloader = Downloader(options, around)

    def text(self, text: str, *, editable: bool = False) -> DeclaredRequirement:
        """One requirement of the command line."""
        if not editable and _LIKE_A_FILE.fullmatch(text):
            # As a name it would be anybody's to register.
            raise UsageError(
                f"{text!r} is the name of a file, not of a project",
                reference=Reason.REQUIREMENTS_INVALID,
                hint=f"Did you mean -r {text}? Nobody was asked for it.",
            )
        try:
            wanted = parse_wanted(text, directory=self._directory, editable=editable)
        except Malformed as malformed:
            raise UsageError(
                f"{shown(text)!r} cannot be installed: {malformed.problem}",
                reference=Reason.REQUIREMENTS_INVALID,
                hint=malformed.hint or (None if is_direct(text) else _A_NAME),
            ) from None
        return DeclaredRequirement(wanted=wanted, declared_at=_COMMAND_LINE)

    def files(self, requested: Requested) -> Iterator[RequirementsFile]:
        """The files that the command line names."""
        for name in requested.requirement_files:
            if is_lock_name(name):
                raise UsageError(
                    f"{name} is a lock file, which is installed as it stands",
                    reference=Reason.REQUIREMENTS_INVALID,
                    hint=f"`xpip install --lock {name}` installs it.",
                )
            if Path(name).name == _PROJECT_FILE:
                yield RequirementsFile(declared=self._project(name, requested.extras))
            elif name.endswith(".py"):
                yield RequirementsFile(declared=self._script(name))
            else:
                yield self._requirements(name, is_constraint=False)
        for name in requested.constraint_files:
            yield self._requirements(name, is_constraint=True)
        for name in requested.scripts:
            yield RequirementsFile(declared=self._script(name))
        for name in requested.groups:
            yield RequirementsFile(declared=self._group(name))

    def _requirements(self, name: str, *, is_constraint: bool) -> RequirementsFile:
        return read_requirements(
            name,
            read=self._read,
            directory=self._directory,
            variables=self._around.environ,
            locale_encoding=locale.getpreferredencoding(do_setlocale=False),
            is_constraint=is_constraint,
        )

    def _read(self, location: str, *, named_at: Place | None) -> bytes:
        if location.startswith(("http:", "https:")):
            return self._downloader.fetch(location)
        return self._bytes(location, named_at)

    def _bytes(self, name: str, named_at: Place | None = None) -> bytes:
        try:
            return (self._around.cwd / Path(name).expanduser()).read_bytes()
        except OSError as error:
            raise UsageError(
                f"{name} cannot be read: {error.strerror or error}",
                reference=Reason.REQUIREMENTS_INVALID,
                context=[str(named_at)] if named_at else [],
            ) from None

    def _home_of(self, name: str) -> str:
        return (self._around.cwd / Path(name).expanduser()).absolute().parent.as_posix()

    def _project(self, name: str, extras: Sequence[str]) -> tuple[DeclaredRequirement, ...]:
        from xpip.core.project_file import Dynamic, parse_project

        project = parse_project(self._bytes(name), path=name, directory=self._home_of(name))
        if project is None:
            raise _no_table(name, "[project]")
        if isinstance(project.dependencies, Dynamic):
            _dynamic(name, project.dependencies)
        declared = list(project.dependencies)
        if not extras:
            return tuple(declared)
        if isinstance(project.extras, Dynamic):
            _dynamic(name, project.extras)
        known = {each.extra: each.declared for each in project.extras}
        for extra in map(canonicalize_name, extras):
            if extra not in known:
                raise UsageError(
                    f"{name} has no extra {extra}",
                    reference=Reason.REQUIREMENTS_INVALID,
                    context=[f"it has {', '.join(sorted(known)) or 'none'}"],
                )
            declared += known[extra]
        return tuple(declared)

    def _group(self, text: str) -> tuple[DeclaredRequirement, ...]:
        from xpip.core.project_file import parse_groups

        path, colon, group = text.rpartition(":")
        name = path if colon else _PROJECT_FILE
        return parse_groups(self._bytes(name), [group], path=name, directory=self._home_of(name))

    def _script(self, name: str) -> tuple[DeclaredRequirement, ...]:
        from xpip.core.script_metadata import NoScriptMetadata, parse_script

        script = parse_script(self._bytes(name), path=name, directory=self._home_of(name))
        if isinstance(script, NoScriptMetadata):
            context = [f"a block begins at {script.unclosed_at}"] if script.unclosed_at else []
            raise UsageError(
                f"{name} does not say what it needs",
                reference=Reason.REQUIREMENTS_INVALID,
                context=context,
                hint="A comment block `# /// script` … `# ///` says it (PEP 723).",
            )
        return script.dependencies


def _no_table(name: str, table: str) -> UsageError:
    return UsageError(f"{name} has no {table} table", reference=Reason.REQUIREMENTS_INVALID)


def _dynamic(name: str, field: Dynamic) -> NoReturn:
    raise UsageError(
        f"{name} leaves {field.field} to its build backend",
        reference=Reason.REQUIREMENTS_INVALID,
        hint="Ask for the project itself: `xpip install .`",
    )
