"""Sources and places → wheels.

options  what the user says of builds
sources  what is asked of all the rest, which is imported when it is
making   source distributions of repositories, and places
shop     where builds happen, and what they are given
builds   one source tree on its way to a wheel
permits  what a place is held to
places   what lies where the user says
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xpip.operations.building.options import BuildOptions, build_options, settings_of
from xpip.operations.building.sources import Sources

if TYPE_CHECKING:
    from xpip.edge.config import Settings
    from xpip.edge.environment import Environment
    from xpip.operations.asking import World
    from xpip.operations.building.making import Making
    from xpip.operations.surroundings import Surroundings

__all__ = ["BuildOptions", "Sources", "build_options", "settings_of", "workshop"]


@contextmanager
def workshop(
    world: World,
    settings: Settings,
    environment: Environment,
    builds: BuildOptions,
    around: Surroundings,
) -> Iterator[Sources]:
    """Let sources be built for as long as a command runs."""

    def make() -> Making:
        from xpip.operations.building.making import Making
        from xpip.operations.building.shop import Workshop

        shop = Workshop(
            world,
            policy=settings.policy,
            environment=environment,
            options=builds,
            around=around,
            directory=world.directory,
        )
        return Making(world, shop)

    sources = Sources(world, make)
    world.build_with(sources)
    try:
        yield sources
    finally:
        sources.close()
