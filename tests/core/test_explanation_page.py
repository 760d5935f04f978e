"""The page of explanations: complete, by itself, and inert whatever strangers wrote on it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from packaging.utils import canonicalize_name
from tests.support.stage import LINUX, Stage, pins_of

from xpip.core.explaining import Explainer
from xpip.core.facts import ProjectStatus
from xpip.core.reporting.page import PageFacts, explanations_page
from xpip.core.resolution import Request
from xpip.errors import PolicyError, Reason

HOSTILE = "\"'></pre></script><script>document.title = 'taken over'</script><img src=x onerror=x>"
LOADING = {"src", "srcset", "action", "formaction", "poster", "data", "background", "style"}


class Read(HTMLParser):
    """What a page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(stage: Stage, *requirements: str, error: PolicyError | None = None) -> str:
    """The page on a resolution."""
    attempt = stage.resolve(*requirements)
    pins_of(attempt)
    request = Request(dependencies=())
    explainer = Explainer(attempt, request=request, policy=stage.policy, target=LINUX)
    explained = tuple(explainer.explain(finding) for finding in attempt.findings)
    facts = PageFacts(version="0.1.0", made="2026-11-22 04:24 UTC", error=error)
    return explanations_page(explained, facts)


@pytest.fixture
def stage() -> Stage:
    """Spam from corp needs eggs from pypi; both repositories are in use."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", requires=["eggs>=2", "ham"])
    stage.repository("pypi").has("eggs", "2.0", requires=["ham"]).has("ham", "3.0")
    return stage


def hostile_stage() -> Stage:
    """A repository whose pages say all that they can to get out of the text."""
    stage = Stage()
    corp = stage.repository("corp", f"https://corp.example/{HOSTILE}/simple/")
    corp.has("spam", "1.0", url=f"https://corp.example/{HOSTILE}")
    corp.says("spam", status=ProjectStatus.ARCHIVED, status_reason=HOSTILE, tracks=(HOSTILE,))
    return stage


def test_page_has_a_row_and_a_node_for_each_project(stage: Stage) -> None:
    """The table says all that the drawing says, and more."""
    read = Read(page_of(stage, "spam"))

    rows = {each["data-project"]: each for each in read.all("tr") if "data-project" in each}
    nodes = {each["data-project"] for each in read.all("g")}
    assert list(rows) == ["eggs", "ham", "spam"]
    assert nodes == {*rows}
    assert {name: row["data-origin"] for name, row in rows.items()} == {
        "spam": "corp",
        "eggs": "pypi",
        "ham": "pypi",
    }


def test_page_draws_an_edge_for_each_need(stage: Stage) -> None:
    """To spam's right eggs and ham, and from eggs to ham."""
    read = Read(page_of(stage, "spam"))

    assert len(read.all("path")) == 3
    assert [text for text in read.texts["text"] if text.startswith("spam 1.0")] == [
        "spam 1.0 · corp"
    ]


def test_page_colours_nodes_by_origin(stage: Stage) -> None:
    """One class for each origin, and its name beside it."""
    read = Read(page_of(stage, "spam"))

    classes = {each["data-project"]: each["class"] for each in read.all("g")}
    assert classes["eggs"] == classes["ham"] != classes["spam"]


def test_page_marks_what_could_come_from_elsewhere(stage: Stage) -> None:
    """Without a mapping file, every name rests on another repository's silence."""
    read = Read(page_of(stage, "spam"))

    assert all("data-suspect" in each for each in read.all("tr") if "data-project" in each)


def test_page_explains_each_project(stage: Stage) -> None:
    """All that `explain -v --what-if` says of it."""
    texts = "".join(Read(page_of(stage, "spam")).texts["pre"])

    assert "spam 1.0 from corp" in texts
    assert "spam 1.0: eggs>=2" in texts


def test_page_tells_what_an_installation_would_end_with(stage: Stage) -> None:
    """Its message, its evidence and its advice."""
    error = PolicyError("No.", reference=Reason.DENIED, context=["here <b>"], hint="Do this.")

    read = Read(page_of(stage, "spam", error=error))

    assert "No. [denied]" in read.texts["p"]
    assert "here <b>\nDo this." in read.texts["pre"]


def test_page_loads_nothing_from_anywhere(stage: Stage) -> None:
    """No attribute names an address but those that lead to its own rows."""
    for page in (page_of(stage, "spam"), page_of(hostile_stage(), "spam")):
        read = Read(page)
        for tag, attributes in read.tags:
            assert not LOADING & attributes.keys(), tag
            assert not any(name.startswith("on") for name in attributes), tag
            assert tag not in {"link", "iframe", "object", "embed", "img", "base", "form"}
            assert (attributes.get("href") or "#").startswith("#")
        assert "url(" not in "".join(read.texts["style"])
        assert "@import" not in "".join(read.texts["style"])


def test_page_lets_nothing_run_but_its_own_script(stage: Stage) -> None:
    """Its policy names style sheet and script by digest: what is injected all the same is dead."""
    read = Read(page_of(hostile_stage(), "spam"))

    (policy,) = [
        each["content"] or ""
        for each in read.all("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    ]
    for tag in ("style", "script"):
        (source,) = read.texts[tag]
        digest = b64encode(sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_page_holds_what_strangers_wrote_as_text(stage: Stage) -> None:
    """As many elements as for harmless pages, and every word of it to be read."""
    page = page_of(hostile_stage(), "spam")

    assert len(Read(page).all("script")) == 1
    assert page.count("<script") == 1
    assert HOSTILE in "".join(Read(page).texts["pre"])


def test_page_shows_characters_that_could_deceive(stage: Stage) -> None:
    """A direction override would let one name look like another."""
    stage.repository("corp").says("spam", status=ProjectStatus.ARCHIVED, status_reason="\u202emaps")

    page = page_of(stage, "spam")

    assert "\u202e" not in page
    assert "\\x202emaps" in page


def test_page_draws_projects_that_need_one_another() -> None:
    """A circle has no beginning; it is drawn all the same."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", requires=["eggs"]).has(
        "eggs", "1.0", requires=["spam"]
    )

    assert len(Read(page_of(stage, "spam")).all("g")) == 2


def test_names_are_normalised_where_they_become_anchors(stage: Stage) -> None:
    """A node leads to its row."""
    read = Read(page_of(stage, "spam"))

    rows = {each["id"] for each in read.all("tr") if "data-project" in each}
    assert {(each["href"] or "").removeprefix("#") for each in read.all("a")} == rows
    assert f"project-{canonicalize_name('spam')}" in rows
