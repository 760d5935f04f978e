"""Text → HTML. Everything that is not written in this package goes through here, escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from xpip.core.printable import printable

_UNPAIRED = frozenset({"meta", "input"})


class Markup(str):
    """HTML, as it goes into the page; made by `element` and `trusted` alone."""

    __slots__ = ()


Content = str | Markup


def text(content: Content) -> Markup:
    """What may have been written by a stranger, as text, also within quotes."""
    if isinstance(content, Markup):
        return content
    return Markup(escape(printable(content), quote=True))


def trusted(markup: str) -> Markup:
    """What this package itself wrote."""
    return Markup(markup)


def element(tag: str, *contents: Content, **attributes: str | bool | None) -> Markup:
    """An element; `class_` and `data_x` stand for `class` and `data-x`, None and False for none."""
    written = "".join(
        f" {name.strip('_').replace('_', '-')}{_value(value)}"
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _UNPAIRED:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{together(contents)}</{tag}>")


def together(contents: Iterable[Content]) -> Markup:
    """One after the other."""
    return Markup("".join(map(text, contents)))


def _value(value: str | bool) -> str:  # noqa: FBT001
    return "" if value is True else f'="{text(str(value))}"'
