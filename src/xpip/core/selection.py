"""Which files may be chosen? Each one ends as a candidate, or as a rejection with its reason.

Looks at one release at a time, when asked, newest first: a page may list thousands of files.
Knows the policy and the target; does not know which requirement asks, nor any other project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.utils import (
    BuildTag,
    InvalidSdistFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from xpip.core.agreement import Agreement, Listing
from xpip.core.decisions import Candidate, Origin, Rejection, RejectionReason
from xpip.core.demands import file_rejection
from xpip.core.facts import File, MisfitKind, ProjectPage
from xpip.core.file_hosts import FileHosts
from xpip.core.metadata import python_specifier
from xpip.core.policy import MappingRule, Policy, RepositoryGroup, Target

_Rank = tuple[int, int, BuildTag]
"""Lower is better, but for the build tag: tag position, then format, then build tag."""

_MOST_DOTS = 64
"""Dots multiply: a name with 300 of them can stand for a million tags (PEP 425)."""
_MISFITS = {MisfitKind.NAME: RejectionReason.NAME, MisfitKind.FORMAT: RejectionReason.FORMAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedPage:
    """A page whose files may be chosen, and what is known of where it stands."""

    page: ProjectPage
    group: RepositoryGroup
    origin: Origin
    hosts: FileHosts
    rules: tuple[MappingRule, ...] = ()
    """The rules whose demands its files have to meet."""
    is_witness: bool = False
    """Whether it only says what other pages' files are compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A file that would have been chosen, had a rule not refused it: it refuses its project."""

    project: NormalizedName
    version: Version
    rejection: Rejection


Option = Candidate | Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedRelease:
    """One release: its files that may be chosen, best first, and the others with their reasons.

    Attributes:
        withheld: set where a better file than any candidate was refused.
    """

    version: Version
    candidates: tuple[Candidate, ...]
    yanked: tuple[Option, ...]
    rejections: tuple[Rejection, ...]
    withheld: Withheld | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """The refused file, where there is one, then the best that may be chosen."""
        refused = (self.withheld,) if self.withheld else ()
        return (*refused, *self.candidates[:1])


class Selection:
    """The files of one project on its admitted pages, judged release by release."""

    def __init__(
        self,
        project: NormalizedName,
        pages: Sequence[AdmittedPage],
        *,
        policy: Policy,
        target: Target,
    ) -> None:
        self.project = project
        self._judge = _FileJudge(project, policy, target)
        self._prereleases = policy.prereleases
        self._local_first = policy.local_first
        self._listed: dict[Version, list[tuple[Sequence[File], AdmittedPage]]] = {}
        if policy.local_first:
            pages = sorted(pages, key=lambda admitted: not admitted.page.repository.is_local)
        for admitted in pages:
            for release in admitted.page.releases:
                self._listed.setdefault(release.version, []).append((release.files, admitted))
        offering = [admitted for admitted in pages if not admitted.is_witness]
        offered = {release.version for each in offering for release in each.page.releases}
        self.versions = tuple(sorted(offered, reverse=True))
        self.misfits = tuple(
            Rejection(filename=misfit.filename, reason=_MISFITS[misfit.kind])
            for admitted in offering
            for misfit in admitted.page.misfits
        )
        self._releases: dict[Version, SelectedRelease] = {}
        self._matching: dict[str, tuple[Version, ...]] = {}

    @property
    def is_usable(self) -> bool:
        """Whether any release has a file that may be chosen, or would have to be refused."""
        return any(
            release.options or release.yanked for release in map(self.release, self.versions)
        )

    def release(self, version: Version) -> SelectedRelease:
        """One version's candidates and rejections; each release is judged once."""
        if version not in self._releases:
            self._releases[version] = self._judge.release(version, self._listed[version])
        return self._releases[version]

    def matching(self, specifier: SpecifierSet) -> Iterator[Option]:
        """The best of each release that satisfies the specifier, newest first.

        Pre-releases only where the policy or the specifier allows them, or where no other
        release will do (PEP 440, "Handling of pre-releases"). Yanked files only for an exact
        pin that nothing else satisfies (PEP 592).
        """
        found = False
        for option in self._unyanked(specifier):
            found = True
            yield option
        if not found and is_exact(specifier):
            for version in self._versions(specifier):
                yield from self.release(version).yanked[:1]

    def _unyanked(self, specifier: SpecifierSet) -> Iterator[Option]:
        anything = self._prereleases or bool(specifier.prereleases)
        found = False
        for version in self._versions(specifier):
            if anything or not version.is_prerelease:
                for option in self.release(version).options:
                    found = True
                    yield option
        if found or anything:
            return
        for version in self._versions(specifier):
            if version.is_prerelease:
                yield from self.release(version).options

    def _versions(self, specifier: SpecifierSet) -> tuple[Version, ...]:
        key = str(specifier)
        if key not in self._matching:
            # Pre-releases are let through here: `matching` decides about them.
            versions = tuple(specifier.filter(self.versions, prereleases=True))
            if self._local_first:
                versions = tuple(sorted(versions, key=self._is_remote))
            self._matching[key] = versions
        return self._matching[key]

    def _is_remote(self, version: Version) -> bool:
        return not any(each.page.repository.is_local for _, each in self._listed[version])

    def _prereleases_passed_over(
        self, versions: Sequence[Version], specifier: SpecifierSet | None
    ) -> Iterator[Rejection]:
        allowed = self._prereleases or bool(specifier is not None and specifier.prereleases)
        finals = any(self.release(v).candidates for v in versions if not v.is_prerelease)
        for version in versions:
            if version.is_prerelease and finals and not allowed:
                yield from map(_prerelease, self.release(version).candidates)

    def rejections(self, specifier: SpecifierSet | None = None) -> tuple[Rejection, ...]:
        """Every file passed over, of the releases that satisfy the specifier."""
        versions = self.versions if specifier is None else self._versions(specifier)
        per_release = tuple(r for v in versions for r in self.release(v).rejections)
        per_release += tuple(self._prereleases_passed_over(versions, specifier))
        return per_release if specifier is not None else self.misfits + per_release


