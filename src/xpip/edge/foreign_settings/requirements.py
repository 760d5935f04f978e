"""Option lines of requirements files that name indexes, those of files they include too."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from xpip.core.map_drafts.readings import Unsaid
from xpip.edge.foreign_settings.places import Setting, read_text

_SHORT = {"-i": "index-url", "-f": "find-links", "-r": "requirement", "-c": "constraint"}
_NAMES = {"pypi-url": "index-url"}
_KEYS = frozenset(
    {"index-url", "extra-index-url", "find-links", "trusted-host", "no-index"}
    | {"requirement", "constraint"}
)
_INCLUDES = frozenset({"requirement", "constraint"})


class OptionLine(Struct, frozen=True, kw_only=True):
    """One option of a requirements file."""

    key: str
    value: str
    place: str


class RequirementsOptions(Struct, frozen=True, kw_only=True):
    """The options of one file, and of what it includes, in pip's order."""

    files: tuple[str, ...]
    options: tuple[OptionLine, ...]
    unsaid: tuple[Unsaid, ...]


def requirements_options(path: Path, setting: Setting) -> RequirementsOptions:
    """Read a requirements file.

    Raises:
        UsageError: it, or one that it includes, cannot be read.
    """
    reader = _Reader(setting)
    reader.read(path)
    return RequirementsOptions(
        files=tuple(reader.files), options=tuple(reader.options), unsaid=tuple(reader.unsaid)
    )


class _Reader:
    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._seen: set[Path] = set()
        self.files: list[str] = []
        self.options: list[OptionLine] = []
        self.unsaid: list[Unsaid] = []

    def read(self, path: Path) -> None:
        # Read first: what no path can be is an error of the file that names it.
        file = read_text(path, self._setting)
        resolved = path.resolve()
        if resolved in self._seen:
            return
        self._seen.add(resolved)
        self.files.append(file.shown)
        for number, line in _logical_lines(file.text):
            for key, value in _options_of(line):
                self._take(key, value, f"{file.shown}:{number}", path)

    def _take(self, key: str, value: str, place: str, path: Path) -> None:
        if key not in _INCLUDES:
            self.options.append(OptionLine(key=key, value=value, place=place))
        elif "://" in value:
            why = "it is not on this machine, and was not read"
            self.unsaid.append(Unsaid(place=place, setting=f"--{key}", why=why))
        else:
            self.read(path.parent / value)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers: comments gone, continued ones joined."""
    begun, gathered = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        begun = begun or number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            gathered += line[:-1]
            continue
        yield begun, re.sub(r"(^|\s)#.*$", "", gathered + line).strip()
        begun, gathered = 0, ""
    yield begun, gathered.strip()


def _options_of(line: str) -> Iterator[tuple[str, str]]:
    if not line.startswith("-"):
        return
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    while words:
        key, value, words = _next_option(words)
        if key in _KEYS:
            yield key, value


def _next_option(words: list[str]) -> tuple[str, str, list[str]]:
    word, *rest = words
    if word.startswith("--"):
        name, separator, value = word[2:].partition("=")
        key = _NAMES.get(name, name)
        if separator or key == "no-index" or not rest:
            return key, value, rest
        return key, rest[0], rest[1:]
    key = _SHORT.get(word[:2], "")
    if len(word) > 2:
        return key, word[2:].removeprefix("="), rest
    return key, rest[0] if rest else "", rest[1:]
