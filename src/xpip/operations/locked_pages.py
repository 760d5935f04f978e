"""Do pages list what a lock names? Asked where a rule demands what no lock can say, or the user.

Imported only then: it brings in all that asks and judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate, Interruption, Outage, Rejection, Resolution, Ruling
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Unavailable
from xpip.core.hashes import secure
from xpip.core.lockfile.judging import Judged, is_same_file
from xpip.core.lockfile.selected import Entry
from xpip.core.policy import Policy, Target
from xpip.core.ports import Repositories
from xpip.core.reporting.refusals import errors_of
from xpip.core.resolution import Attempt
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason, XpipError


class Said(Struct, frozen=True, kw_only=True):
    """What pages say of files that a lock names.

    Attributes:
        confirmed: the files that they list, as they have them.
        findings: of every project whose page was asked.
        errors: why others may not be taken.
    """

    confirmed: Mapping[NormalizedName, Judged]
    findings: Mapping[NormalizedName, Finding]
    errors: tuple[XpipError, ...]


def ask_pages(
    asked: Sequence[Judged], policy: Policy, target: Target, repositories: Repositories
) -> Said:
    """Ask the page of each."""
    pages = _Pages(policy, target, repositories)
    pages.begin(asked)
    found = {each.entry.project: pages.confirm(each) for each in asked}
    return Said(
        confirmed={name: each for name, each in found.items() if isinstance(each, Judged)},
        findings=pages.findings,
        errors=tuple(_errors(found.values(), pages, policy, target)),
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
            hashes = frozenset(secure((*entry.file.hashes, *entry.other_hashes)))
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
