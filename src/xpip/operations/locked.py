"""A lock file, wherever it lies → what to install of it, held to today's policy; nothing resolved.

Read, select, judge, and ask a page only where a rule demands what no lock can say, or the user
wants it. What then is fetched and installed is the story of `installing_locked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from packaging.utils import NormalizedName

from xpip.core.decisions import (
    Candidate,
    Interruption,
    Outage,
    Rejection,
    Resolution,
    Routing,
    Ruling,
    Verdict,
)
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Unavailable
from xpip.core.hashes import secure
from xpip.core.lockfile.document import LARGEST, invalid_lock
from xpip.core.lockfile.judging import Judged, is_same_file, judge_all, required_origin
from xpip.core.lockfile.reading import Lock, LockSource, read_lock
from xpip.core.lockfile.selecting import Entry
from xpip.core.policy import Policy, Target
from xpip.core.ports import Repositories
from xpip.core.reporting.refusals import errors_of
from xpip.core.resolution import Attempt
from xpip.core.selection import Selection
from xpip.core.urls import redacted
from xpip.core.values import dataclass
from xpip.edge.config import Options, Settings
from xpip.errors import PolicyError, Reason, SeveralErrors, XpipError
from xpip.operations.configuring import Downloader
from xpip.operations.remembering import lock_tables
from xpip.operations.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What the user wants to know of origins.

    Attributes:
        required: whether a file is refused whose origin the lock does not show.
        verified: whether the page of every file is asked whether it lists it.
    """

    required: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The files of a lock that may be installed, and what was found of their projects."""

    judged: tuple[Judged, ...]
    findings: dict[NormalizedName, Finding] = field(default_factory=dict)


def load_lock(name: str, settings: Settings, options: Options, around: Surroundings) -> Lock:
    """Read the lock file of this name, or at this URL.

    Raises:
        UsageError: `lock-invalid`: there is none, or it cannot be used.
        AvailabilityError: it cannot be had from the network.
    """
    if name.startswith(("https:", "http:")):
        raw = Downloader(options, around).fetch(name, limit=LARGEST)
        parts = urlsplit(name)
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        source = LockSource(shown=redacted(name), base=urljoin(urlunsplit(plain), "."))
    else:
        path = (around.cwd / Path(name).expanduser()).absolute()
        raw = _read(path, name)
        source = LockSource(shown=name, base=path.parent.as_uri().rstrip("/") + "/")
    return read_lock(
        raw,
        source,
        trusted_hosts=options.trusted_hosts,
        table_of=lock_tables(settings.cache_directory),
    )


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise invalid_lock(
            name,
            f"it cannot be read: {error.strerror or error}",
            hint="`xpip lock` makes one." if isinstance(error, FileNotFoundError) else None,
        ) from None


def admit(
    entries: Iterable[Entry],
    policy: Policy,
    target: Target,
    repositories: Repositories,
    origins: Origins,
) -> Admitted:
    """Hold the entries of releases to today's policy, all of them.

    Raises:
        XpipError: one of them may not be taken, or that cannot be known.
    """
    judged, errors = judge_all(entries, policy)
    asked = [each for each in judged if each.asks_page or origins.verified]
    if not errors and asked:
        pages = _Pages(policy, target, repositories)
        pages.begin(asked)
        found = {each.entry.project: pages.confirm(each) for each in asked}
        errors = tuple(error for error in _errors(found.values(), pages, policy, target))
        judged = tuple(
            confirmed if isinstance(confirmed := found.get(each.entry.project), Judged) else each
            for each in judged
        )
        findings = pages.findings
    else:
        findings = {}
    if origins.required and not errors:
        errors = required_origin(judged)
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
    unasked = {
        each.entry.project: _unasked(each.routing, policy, target)
        for each in judged
        if each.entry.project not in findings
    }
    return Admitted(judged=judged, findings={**findings, **unasked})


def _unasked(routing: Routing, policy: Policy, target: Target) -> Finding:
    """What is known of a project of which no page was asked."""
    return Finding(
        project=routing.project,
        routing=routing,
        verdict=Verdict(
            project=routing.project,
            ruling=Ruling.LOCKED,
            admitted=(),
            evidence=(),
            explanation="a lock names the file",
        ),
        selection=Selection(routing.project, (), policy=policy, target=target),
    )


class _Pages:
    """Asks pages whether they list what a lock names."""

    def __init__(self, policy: Policy, target: Target, repositories: Repositories) -> None:
        self._policy = policy
        self._target = target
        self._repositories = repositories
        self._discoveries: dict[NormalizedName, Discovery] = {}
        self.findings: dict[NormalizedName, Finding] = {}

    def confirm(self, judged: Judged) -> Judged | XpipError | None:
        """The same, as its page has it; None where the finding itself says why it may not be."""
        finding = self._find(judged.entry)
        self.findings[judged.entry.project] = finding
        if not finding.verdict.ruling.admits and finding.verdict.ruling is not Ruling.ABSENT:
            return None
        listed = list(_listed(finding, judged))
        for candidate in listed:
            if is_same_file(candidate.file, judged.candidate.file):
                return _confirmed(judged, candidate)
        return _unlisted(judged, finding, other_contents=bool(listed))

    def begin(self, asked: Iterable[Judged]) -> None:
        """Ask all at once, as far as their rules let them be asked before answers are here."""
        for each in asked:
            self._discovery(each.entry).advance(each.entry.project)

    def _find(self, entry: Entry) -> Finding:
        return self._discovery(entry).find(entry.project)

    def _discovery(self, entry: Entry) -> Discovery:
        if entry.project not in self._discoveries:
            assert entry.file is not None
            hashes = frozenset(
                claim for file in (entry.file, *entry.others) for claim in secure(file.hashes)
            )
            # PEP 708's second step: files of other contents are not what is asked about.
            policy = replace(
                self._policy,
                known_hashes={entry.project: hashes},
                known_identities={entry.project: entry.identities},
            )
            made = Discovery(self._repositories, policy=policy, target=self._target)
            self._discoveries[entry.project] = made
        return self._discoveries[entry.project]


def _listed(finding: Finding, judged: Judged) -> Iterator[Candidate]:
    """What the pages that may speak for it list under this file's name."""
    wanted = judged.candidate
    if wanted.version not in finding.selection.versions:
        return
    release = finding.selection.release(wanted.version)
    for each in (*release.candidates, *release.yanked):
        if (
            isinstance(each, Candidate)
            and each.file.filename == wanted.file.filename
            and wanted.origin.group in ("", each.origin.group)
        ):
            yield each


