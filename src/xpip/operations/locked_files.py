"""What a lock names and is not installed yet: looked at, fetched, put in.

Imported only where something has to be done, for it brings in all that asks, builds and installs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.decisions import Candidate
from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.core.lockfile.selected import Entry
from xpip.core.planning import Plan
from xpip.core.policy import Policy
from xpip.edge.config import Settings
from xpip.edge.environment import Environment
from xpip.edge.repositories.fetching import FetchedFile
from xpip.errors import InstallationError, PolicyError, Reason
from xpip.operations.asking import World, asking
from xpip.operations.building import BuildOptions, Sources, workshop
from xpip.operations.installation import Into
from xpip.operations.putting_in import Records, put_in
from xpip.operations.surroundings import Surroundings


class LockedFiles(Struct, frozen=True, kw_only=True):
    """Has files of a lock fetched, built and put in, in a world that is open."""

    told: Into
    policy: Policy
    environment: Environment
    world: World
    sources: Sources
    around: Surroundings

    def candidate(self, entry: Entry, request: DirectRequest) -> Candidate:
        """What lies at the place that an entry names.

        Raises:
            XpipError: it may not be taken, is not there, or is something else.
        """
        candidate = self.sources.candidate(request, rule=f"named by {entry.place}")
        if entry.version is not None and entry.version != candidate.version:
            raise _misnamed(f"{request} is {candidate.project} {candidate.version}", entry)
        return candidate

    def put_in(self, planned: Plan, *, whole: bool) -> Plan:
        """Fetch and install: all of it, or nothing.

        Args:
            planned: what.
            whole: whether what the wheels require is to be told, too.

        Raises:
            XpipError: it cannot be done; the environment is as it was.
        """
        with self.around.stage("fetching"):
            fetched = self.sources.wheels_of(
                [change.candidate for change in planned.changes], unpacked=True, whole=whole
            )
        found = {each.candidate: _metadata(each, whole=whole) for each in fetched}
        changes = tuple(
            replace(change, pin=replace(change.pin, metadata=found[change.candidate]))
            for change in planned.changes
        )
        with self.around.stage("linking"):
            return put_in(
                replace(planned, changes=changes),
                fetched,
                told=self.told,
                environment=self.environment,
                records=Records(sources=self.sources, policy=self.policy, now=self.around.now),
                observer=self.around.observer,
            )


@contextmanager
def locked_files(
    told: Into,
    settings: Settings,
    environment: Environment,
    builds: BuildOptions,
    around: Surroundings,
) -> Iterator[LockedFiles]:
    """Open the world for one run; closed and cleared away at the end."""
    with (
        asking(settings, around) as world,
        workshop(world, settings, environment, builds, around) as sources,
    ):
        yield LockedFiles(
            told=told,
            policy=settings.policy,
            environment=environment,
            world=world,
            sources=sources,
            around=around,
        )


def _metadata(fetched: FetchedFile, *, whole: bool) -> CoreMetadata:
    """What a wheel says of itself, held to what the lock says of it."""
    candidate = fetched.candidate
    metadata = fetched.metadata() if whole else fetched.identity()
    if isinstance(metadata, InvalidMetadata):
        raise InstallationError(
            f"{candidate.file.filename} is not a valid wheel",
            reference=Reason.WHEEL_INVALID,
            context=[metadata.detail],
        )
    if (metadata.name, metadata.version) != (candidate.project, candidate.version):
        raise InstallationError(
            f"{candidate.file.filename} calls itself {metadata.name} {metadata.version}",
            reference=Reason.WHEEL_INVALID,
            context=[candidate.origin.rule],
        )
    return metadata


def _misnamed(problem: str, entry: Entry) -> PolicyError:
    return PolicyError(
        f"The lock says {entry.project} {entry.version}, and {problem}",
        reference=Reason.METADATA_CHANGED,
        context=[entry.place],
    )
