"""Files of other tools: found, read and shown with line numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from msgspec import Struct

from xpip.core.toml_text import load_toml
from xpip.core.values import Abridged
from xpip.errors import Reason, UsageError


class Setting(Struct, frozen=True, kw_only=True):
    """The process around a reader, and what it must be told.

    Attributes:
        environ: the variables, or none where one file alone is asked for.
        cwd: where relative paths start, and where the mapping file is meant to lie.
        public: URL of the repository that tools ask unless told otherwise.
    """

    environ: Mapping[str, str]
    cwd: Path
    public: str

    def shown(self, path: Path) -> str:
        """Below the working directory, its relative path."""
        return path.relative_to(self.cwd).as_posix() if path.is_relative_to(self.cwd) else str(path)


class TextFile(Abridged, frozen=True, kw_only=True):
    """One file as text."""

    unshown: ClassVar = ("text",)

    shown: str
    directory: Path
    text: str

    def at(self, pattern: str, number: int = 0) -> str:
        """File and, where the pattern finds it, line: of the match of this number."""
        matches = re.finditer(pattern, self.text, re.MULTILINE)
        found = next((each for at, each in enumerate(matches) if at == number), None)
        if found is None:
            return self.shown
        return f"{self.shown}:{self.text.count(chr(10), 0, found.start()) + 1}"

    def key(self, name: str) -> str:
        """File and, where it is plain, line of a key."""
        return self.at(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*[=:]")

    def table(self, name: str, number: int = 0) -> str:
        """File and, where it is plain, line of the so-manieth `[[name]]`."""
        return self.at(rf"^[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]", number)


class TomlFile(TextFile, Abridged, frozen=True, kw_only=True):
    """One TOML file."""

    unshown: ClassVar = ("document",)

    document: dict[str, Any]

    def below(self, *keys: str) -> dict[str, Any]:
        """The table of this key path; empty where there is none.

        Raises:
            UsageError: something else stands there.
        """
        table: Any = self.document
        for key in keys:
            table = table.get(key, {})
            if not isinstance(table, dict):
                raise self.wrong(key, "is not a table")
        return dict(table)

    def wrong(self, key: str, problem: str) -> UsageError:
        """What is not as its tool documents it."""
        return UsageError(
            f"{key} {problem}: nothing was imported",
            reference=Reason.USAGE,
            context=[self.key(key)],
        )

    def tables(self, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """A list of tables; empty where there is none.

        Raises:
            UsageError: something else stands there.
        """
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self.wrong(key, "is not a list of tables")
        return found


def read_text(path: Path, setting: Setting) -> TextFile:
    """Read a file.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    shown = setting.shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(shown, "it is not UTF-8") from None
    except (OSError, ValueError) as error:
        raise _unreadable(shown, getattr(error, "strerror", None) or str(error)) from None
    return TextFile(shown=shown, directory=path.absolute().parent, text=text.replace("\r\n", "\n"))


def read_toml(path: Path, setting: Setting) -> TomlFile:
    """Read a TOML file.

    Raises:
        UsageError: it cannot be read, or is not TOML.
    """
    file = read_text(path, setting)
    try:
        document = load_toml(file.text.encode())
    except ValueError as error:
        raise _unreadable(file.shown, str(error)) from None
    return TomlFile(shown=file.shown, directory=file.directory, text=file.text, document=document)


def _unreadable(shown: str, why: str) -> UsageError:
    return UsageError(
        f"{shown} cannot be read: {why}",
        reference=Reason.USAGE,
        hint="Nothing was imported. --from TOOL or --from FILE leaves other files aside.",
    )


def is_on(value: object) -> bool:
    """Whether a switch is on, as tools read theirs."""
    return str(value).strip().lower() in {"1", "true", "yes", "on", "y", "t"}
