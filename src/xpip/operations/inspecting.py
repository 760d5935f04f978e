"""`xpip list`, `xpip freeze`, `xpip inspect`: read what an environment holds, and ask nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct
from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from xpip.core.consistency import required_by
from xpip.core.direct_records import DirectRecord, frozen
from xpip.core.facts import InstalledDistribution
from xpip.core.reporting.notices import Notice
from xpip.core.values import Abridged
from xpip.edge.environment import Environment, locate_environment
from xpip.edge.installation.owning import recorded_file_count
from xpip.edge.installed import (
    SitePackages,
    direct_record,
    is_requested,
    provenance_record,
    raw_metadata,
)
from xpip.errors import Reason, UsageError
from xpip.operations.remembering import interpreters_usually_known
from xpip.operations.surroundings import Surroundings

_INSTALLERS = frozenset({"pip", "xpip"})
"""What is in an environment to install the rest; pip leaves itself out too."""


class Looking(Struct, frozen=True, kw_only=True):
    """Which environment is looked at.

    Attributes:
        local: leave aside what its interpreter shares with it.
    """

    python: str | None = None
    target: str | None = None
    prefix: str | None = None
    user: bool = False
    local: bool = False


class Held(Struct, frozen=True, kw_only=True):
    """A distribution that an environment holds."""

    distribution: InstalledDistribution
    direct: DirectRecord


class Looked(Struct, frozen=True, kw_only=True):
    """What an environment holds, sorted by name."""

    environment: Environment
    held: tuple[Held, ...]
    notices: tuple[Notice, ...]


class Inspection(Abridged, frozen=True, kw_only=True):
    """All that is recorded of one distribution.

    Attributes:
        metadata: the bytes of its METADATA.
        provenance: what `provenance_url.json` says.
        files: how many its RECORD lists; None where it has none.
    """

    unshown: ClassVar = ("metadata",)

    held: Held
    metadata: bytes
    provenance: Mapping[str, Any] | None
    requested: bool
    required_by: tuple[NormalizedName, ...]
    files: int | None


class Inspected(Struct, frozen=True, kw_only=True):
    """What is recorded of distributions; names that are not installed."""

    environment: Environment
    inspections: tuple[Inspection, ...]
    not_installed: tuple[NormalizedName, ...]
    notices: tuple[Notice, ...]


def look(told: Looking, around: Surroundings) -> Looked:
    """What the environment holds, and where it came from.

    Raises:
        UsageError: `no-environment`.
    """
    environment = located(told, around)
    installed = _site(environment, told)
    held = tuple(map(_held, installed))
    return Looked(environment=environment, held=held, notices=unreadable(installed.broken()))


def frozen_lines(looked: Looked, *, everything: bool) -> tuple[str, ...]:
    """What would be asked for to have the same again (`frozen`); by default without installers."""
    return tuple(
        frozen(held.distribution.project, held.distribution.version, held.direct)
        for held in looked.held
        if everything or held.distribution.project not in _INSTALLERS
    )


def inspect(names: Sequence[str], told: Looking, around: Surroundings) -> Inspected:
    """All that is recorded of these distributions, or of every one.

    Raises:
        UsageError: `no-environment`; a name is none.
    """
    wanted = project_names(names)
    environment = located(told, around)
    installed = _site(environment, told)
    everything = tuple(installed)
    users = required_by(everything, environment.target)
    found = [each for each in everything if not wanted or each.project in wanted]
    here = {each.project for each in found}
    return Inspected(
        environment=environment,
        inspections=tuple(_inspection(each, users) for each in found),
        not_installed=tuple(name for name in wanted if name not in here),
        notices=unreadable(installed.broken()),
    )


def located(told: Looking, around: Surroundings) -> Environment:
    """The environment that a command is about, as `install` would find it (semantics 7.4)."""
    return locate_environment(
        python=told.python,
        target=told.target,
        prefix=told.prefix,
        user=told.user,
        environ=around.environ,
        cwd=around.cwd,
        kept=interpreters_usually_known(around),
    )


def project_names(names: Iterable[str]) -> tuple[NormalizedName, ...]:
    """Names as they were typed, normalised, each once.

    Raises:
        UsageError: one of them is no project name.
    """
    return tuple(dict.fromkeys(map(_project_name, names)))


def unreadable(broken: Iterable[tuple[str, str]]) -> tuple[Notice, ...]:
    """Entries that count as not installed, because they cannot be read."""
    return tuple(
        Notice(code="unreadable", text=f"{path} counts as not installed: {why}")
        for path, why in broken
    )


def _project_name(name: str) -> NormalizedName:
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        raise UsageError(
            f"{name!r} is not the name of a project",
            reference=Reason.USAGE,
            hint="Names alone, without versions and extras.",
        ) from None


def _site(environment: Environment, told: Looking) -> SitePackages:
    return SitePackages(environment.site_paths if told.local else environment.visible_paths)


def _held(distribution: InstalledDistribution) -> Held:
    return Held(distribution=distribution, direct=direct_record(distribution.location))


def _inspection(
    distribution: InstalledDistribution,
    users: Mapping[NormalizedName, tuple[NormalizedName, ...]],
) -> Inspection:
    location = distribution.location
    return Inspection(
        held=_held(distribution),
        metadata=raw_metadata(location),
        provenance=provenance_record(location),
        requested=is_requested(location),
        required_by=users.get(distribution.project, ()),
        files=recorded_file_count(location),
    )
