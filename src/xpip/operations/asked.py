"""What commands that resolve are asked for, and the files that it names, read.

Imports nothing that asks a repository, fetches or builds: often nothing has to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.edge.config import Options, Settings
    from xpip.operations.requesting import Gathered, Requested


class BuildTold(Struct, frozen=True, kw_only=True):
    """What the command line says of builds.

    Attributes:
        config_settings: `KEY=VALUE`, for every backend (PEP 517).
        constraint_files_of_builds: requirements files that limit what builds need.
        allow_direct: projects that what builds need may take from a place.
    """

    no_build_isolation: bool = False
    config_settings: tuple[str, ...] = ()
    constraint_files_of_builds: tuple[str, ...] = ()
    allow_direct: tuple[str, ...] = ()

    @property
    def has_to_be_read(self) -> bool:
        """Whether there is more to read, and to find mistakes in."""
        return bool(self.config_settings or self.constraint_files_of_builds)


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked for, and how it is to be found, as the command line said it."""

    requested: Requested
    options: Options
    builds: BuildTold = field(default_factory=BuildTold)
    allow_direct: tuple[str, ...] = ()
    no_deps: bool = False


class Read(Struct, frozen=True, kw_only=True):
    """The same, with every file read that it names."""

    asked: Asked
    gathered: Gathered
    settings: Settings


def read(asked: Asked, around: Surroundings) -> Read:
    """Read every file that is named, and what they and the options say of repositories.

    Raises:
        UsageError: one of them is not valid.
        AvailabilityError: one of the network cannot be had.
    """
    from xpip.operations.configuring import configured
    from xpip.operations.requesting import gather

    gathered = gather(asked.requested, asked.options, around)
    return Read(asked=asked, gathered=gathered, settings=configured(gathered.options, around))
