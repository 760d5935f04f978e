"""`xpip explain --all --html FILE`, and the page in a real browser where there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.browser import find_browser, shown_by
from tests.support.command import Ended
from tests.support.world import World

Xpip = Callable[..., Ended]
SCRIPT = "<script>document.title = 'taken over'</script>"
HOSTILE = f"\"'></pre></title>{SCRIPT}<img src=x onerror=\"document.title = 'taken over'\">"

in_a_browser = pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here")


@pytest.fixture
def page(xpip: Xpip, project: Path, world: World) -> Path:
    """The page on spam and eggs, of which repository and mapping file say hostile things."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"], yanked=False)
    corp.serve("eggs", "1.0")
    corp.page("eggs").status = {"status": "archived", "reason": HOSTILE}
    corp.page("eggs").tracks = [f"https://pypi.example/{HOSTILE}/eggs/"]
    path = project / "xpip.toml"
    path.write_text(
        f"[repositories]\ncorp = [\"{corp.url}\"]\n\n[[mapping]]\npaths = ['*']\n"
        f"repositories = ['corp']\nreason = '''{HOSTILE}'''\n"
    )
    path.chmod(0o644)
    ended = xpip("explain", "--all", "--html", "page.html", "spam")
    assert ended.exit_code == 0, ended.stderr
    return project / "page.html"


def test_explain_writes_a_page_beside_its_table(page: Path) -> None:
    """Whole, and with nothing in it that a stranger could make run."""
    text = page.read_text(encoding="utf-8")

    assert text.startswith("<!DOCTYPE html>\n<html")
    assert text.endswith("</html>\n")
    assert text.count("<script") == 1
    assert "<img" not in text
    assert [each.name for each in page.parent.iterdir() if each.name.startswith(".xpip-")] == []


def test_explain_writes_the_page_over_that_of_an_earlier_run(xpip: Xpip, page: Path) -> None:
    """It is a report, and the next run makes another."""
    page.write_text("old")

    ended = xpip("explain", "--all", "--html", "page.html", "spam", "-q")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert "old" not in page.read_text(encoding="utf-8")[:3]


def test_explain_says_when_the_page_cannot_be_written(xpip: Xpip, page: Path) -> None:
    """A directory that is not there is the user's to make."""
    ended = xpip("explain", "--all", "--html", "nowhere/page.html", "spam")

    assert ended.exit_code == 2
    assert "page.html cannot be written" in ended.stderr


def test_explain_shows_on_the_page_what_an_installation_would_end_with(
    xpip: Xpip, project: Path, world: World
) -> None:
    """A refusal is what a page is made for."""
    one, two = world.repository("one"), world.repository("two")
    for each in (one, two):
        each.serve("spam", "1.0")

    ended = xpip(
        *("explain", "--all", "--html", "page.html", "spam"),
        *("-i", one.url, "--extra-index-url", two.url),
    )

    assert ended.exit_code == 3
    assert "[collision]" in (project / "page.html").read_text(encoding="utf-8")


@in_a_browser
def test_page_filters_in_a_browser_and_runs_nothing_else(page: Path) -> None:
    """Its script runs under its policy; what strangers wrote does not."""
    shown = shown_by(page)

    assert "<title>xpip: where everything comes from</title>" in shown
    assert re.search(r"<output[^>]*>2 of 2 shown</output>", shown)


@in_a_browser
def test_page_policy_stops_what_an_escape_would_have_missed(page: Path) -> None:
    """The second line of defence, put to the test alone."""
    page.write_text(page.read_text(encoding="utf-8").replace("<header>", f"{SCRIPT}<header>"))

    shown = shown_by(page)

    assert SCRIPT in shown
    assert "taken over</title>" not in shown
