"""Does a page, or a file, meet what rules and options demand of it?

What a page cannot say is unknown, and a demand that needs it is not met: each objection names the
rule it comes from. Knows neither the target nor other files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xpip.core.decisions import Rejection, RejectionReason
from xpip.core.facts import File, ProjectPage, ProjectStatus
from xpip.core.hashes import strongest
from xpip.core.names import NormalizedName
from xpip.core.policy import Identity, MappingRule, Policy

_STATUS_SINCE = 4
"""PEP 792: the minor version of the simple API that can say a status."""


def status_objection(page: ProjectPage, rules: Sequence[MappingRule]) -> str | None:
    """Why a project of this page's status may not be taken, or None (PEP 792)."""
    for rule in rules:
        if rule.statuses is None or page.repository.is_local:
            continue
        if page.status is ProjectStatus.ACTIVE and _minor(page.api_version) < _STATUS_SINCE:
            found = f"cannot say its status (API {page.api_version})"
        elif page.status not in rule.statuses:
            found = f"says that it is {page.status.value}"
        else:
            continue
        admitted = ", ".join(sorted(status.value for status in rule.statuses))
        return f"{_place(rule)} admits {admitted}; {page.url} {found}"
    return None


def _minor(api_version: str) -> int:
    minor = api_version.partition(".")[2]
    return int(minor) if minor.isdecimal() else 0


def demanded_identities(
    rules: Sequence[MappingRule], project: NormalizedName, policy: Policy
) -> tuple[Identity, ...]:
    """Who has to attest a file (PEP 740): by rules that say so, else as a lock recorded it."""
    ruled = tuple(rule.identity for rule in rules if rule.identity)
    return ruled or policy.known_identities.get(project, ())


def file_rejection(
    file: File,
    rules: Sequence[MappingRule],
    policy: Policy,
    *,
    is_local: bool,
    teller: str = "its page",
) -> Rejection | None:
    """The first demand that a file does not meet, or None.

    Args:
        file: as its page, or a lock, describes it.
        rules: the rules whose demands it has to meet.
        policy: what options demand.
        is_local: whether it lies in a directory of this machine, which no upload brought there.
        teller: what describes the file, for the words of the rejection.
    """
    if not is_local:
        # Each demand has its own allowance: neither file nor option loosens the other's.
        demands = [(policy.cutoff, policy.no_upload_time_allowed, "--uploaded-prior-to")]
        demands += [(rule.cutoff, rule.no_upload_time_allowed, _place(rule)) for rule in rules]
        for cutoff, unknown_allowed, place in demands:
            if file.upload_time is None and unknown_allowed:
                continue
            rejection = _uploaded_since(file, cutoff, place, teller)
            if rejection is not None:
                return rejection
    for rule in rules:
        rejection = _by_rule(file, rule, teller)
        if rejection is not None:
            return rejection
    return None


def _uploaded_since(
    file: File, cutoff: datetime | None, place: str, teller: str
) -> Rejection | None:
    if cutoff is None:
        return None
    if file.upload_time is None:
        detail = f"{teller} does not say when it was uploaded, which {place} asks"
        return _rejected(file, RejectionReason.NO_UPLOAD_TIME, detail)
    if file.upload_time >= cutoff:
        when, until = (f"{time:%Y-%m-%d %H:%M}" for time in (file.upload_time, cutoff))
        detail = f"uploaded {when}, and {place} takes what was before {until}"
        return _rejected(file, RejectionReason.COOLDOWN, detail)
    return None


def _by_rule(file: File, rule: MappingRule, teller: str) -> Rejection | None:
    if rule.hashes_required and strongest(file.hashes) is None:
        detail = f"{teller} gives no hash, which {_place(rule)} requires"
        return _rejected(file, RejectionReason.HASH_MISSING, detail)
    if rule.sdists_denied and not file.is_wheel:
        return _rejected(file, RejectionReason.SDIST_DENIED, f"{_place(rule)} takes wheels only")
    if rule.identity is not None and file.provenance_url is None:
        detail = f"{teller} offers no attestation, which {_place(rule)} requires"
        return _rejected(file, RejectionReason.IDENTITY, detail)
    return None


def _place(rule: MappingRule) -> str:
    return f"{rule.declared_at} {rule.key_path}"


def _rejected(file: File, reason: RejectionReason, detail: str) -> Rejection:
    return Rejection(filename=file.filename, reason=reason, detail=detail)
