"""What is asked for, taken apart: what is always installed, and what an extra or a group adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from xpip.core.declarations import DeclaredRequirement
from xpip.core.lockfile.uses import ALWAYS, Use, UseKind
from xpip.errors import Reason, UsageError
from xpip.operations.asked import Asked, Read, read
from xpip.operations.requesting import Requested, gather_any
from xpip.operations.surroundings import Surroundings

_PROJECT_FILE = "pyproject.toml"

Declared = tuple[DeclaredRequirement, ...]


class Parts(Struct, frozen=True, kw_only=True):
    """All that is to be locked.

    Attributes:
        given: all of it together, in an order of its own: not that of the command line.
        declared: by what asks for it.
    """

    given: Read
    declared: Mapping[Use, Declared]

    @property
    def offered(self) -> tuple[Use, ...]:
        """The extras and groups that an installation may ask for."""
        return tuple(use for use in self.declared if use != ALWAYS)


def read_parts(asked: Asked, around: Surroundings) -> Parts:
    """Read everything that is named; the project here, if that is nothing.

    Raises:
        UsageError: nothing is asked for, or something of it is not valid.
        AvailabilityError: a file of the network cannot be had.
    """
    asked = replace(asked, requested=_with_project(asked.requested, around.cwd))
    requested = asked.requested
    given = read(asked, around)
    given = replace(
        given, gathered=replace(given.gathered, declared=_sorted(given.gathered.declared))
    )
    alone = replace(requested, groups=(), extras=())

    def declared(part: Requested) -> Declared:
        return _sorted(gather_any(part, asked.options, around).declared)

    parts = {ALWAYS: declared(alone)}
    for extra in requested.extras:
        use = Use(kind=UseKind.EXTRA, name=canonicalize_name(extra))
        parts[use] = declared(replace(alone, extras=(extra,)))
    for text in requested.groups:
        use = Use(kind=UseKind.GROUP, name=canonicalize_name(text.rpartition(":")[2]))
        parts[use] = (*parts.get(use, ()), *declared(Requested(groups=(text,))))
    return Parts(given=given, declared=parts)


def _with_project(requested: Requested, cwd: Path) -> Requested:
    """The same, with the `pyproject.toml` here where nothing else says what is always needed."""
    named = (requested.requirements, requested.editables, requested.scripts)
    files = requested.requirement_files
    if requested.extras and not any(Path(each).name == _PROJECT_FILE for each in files):
        return replace(requested, requirement_files=(*files, _PROJECT_FILE))
    if any(named) or files:
        return requested
    if _has_project(cwd / _PROJECT_FILE) or not requested.groups:
        return replace(requested, requirement_files=(_PROJECT_FILE,))
    return requested


def _has_project(path: Path) -> bool:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be read: {error.strerror or error}",
            reference=Reason.REQUIREMENTS_INVALID,
        ) from None
    from xpip.core.project_file import parse_project

    return parse_project(raw, path=path.name, directory=path.parent.as_posix()) is not None


def _sorted(declared: Iterable[DeclaredRequirement]) -> Declared:
    """In an order that does not tell in which one they were named."""
    return tuple(sorted(declared, key=lambda each: (str(each.wanted), repr(each.hashes))))
