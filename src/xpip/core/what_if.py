"""What would become of a name if a repository said something else of it tomorrow?

Replays the decision, by the very stages that made it, over answers altered in memory: a release
99.0 appears; or the name is lost, or its repository refuses, fails or forwards, while 99.0 is on
every other one, because whoever waits for that is prepared. A change that ends in a refusal or an
outage is harmless; one that would quietly take another repository's file is not. Asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
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
    MetadataAnswer,
    ProjectPage,
    Release,
    Repository,
    Unavailable,
    Unbuilt,
)
from xpip.core.planning import Change
from xpip.core.policy import Policy, RepositoryGroup, Target
from xpip.core.ports import Listener
from xpip.core.selection import Withheld
from xpip.errors import Reason

_STRANGER = Version("99.0")
# Before any cooldown's cutoff: whoever prepares a release can wait.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Event(StrEnum):
    """What may happen to one repository."""

    APPEARS = "99.0 appears on"
    LOST = "the name is lost by"
    EMPTIED = "all files of it are gone from"
    REFUSES = "a login is refused by"
    FAILS = "an outage befalls"
    FORWARDS = "the name is forwarded to a stranger by"


class Outcome(StrEnum):
    """What the run would come to."""

    SAME = "same"
    """Files of the same repository."""
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    NOTHING = "nothing"
    """No file may be chosen: the run ends without one."""
    SWITCHED = "switched"
    """A file of another repository would be taken, and no one would be asked."""
    CONTINUITY = "refused because of what is installed"
    """It would switch, if what is installed did not remember where it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One thing that may happen, and what would follow."""

    event: Event
    group: RepositoryGroup
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

    Args:
        finding: as it is today.
        policy: what decided.
        target: what it was decided for.
        installed: what remembers where it came from, if anything does.
    """
    if not finding.verdict.ruling.admits:
        return
    today = _Replay(finding, policy, target, installed)
    for group in policy.groups:
        for event in Event:
            if not group.is_local and today.could_happen(event, group):
                yield today.after(event, group)


class _Replay:
    def __init__(
        self,
        finding: Finding,
        policy: Policy,
        target: Target,
        installed: InstalledDistribution | None,
    ) -> None:
        self._project = finding.project
        self._policy = policy
        self._target = target
        self._installed = installed
        self._heard = {
            answer.repository: answer for asked in finding.asked for answer in asked.heard
        }
        self._before = _chosen(finding)

    def could_happen(self, event: Event, group: RepositoryGroup) -> bool:
        """Whether the event changes anything: what is not there cannot be lost."""
        has = any(isinstance(self._heard.get(mirror), Found) for mirror in group.mirrors)
        return event in (Event.APPEARS, Event.REFUSES, Event.FAILS) or has

    def after(self, event: Event, group: RepositoryGroup) -> Consequence:
        """The same decision, after the event."""
        answers = dict(self._heard)
        if event is not Event.APPEARS:
            for other in self._policy.groups:
                if other is not group and not other.is_local:
                    self._alter(answers, Event.APPEARS, other)
        self._alter(answers, event, group)
        found = Discovery(_Recorded(answers), policy=self._policy, target=self._target).find(
            self._project
        )
        chosen = _chosen(found)
        outcome, detail = self._outcome(found, chosen)
        return Consequence(event=event, group=group, outcome=outcome, chosen=chosen, detail=detail)

    def _alter(
        self, answers: dict[Repository, Answer], event: Event, group: RepositoryGroup
    ) -> None:
        for mirror in group.mirrors:
            answers[mirror] = _altered(event, mirror, self._project, answers.get(mirror))

    def _outcome(self, found: Finding, chosen: Candidate | None) -> tuple[Outcome, str]:
        ruling = found.verdict.ruling
        if ruling in REFUSED:
            return Outcome.REFUSED, found.verdict.explanation
        if ruling is Ruling.UNAVAILABLE:
            return Outcome.UNAVAILABLE, found.verdict.explanation
        if chosen is None:
            return Outcome.NOTHING, found.verdict.explanation
        if self._before and chosen.origin.repository == self._before.origin.repository:
            return Outcome.SAME, ""
        if self._is_remembered(found, chosen):
            return Outcome.CONTINUITY, f"{chosen.origin.repository} is not where it came from"
        return Outcome.SWITCHED, f"{chosen.file.filename} from {chosen.origin.repository}"

    def _is_remembered(self, found: Finding, chosen: Candidate) -> bool:
        if self._installed is None:
            return False
        metadata = CoreMetadata(name=chosen.project, version=chosen.version)
        change = Change(
            pin=Pin(chosen=chosen, metadata=metadata), candidate=chosen, replaces=self._installed
        )
        return bool(origin_changes([change], {chosen.project: found}, self._policy))


