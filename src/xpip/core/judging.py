"""May the pages that were found for a name be one namespace?

PEP 708's algorithm, made executable: only pages with files count; local directories always
merge; remote pages merge when one page answered for all of them, when `tracks` or
`alternate-locations` link all of them, or when the user merged them by name. Otherwise the
name is in conflict. The verdict knows no machine, no version and no order of answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from xpip.core.decisions import Ruling, Verdict
from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    Layout,
    ProjectPage,
    ProjectStatus,
    Unavailable,
)
from xpip.core.names import NormalizedName
from xpip.core.urls import canonical_project_url, joined, last_segment


class Trust(Struct, frozen=True, kw_only=True):
    """What the user says about one name, beyond what its pages say.

    Attributes:
        declared: by a rule: these repositories are one namespace for it.
        unsafe_merge: for this run: take them as one.
        same_content: every file left is one of those whose hashes are known.
        distrusted: URLs of repositories whose `tracks` are not believed.
    """

    declared: bool = False
    unsafe_merge: bool = False
    same_content: bool = False
    distrusted: frozenset[str] = frozenset()


_NOTHING_SAID = Trust()


def judge(
    project: NormalizedName, answers: Sequence[Answer], trust: Trust = _NOTHING_SAID
) -> Verdict:
    """Judge the answers for one project (PEP 708, "Recommended approach for installers").

    Args:
        project: the name in question.
        answers: one for each repository asked.
        trust: what the user says about this name.
    """
    ruling, admitted, explanation = _rule(project, answers, trust)
    return Verdict(
        project=project,
        ruling=ruling,
        admitted=admitted,
        evidence=tuple(answers),
        explanation=explanation,
    )


_Ruled = tuple[Ruling, tuple[ProjectPage, ...], str]


def _rule(project: NormalizedName, answers: Sequence[Answer], trust: Trust) -> _Ruled:
    pages = [answer.page for answer in answers if isinstance(answer, Found)]
    if any(page.status is ProjectStatus.QUARANTINED for page in pages):
        # Falling through to another repository would be the attacker's window (PEP 792).
        return Ruling.QUARANTINED, (), "a repository holds this name in quarantine"
    if any(isinstance(answer, Unavailable) for answer in answers):
        return Ruling.UNAVAILABLE, (), "a repository gave no usable answer"
    # PEP 708: "discovered files"; a page without any is no second claim to the name.
    pages = [page for page in pages if page.file_count]
    local = tuple(page for page in pages if page.repository.is_local)
    remote = tuple(page for page in pages if not page.repository.is_local)
    if pages and trust.declared:
        return Ruling.ROUTED, local + remote, "a rule of the mapping file says so"
    if not remote:
        return _without_remote(local, answers)
    if len(remote) == 1:
        return Ruling.SOLE, local + remote, "one remote repository has files"
    trackers = [answer.page for answer in answers if isinstance(answer, Found)]
    links = _Links(project, remote, trackers, trust.distrusted)
    ruling, explanation = _judge_links(links, trust)
    admitted = local + tuple(links.pages.values()) if ruling.admits else ()
    return ruling, admitted, explanation


def _without_remote(local: tuple[ProjectPage, ...], answers: Sequence[Answer]) -> _Ruled:
    if local:
        return Ruling.LOCAL, local, "only local directories have files"
    if all(isinstance(answer, Absent) for answer in answers):
        return Ruling.ABSENT, (), "no repository has this project"
    return Ruling.ABSENT, (), "no repository lists a file of this project"


def _judge_links(links: _Links, trust: Trust) -> tuple[Ruling, str]:
    if len(links.pages) == 1:
        return Ruling.SAME_PAGE, "these repositories end on one page"
    if trust.same_content:
        return Ruling.KNOWN_HASHES, "every file is one whose hash is known"
    if links.tracks_join_all():
        return Ruling.TRACKED, "PEP 708 `tracks` links all of these repositories"
    if links.alternate_locations_agree():
        return Ruling.ALTERNATE, "PEP 708 `alternate-locations` of all of them agree"
    if trust.unsafe_merge:
        return Ruling.UNSAFE_MERGE, "merged by the user for this run"
    return Ruling.CONFLICT, "several remote repositories have files, and nothing links them"


class _Links:
    """What PEP 708 metadata says about a set of remote pages, by canonical URL."""

    def __init__(
        self,
        project: NormalizedName,
        pages: Iterable[ProjectPage],
        fetched: Iterable[ProjectPage],
        distrusted: frozenset[str],
    ) -> None:
        self._distrusted = distrusted
        self._project = project
        # Also those without files: they make no claim to the name, but say whom they follow.
        self._trackers = {url for page in fetched if page.tracks for url in self._identity(page)}
        self.pages: dict[str, ProjectPage] = {}
        self._aliases: dict[str, str] = {}
        for page in pages:
            # Two repositories with one final URL are one repository: the one whose own URL it is.
            final, requested = self._identity(page)
            if final == requested or final not in self.pages:
                self.pages[final] = page
            self._aliases[final] = final
            self._aliases.setdefault(requested, final)
        self._tracked = {key: self._valid_tracks(key) for key in self.pages}
        self._component = self._join()

    def _identity(self, page: ProjectPage) -> tuple[str, str]:
        final = canonical_project_url(page.url)
        if page.repository.layout is Layout.FLAT:
            return final, final
        return final, canonical_project_url(page.repository.project_url(self._project))

    def tracks_join_all(self) -> bool:
        """Whether `tracks` makes one component of all pages."""
        return len(set(self._component.values())) == 1

    def alternate_locations_agree(self) -> bool:
        """Whether every root lists the same locations, itself implied, and all roots are in them.

        Trackers are collapsed into what they track first: their own copy of
        `alternate-locations` says nothing that the operator's `tracks` does not.
        """
        roots = [key for key in self.pages if not self._tracked[key]]
        if {self._component[root] for root in roots} != set(self._component.values()):
            return False
        if not all(self.pages[root].alternate_locations for root in roots):
            return False
        locations = [self._locations(root) for root in roots]
        return all(each == locations[0] for each in locations) and locations[0] >= set(roots)

    def _locations(self, key: str) -> set[str]:
        page = self.pages[key]
        listed = _listed(page, page.alternate_locations)
        # PEP 708: the URL of the response is implicitly in its own list.
        return {self._aliases.get(url, url) for url in listed} | {key}

    def _valid_tracks(self, key: str) -> frozenset[str]:
        targets = set()
        page = self.pages[key]
        if page.repository.url in self._distrusted:
            return frozenset()
        for url in _listed(page, page.tracks):
            target = self._aliases.get(url, url)
            if self._may_be_tracked(key, target):
                targets.add(target)
        return frozenset(targets)

    def _may_be_tracked(self, tracker: str, target: str) -> bool:
        # PEP 708: the same project's URL, of the repository that owns the name, so not of
        # one that tracks another itself.
        if last_segment(target) != self._project or target in self._trackers | {tracker}:
            return False
        page = self.pages.get(target)
        return page is None or page.repository.layout is not Layout.FLAT

    def _join(self) -> dict[str, str]:
        component = {key: key for key in self.pages}
        owners: dict[str, str] = {}
        for key, targets in self._tracked.items():
            for target in targets:
                # Trackers of one owner are linked even where the owner itself is not asked.
                other = target if target in self.pages else owners.setdefault(target, key)
                old, new = component[key], component[other]
                component = {k: new if c == old else c for k, c in component.items()}
        return component


def _listed(page: ProjectPage, urls: Iterable[str]) -> Iterator[str]:
    """What a page of PEP 708 metadata names, in canonical URLs."""
    if page.repository.layout is Layout.FLAT:
        return  # It holds files of any project, and so is no project's page.
    for url in urls:
        # A relative URL speaks of its own page's repository, whatever others write alike.
        yield canonical_project_url(joined(page.url, url))
