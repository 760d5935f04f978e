"""What the user says of builds: read, and files with limits only where there are some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from xpip.core.names import NormalizedName
from xpip.core.policy import NameSet, Target
from xpip.errors import Reason, UsageError
from xpip.operations.asked import BuildTold
from xpip.operations.installation import named
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.core.resolution import Constraint
    from xpip.edge.building.backend import ConfigSettings
    from xpip.edge.config import Options


class BuildOptions(Struct, frozen=True, kw_only=True):
    """What the user says of builds.

    Attributes:
        isolated: whether each has an environment of its own; else the target's own is used.
        config_settings: for every backend (PEP 517).
        constraints: limits to what builds need.
        direct_allowed: projects that builds, and others' metadata, may take from a place.
        trusted_hosts: hosts from which a place may be taken without encryption.
    """

    isolated: bool = True
    config_settings: ConfigSettings = field(default_factory=dict)
    constraints: Mapping[NormalizedName, Constraint] = field(default_factory=dict)
    direct_allowed: NameSet = NameSet()
    trusted_hosts: frozenset[str] = frozenset()


def settings_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """PEP 517: a key that comes again makes a list, as in pip."""
    settings: dict[str, str | list[str]] = {}
    for key, value in pairs:
        before = settings.get(key)
        if before is None:
            settings[key] = value
        else:
            settings[key] = [*(before if isinstance(before, list) else [before]), value]
    return settings


def build_options(
    told: BuildTold, options: Options, target: Target, around: Surroundings
) -> BuildOptions:
    """What the command line says of builds, its files read.

    Raises:
        UsageError: one of the files is not valid, or an option has no value.
    """
    pairs = [each.partition("=") for each in told.config_settings]
    for key, equals, _ in pairs:
        if not equals:
            raise UsageError(
                f"--config-settings {key} has no value",
                reference=Reason.USAGE,
                hint="Write KEY=VALUE.",
            )
    constraints: Mapping[NormalizedName, Constraint] = {}
    if told.constraint_files_of_builds:
        from xpip.operations.constraining import constraints_of
        from xpip.operations.requesting import Requested, gather_any

        asked = Requested(constraint_files=told.constraint_files_of_builds)
        constraints = constraints_of(gather_any(asked, options, around).applying(target))
    return BuildOptions(
        isolated=not told.no_build_isolation,
        config_settings=settings_of((key, value) for key, _, value in pairs),
        constraints=constraints,
        direct_allowed=named(told.allow_direct),
        trusted_hosts=frozenset(options.trusted_hosts),
    )