def _chosen(finding: Finding) -> Candidate | None:
    """The best candidate of any version, where the ruling admits one."""
    if not finding.verdict.ruling.admits:
        return None
    option = next(finding.selection.matching(SpecifierSet()), None)
    return None if isinstance(option, Withheld) else option


def _altered(
    event: Event, mirror: Repository, project: NormalizedName, answer: Answer | None
) -> Answer:
    url = mirror.project_url(project)
    match event:
        case Event.APPEARS:
            return Found(page=_with_a_stranger(mirror, project, answer))
        case Event.LOST:
            return Absent(repository=mirror, url=url, detail="status 404")
        case Event.EMPTIED:
            return Found(page=ProjectPage(project=project, repository=mirror, url=url))
        case Event.REFUSES:
            return _unavailable(mirror, url, Reason.AUTH_FAILED, "status 401")
        case Event.FAILS:
            return _unavailable(mirror, url, Reason.HTTP_STATUS, "status 503")
        case Event.FORWARDS:
            return _unavailable(mirror, url, Reason.REDIRECT_FOREIGN, "to a stranger")


def _unavailable(mirror: Repository, url: str, reason: Reason, detail: str) -> Unavailable:
    return Unavailable(repository=mirror, url=url, reason=reason, detail=detail)


def _with_a_stranger(
    mirror: Repository, project: NormalizedName, answer: Answer | None
) -> ProjectPage:
    url = mirror.project_url(project)
    page = ProjectPage(project=project, repository=mirror, url=url, api_version="1.4")
    if isinstance(answer, Found):
        page = answer.page
    filename = f"{project.replace('-', '_')}-{_STRANGER}-py3-none-any.whl"
    root = url if mirror.layout is Layout.FLAT else mirror.url
    file = File(
        filename=filename,
        url=f"{root.rstrip('/')}/{filename}",
        hashes=(Hash("sha256", "0" * 64),),
        upload_time=_LONG_AGO,
    )
    return replace(page, releases=(*page.releases, Release(version=_STRANGER, files=(file,))))


class _Recorded:
    """The port `Repositories`, over answers that are known: all others lack the name."""

    def __init__(self, answers: dict[Repository, Answer]) -> None:
        self._answers = answers

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        known = self._answers.get(repository)
        url = repository.project_url(project)
        return known or Absent(repository=repository, url=url, detail="was not asked")

    def first_page(self, repositories: Sequence[Repository], project: NormalizedName) -> Repository:
        return repositories[0]

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        return CoreMetadata(name=candidate.project, version=candidate.version)

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        missing = Repository(url=url)
        return _unavailable(missing, url, Reason.HTTP_STATUS, "nobody is asked in a replay")

    def prefetch_page(self, repository: Repository, project: NormalizedName) -> None: ...

    def prefetch_metadata(self, candidate: Candidate) -> None: ...

    def has_page(self, repository: Repository, project: NormalizedName) -> bool:
        return True

    def has_metadata(self, candidate: Candidate) -> bool:
        return True

    def listen(self, listener: Listener) -> None: ...