def _prerelease(candidate: Candidate) -> Rejection:
    return _rejected(
        candidate.file, RejectionReason.PRERELEASE, "a pre-release, and a final one will do"
    )


def is_exact(specifier: SpecifierSet) -> bool:
    """Whether the specifier names one version: `==` without a wildcard, or `===`."""
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in specifier
    )


class _FileJudge:
    """Policy and target, applied to one file at a time."""

    def __init__(self, project: NormalizedName, policy: Policy, target: Target) -> None:
        self._project = project
        self._policy = policy
        self._wheels_denied = project in policy.no_binary
        self._sdists_denied = project in policy.only_binary
        self._python = target.python_version
        self._tag_ranks = tag_ranks(target.tags)

    def release(
        self, version: Version, listed: Sequence[tuple[Sequence[File], AdmittedPage]]
    ) -> SelectedRelease:
        agreement = Agreement(
            [
                Listing(files=files, page_url=each.page.url, group=each.group)
                for files, each in listed
            ]
        )
        ranked: list[tuple[_Rank, File, Option]] = []
        rejections: list[Rejection] = []
        offering = ((files, admitted) for files, admitted in listed if not admitted.is_witness)
        for files, admitted in offering:
            for file in files:
                rank = self._file(file, admitted)
                if isinstance(rank, Rejection):
                    rejections.append(rank)
                    continue
                objection = _objection(file, admitted, agreement)
                if objection is None:
                    ranked.append((rank, file, self._candidate(version, file, admitted)))
                else:
                    rejections.append(objection)
                    refused = Withheld(project=self._project, version=version, rejection=objection)
                    ranked.append((rank, file, refused))
        # Both sorts are stable: among equals the earlier declared group stays first.
        ranked.sort(key=lambda entry: entry[0][2], reverse=True)
        ranked.sort(key=lambda entry: entry[0][:2])
        offered = tuple(option for _, file, option in ranked if not file.yanked)
        yanked = tuple(option for _, file, option in ranked if file.yanked)
        first = offered[0] if offered else None
        return SelectedRelease(
            version=version,
            candidates=tuple(each for each in offered if isinstance(each, Candidate)),
            yanked=yanked,
            rejections=(
                *rejections,
                *(_yanked(each) for each in yanked if isinstance(each, Candidate)),
            ),
            withheld=first if isinstance(first, Withheld) else None,
        )

    def _candidate(self, version: Version, file: File, admitted: AdmittedPage) -> Candidate:
        return Candidate(
            project=self._project,
            version=version,
            file=file,
            origin=admitted.origin,
            on_foreign_host=not file.url.startswith("file:") and not admitted.hosts.owns(file.url),
            identities=tuple(rule.identity for rule in admitted.rules if rule.identity),
        )

    def _file(self, file: File, admitted: AdmittedPage) -> _Rank | Rejection:
        judged = self._wheel(file) if file.is_wheel else self._sdist(file)
        if isinstance(judged, Rejection):
            return judged
        # Simple repository API: files whose Requires-Python excludes the target are ignored.
        if file.requires_python and not python_allows(file.requires_python, self._python):
            return _rejected(file, RejectionReason.PYTHON, f"needs Python {file.requires_python}")
        is_local = admitted.page.repository.is_local
        demanded = file_rejection(file, admitted.rules, self._policy, is_local=is_local)
        return demanded or judged

    def _wheel(self, file: File) -> _Rank | Rejection:
        if file.filename.count(".") > _MOST_DOTS:
            return _rejected(file, RejectionReason.FORMAT, "its name holds too many tags")
        try:
            _, _, build, tags = parse_wheel_filename(file.filename)
        except ValueError as error:  # InvalidWheelFilename, or a build number of endless digits.
            return _rejected(file, RejectionReason.FORMAT, str(error))
        if self._wheels_denied:
            return _rejected(file, RejectionReason.BINARY_DENIED, "--no-binary")
        ranks = [self._tag_ranks[tag] for tag in map(str, tags) if tag in self._tag_ranks]
        if not ranks:
            return _rejected(file, RejectionReason.TAGS, "built for another platform or Python")
        return (0, min(ranks), build)

    def _sdist(self, file: File) -> _Rank | Rejection:
        try:
            parse_sdist_filename(file.filename)
        except InvalidSdistFilename as error:
            return _rejected(file, RejectionReason.FORMAT, str(error))
        if self._sdists_denied:
            return _rejected(file, RejectionReason.SDIST_DENIED, "--only-binary")
        return _rejected(
            file, RejectionReason.SDIST_DENIED, "xpip does not build source distributions yet"
        )


