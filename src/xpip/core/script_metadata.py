"""A script's bytes → what it asks for in its `# /// script` block (PEP 723).

Decides what the block says; where there is none, that is a value too. A block that begins and
never ends is none (PEP 723), but where it begins is told: somebody meant one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from packaging.specifiers import SpecifierSet

from xpip.core.declarations import DeclaredRequirement, Place, parse_wanted
from xpip.core.direct_references import Malformed
from xpip.core.project_file import specifier_set
from xpip.core.redaction import shown
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.toml_text import load_toml
from xpip.errors import Reason, UsageError

_OPENING = re.compile(r"# /// ([a-zA-Z0-9-]+)")
_CLOSING = "# ///"
_CONTENT = re.compile(r"#(?: .*)?")
_KEYS = ("dependencies", "requires-python", "tool")
_TOML_LINE = re.compile(r"\(at line (\d+), ")


class ScriptMetadata(Struct, frozen=True, kw_only=True):
    """What a script says of itself.

    Attributes:
        declared_at: the line that opens the block.
        tool: `[tool.xpip]`, unread; empty where there is none.
    """

    declared_at: Place
    dependencies: tuple[DeclaredRequirement, ...] = ()
    requires_python: SpecifierSet | None = None
    tool: Mapping[str, Any] = field(default_factory=dict)


class NoScriptMetadata(Struct, frozen=True, kw_only=True):
    """The script has no block.

    Attributes:
        unclosed_at: where one begins that `# ///` does not end.
    """

    unclosed_at: Place | None = None


def parse_script(raw: bytes, *, path: str, directory: str) -> ScriptMetadata | NoScriptMetadata:
    """Read a script's metadata.

    Args:
        raw: the script, UTF-8.
        path: as shown to the user.
        directory: the script's, absolute, POSIX form: relative paths start from it.

    Raises:
        UsageError: `requirements-invalid`, with file and line: there are two blocks, or what
            stands in the one is not valid.
    """
    try:
        lines = re.split("\r\n|\r|\n", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = len(re.split(b"\r\n|\r|\n", raw[: error.start]))
        raise _refusal("this is not UTF-8", Place(file=path, line=line)) from None
    blocks = [block for block in _blocks(lines) if block.type == "script"]
    closed = [block for block in blocks if block.is_closed]
    if len(closed) > 1:
        place = Place(file=path, line=closed[1].line)
        raise _refusal(f"line {closed[0].line} begins a script block already", place)
    if not closed:
        unclosed = Place(file=path, line=blocks[0].line) if blocks else None
        return NoScriptMetadata(unclosed_at=unclosed)
    return _Reader(block=closed[0], path=path, directory=directory).metadata()


class _Block(Struct, frozen=True, kw_only=True):
    """A block of a type.

    Attributes:
        line: of its opening.
        content: TOML, one item a line.
    """

    type: str
    line: int
    content: tuple[str, ...] = ()
    is_closed: bool = False


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """All blocks; PEP 723's regular expression says the same, but is slow on bad input."""
    number = 0
    while number < len(lines):
        end = _end_of_comment(lines, number)
        yield from _blocks_between(lines, number, end)
        number = max(end, number + 1)


def _end_of_comment(lines: list[str], start: int) -> int:
    end = start
    while end < len(lines) and _CONTENT.fullmatch(lines[end]):
        end += 1
    return end


def _blocks_between(lines: list[str], start: int, end: int) -> Iterator[_Block]:
    # "Precedence … is given when the next line is not a valid embedded content line": the last.
    closing = next((each for each in range(end - 1, start, -1) if lines[each] == _CLOSING), start)
    for number in range(start, end):
        opening = _OPENING.fullmatch(lines[number])
        if not opening:
            continue
        if closing >= number + 2:
            content = tuple(line[2:] for line in lines[number + 1 : closing])
            yield _Block(type=opening[1], line=number + 1, content=content, is_closed=True)
            return
        yield _Block(type=opening[1], line=number + 1)


class _Reader(Struct, frozen=True, kw_only=True):
    block: _Block
    path: str
    directory: str

    def metadata(self) -> ScriptMetadata:
        """What the block says."""
        try:
            table = StrictTable(self._document())
            table.only(_KEYS)
            return self._read(table)
        except Invalid as invalid:
            place = Place(file=self.path, line=self._line_of(invalid.path))
            raise _refusal(str(invalid), place) from None

    def _document(self) -> dict[str, Any]:
        try:
            return load_toml("\n".join(self.block.content).encode())
        except ValueError as error:
            found = _TOML_LINE.search(str(error))
            last = self.block.line + len(self.block.content)
            line = self.block.line + int(found[1]) if found else last
            problem = str(error).partition(" (at ")[0]
            raise _refusal(
                f"this is no TOML: {problem}", Place(file=self.path, line=line)
            ) from None

    def _read(self, table: StrictTable) -> ScriptMetadata:
        python = table.take("requires-python", str, "")
        tools = StrictTable(table.take("tool", dict, {}), "tool")
        return ScriptMetadata(
            declared_at=Place(file=self.path, line=self.block.line),
            dependencies=tuple(map(self._dependency, table.take_strings("dependencies"))),
            requires_python=specifier_set(python, "requires-python") if python else None,
            tool=tools.take("xpip", dict, {}),
        )

    def _dependency(self, text: str) -> DeclaredRequirement:
        place = Place(file=self.path, line=self._line_with(text))
        try:
            wanted = parse_wanted(text, directory=self.directory)
        except Malformed as malformed:
            raise _refusal(malformed.problem, place, text=text, hint=malformed.hint) from None
        return DeclaredRequirement(wanted=wanted, declared_at=place)

    def _line_with(self, text: str) -> int:
        """Where a value is written, or else where the block begins: TOML tells no lines."""
        lines = enumerate(self.block.content, start=self.block.line + 1)
        return next((number for number, line in lines if text in line), self.block.line)

    def _line_of(self, key_path: str) -> int:
        key = re.split(r"[.\[]", key_path, maxsplit=1)[0]
        return self._line_with(key) if key else self.block.line


def _refusal(problem: str, place: Place, *, text: str = "", hint: str | None = None) -> UsageError:
    return UsageError(
        f"{place}: {problem}",
        reference=Reason.REQUIREMENTS_INVALID,
        context=[shown(text)] if text else [],
        hint=hint,
        data={"file": place.file, "line": place.line},
    )
