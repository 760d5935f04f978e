"""Laws of what is printed: no text acts on who reads it, and none passes for another line."""

from __future__ import annotations

import contextlib
import io
import json
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xpip.cli.rendering.errors import show_error
from xpip.cli.rendering.talk import say, show, show_json, show_text
from xpip.core.printable import one_line, printable
from xpip.core.reporting.page.markup import element
from xpip.errors import Reason, UsageError

ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
SEEN = frozenset("\t\n\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
ANSI = "\x1b[2J\x1b]0;title\x07\x9b31m"
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Zl", "Zp"]),
        st.sampled_from("\x1b\x9b\u202e\u2066\u200b\udcff\n\r[]<>&\"'"),
    )
)


def acting(text: str) -> list[str]:
    """Characters that a reader does not see, or that do something to the terminal."""
    shown = (each for each in text if each not in SEEN and not "\U000110bd" <= each <= "\U00013438")
    return [each for each in shown if unicodedata.category(each) in ACTING]


@given(TEXTS)
@example(ANSI)
@example("\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\U000e0041")
def test_printable_text_has_nothing_that_acts(text: str) -> None:
    """Control and direction characters, and what cannot be seen, are written out."""
    assert acting(printable(text)) == []


@given(TEXTS)
@example("fine\nInstalled 1 project.")
def test_line_is_one_line(text: str) -> None:
    """A stranger's text cannot begin a line that looks like xpip's own."""
    assert len(f"x{one_line(text)}x".splitlines()) == 1


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_is_printed_as_it_is(text: str) -> None:
    """Names in all scripts stay readable."""
    blank = "\u115f\u1160\u3164\uffa0"
    assert one_line(text) == text or set(text) & set(blank)


@pytest.mark.parametrize("printer", [say, show, show_text, show_json])
@given(text=TEXTS)
@example(text=ANSI)
def test_nothing_that_acts_is_printed(printer: Callable[[str], None], text: str) -> None:
    """Whichever way it is printed; `[bold]` and its like are words."""
    said = printed(lambda: printer(text))
    assert acting(said) == []
    assert printer is show_json or "[bold]" in printed(lambda: printer("[bold]"))


@given(text=TEXTS, as_json=st.booleans())
def test_error_prints_nothing_that_acts(text: str, as_json: bool) -> None:
    """Its message, its places and its hint may all quote a stranger."""
    error = UsageError(text, reference=Reason.USAGE, context=[text], hint=text, data={"x": text})
    said = printed(lambda: show_error(error, as_json=as_json))
    assert acting(said) == []
    assert not as_json or json.loads(said)["errors"][0]["context"] == [text]


@given(TEXTS)
@example("<script>alert(1)</script>")
@example("' onload='alert(1)")
def test_page_holds_text_as_text(text: str) -> None:
    """Neither markup nor a character that acts, in contents and attributes."""
    page = element("p", text, title=text)
    inner = page.removeprefix('<p title="').removesuffix("</p>").replace('">', "", 1)
    assert not set("<>\"'") & set(inner)
    assert acting(page) == []


def printed(show_it: Callable[[], None]) -> str:
    """What goes to both streams."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        show_it()
    return out.getvalue()
