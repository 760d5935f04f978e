"""Tables of a configuration file, read so strictly that nothing in them is ignored.

Every value is taken by name and type; what is left over is an error. Errors carry the key path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

_T = TypeVar("_T")
_WORDS = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
    list: "a list",
    dict: "a table",
}
_PLAIN = re.compile(r"[\w.*?-]+")


class Invalid(ValueError):
    """A value that may not stand where it stands."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


def one_listed(key: str, text: str) -> str:
    """What to say where a lone string stands in place of a list of strings."""
    # What is more than a name is not repeated: a URL may hold a password.
    shown = text if _PLAIN.fullmatch(text) else "…"
    return f'must be a list: {key} = ["{shown}"]'


class StrictTable:
    """One table, whose keys are taken one by one."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise Invalid(path, "must be a table")
        self._values: dict[str, Any] = dict(value)
        self._known: list[str] = []
        self.path = path

    def at(self, key: str) -> str:
        """The key path of one of its keys."""
        return f"{self.path}.{key}" if self.path else key

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def only(self, keys: tuple[str, ...]) -> None:
        """Be sure that it has none but these keys, before any of them is looked at.

        Raises:
            Invalid: an unknown key, with the nearest known one.
        """
        self._known += keys
        for key in self._values:
            if key not in self._known:
                raise self._unknown(key)

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        """A value of this type, or the default where there is none.

        Raises:
            Invalid: it is of another type.
        """
        self._known.append(key)
        if key not in self._values:
            return default
        value = self._values.pop(key)
        # In Python a bool is an int; in a file it is not.
        if kind is list and isinstance(value, str):
            raise Invalid(self.at(key), one_listed(key, value))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Invalid(self.at(key), f"must be {_WORDS[kind]}")
        return value

    def take_word(self, key: str, words: tuple[str, ...]) -> str:
        """One of these words; the first is the default.

        Raises:
            Invalid: it is another.
        """
        word = self.take(key, str, words[0])
        if word not in words:
            raise Invalid(self.at(key), f"must be one of {', '.join(map(repr, words))}")
        return word

    def take_time(self, key: str) -> str | None:
        """A date or time, as text: TOML has values for both, JSON has strings.

        Raises:
            Invalid: it is neither a string nor a TOML date.
        """
        if isinstance(self._values.get(key), date):
            self._values[key] = self._values[key].isoformat()
        return self.take(key, str, "") or None

    def take_strings(self, key: str) -> tuple[str, ...]:
        """A list of strings, or nothing.

        Raises:
            Invalid: it is no list, or holds something else.
        """
        strings = []
        for path, value in self.take_items(key):
            if not isinstance(value, str):
                raise Invalid(path, "must be a string")
            strings.append(value)
        return tuple(strings)

    def take_items(self, key: str) -> Iterator[tuple[str, Any]]:
        """The items of a list, each with its key path."""
        values: list[Any] = self.take(key, list, [])
        return ((f"{self.at(key)}[{number}]", value) for number, value in enumerate(values))

    def take_tables(self, key: str) -> Iterator[StrictTable]:
        """A list of tables, or nothing.

        Raises:
            Invalid: it is no list, or holds something else.
        """
        if isinstance(self._values.get(key), dict):
            raise Invalid(self.at(key), f"must be a list of tables; in TOML write [[{key}]]")
        return (StrictTable(value, path) for path, value in self.take_items(key))

    def peek_words(self, key: str) -> tuple[str, ...]:
        """The strings of a list that is still to be taken, in lower case."""
        values = self._values.get(key)
        words = values if isinstance(values, list) else []
        return tuple(word.lower() for word in words if isinstance(word, str))

    def items(self) -> Iterator[tuple[str, Any]]:
        """All that is left, as names that the user chose."""
        left, self._values = self._values, {}
        return iter(left.items())

    def finish(self) -> None:
        """Be sure that nothing is left.

        Raises:
            Invalid: an unknown key, with the nearest known one.
        """
        for key in self._values:
            raise self._unknown(key)

    def _unknown(self, key: str) -> Invalid:
        from difflib import get_close_matches

        near = get_close_matches(key, self._known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return Invalid(self.at(key), f"is not a key that xpip knows{meant}")
