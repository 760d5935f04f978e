"""Patterns over project names: which names they match, and which patterns they cover.

Literals, `*` and `?` only, and namespaces (`acme` and `acme-*`). Patterns are normalised like the
names they match (PEP 503), so that `Foo_*` matches `foo-bar`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from xpip.core.names import NormalizedName

_ALLOWED = re.compile(r"[A-Za-z0-9._*?-]+")
_SEPARATORS = re.compile(r"[-_.]+")


class Pattern(Struct, frozen=True, kw_only=True):
    """One entry of a rule's `paths` or `namespace`, normalised.

    Attributes:
        text: as normalised, without what makes it a namespace.
        is_namespace: whether it stands for the name itself and all names below it.
    """

    text: str
    is_namespace: bool = False

    @classmethod
    def parse(cls, text: str, *, is_namespace: bool = False) -> Pattern:
        """Normalise what the user wrote.

        Raises:
            ValueError: it is empty, has characters that no pattern may have, or matches nothing.
        """
        if not _ALLOWED.fullmatch(text):
            raise ValueError("a pattern has letters, digits, '-', '_', '.', '*' and '?' only")
        if is_namespace and ("*" in text or "?" in text):
            raise ValueError("a namespace is a name, without '*' and '?'")
        normalised = _SEPARATORS.sub("-", text).lower()
        if normalised.startswith("-") or normalised.endswith("-"):
            # PEP 508: it would match nothing, and leave open what it was meant to close.
            raise ValueError("no project's name begins or ends with '-', '_' or '.'")
        return cls(text=normalised, is_namespace=is_namespace)

    @property
    def is_literal(self) -> bool:
        """Whether it names one project."""
        return not self.is_namespace and "*" not in self.text and "?" not in self.text

    @property
    def globs(self) -> tuple[str, ...]:
        """The same as plain globs."""
        return (self.text, f"{self.text}-*") if self.is_namespace else (self.text,)

    def matches(self, project: NormalizedName) -> bool:
        """Whether it speaks of this project."""
        return any(covers(glob, project) for glob in self.globs)

    def __str__(self) -> str:
        return f"namespace {self.text}" if self.is_namespace else self.text


def covers(wide: str, narrow: str) -> bool:
    """Whether every name that the narrow glob matches is matched by the wide one.

    A name is a glob that matches itself alone, so this is matching too: in time that grows with
    the product of both lengths, where a regular expression's would grow exponentially.
    """
    reached = _closed({0}, wide)
    for character in narrow:
        reached = _closed(_step(reached, wide, character), wide)
    return len(wide) in reached


def _step(positions: set[int], wide: str, character: str) -> set[int]:
    following = set()
    for position in positions:
        if position == len(wide):
            continue
        expected = wide[position]
        if expected == "*":
            following.add(position)
        # What may be any character is matched only by what admits any character.
        elif character != "*" and expected in ("?", character):
            following.add(position + 1)
    return following


def _closed(positions: set[int], wide: str) -> set[int]:
    closed = set(positions)
    for position in positions:
        while position < len(wide) and wide[position] == "*":
            position += 1  # noqa: PLW2901 - `*` may also stand for nothing
            closed.add(position)
    return closed


def overlap(one: str, other: str) -> bool:
    """Whether some name is matched by both globs."""
    seen = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        here = todo.pop()
        if here == (len(one), len(other)):
            return True
        found = set(_onward(one, other, here)) - seen
        seen |= found
        todo += found
    return False


def _onward(one: str, other: str, here: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Where both can be after one more character of a name, or after a `*` that is nothing."""
    at, there = here
    first, second = one[at : at + 1], other[there : there + 1]
    if first == "*":
        yield at + 1, there
    if second == "*":
        yield at, there + 1
    if first and second and (first == second or {first, second} & {"*", "?"}):
        yield at + (first != "*"), there + (second != "*")
