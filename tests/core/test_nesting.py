"""Parentheses in parentheses, wherever a stranger's requirement is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit
from packaging.requirements import Requirement
from tests.support.locks import PLACE, lock_of, locked_wheel

from xpip.core.direct_references import Malformed, parse_marker
from xpip.core.lockfile.reading import read_lock
from xpip.core.metadata import requirement
from xpip.core.nesting import check_nesting
from xpip.edge.building.pyproject import read_build_system
from xpip.errors import InstallationError, UsageError


def marker(depth: int) -> str:
    """A marker that packaging reads, but compares only where the stack is short."""
    return "(os_name == '' or " * depth + "os_name == ''" + ")" * depth


def test_marker_is_worked_with_anywhere_when_it_is_read_at_all() -> None:
    """Deep in a resolution, too."""

    def deep_down(levels: int) -> int:
        read = requirement(f"eggs; {marker(50)}")
        return hash(read) if not levels else deep_down(levels - 1)

    assert deep_down(500) == hash(Requirement(f"eggs; {marker(50)}"))


@pytest.mark.parametrize("depth", [51, 150, 1_000])
def test_marker_is_refused_when_it_is_too_deep(depth: int, tmp_path: Path) -> None:
    """In metadata, in a direct reference, in a lock and in what a build requires."""
    with pytest.raises(ValueError, match=r"parentheses|characters"):
        requirement(f"eggs; {marker(depth)}")
    with pytest.raises(Malformed):
        parse_marker(marker(depth))
    package = {"name": "spam", "version": "1.0", "wheels": [locked_wheel("spam", "1.0")]}
    for document in (
        lock_of({**package, "marker": marker(depth)}),
        lock_of(package, environments=[marker(depth)]),
    ):
        with pytest.raises(UsageError):
            read_lock(tomlkit.dumps(document).encode(), PLACE)
    build = {"build-system": {"requires": [f"eggs; {marker(depth)}"]}}
    (tmp_path / "pyproject.toml").write_text(tomlkit.dumps(build))
    with pytest.raises(InstallationError):
        read_build_system(tmp_path)


def test_parentheses_beside_each_other_are_no_nesting() -> None:
    """Tools write long markers, and mean no harm."""
    check_nesting(" or ".join(["(a and (b))"] * 1_000))
