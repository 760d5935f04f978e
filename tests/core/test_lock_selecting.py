"""The entries of a lock for one machine: which file is chosen, and what is told of the others."""

from __future__ import annotations

from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import default_environment
from packaging.utils import parse_wheel_filename
from packaging.version import Version
from tests.support.locks import PLACE, lock_of, locked_wheel

from xpip.core.lockfile.reading import read_lock
from xpip.core.lockfile.selected import Entry, Wanted
from xpip.core.lockfile.selecting import select_entries
from xpip.core.policy import Target
from xpip.errors import ResolutionError

TARGET = Target(
    python_version=Version("3.12.1"),
    tags=("cp312-cp312-linux_x86_64", "cp312-abi3-linux_x86_64", "py3-none-any"),
    environment={**default_environment()},  # type: ignore[dict-item]
)
TAGS = [
    *("cp312-cp312-linux_x86_64", "cp311-cp311-linux_x86_64", "cp312-cp312-win_amd64"),
    *("py2.py3-none-any", "py2-none-any", "cp311.cp312-abi3-linux_x86_64", "py3-none-any"),
]


def entry_of(*tags: str, **keys: Any) -> Entry:
    """The entry of spam, which has wheels of these tags."""
    wheels = [locked_wheel("spam", "1.0", tag) for tag in tags]
    package = {"name": "spam", "version": "1.0", "wheels": wheels, **keys}
    lock = read_lock(tomlkit.dumps(lock_of(package)).encode(), PLACE)
    (entry,) = select_entries(lock, Wanted(), TARGET)
    return entry


def rank_of(tags: str) -> int | None:
    """The place of the best tag that a wheel's name stands for; None if none is supported."""
    known = map(str, parse_wheel_filename(f"spam-1.0-{tags}.whl")[3])
    return min((TARGET.tags.index(tag) for tag in known if tag in TARGET.tags), default=None)


@given(st.lists(st.sampled_from(TAGS), unique=True, min_size=1))
def test_wheel_is_the_one_with_the_best_tag_wherever_it_stands(tags: list[str]) -> None:
    """Its file alone is told in full; of all others, the hashes."""
    ranks = {tag: rank for tag in tags if (rank := rank_of(tag)) is not None}
    if not ranks:
        with pytest.raises(ResolutionError):
            entry_of(*tags)
        return
    entry = entry_of(*tags)
    assert entry.file is not None
    chosen = entry.file.filename.removeprefix("spam-1.0-").removesuffix(".whl")
    assert ranks[chosen] == min(ranks.values())
    others = {locked_wheel("spam", "1.0", tag)["hashes"]["sha256"] for tag in tags if tag != chosen}
    assert {each.digest for each in entry.other_hashes} == others


def test_sources_are_taken_when_no_wheel_is_for_this_machine() -> None:
    """And the wheels' hashes are still told."""
    sdist = {"url": "https://files.example/spam-1.0.tar.gz", "hashes": {"sha256": "a" * 64}}
    entry = entry_of("py2-none-any", sdist=sdist)
    assert entry.file is not None
    assert entry.file.filename == "spam-1.0.tar.gz"
    assert len(entry.other_hashes) == 1
