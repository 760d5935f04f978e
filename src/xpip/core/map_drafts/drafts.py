"""A mapping file as a proposal: repositories, rules, what could not be said → TOML.

Whatever strangers wrote stands in comments and strings only, one line each: it cannot become a
key or a rule.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator

from msgspec import Struct

from xpip.core.policy import ABSENT_STATUS, Auth, IndexOrder, Merge

_WIDTH = 96


class DraftRepository(Struct, frozen=True, kw_only=True):
    """One repository, and why it is there."""

    name: str
    url: str
    comments: tuple[str, ...] = ()
    auth: Auth = Auth.OPTIONAL
    insecure: bool = False
    absent_status: frozenset[int] = ABSENT_STATUS

    @property
    def login_variables(self) -> str:
        """The variables that log in to it."""
        prefix = "XPIP_" + self.name.upper().replace("-", "_")
        return f"{prefix}_USERNAME and {prefix}_PASSWORD, or {prefix}_TOKEN"


class DraftRule(Struct, frozen=True, kw_only=True):
    """One rule, and why it is there.

    Attributes:
        active: False for a rule that is written as a comment, for the user to decide about.
    """

    repositories: tuple[str, ...]
    paths: tuple[str, ...] = ()
    namespace: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    terminating: bool = True
    merge: Merge | None = None
    order: IndexOrder = IndexOrder.VERSION
    cooldown: str | None = None
    reason: str | None = None
    active: bool = True


class MapDraft(Struct, frozen=True, kw_only=True):
    """A whole proposal.

    Attributes:
        head: what the file is and where it came from.
        unsaid: what it does not say, or says more of than is known; a sentence each.
    """

    head: tuple[str, ...]
    repositories: tuple[DraftRepository, ...] = ()
    rules: tuple[DraftRule, ...] = ()
    unsaid: tuple[str, ...] = ()


def write_draft(draft: MapDraft) -> str:
    """The draft as a mapping file in TOML, with comments."""
    parts = ["\n".join(_comments(draft.head)), "schema = 1"]
    parts += ["\n".join(_repository(each)) for each in draft.repositories]
    parts += ["\n".join(_rule(each)) for each in draft.rules]
    if draft.unsaid:
        title = "To be decided by you:"
        items = [line for each in draft.unsaid for line in _wrapped(each, "#  - ", "#    ")]
        parts.append("\n".join([f"# {title}", "#", *items]))
    return "\n\n".join(parts) + "\n"


def one_line(text: str) -> str:
    """The text without line ends and control characters: it stays where it is put."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _comments(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(text, "# ", "# ")


def _wrapped(text: str, first: str, following: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _repository(repository: DraftRepository) -> Iterator[str]:
    yield from _comments(repository.comments)
    yield f"[repositories.{repository.name}]"
    yield f"urls = {_list([repository.url])}"
    if repository.auth is not Auth.OPTIONAL:
        yield f"auth = {_string(repository.auth.value)}"
    if repository.absent_status != ABSENT_STATUS:
        yield f"absent-status = {sorted(repository.absent_status)}"
    if repository.insecure:
        yield "insecure = true"


def _rule(rule: DraftRule) -> Iterator[str]:
    yield from _comments(rule.comments)
    for line in _rule_lines(rule):
        yield line if rule.active else f"#{line}"


def _rule_lines(rule: DraftRule) -> Iterator[str]:
    yield "[[mapping]]"
    if rule.paths:
        yield from f"paths = {_list(rule.paths)}".splitlines()
    if rule.namespace:
        yield from f"namespace = {_list(rule.namespace)}".splitlines()
    yield f"repositories = {_list(rule.repositories)}"
    if not rule.terminating:
        yield "terminating = false"
    if rule.merge is not None:
        yield f"merge = {_string(rule.merge.value)}"
    if rule.order is not IndexOrder.VERSION:
        yield f"order = {_string(rule.order.value)}"
    if rule.cooldown is not None:
        yield f"cooldown = {_string(rule.cooldown)}"
    if rule.reason is not None:
        yield f"reason = {_string(rule.reason)}"


def _list(texts: Iterable[str]) -> str:
    items = [_string(text) for text in texts]
    line = f"[{', '.join(items)}]"
    if len(line) <= _WIDTH - len("repositories = "):
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _string(text: str) -> str:
    # A TOML basic string is a JSON one, but for the characters that `one_line` takes out.
    return json.dumps(one_line(text), ensure_ascii=False)
