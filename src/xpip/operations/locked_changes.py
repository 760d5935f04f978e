"""What a lock's entries would change in an environment, and what speaks against it.

Shared by those who carry it out and those who only tell; fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.version import Version

from xpip.core.decisions import Candidate, Pin
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.facts import CoreMetadata, InstalledDistribution
from xpip.core.lockfile.addresses import LockSource
from xpip.core.lockfile.document import listed
from xpip.core.lockfile.judging import Judged
from xpip.core.lockfile.selected import Entry
from xpip.core.names import NormalizedName
from xpip.core.planning import Change
from xpip.core.policy import Policy
from xpip.core.reporting.notices import Notice
from xpip.edge.installed import SitePackages, direct_record
from xpip.errors import PolicyError, Reason


def direct_errors(
    entries: Iterable[Entry], source: LockSource, policy: Policy
) -> Iterator[tuple[NormalizedName, PolicyError]]:
    """The places that may not be taken."""
    for each in entries:
        if each.request is None:
            continue
        if source.is_remote:
            yield (
                each.project,
                PolicyError(
                    f"{each.request} may not be taken from there",
                    reference=Reason.DIRECT_DENIED,
                    context=[f"{each.place} came over the network"],
                    hint="Download the lock, look at it, and install from the copy.",
                ),
            )
        elif policy.hashes_required and not each.request.hashes:
            yield (
                each.project,
                PolicyError(
                    f"No hash is given for {each.request}, and all others have one",
                    reference=Reason.HASH_MISSING,
                    context=[each.place],
                ),
            )


def change_of(entry: Entry, candidate: Candidate, own: SitePackages) -> Change:
    """What it takes to have an entry's file installed."""
    # What the file itself says is known once it is here.
    metadata = CoreMetadata(name=candidate.project, version=candidate.version)
    pin = Pin(
        chosen=candidate,
        metadata=metadata,
        required_by=entry.required_by,
        requested=not entry.required_by,
    )
    return Change(pin=pin, candidate=candidate, replaces=own.find(entry.project))


def is_there(entry: Entry, judged: Judged | None, there: InstalledDistribution) -> bool:
    """Whether what is installed is what the lock says, as far as anybody wrote that down."""
    if entry.request is not None:
        return _is_placed(entry.request, entry.version, there)
    assert judged is not None
    if there.version != entry.version or direct_record(there.location) is not None:
        return False
    if there.origin is None:
        return True  # Another tool put it there; its version is all that is known.
    own = set(there.origin.hashes)
    if not own.isdisjoint(judged.candidate.file.hashes):
        return True
    locked = {*judged.candidate.file.hashes, *entry.other_hashes}
    if {each.algorithm for each in own} & {each.algorithm for each in locked}:
        return not own.isdisjoint(locked)
    return there.origin.repository == judged.candidate.origin.repository


def _is_placed(
    request: DirectRequest, version: Version | None, there: InstalledDistribution
) -> bool:
    from xpip.core.direct_records import UnreadableRecord

    record = direct_record(there.location)
    if record is None or isinstance(record, UnreadableRecord):
        return False
    if version is not None and version != there.version:
        return False
    if request.kind is ReferenceKind.VCS:
        return (
            record.vcs_info is not None
            and record.vcs_info.commit_id == request.revision
            and (record.url, record.subdirectory) == (request.url, request.subdirectory)
        )
    if request.kind is ReferenceKind.ARCHIVE:
        hashes = record.archive_info.hashes if record.archive_info else None
        return (record.subdirectory == request.subdirectory) and any(
            (hashes or {}).get(each.algorithm) == each.digest for each in request.hashes
        )
    # A directory may have changed since, but for one that is used from where it lies.
    editable = record.dir_info is not None and bool(record.dir_info.editable)
    return request.editable and editable and record.url == request.url


def unproven_notices(judged: Iterable[Judged]) -> tuple[Notice, ...]:
    """PEP 751: a hash says what a file is, and not whose."""
    doubts: dict[str, list[NormalizedName]] = {}
    for each in judged:
        if each.unproven:
            doubts.setdefault(each.unproven, []).append(each.entry.project)
    return tuple(
        Notice(
            code="unproven",
            text=f"nothing but the lock's hashes vouches for {listed(names)}: {doubt}",
            projects=tuple(names),
        )
        for doubt, names in doubts.items()
    )