def _objection(file: File, admitted: AdmittedPage, agreement: Agreement) -> Rejection | None:
    if agreement.is_disputed(file):
        return _rejected(
            file, RejectionReason.HASH_CONFLICT, "repositories list it with different contents"
        )
    for rule in admitted.rules:
        agreed = agreement.count(file, rule.groups) if rule.threshold > 1 else 1
        if agreed < rule.threshold:
            detail = (
                f"{rule.declared_at} {rule.key_path}: {rule.threshold} repositories have to list "
                f"it with one sha256, and {agreed or 'none'} {'does' if agreed < 2 else 'do'}"
            )
            return _rejected(file, RejectionReason.THRESHOLD, detail)
    foreign = admitted.hosts.objection(file, admitted.page.url)
    return _rejected(file, RejectionReason.FILE_HOST_FOREIGN, foreign) if foreign else None


def _rejected(file: File, reason: RejectionReason, detail: str) -> Rejection:
    return Rejection(filename=file.filename, reason=reason, detail=detail)


def _yanked(candidate: Candidate) -> Rejection:
    why = candidate.file.yanked
    return _rejected(candidate.file, RejectionReason.YANKED, why if isinstance(why, str) else "")


@lru_cache(maxsize=4)
def tag_ranks(tags: tuple[str, ...]) -> dict[str, int]:
    """Position of each supported tag: a smaller one is more specific (PEP 425)."""
    return {tag: rank for rank, tag in enumerate(tags)}


@lru_cache(maxsize=1024)
def python_allows(requires_python: str, python: Version) -> bool:
    """Whether a Requires-Python value admits this interpreter; an unreadable one does."""
    specifier = python_specifier(requires_python)
    return specifier is None or specifier.contains(python, prereleases=True)