def _confirmed(judged: Judged, listed: Candidate) -> Judged:
    locked = judged.candidate.file
    file = replace(
        listed.file,
        url=locked.url,
        hashes=tuple(sorted({*secure(locked.hashes), *secure(listed.file.hashes)}, reverse=True)),
        size=listed.file.size if locked.size is None else locked.size,
    )
    rule = f"{listed.origin.rule}, {judged.entry.place}"
    candidate = replace(
        listed,
        file=file,
        origin=replace(listed.origin, rule=rule, ruling=Ruling.LOCKED),
    )
    return replace(judged, candidate=candidate, unproven=None)


def _unlisted(judged: Judged, finding: Finding, *, other_contents: bool) -> PolicyError:
    filename = judged.candidate.file.filename
    rejection = _rejection(finding, judged)
    pages = ", ".join(redacted(answer.url) for answer in finding.verdict.evidence) or "nobody"
    if rejection is not None:
        why = f"its page does not let it pass: {rejection.detail or rejection.reason.value}"
    elif other_contents:
        why = "its page lists it with other contents"
    else:
        why = "its page does not list it"
    known = {reason.value: reason for reason in Reason}
    reason = rejection.reason.value if rejection else ""
    return PolicyError(
        f"{filename} may not be taken: {why}",
        reference=known.get(reason, Reason.LOCK_ORIGIN_MISMATCH),
        context=[judged.entry.place, f"asked: {pages}"],
    )


def _rejection(finding: Finding, judged: Judged) -> Rejection | None:
    wanted = judged.candidate
    if wanted.version not in finding.selection.versions:
        return None
    release = finding.selection.release(wanted.version)
    withheld = [release.withheld.rejection] if release.withheld else []
    return next(
        (
            each
            for each in (*withheld, *release.rejections)
            if each.filename == wanted.file.filename
        ),
        None,
    )


def _errors(
    confirmed: Iterable[Judged | XpipError | None], pages: _Pages, policy: Policy, target: Target
) -> Iterator[XpipError]:
    findings = tuple(pages.findings.values())
    outages = tuple(
        Outage(project=finding.project, answer=answer)
        for finding in findings
        if finding.verdict.ruling is Ruling.UNAVAILABLE
        for answer in _unavailable(finding)
    )
    nothing = Resolution(pins=(), target=target)
    attempt = Attempt(
        outcome=Interruption(outages=outages) if outages else nothing, findings=findings
    )
    yield from errors_of(attempt, replace(policy, ignore_unreached=False), target)
    yield from (each for each in confirmed if isinstance(each, XpipError))


def _unavailable(finding: Finding) -> Sequence[Unavailable]:
    return [each for each in finding.verdict.evidence if isinstance(each, Unavailable)][:1]
