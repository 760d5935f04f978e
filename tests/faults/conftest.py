"""A process that runs xpip until something goes wrong, and stages to do it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.faults import Faulty
from tests.support.stories import STORIES, Stage
from tests.support.world import World


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """One process for all runs of a file."""
    with Faulty(tmp_path_factory.mktemp("faulty")) as faulty:
        yield faulty


@pytest.fixture
def play(faulty: Faulty, tmp_path: Path, world: World) -> Callable[[str], Stage]:
    """A stage for a story, by its name."""
    return lambda name: Stage(faulty, tmp_path, world, STORIES[name])
