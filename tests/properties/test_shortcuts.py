"""What is worked out once for many says what each would say by itself."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

import packaging.utils
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import BuildTag, parse_wheel_filename
from packaging.version import Version

from xpip.core import names
from xpip.core.listed_versions import ListedVersions
from xpip.core.urls import joined
from xpip.core.wheel_names import wheel_tags

segments = st.sampled_from(
    ["..", ".", "", "files", "a.b", "~x", "..x", ".x", "a b", "%2e%2e", "x;p"]
)
files = st.sampled_from(["spam-1.0.zip", "spam-1.0+cpu.zip", "..", ".", "", "a%3Ab", "x?y", "x#y"])
references = st.builds(
    lambda parts, name: "/".join([*parts, name]), st.lists(segments, max_size=4), files
)
bases = st.sampled_from(
    ["https://corp.example/simple/spam/", "http://corp.example:80/a/b", "file:///srv/simple/spam/"]
)


@given(bases, references)
def test_reference_is_joined_as_the_standard_library_joins_it(base: str, reference: str) -> None:
    """RFC 3986, section 5, where no part of either is refused."""
    assert joined(base, reference) == urljoin(base, reference)


@given(st.text("aZ09-_.İßǅ\N{KELVIN SIGN}\n ") | st.text())
@example("A-_.-b")
def test_name_is_spelled_as_packaging_spells_it(name: str) -> None:
    """PEP 503: whose name it is must not depend on who asks."""
    assert names.canonicalize_name(name) == packaging.utils.canonicalize_name(name)


stems = st.sampled_from(
    ["spam-1.0", "spam-1.0-1", "spam-1.0-2b", "spam", "sp__am-1.0", "-1.0", "spam-x", "spam-1.0-b"]
)
tags = st.sampled_from(
    [
        *("py3-none-any", "py2.py3-none-any", "cp312-cp312-linux_x86_64.manylinux_2_17_x86_64"),
        *("PY3-None-ANY", "3-none-any", "py3..py2-none-any", "-none-any", "py3-none", "py3"),
    ]
)


@given(stems, tags, st.sampled_from([".whl", ".WHL", ".zip", ""]))
def test_wheel_says_the_same_when_its_parts_are_read_by_themselves(
    stem: str, tag: str, suffix: str
) -> None:
    """PEP 427: build tag and tags, or the same refusal."""
    filename = f"{stem}-{tag}{suffix}"
    assert said_by(wheel_tags, filename) == said_by(as_a_whole, filename)


def as_a_whole(filename: str) -> tuple[BuildTag, frozenset[str]]:
    _, _, build, parsed = parse_wheel_filename(filename)
    return build, frozenset(map(str, parsed))


def said_by(read: Callable[[str], object], filename: str) -> object:
    try:
        return read(filename)
    except ValueError as error:
        return str(error)


texts = st.sampled_from(["0", "0.9", "1", "1.0.1", "1.10", "1!0.5", "1.dev1", "1a2", "1.post1"])
orders = st.sets(texts.map(Version)).map(lambda found: sorted(found, reverse=True))


@given(orders, texts, st.slices(9))
@example([Version("1.0")], "1", slice(None))
def test_versions_are_in_order_as_if_all_were_parsed(
    found: list[Version], text: str, part: slice
) -> None:
    """A sequence like any other, and a part of it too."""
    listed = ListedVersions([str(each) for each in found])
    assert list(listed) == found
    assert list(listed[part]) == found[part]
    version = Version(text)
    assert (version in listed) == (version in found)
    assert listed.place_of(version) == (found.index(version) if version in found else None)
