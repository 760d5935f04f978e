"""An entry of a lock and today's policy → a file that may be fetched, or why it may not.

A lock says what was decided once, by whoever wrote it. What it says of origins is held to today's
mapping file before anything is fetched (semantics 8): the name is routed as every name is, and
repository and file have to be those of a group that may speak for it. Where no rule speaks of the
name, an origin that cannot be shown is told; its hash is then all that vouches for the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.decisions import Candidate, Origin, RejectionReason, Routing, Ruling, Stage
from xpip.core.demands import demanded_identities, file_rejection
from xpip.core.facts import File
from xpip.core.file_hosts import FileHosts
from xpip.core.hashes import secure, strongest
from xpip.core.lockfile.selected import Entry
from xpip.core.policy import MappingRule, Policy, RepositoryGroup
from xpip.core.routing import route
from xpip.core.urls import canonical_root, is_below, redacted, web_origin
from xpip.errors import PolicyError, Reason, ResolutionError, XpipError


class Judged(Struct, frozen=True, kw_only=True):
    """What follows for one entry.

    Attributes:
        candidate: the file, of the group that may speak for it.
        routing: who may speak for the name.
        unproven: why the lock does not show where the file comes from, if so.
        asks_page: whether its page has to be asked: a rule demands what no lock can say.
    """

    entry: Entry
    candidate: Candidate
    routing: Routing
    unproven: str | None = None
    asks_page: bool = False


def judge_entry(entry: Entry, policy: Policy) -> Judged | XpipError:
    """Hold an entry of a release to today's policy."""
    assert entry.file is not None
    routing = route(entry.project, policy)
    if routing.closed is not None and not routing.stages:
        from xpip.core.reporting.refusals import closed

        return closed(entry.project, routing.closed, routing.explanation)
    if strongest(entry.file.hashes) is None:
        return PolicyError(
            f"{entry.file.filename} has no hash in the lock that proves what it is",
            reference=Reason.HASH_MISSING,
            context=[entry.place],
            hint="Lock anew, with sha256.",
        )
    found = _speaker(entry, routing, policy)
    if isinstance(found, str):
        return _mismatch(entry, routing, found)
    return _judged(entry, routing, found, policy)


def judge_all(
    entries: Iterable[Entry], policy: Policy
) -> tuple[tuple[Judged, ...], tuple[XpipError, ...]]:
    """The same of many: what may be fetched, and everything that may not."""
    results = [judge_entry(entry, policy) for entry in entries]
    return (
        tuple(each for each in results if isinstance(each, Judged)),
        tuple(each for each in results if isinstance(each, XpipError)),
    )


class _Speaker(Struct, frozen=True, kw_only=True):
    """Who stands for a file, in which stage; nobody where the lock alone does."""

    stage: Stage
    group: RepositoryGroup | None
    unproven: str | None = None


def _speaker(entry: Entry, routing: Routing, policy: Policy) -> _Speaker | str:
    """The group that owns the file, or why none does."""
    assert entry.file is not None
    is_ruled = any(stage.mapping_rule for stage in routing.stages)
    named = [
        (stage, group)
        for stage, group in _speaking(routing)
        if entry.index is None or _has_root(group, entry.index)
    ]
    doubt = None if entry.index else "the lock names no index"
    for stage, group in named:
        if _owns(entry.file.url, stage, group, policy):
            # What lies in a directory is what the directory has: no index can say more.
            return _Speaker(stage=stage, group=group, unproven=None if group.is_local else doubt)
    if is_ruled:
        return _beside(entry, named)
    claimed = named[0][1] if named and entry.index else None
    stage = named[0][0] if claimed else routing.stages[0]
    return _Speaker(stage=stage, group=claimed, unproven=doubt or _doubt(entry, claimed))


def _beside(entry: Entry, named: Sequence[tuple[Stage, RepositoryGroup]]) -> _Speaker | str:
    """Under a rule, a place that nobody owns: beside the lock its page can speak for the file."""
    assert entry.file is not None
    if not named:
        return f"its index is {redacted(entry.index or '')}"
    if not entry.is_beside:
        return f"{redacted(entry.file.url)} is not a place where they keep files"
    stage, group = named[0]
    return _Speaker(stage=stage, group=group, unproven="the file lies beside the lock")


def _doubt(entry: Entry, group: RepositoryGroup | None) -> str:
    assert entry.file is not None
    index = redacted(entry.index or "")
    if group is None:
        return f"{index} is none of the repositories in use"
    if entry.is_beside:
        return "the file lies beside the lock"
    return f"{web_origin(entry.file.url)[1]} is not known to keep files of {index}"


def _speaking(routing: Routing) -> Iterator[tuple[Stage, RepositoryGroup]]:
    for stage in routing.stages:
        yield from ((stage, group) for group in stage.groups if not stage.drops(group))


