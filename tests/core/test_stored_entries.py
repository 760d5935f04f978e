"""What was selected of locks, stored: what comes back is what went, or it is not stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.locks import PLACE

from xpip.core.direct_references import parse_direct
from xpip.core.facts import File, Hash
from xpip.core.lockfile.selected import Entry, Selected, Wanted
from xpip.core.lockfile.stored_entries import dump_selected, load_selected, selection_question
from xpip.core.policy import Identity, NameSet, Target
from xpip.core.reporting.notices import Notice

SPAM = canonicalize_name("spam")
ENTRY = Entry(
    project=SPAM,
    place="pylock.toml packages[0]",
    version=Version("1.0"),
    index="https://corp.example/simple/",
    file=File(
        filename="spam-1.0-py3-none-any.whl",
        url="https://corp.example/files/spam-1.0-py3-none-any.whl",
        hashes=(Hash("sha256", "a" * 64), Hash("sha512", "b" * 128)),
        size=7,
        upload_time=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    ),
    other_hashes=(Hash("sha256", "c" * 64), Hash("sha384", "d" * 96)),
    required_by=(canonicalize_name("eggs"),),
    is_beside=True,
    identities=(Identity(claims=(("kind", "GitHub"), ("x", "y")), declared_at="there"),),
)
SELECTED = Selected(source=PLACE, entries=(ENTRY,), notices=(Notice(code="a", text="b"),))
TARGET = Target(
    python_version=Version("3.12.1"), tags=("py3-none-any",), environment={"sys_platform": "linux"}
)


def with_file(**changed: Any) -> Selected:
    """One entry, its file changed in these ways."""
    assert ENTRY.file is not None
    return replace(SELECTED, entries=(replace(ENTRY, file=replace(ENTRY.file, **changed)),))


@pytest.mark.parametrize(
    "selected",
    [
        SELECTED,
        replace(SELECTED, entries=(), notices=()),
        with_file(size=None, upload_time=None),
        replace(SELECTED, entries=(replace(ENTRY, index=None, identities=(), required_by=()),)),
    ],
)
def test_selection_comes_back_as_it_went(selected: Selected) -> None:
    """With its hashes, its times, and who attested what."""
    raw = dump_selected(selected)
    assert raw is not None
    assert load_selected(raw, PLACE) == selected
    assert repr(load_selected(raw, PLACE)) == repr(selected)


def test_selection_with_a_place_of_its_own_is_not_stored() -> None:
    """What lies at a place that a lock names is looked at each time."""
    request = parse_direct("spam @ https://corp.example/spam-1.0.tar.gz", directory="/")
    entry = Entry(project=SPAM, place="packages[0]", version=None, request=request)
    assert dump_selected(replace(SELECTED, entries=(entry,))) is None


@pytest.mark.parametrize(
    "selected",
    [
        with_file(hashes=(Hash("md5", "a" * 32),)),
        with_file(filename="../spam-1.0-py3-none-any.whl"),
        with_file(url="https://[/spam-1.0-py3-none-any.whl"),
        replace(SELECTED, entries=(replace(ENTRY, index="https://[/"),)),
    ],
)
def test_selection_that_no_lock_could_have_is_neither_stored_nor_read(selected: Selected) -> None:
    """Hashes that prove nothing, names that are paths, addresses that are none."""
    assert dump_selected(selected) is None


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"[]", b"1", b"{", b"\xff", b"{}", b'{"entries":[],"notices":1}', b"[" * 100_000),
        *(b'{"entries":[1],"notices":[]}', b'{"entries":[[]],"notices":[]}'),
        b'{"entries":[],"notices":[[1,2]]}',
    ],
)
def test_bytes_that_are_no_selection_are_none(raw: bytes) -> None:
    """A damaged entry is a miss."""
    assert load_selected(raw, PLACE) is None


@pytest.mark.parametrize("wrong", [None, 1, "x", [], [1], {"a": 1}, 1e400])
def test_selection_with_one_wrong_value_is_none_or_harmless(wrong: object) -> None:
    """Whatever stands in the place of any value: no exception leaves."""
    raw = dump_selected(SELECTED)
    assert raw is not None
    said = json.loads(raw)
    row = said["entries"][0]
    for number in range(len(row)):
        changed = [*row[:number], wrong, *row[number + 1 :]]
        load_selected(json.dumps({**said, "entries": [changed]}).encode(), PLACE)
    for number in range(len(row[4])):
        file = [*row[4][:number], wrong, *row[4][number + 1 :]]
        changed = [*row[:4], file, *row[5:]]
        load_selected(json.dumps({**said, "entries": [changed]}).encode(), PLACE)


@pytest.mark.parametrize(
    ("wanted", "target", "shown"),
    [
        (Wanted(extras=("x",)), TARGET, "pylock.toml"),
        (Wanted(groups=("x",)), TARGET, "pylock.toml"),
        (Wanted(default_groups=False), TARGET, "pylock.toml"),
        (Wanted(only_binary=NameSet(everything=True)), TARGET, "pylock.toml"),
        (Wanted(no_binary=NameSet(everything=True)), TARGET, "pylock.toml"),
        (Wanted(no_binary=NameSet(names=frozenset({SPAM}))), TARGET, "pylock.toml"),
        (Wanted(), replace(TARGET, python_version=Version("3.12.2")), "pylock.toml"),
        (Wanted(), replace(TARGET, tags=("py2-none-any",)), "pylock.toml"),
        (Wanted(), replace(TARGET, environment={"sys_platform": "win32"}), "pylock.toml"),
        (Wanted(), TARGET, "other.toml"),
    ],
)
def test_question_is_another_when_anything_else_is_wanted(
    wanted: Wanted, target: Target, shown: str
) -> None:
    """Each of the things that a selection depends on."""
    usual = selection_question(Wanted(), TARGET, PLACE)
    assert selection_question(wanted, target, replace(PLACE, shown=shown)) != usual
