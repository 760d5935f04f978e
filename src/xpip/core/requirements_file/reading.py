"""A file and all files that it names → one `RequirementsFile`, or an error with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

from xpip.core.declarations import DeclaredRequirement, Place
from xpip.core.direct_references import Malformed
from xpip.core.redaction import shown
from xpip.core.requirements_file.lines import FileContext, read_line
from xpip.core.requirements_file.locations import is_remote, located, shown_location
from xpip.core.requirements_file.text import HiddenBreak, decode, logical_lines
from xpip.core.requirements_file.values import Entry, FileRead, Include, Option, RequirementsFile
from xpip.errors import Reason, UsageError

_MOST_INCLUDES = 500
"""A file may be named twice; a chain that grows for ever, or doubles at each step, has to end."""
_DEEPEST = 50


class ReadFile(Protocol):
    """What reads a file: the edge."""

    def __call__(self, location: str, *, named_at: Place | None) -> bytes:
        """The bytes at a path or an http(s) URL; credentials in it are the user's own.

        Args:
            location: a relative path is relative to the working directory.
            named_at: the line that names it; None for the file the user named.

        Raises:
            XpipError: it cannot be read.
        """
        ...


def read_requirements(
    location: str,
    *,
    read: ReadFile,
    directory: str,
    variables: Mapping[str, str],
    locale_encoding: str = "utf-8",
    is_constraint: bool = False,
) -> RequirementsFile:
    """Read a requirements or constraints file, and all that it names with `-r` and `-c`.

    Args:
        location: a path (POSIX form), a `file:` URL or an http(s) URL.
        read: reads this file and the others; each location once.
        directory: the working directory, absolute, POSIX form: where the relative paths of
            requirements start (pip), in whichever file they stand.
        variables: environment variables for `${NAME}`; files of the network get none.
        locale_encoding: for a file that is not UTF-8 and does not say what it is.
        is_constraint: whether `-c` named it.

    Raises:
        UsageError: `requirements-invalid`, with file, line and its text without passwords.
        XpipError: whatever `read` raises.
    """
    reader = _Reader(
        read=read, directory=directory, variables=variables, locale_encoding=locale_encoding
    )
    try:
        top = located(location)
    except Malformed as malformed:
        raise _invalid(malformed, Place(file=shown(location))) from None
    entries = tuple(reader.entries(_Nesting(location=top, is_constraint=is_constraint)))
    return RequirementsFile(
        declared=tuple(each for each in entries if isinstance(each, DeclaredRequirement)),
        options=tuple(each for each in entries if not isinstance(each, DeclaredRequirement)),
        files=tuple(reader.files.values()),
    )


class _Nesting(Struct, frozen=True, kw_only=True):
    """A file to be read, and how it was come by."""

    location: str
    is_constraint: bool
    named_at: Place | None = None
    parents: tuple[str, ...] = ()

    def place(self, line: int | None = None) -> Place:
        """The file, or a line of it."""
        return Place(
            file=shown_location(self.location),
            line=line,
            included_at=self.named_at,
            is_remote=is_remote(self.location),
        )


class _Reader(Struct, kw_only=True):
    """Reads files, and remembers which it has read."""

    read: ReadFile
    directory: str
    variables: Mapping[str, str]
    locale_encoding: str
    files: dict[str, FileRead] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _includes: int = 0

    def entries(self, nesting: _Nesting) -> Iterator[DeclaredRequirement | Option]:
        """All that a file says, with what the files say that it names, in their places."""
        context = FileContext(
            location=nesting.location,
            directory=self.directory,
            variables=self.variables,
            is_constraint=nesting.is_constraint,
        )
        for place, line in self._lines(nesting):
            for entry in _read(line, place, context):
                if isinstance(entry, Include):
                    yield from self.entries(self._within(entry, nesting, line))
                else:
                    yield entry

    def _lines(self, nesting: _Nesting) -> Iterator[tuple[Place, str]]:
        try:
            for number, line in logical_lines(self._text(nesting)):
                yield nesting.place(number), line
        except HiddenBreak as hidden:
            raise _invalid(hidden, nesting.place(hidden.line)) from None

    def _text(self, nesting: _Nesting) -> str:
        location = nesting.location
        if location not in self._texts:
            raw = self.read(location, named_at=nesting.named_at)
            try:
                decoded = decode(raw, self.locale_encoding)
            except Malformed as malformed:
                raise _invalid(malformed, nesting.place()) from None
            self._texts[location] = decoded.text
            self.files[location] = FileRead(
                name=shown_location(location),
                encoding=decoded.encoding,
                encoding_guessed=decoded.guessed,
            )
        return self._texts[location]

    def _within(self, include: Include, nesting: _Nesting, line: str) -> _Nesting:
        parents = (*nesting.parents, nesting.location)
        self._includes += 1
        problem = None
        if include.location in parents:
            problem = f"{shown_location(include.location)} leads back to itself"
        elif self._includes > _MOST_INCLUDES or len(parents) > _DEEPEST:
            problem = "these files name too many others"
        if problem:
            raise _invalid(Malformed(problem), include.declared_at, line)
        return _Nesting(
            location=include.location,
            is_constraint=include.is_constraint,
            named_at=include.declared_at,
            parents=parents,
        )


def _read(line: str, place: Place, context: FileContext) -> tuple[Entry, ...]:
    try:
        return read_line(line, place, context)
    except Malformed as malformed:
        raise _invalid(malformed, place, line) from None


def _invalid(malformed: Malformed, place: Place, line: str = "") -> UsageError:
    first, *others = place.chain
    chain = [f"{shown(str(each))} names this file" for each in others]
    chain = chain if len(chain) <= 6 else [*chain[:3], "…", *chain[-2:]]
    return UsageError(
        f"{shown(str(first))}: {malformed.problem}",
        reference=Reason.REQUIREMENTS_INVALID,
        context=[*([shown(line)] if line else []), *chain],
        hint=malformed.hint,
        data={"file": first.file, "line": first.line},
    )
