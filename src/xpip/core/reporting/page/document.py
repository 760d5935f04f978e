"""The page: what came from where and why, what could go wrong, and who needs whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.explaining import Explanation
from xpip.core.reporting.explanation import explanation_lines
from xpip.core.reporting.explanation_table import is_suspect, remark
from xpip.core.reporting.page.assets import COLOURS, SCRIPT, STYLE
from xpip.core.reporting.page.graph import Node, graph
from xpip.core.reporting.page.markup import Markup, element, together, trusted
from xpip.core.urls import redacted
from xpip.errors import SeveralErrors, XpipError

_NOWHERE = "nothing chosen"
_PLACE = "a place you named"
_LOCKED_PLACE = "a place that the lock names"


class PageFacts(Struct, frozen=True, kw_only=True):
    """What the page says of itself.

    Attributes:
        version: of xpip.
        made: when, in words.
        error: what an installation would end with, if it would.
    """

    version: str
    made: str
    error: XpipError | None = None


def explanations_page(explanations: Sequence[Explanation], facts: PageFacts) -> str:
    """The whole page; every address on it is text, and nothing is loaded from anywhere."""
    origins = {name: number for number, name in enumerate(_origins(explanations))}
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", "xpip: where everything comes from"),
        element("style", trusted(STYLE)),
    )
    body = element(
        "body",
        _header(explanations, facts),
        *([_errors(facts.error)] if facts.error is not None else []),
        _legend(explanations, origins),
        element("h2", "Who needs whom"),
        element("div", graph(_nodes(explanations, origins)), class_="graph"),
        element("h2", "Projects"),
        _filter(origins),
        _table(explanations, origins),
        element("script", trusted(SCRIPT)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _policy() -> str:
    """Nothing may be loaded or sent, and nothing runs but the page's own script (CSP, level 3)."""
    return (
        f"default-src 'none'; style-src {_digest(STYLE)}; script-src {_digest(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _header(explanations: Sequence[Explanation], facts: PageFacts) -> Markup:
    mapping = next((each.policy.map for each in explanations), None)
    source = f"mapping file {mapping.source}" if mapping is not None else "no mapping file"
    suspect = sum(map(is_suspect, explanations))
    number = "1 project" if len(explanations) == 1 else f"{len(explanations)} projects"
    return element(
        "header",
        element("h1", f"Where {number} would come from, and why"),
        element("p", f"{source}; xpip {facts.version}; {facts.made}"),
        element(
            "p",
            f"{suspect} of them refused, or could come from elsewhere tomorrow",
            class_="bad" if suspect else None,
        ),
    )


def _errors(error: XpipError) -> Markup:
    members = error.errors if isinstance(error, SeveralErrors) else (error,)
    return element(
        "section",
        element("h2", "An installation would end with"),
        *(
            element(
                "div",
                element("p", f"{each.message} [{each.reference.value}]", class_="bad"),
                element("pre", "\n".join([*each.context, *([each.hint] if each.hint else [])])),
                class_="error",
            )
            for each in members
        ),
    )


def _origin(explanation: Explanation) -> str:
    chosen = explanation.chosen
    if chosen is None:
        return _LOCKED_PLACE if explanation.is_taken else _NOWHERE
    if chosen.reference is not None:
        return _PLACE
    return chosen.origin.group or redacted(chosen.origin.repository)


def _origins(explanations: Sequence[Explanation]) -> list[str]:
    return sorted({_origin(each) for each in explanations})


def _legend(explanations: Sequence[Explanation], origins: dict[str, int]) -> Markup:
    urls = {
        _origin(each): redacted(each.chosen.origin.repository)
        for each in explanations
        if each.chosen is not None and each.chosen.reference is None
    }
    counts = {name: sum(_origin(each) == name for each in explanations) for name in origins}
    return element(
        "ul",
        *(
            element(
                "li",
                element("span", class_=f"mark o{number % COLOURS}"),
                f"{name}: {counts[name]}",
                f" ({urls[name]})" if name in urls else "",
            )
            for name, number in origins.items()
        ),
    )


def _nodes(explanations: Sequence[Explanation], origins: dict[str, int]) -> list[Node]:
    names = {explanation.project for explanation in explanations}
    return [
        Node(
            project=each.project,
            label=f"{each.project} {each.version or ''}".strip(),
            origin=_origin(each),
            kind=f"o{origins[_origin(each)] % COLOURS}{'' if each.is_taken else ' refused'}",
            needed_by=_needed_by(each, names),
            anchor=_anchor(each),
        )
        for each in explanations
    ]


def _needed_by(explanation: Explanation, names: set[NormalizedName]) -> tuple[NormalizedName, ...]:
    """The projects whose metadata asks for it; who else asks is no node."""
    asking = (NormalizedName(each.by.partition(" ")[0]) for each in explanation.demands if each.by)
    return tuple(dict.fromkeys(name for name in asking if name in names))


def _anchor(explanation: Explanation) -> str:
    return f"project-{explanation.project}"


def _filter(origins: dict[str, int]) -> Markup:
    every = element("option", "from everywhere", value="")
    return element(
        "div",
        element("input", type="search", id="words", placeholder="filter", aria_label="filter"),
        element(
            "select",
            every,
            *(element("option", f"from {name}", value=name) for name in origins),
            id="origin",
            aria_label="origin",
        ),
        element(
            "label", element("input", type="checkbox", id="suspect"), " only what may go wrong"
        ),
        element("output", id="count"),
        class_="filter",
        id="filter",
        hidden=True,
    )


def _table(explanations: Sequence[Explanation], origins: dict[str, int]) -> Markup:
    titles = ("project", "version", "from", "ruling", "remarks")
    ordered = sorted(explanations, key=lambda each: (not is_suspect(each), each.project))
    return element(
        "table",
        element("thead", element("tr", *(element("th", title) for title in titles))),
        element("tbody", *(_row(each, origins[_origin(each)]) for each in ordered)),
    )


def _row(explanation: Explanation, number: int) -> Markup:
    origin, suspect = _origin(explanation), is_suspect(explanation)
    why = "\n".join(explanation_lines(explanation, verbose=True, what_if=True))
    project = element(
        "td",
        explanation.project,
        element("details", element("summary", "why"), element("pre", why)),
    )
    cells = (
        str(explanation.version or "-"),
        together([element("span", class_=f"mark o{number % COLOURS}"), origin]),
        explanation.verdict.ruling.value,
    )
    return element(
        "tr",
        project,
        *(element("td", cell) for cell in cells),
        element("td", remark(explanation), class_="bad" if suspect else None),
        id=_anchor(explanation),
        data_project=explanation.project,
        data_origin=origin,
        data_suspect=suspect,
    )
