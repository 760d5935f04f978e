"""Who needs whom, drawn as SVG: what was asked for at the left, what it needs to the right of it.

Decides where each node stands; may not know why anything was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.reporting.page.markup import Markup, element, together

_WIDE, _HIGH = 230, 22
_ACROSS, _DOWN = 290, 32
_LONGEST = 30


class Node(Struct, frozen=True, kw_only=True):
    """One project.

    Attributes:
        label: name and version.
        kind: classes of the style sheet.
        needed_by: those that need it; it stands to the right of them.
        anchor: id of what says more of it.
    """

    project: NormalizedName
    label: str
    origin: str
    kind: str
    needed_by: tuple[NormalizedName, ...]
    anchor: str


def graph(nodes: Sequence[Node]) -> Markup:
    """The drawing."""
    places = _places(nodes)
    width = max((x for x, _ in places.values()), default=0) + _WIDE + 10
    height = max((y for _, y in places.values()), default=0) + _HIGH + 10
    return element(
        "svg",
        together(_edges(nodes, places)),
        together(_drawn(node, *places[node.project]) for node in nodes),
        width=str(width),
        height=str(height),
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label="Who needs whom; the table below says the same.",
    )


Places = Mapping[NormalizedName, tuple[int, int]]


def _places(nodes: Sequence[Node]) -> Places:
    """Columns by distance from what was asked for; in each, nodes near those that need them."""
    columns: dict[int, list[Node]] = {}
    for node, column in _columns(nodes):
        columns.setdefault(column, []).append(node)
    places: dict[NormalizedName, tuple[int, int]] = {}
    for column in sorted(columns):
        heights = {node.project: _mean_height(node, places) for node in columns[column]}
        ordered = sorted(columns[column], key=lambda node: (heights[node.project], node.project))
        for row, node in enumerate(ordered):
            places[node.project] = (5 + column * _ACROSS, 5 + row * _DOWN)
    return places


def _columns(nodes: Sequence[Node]) -> Iterator[tuple[Node, int]]:
    left = {node.project: node for node in nodes}
    known: set[NormalizedName] = set()
    column = 0
    while left:
        ready = [
            node
            for node in left.values()
            if not any(each in left for each in node.needed_by)
            or any(each in known for each in node.needed_by)
        ]
        # Those that only need one another: any of them may be the first.
        ready = ready or [next(iter(left.values()))]
        yield from ((node, column) for node in ready)
        for node in ready:
            del left[node.project]
        known = {node.project for node in ready}
        column += 1


def _mean_height(node: Node, places: Places) -> float:
    heights = [places[each][1] for each in node.needed_by if each in places]
    return sum(heights) / len(heights) if heights else 0.0


def _edges(nodes: Sequence[Node], places: Places) -> Iterator[Markup]:
    for node in nodes:
        for parent in node.needed_by:
            if parent in places and parent != node.project:
                (x, y), (to_x, to_y) = places[parent], places[node.project]
                start, end = x + _WIDE, to_x
                middle = (start + end) // 2
                y, to_y = y + _HIGH // 2, to_y + _HIGH // 2
                path = f"M{start} {y} C{middle} {y} {middle} {to_y} {end} {to_y}"
                yield element("path", d=path)


def _drawn(node: Node, x: int, y: int) -> Markup:
    drawing = (
        element("title", f"{node.label}: {node.origin}"),
        element("rect", x=str(x), y=str(y), width=str(_WIDE), height=str(_HIGH), rx="4"),
        element("text", _short(f"{node.label} · {node.origin}"), x=str(x + 7), y=str(y + 15)),
    )
    link = element("a", *drawing, href=f"#{node.anchor}")
    return element("g", link, class_=node.kind, data_project=node.project)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
