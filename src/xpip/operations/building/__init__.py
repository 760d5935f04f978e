"""Sources and places → wheels.

shop     where builds happen, and what they are given
builds   one source tree on its way to a wheel
permits  what a place is held to
places   what lies where the user says
sources  source distributions of repositories, and all of these as one
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xpip.edge.config import Settings
from xpip.edge.environment import Environment
from xpip.operations.asking import World
from xpip.operations.building.places import settings_of
from xpip.operations.building.shop import BuildOptions, Workshop
from xpip.operations.building.sources import Sources
from xpip.operations.surroundings import Surroundings

__all__ = ["BuildOptions", "Sources", "settings_of", "workshop"]


@contextmanager
def workshop(
    world: World,
    settings: Settings,
    environment: Environment,
    builds: BuildOptions,
    around: Surroundings,
) -> Iterator[Sources]:
    """Let sources be built for as long as a command runs."""
    shop = Workshop(
        world,
        policy=settings.policy,
        environment=environment,
        options=builds,
        around=around,
        directory=world.directory,
    )
    sources = Sources(world, shop)
    world.repositories.build_with(sources)
    world.builder = sources
    try:
        yield sources
    finally:
        shop.close()
