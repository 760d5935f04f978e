"""What would become of a name if a repository said something else of it tomorrow?

Replays the decision, by the very stages that made it, over answers altered in memory: a stranger's
release appears; or the name is lost, or its repository refuses, fails or forwards, while that
release is on every other one, because whoever waits for that is prepared. A change that ends in a
refusal or an outage is harmless; one that would quietly take another repository's file is not.
Asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from xpip.core.continuity import origin_changes
from xpip.core.decisions import REFUSED, Candidate, Pin, Ruling
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import (
    Absent,
    Answer,
    CoreMetadata,
    File,
    Found,
    Hash,
    InstalledDistribution,
    Layout,
    ProjectPage,
    Release,
    Repository,
    Unavailable,
)
from xpip.core.names import NormalizedName
from xpip.core.planning import Change
from xpip.core.policy import Policy, RepositoryGroup, Target
from xpip.core.recorded_answers import RecordedAnswers
from xpip.core.selection import Option, Withheld
from xpip.errors import PolicyError, Reason, branch_for

_OWN = Version("1.0")
# Before any cooldown's cutoff: whoever prepares a release can wait.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Event(StrEnum):
    """What may happen to one repository, or to all of them."""

    APPEARS = "appears"
    """A stranger's release is listed there."""
    LOST = "lost"
    """It does not have the name any more."""
    EMPTIED = "emptied"
    """Its page lists no file any more."""
    REFUSES = "refuses"
    """It asks for a login."""
    FAILS = "fails"
    """It is out of order."""
    FORWARDS = "forwards"
    """It forwards the name to a stranger's server."""
    OFFLINE = "offline"
    """No repository can be reached."""


class Outcome(StrEnum):
    """What the run would come to."""

    SAME = "same"
    """A file of the same repository."""
    OWN = "own"
    """A file of a directory on this machine."""
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    NOTHING = "nothing"
    """No file may be chosen: the run ends without one."""
    ORIGIN_CHANGED = "origin-changed"
    """Refused only because what is installed remembers where it came from."""
    SWITCHED = "switched"
    """A file of another repository would be taken, and no one would be asked."""


class Consequence(Struct, frozen=True, kw_only=True):
    """One thing that may happen, and what would follow.

    Attributes:
        group: whom it happens to; None for all.
        version: the stranger's release.
        chosen: what would be taken, if anything.
        detail: why nothing would be.
    """

    event: Event
    group: RepositoryGroup | None
    version: Version
    outcome: Outcome
    chosen: Candidate | None = None
    detail: str = ""

    @property
    def is_dangerous(self) -> bool:
        """Whether a stranger's file could come in without a word."""
        return self.outcome is Outcome.SWITCHED


def replays(
    finding: Finding,
    policy: Policy,
    target: Target,
    installed: InstalledDistribution | None = None,
) -> Iterator[Consequence]:
    """Every event at every repository in use, and what would follow; none where nothing may come.

    Whatever version is asked for today: the next requirement may be another.

    Args:
        finding: as it is today.
        policy: what decided.
        target: what it was decided for.
        installed: what remembers where it came from, if anything does.
    """
    remote = [group for group in policy.groups if not group.is_local]
    if not remote or not finding.asked or not finding.verdict.ruling.admits:
        return
    today = _Replay(finding, policy, target, installed)
    for group in remote:
        for event in today.possible(group):
            yield today.after(event, group)
    yield today.after(Event.OFFLINE, None)


def again(finding: Finding, policy: Policy, target: Target) -> Finding:
    """The same answers, judged under another policy; who was not asked lacks the name."""
    return Discovery(RecordedAnswers(_heard(finding)), policy=policy, target=target).find(
        finding.project
    )


def supposed(
    project: NormalizedName, holder: RepositoryGroup, policy: Policy, target: Target
) -> Finding:
    """What would be found of a name that one group has, and all others lack; nobody is asked."""
    page = _with_release(_page(holder.canonical, project, None), _OWN)
    answers: dict[Repository, Answer] = {holder.canonical: Found(page=page)}
    return Discovery(RecordedAnswers(answers), policy=policy, target=target).find(project)


def _heard(finding: Finding) -> dict[Repository, Answer]:
    return {answer.repository: answer for asked in finding.asked for answer in asked.heard}


