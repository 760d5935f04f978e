"""What is fetched and built, into the environment: the end of every installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.planning import Plan
from xpip.core.policy import Policy
from xpip.core.reporting.notices import Notice, about_formats, about_startup
from xpip.core.reporting.records import direct_records, origin_records
from xpip.edge.environment import Environment
from xpip.edge.installation.linking import LinkMode
from xpip.operations.installation import Into, named

if TYPE_CHECKING:
    from xpip.core.ports import Observer
    from xpip.edge.repositories.fetched_file import FetchedFile
    from xpip.operations.building import Sources


class Records(Struct, frozen=True, kw_only=True):
    """What is written beside what is installed comes from here."""

    sources: Sources
    policy: Policy
    now: datetime

    def of(self, fetched: FetchedFile) -> dict[str, bytes]:
        """Files for the .dist-info directory, by name."""
        if fetched.candidate.reference is not None:
            return direct_records(self.sources.direct_url(fetched.candidate))
        mapped = self.policy.map
        return origin_records(
            fetched.served,
            sha256=fetched.sha256,
            map_digest=mapped.digest if mapped else None,
            now=self.now,
        )


def put_in(
    planned: Plan,
    fetched: Sequence[FetchedFile],
    *,
    told: Into,
    environment: Environment,
    records: Records,
    observer: Observer,
) -> Plan:
    """Install what is here already, and remove what is to go: all of it, or nothing."""
    from xpip.edge.installation.writing import Manner, WheelToInstall, install_wheels

    pins = {change.candidate: change.pin for change in planned.changes}
    overwriting = named(told.allow_file_collision)
    observer.installing(len(fetched))
    install_wheels(
        [
            WheelToInstall(
                path=each.path,
                tree=each.tree,
                project=each.candidate.project,
                version=each.candidate.version,
                requested=pins[each.candidate].requested,
                dist_info_files=records.of(each),
                may_overwrite=each.candidate.project in overwriting,
            )
            for each in fetched
        ],
        prefix=environment.prefix,
        scheme=environment.scheme,
        executable=environment.executable,
        replaced=[
            *(change.replaces for change in planned.changes if change.replaces),
            *planned.removals,
        ],
        on_installed=observer.installed,
        manner=Manner(
            link_mode=LinkMode(told.link_mode or LinkMode.HARDLINK),
            compile_bytecode=told.compile_bytecode,
        ),
    )
    return _as_served(planned, fetched)


def _as_served(planned: Plan, fetched: Sequence[FetchedFile]) -> Plan:
    served = {each.candidate: each.served for each in fetched}
    changes = (replace(each, candidate=served[each.candidate]) for each in planned.changes)
    return replace(planned, changes=tuple(changes))


def about_installed(planned: Plan, environment: Environment) -> tuple[Notice, ...]:
    """What was put in that runs without being asked for, or of which xpip does not know all."""
    from xpip.edge.installation.startup import startup_files
    from xpip.edge.installed import wheel_format

    names = [f"{each.pin.project.replace('-', '_')}-{each.pin.version}" for each in planned.changes]
    places = ((name, Path(site)) for name in names for site in environment.site_paths)
    formats = {
        name: stated
        for name, site in places
        if (stated := wheel_format(str(site / f"{name}.dist-info")))
    }
    return (*about_startup(startup_files(environment.scheme, names)), *about_formats(formats))