def _owns(url: str, stage: Stage, group: RepositoryGroup, policy: Policy) -> bool:
    if url.startswith("file:"):
        return any(each.is_local and is_below(url, each.url) for each in group.mirrors)
    strict = stage.mapping_rule is not None
    return FileHosts(group, policy.groups, strict=strict).owns(url)


def _has_root(group: RepositoryGroup, index: str) -> bool:
    return any(canonical_root(mirror.url) == canonical_root(index) for mirror in group.mirrors)


def _judged(
    entry: Entry, routing: Routing, speaker: _Speaker, policy: Policy
) -> Judged | XpipError:
    assert entry.file is not None
    assert entry.version is not None
    rules = speaker.stage.rules_for(speaker.group) if speaker.group else ()
    recorded = policy
    if entry.identities or policy.known_identities:
        recorded = replace(policy, known_identities={entry.project: entry.identities})
    identities = demanded_identities(rules, entry.project, recorded)
    asks_page = bool(identities) or any(map(_demands_page, rules))
    if speaker.stage.mapping_rule is not None:
        # Nothing but a page shows that a file beside the lock has a right to its name.
        asks_page |= entry.is_beside and speaker.unproven is not None
    objection = _objection(entry, tuple(map(_as_lock_can_say, rules)), policy)
    if objection is not None:
        return objection
    group = speaker.group
    origin = Origin(
        group=group.name if group else "",
        repository=group.canonical.url if group else entry.index or _place(entry.file.url),
        page_url=group.canonical.project_url(entry.project) if group else "",
        rule=f"{speaker.stage.rule}, {entry.place}",
        ruling=Ruling.UNPROVEN if speaker.unproven else Ruling.LOCKED,
    )
    candidate = Candidate(
        project=entry.project,
        version=entry.version,
        file=entry.file,
        origin=origin,
        identities=identities,
    )
    return Judged(
        entry=entry,
        candidate=candidate,
        routing=routing,
        unproven=speaker.unproven,
        asks_page=asks_page,
    )


def _demands_page(rule: MappingRule) -> bool:
    """Whether a rule demands what no lock can say: who else lists a file, status."""
    return rule.threshold > 1 or rule.statuses is not None


def _as_lock_can_say(rule: MappingRule) -> MappingRule:
    return replace(rule, identity=None)


def _objection(entry: Entry, rules: tuple[MappingRule, ...], policy: Policy) -> XpipError | None:
    """What rules and options demand of files, as far as the lock tells (4.6)."""
    assert entry.file is not None
    rejection = file_rejection(
        entry.file,
        rules,
        policy,
        is_local=entry.file.url.startswith("file:"),
        teller="the lock",
    )
    if rejection is None:
        return None
    reference = _DEMANDS.get(rejection.reason)
    if reference is None:
        return ResolutionError(
            f"The lock file has no wheel of {entry.project} for this environment",
            reference=Reason.NO_CANDIDATE,
            context=[entry.place, rejection.detail],
        )
    return PolicyError(
        f"{rejection.filename} may not be taken: {rejection.detail}",
        reference=reference,
        context=[entry.place],
    )


_DEMANDS = {
    RejectionReason.COOLDOWN: Reason.COOLDOWN,
    RejectionReason.NO_UPLOAD_TIME: Reason.NO_UPLOAD_TIME,
    RejectionReason.HASH_MISSING: Reason.HASH_MISSING,
}


def _mismatch(entry: Entry, routing: Routing, what: str) -> PolicyError:
    rules = dict.fromkeys(stage.rule for stage in routing.stages)
    allowed = ", ".join(
        f"{group.name} ({redacted(group.canonical.url)})" for _, group in _speaking(routing)
    )
    return PolicyError(
        f"The lock takes {entry.project} from where its rule does not: {what}",
        reference=Reason.LOCK_ORIGIN_MISMATCH,
        context=[
            entry.place,
            *(f"{rule} lets speak: {allowed or 'nobody'}" for rule in rules),
        ],
        hint="Lock anew under this mapping file; or change the file, if the lock is right.",
        data={
            "project": entry.project,
            "index": redacted(entry.index) if entry.index else None,
            "url": redacted(entry.file.url) if entry.file else None,
        },
    )


def required_origin(judged: Iterable[Judged]) -> tuple[PolicyError, ...]:
    """What `--require-origin` refuses: every file whose origin the lock does not show."""
    return tuple(
        PolicyError(
            f"The lock does not show where {each.candidate.file.filename} comes from: "
            f"{each.unproven}",
            reference=Reason.LOCK_ORIGIN_MISMATCH,
            context=[each.entry.place, "--require-origin"],
            hint="--verify-origin asks its repository.",
        )
        for each in judged
        if each.unproven
    )


def is_same_file(one: File, other: File) -> bool:
    """Whether two descriptions share a hash that proves it, and contradict in none."""
    here, there = dict(secure(one.hashes)), dict(secure(other.hashes))
    shared = here.keys() & there.keys()
    return bool(shared) and all(here[name] == there[name] for name in shared)


def _place(url: str) -> str:
    return urljoin(url, "." if url.startswith("file:") else "/")