class _Replay:
    def __init__(
        self,
        finding: Finding,
        policy: Policy,
        target: Target,
        installed: InstalledDistribution | None,
    ) -> None:
        self._finding = finding
        self._policy = policy
        self._target = target
        self._installed = installed
        self._heard = _heard(finding)
        self._version = _above(self._heard.values())
        self._speakers = _speakers(finding)

    def possible(self, group: RepositoryGroup) -> Iterator[Event]:
        """The events that could change anything: what is not there cannot be lost."""
        yield Event.APPEARS
        if group in self._finding.routing.groups:
            if any(isinstance(self._heard.get(mirror), Found) for mirror in group.mirrors):
                yield from (Event.LOST, Event.EMPTIED)
            yield from (Event.REFUSES, Event.FAILS, Event.FORWARDS)

    def after(self, event: Event, group: RepositoryGroup | None) -> Consequence:
        """The same decision, after the event."""
        answers = dict(self._heard)
        for other in self._policy.groups:
            happening = _happening(event, group, other)
            if happening is not None:
                answers.update(self._altered(happening, other))
        discovery = Discovery(RecordedAnswers(answers), policy=self._policy, target=self._target)
        outcome, chosen, detail = self._outcome(discovery.find(self._finding.project))
        return Consequence(
            event=event,
            group=group,
            version=self._version,
            outcome=outcome,
            chosen=chosen,
            detail=detail,
        )

    def _altered(self, event: Event, group: RepositoryGroup) -> Iterator[tuple[Repository, Answer]]:
        project = self._finding.project
        for mirror in group.mirrors:
            if event is Event.APPEARS:
                page = _page(mirror, project, self._heard.get(mirror))
                yield mirror, Found(page=_with_release(page, self._version))
            else:
                yield mirror, _answer(event, mirror, project)

    def _outcome(self, found: Finding) -> tuple[Outcome, Candidate | None, str]:
        ruling, why = found.verdict.ruling, found.verdict.explanation
        if ruling is Ruling.UNAVAILABLE:
            return _unusable(found)
        if ruling in REFUSED:
            return Outcome.REFUSED, None, why
        option = best(found)
        if isinstance(option, Withheld):
            return Outcome.REFUSED, None, option.rejection.detail
        if option is None:
            return Outcome.NOTHING, None, "no file will do" if ruling.admits else why
        return self._place(option, found), option, ""

    def _place(self, chosen: Candidate, found: Finding) -> Outcome:
        if chosen.origin.repository in self._speakers:
            return Outcome.SAME
        if chosen.origin.repository.startswith("file:"):
            return Outcome.OWN
        return Outcome.ORIGIN_CHANGED if self._is_remembered(chosen, found) else Outcome.SWITCHED

    def _is_remembered(self, chosen: Candidate, found: Finding) -> bool:
        if self._installed is None:
            return False
        metadata = CoreMetadata(name=chosen.project, version=chosen.version)
        change = Change(
            pin=Pin(chosen=chosen, metadata=metadata), candidate=chosen, replaces=self._installed
        )
        return bool(origin_changes([change], {chosen.project: found}, self._policy))


def _happening(event: Event, group: RepositoryGroup | None, other: RepositoryGroup) -> Event | None:
    """What happens to a repository, while an event befalls one, or all."""
    if other.is_local:
        return None
    if group is None or other is group:
        return event
    return None if event is Event.APPEARS else Event.APPEARS


def best(finding: Finding) -> Option | None:
    """What would be chosen of any version, where the ruling admits one."""
    if not finding.verdict.ruling.admits:
        return None
    return next(finding.selection.matching(SpecifierSet()), None)


def _speakers(finding: Finding) -> frozenset[str]:
    """Whose file is taken today; where none will do, whose could be."""
    option = best(finding)
    if isinstance(option, Candidate):
        return frozenset({option.origin.repository})
    admitted = {page.repository for page in finding.verdict.admitted}
    groups = (asked.group for asked in finding.asked)
    return frozenset(
        group.canonical.url for group in groups if not admitted.isdisjoint(group.mirrors)
    )


def _unusable(found: Finding) -> tuple[Outcome, None, str]:
    """Some failures to answer are refused by policy, such as a name that is forwarded."""
    failures = [each for each in found.verdict.evidence if isinstance(each, Unavailable)]
    refused = any(branch_for(each.reason) is PolicyError for each in failures)
    detail = "; ".join(dict.fromkeys(each.detail for each in failures))
    return (Outcome.REFUSED if refused else Outcome.UNAVAILABLE), None, detail


def _above(answers: Iterable[Answer]) -> Version:
    """A version above all that are known: 99.0 mostly."""
    pages = [answer.page for answer in answers if isinstance(answer, Found)]
    newest = max((page.newest_version or Version("0") for page in pages), default=Version("0"))
    return Version(f"{newest.epoch}!{max(99, newest.major + 1)}.0")


def _answer(event: Event, mirror: Repository, project: NormalizedName) -> Answer:
    url = mirror.project_url(project)
    if event is Event.LOST:
        return Absent(repository=mirror, url=url, detail="status 404")
    if event is Event.EMPTIED:
        return Found(page=_page(mirror, project, None))
    reason, detail = _FAILURES[event]
    return Unavailable(repository=mirror, url=url, reason=reason, detail=detail)


_FAILURES = {
    Event.REFUSES: (Reason.AUTH_FAILED, "status 401"),
    Event.FAILS: (Reason.HTTP_STATUS, "status 503"),
    Event.FORWARDS: (Reason.REDIRECT_FOREIGN, "to a server that nobody named"),
    Event.OFFLINE: (Reason.UNREACHABLE, "no connection"),
}


def _page(mirror: Repository, project: NormalizedName, answer: Answer | None) -> ProjectPage:
    """The page as it is today, or one without files that says all a page can say."""
    if isinstance(answer, Found):
        return answer.page
    url = mirror.project_url(project)
    return ProjectPage(project=project, repository=mirror, url=url, api_version="1.4")


def _with_release(page: ProjectPage, version: Version) -> ProjectPage:
    """The page, with a wheel for every machine and a source distribution."""
    stem = f"{page.project.replace('-', '_')}-{version}"
    flat = page.repository.layout is Layout.FLAT
    root = (page.url if flat else page.repository.url).rstrip("/")
    files = tuple(
        File(
            filename=f"{stem}{suffix}",
            url=f"{root}/{stem}{suffix}",
            hashes=(Hash("sha256", "0" * 64),),
            upload_time=_LONG_AGO,
        )
        for suffix in ("-py3-none-any.whl", ".tar.gz")
    )
    return replace(page, releases=(*page.releases, Release(version=version, files=files)))
