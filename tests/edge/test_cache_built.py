"""Wheels built before: found again only as what they were, and only if they still are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.stage import LINUX

from xpip.edge.cache.built import BuiltWheels, Recipe

RECIPE = Recipe(
    project=canonicalize_name("spam"),
    repository="https://corp.example/simple/",
    sources="ab" * 32,
    target=LINUX,
    settings={"key": "value"},
    constraints=("spam<2",),
)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "spam-1.0-py3-none-any.whl"
    path.write_bytes(b"what was built")
    return path


def test_kept_wheel_is_found_by_another_run(tmp_path: Path, wheel: Path) -> None:
    """Under the same recipe, with its own name."""
    BuiltWheels(tmp_path / "cache").keep(RECIPE, wheel)
    found = BuiltWheels(tmp_path / "cache").find(RECIPE)
    assert found is not None
    assert (found.name, found.read_bytes()) == (wheel.name, b"what was built")


@pytest.mark.parametrize(
    "other",
    [
        {"project": canonicalize_name("eggs")},
        {"repository": "https://public.example/simple/"},
        {"sources": "cd" * 32},
        {"target": replace(LINUX, python_version=Version("3.13.0"))},
        {"target": replace(LINUX, tags=("py3-none-any",))},
        {"settings": {"key": "other"}},
        {"constraints": ()},
    ],
)
def test_wheel_is_not_found_under_another_recipe(
    tmp_path: Path, wheel: Path, other: dict[str, Any]
) -> None:
    """A namesake of another repository least of all."""
    kept = BuiltWheels(tmp_path / "cache")
    kept.keep(RECIPE, wheel)
    assert kept.find(replace(RECIPE, **other)) is None


def test_damaged_wheel_is_not_found_and_does_not_stay(tmp_path: Path, wheel: Path) -> None:
    """Whatever changed it: it is built again."""
    kept = BuiltWheels(tmp_path / "cache")
    kept.keep(RECIPE, wheel)
    found = kept.find(RECIPE)
    assert found is not None
    found.write_bytes(b"something else")
    assert kept.find(RECIPE) is None
    kept.keep(RECIPE, wheel)
    assert kept.find(RECIPE) is not None


@pytest.mark.parametrize("receipt", [b"", b"[]", b'{"name": "../../x", "sha256": ""}', b"[" * 9999])
def test_hostile_receipt_finds_nothing(tmp_path: Path, wheel: Path, receipt: bytes) -> None:
    """It can name no file elsewhere, and is never more than data."""
    kept = BuiltWheels(tmp_path / "cache")
    kept.keep(RECIPE, wheel)
    place = next((tmp_path / "cache").rglob("receipt.json"))
    place.write_bytes(receipt)
    assert kept.find(RECIPE) is None


def test_directory_of_kept_wheels_is_private(tmp_path: Path, wheel: Path) -> None:
    """Who could write there could decide what is installed."""
    kept = BuiltWheels(tmp_path / "cache")
    kept.keep(RECIPE, wheel)
    assert (tmp_path / "cache" / "built-2").stat().st_mode & 0o077 == 0


def test_nothing_is_kept_where_nothing_may_be(tmp_path: Path, wheel: Path) -> None:
    """`--no-cache`, or a disk that cannot be written: every wheel is built anew."""
    kept = BuiltWheels(None)
    kept.keep(RECIPE, wheel)
    assert kept.find(RECIPE) is None
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    BuiltWheels(in_the_way).keep(RECIPE, wheel)
