"""What the user says of builds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from xpip.core.policy import NameSet
from xpip.core.values import dataclass

if TYPE_CHECKING:
    from xpip.core.resolution import Constraint
    from xpip.edge.building.backend import ConfigSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
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
