"""What another tool's settings say about repositories, in words that drafting understands.

The edge makes these values; each tool has its own reader there. No URL here holds a user name or
a password, and every text is fit to be shown.
"""

from __future__ import annotations

from msgspec import Struct

from xpip.core.policy import ABSENT_STATUS, Auth, IndexOrder


class ForeignIndex(Struct, frozen=True, kw_only=True):
    """One index of another tool.

    Attributes:
        name: as the tool's user calls it, if he does.
        url: as a mapping file may have it; None where no mapping file can.
        shown: the same for people, redacted.
        place: file and line, or the variable, that names it.
        problem: why `url` is None.
        has_login: whether a user name or password stood in the URL; it is dropped.
        comments: what else is to be said where it is declared.
    """

    name: str | None
    url: str | None
    shown: str
    place: str
    problem: str = ""
    has_login: bool = False
    auth: Auth = Auth.OPTIONAL
    insecure: bool = False
    absent_status: frozenset[int] = ABSENT_STATUS
    cooldown: str | None = None
    comments: tuple[str, ...] = ()


class ForeignRule(Struct, frozen=True, kw_only=True):
    """Which indexes another tool asks for which names.

    Attributes:
        patterns: names and globs; `("*",)` for every name that nothing else is said of.
        indexes: in the tool's order; none means that the tool finds these names nowhere.
        order: whether the first index that has a name is the only one.
        passes_on: whether the next rule is asked where all of these lack a name.
    """

    patterns: tuple[str, ...]
    indexes: tuple[ForeignIndex, ...]
    place: str
    order: IndexOrder = IndexOrder.VERSION
    passes_on: bool = False
    comments: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it speaks of every name."""
        return self.patterns == ("*",)


class Unsaid(Struct, frozen=True, kw_only=True):
    """A setting that a mapping file does not, or not wholly, say."""

    place: str
    setting: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.setting}: {self.why}"


class Reading(Struct, frozen=True, kw_only=True):
    """All that one tool's settings say.

    Attributes:
        tool: its name.
        files: what was read, files and variables, in the order read.
        indexes: all that it names, those that no rule uses too.
    """

    tool: str
    files: tuple[str, ...]
    indexes: tuple[ForeignIndex, ...] = ()
    rules: tuple[ForeignRule, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is anything about indexes in it."""
        return bool(self.indexes or self.rules or self.unsaid)
