"""Fixtures that every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.world import World

# How long an example takes is no test's business: machines are busy, and the first one imports.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world without repositories yet; its files lie in `tmp_path / "world"`."""
    with World(tmp_path / "world") as world:
        yield world
