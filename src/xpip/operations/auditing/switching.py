"""`xpip audit --what-if`: what if a repository said something else tomorrow?"""

from __future__ import annotations

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.auditing.switching import Switches, find_switches
from xpip.core.declarations import Place
from xpip.core.reporting.notices import Notice
from xpip.errors import XpipError
from xpip.operations.auditing.audited import Auditing, remembering, subject_of
from xpip.operations.surroundings import Surroundings


class AuditedSwitches(Struct, frozen=True, kw_only=True):
    """What could come from elsewhere, and what an installation would end with today.

    Attributes:
        places: where each project is asked for, or what leads to it.
        left_out: projects that no repository decides about: they are direct references.
    """

    switches: Switches
    error: XpipError | None
    places: dict[NormalizedName, Place]
    left_out: tuple[NormalizedName, ...]
    notices: tuple[Notice, ...]


def audit_switches(told: Auditing, around: Surroundings) -> AuditedSwitches:
    """Replay every change at every repository, for every project that is met.

    Raises:
        XpipError: what is asked for cannot be read, or the environment cannot be asked.
    """
    with subject_of(told, around) as subject:
        remembered = remembering(told, subject.locked, around)
        return AuditedSwitches(
            switches=find_switches(
                subject.findings,
                subject.resolver.policy,
                subject.resolver.target,
                remembered.get,
            ),
            error=subject.error,
            places=subject.places,
            left_out=subject.left_out,
            notices=subject.given.settings.notices,
        )
