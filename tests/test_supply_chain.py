"""What xpip rests on is little, has a reason each, and comes with hashes to whoever works on it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
PINNED = {
    "run-time.txt": [*PROJECT["project"]["dependencies"], *GROUPS["build"]],
    "dev.txt": [*PROJECT["project"]["dependencies"], *GROUPS["build"], *GROUPS["dev"]],
    "servers.txt": [*GROUPS["dev"], *GROUPS["servers"], *GROUPS["peers"]],
}


def pins(name: str) -> dict[str, list[Requirement]]:
    """What a file pins, by project; by Python or system, it may be several versions."""
    text = (ROOT / ".ci/requirements" / name).read_text().replace("\\\n", " ")
    found: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes), line
        assert hashes, line
        pin = Requirement(requirement.strip())
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


def versions(name: str) -> dict[str, tuple[str, ...]]:
    """The same, without the markers, which say who needs it."""
    found = pins(name).items()
    return {project: tuple(str(each.specifier) for each in each_of) for project, each_of in found}


def test_every_dependency_has_a_reason() -> None:
    """It stands behind it in pyproject.toml; without one, it goes."""
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.compile(
        r"^(?:dependencies|attestations|build|dev) = \[\n(.*?)^\]", re.MULTILINE | re.DOTALL
    )
    lists = listed.findall(text)
    assert len(lists) == 4
    lines = [line for each in lists for line in each.splitlines()]
    assert [line for line in lines if not re.search(r'",\s*# \w', line)] == []


@pytest.mark.parametrize("name", PINNED)
def test_everything_is_pinned_by_hash_as_pyproject_lists_it(name: str) -> None:
    """`make pins` renews what does not fit any more."""
    pinned = pins(name)
    for each in map(Requirement, PINNED[name]):
        chosen = [str(pin.specifier) for pin in pinned.get(canonicalize_name(each.name), [])]
        assert chosen, f"{each} is not pinned in {name}: make pins"
        for version in chosen:
            assert each.specifier.contains(version.removeprefix("==")), f"{each}: make pins"


def test_files_of_pins_agree() -> None:
    """One environment grows from the first to the last: nothing is installed twice."""
    run_time, dev, servers = map(versions, PINNED)
    assert run_time.items() <= dev.items()
    assert dev.items() <= servers.items()
