"""Why a version is not the one chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.version import Version

from xpip.core.decisions import Candidate
from xpip.core.discovery import Finding
from xpip.core.explaining.explanation import Demand, PassedOver, counted
from xpip.core.selection import Selection, is_exact


def passed_over(
    finding: Finding, chosen: Candidate | None, demands: Sequence[Demand]
) -> Iterator[PassedOver]:
    """The versions newer than the chosen one, newest first; all of the newest where none is."""
    if not finding.verdict.ruling.admits:
        return
    floor = chosen.version if chosen else None
    newer = [v for v in finding.selection.versions if floor is None or v > floor]
    for version in newer:
        yield PassedOver(version=version, why=why_not(finding, version, demands, chosen))


def why_not(
    finding: Finding, version: Version, demands: Sequence[Demand], chosen: Candidate | None
) -> str:
    """Why one version is not chosen, in a few words."""
    if chosen is not None and chosen.version == version:
        return "it is what is chosen"
    if not finding.verdict.ruling.admits:
        return f"no version may be chosen: {finding.verdict.explanation}"
    against = [each for each in demands if not each.specifier.contains(version, prereleases=True)]
    if against:
        asking = (f"{each.by or 'you'}: {each.requirement}" for each in against[:3])
        return f"not asked for ({'; '.join(asking)})"
    if version not in finding.selection.versions:
        return "no page that counts lists it"
    return _why_not_released(finding.selection, version, demands, chosen)


def _why_not_released(
    selection: Selection, version: Version, demands: Sequence[Demand], chosen: Candidate | None
) -> str:
    release = selection.release(version)
    if release.withheld is not None:
        rejection = release.withheld.rejection
        return f"{rejection.filename}: {rejection.detail} [{rejection.reason.value}]"
    if not release.candidates:
        return "; ".join(
            f"{'1 file' if count == 1 else f'{count} files'}: "
            f"{first.detail or reason.value} [{reason.value}]"
            for reason, count, first in counted(release.rejections)
        )
    if version.is_prerelease and not any(is_exact(each.specifier) for each in demands):
        return "a pre-release, and a final one will do [prerelease]"
    if chosen is None:
        return "nothing else stands against it, and no set of files was found"
    if version < chosen.version:
        return f"{chosen.version} is newer, and will do"
    return (
        "what it needs does not go together with the rest, or an option prefers another "
        f"(xpip explain {selection.project}=={version} may tell)"
    )
