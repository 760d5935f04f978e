"""`xpip check`: hold an environment to its own records, and to today's mapping file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

from xpip.core.defects import (
    Defect,
    duplicate_defects,
    origin_defects,
    platform_defect,
    requirement_defects,
    unreadable_defect,
)
from xpip.core.facts import InstalledDistribution
from xpip.core.reporting.notices import Notice
from xpip.edge.config import Options
from xpip.edge.environment import Environment
from xpip.edge.installation.owning import Ownership
from xpip.edge.installation.verifying import file_defects
from xpip.edge.installed import SitePackages, wheel_tags
from xpip.operations.configuring import configured
from xpip.operations.inspecting import Looking, located
from xpip.operations.surroundings import Surroundings


class Checked(Struct, frozen=True, kw_only=True):
    """What is wrong with an environment."""

    environment: Environment
    distributions: int
    defects: tuple[Defect, ...]
    notices: tuple[Notice, ...]


def check(told: Looking, options: Options, around: Surroundings, *, files: bool) -> Checked:
    """Find what is wrong.

    Args:
        files: whether to hold every file to its RECORD.

    Raises:
        XpipError: the environment or the mapping file cannot be used.
    """
    settings = configured(options, around)
    environment = located(told, around)
    own = SitePackages(environment.site_paths)
    installed = tuple(own)
    copies = [own.copies(distribution.project) for distribution in installed]
    everything = tuple(chain.from_iterable(copies))
    defects = (
        *(unreadable_defect(path, why) for path, why in own.broken()),
        *chain.from_iterable(map(duplicate_defects, copies)),
        *_requirement_defects(environment, installed),
        *_platform_defects(environment, installed),
        *origin_defects(everything, settings.policy),
        *(_file_defects(environment, everything) if files else ()),
    )
    return Checked(
        environment=environment,
        distributions=len(everything),
        defects=defects,
        notices=settings.notices,
    )


def _requirement_defects(
    environment: Environment, installed: tuple[InstalledDistribution, ...]
) -> Iterator[Defect]:
    """Those of the environment's own distributions; what its interpreter shares is there too."""
    own = {distribution.project for distribution in installed}
    visible = tuple(SitePackages(environment.visible_paths))
    found = requirement_defects(visible, environment.target)
    return (defect for defect in found if defect.project in own)


def _platform_defects(
    environment: Environment, installed: tuple[InstalledDistribution, ...]
) -> Iterator[Defect]:
    for each in installed:
        yield from platform_defect(each, wheel_tags(each.location), environment.target)


def _file_defects(
    environment: Environment, everything: tuple[InstalledDistribution, ...]
) -> Iterator[Defect]:
    ownership = Ownership(environment.prefix, environment.scheme)
    for distribution in everything:
        yield from file_defects(distribution, ownership)
