"""Which files may be chosen? Each one ends as a candidate, or as a rejection with its reason.

Looks at one release at a time, when asked, newest first: a page may list thousands of files.
Knows the policy and the target; does not know which requirement asks, nor any other project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from packaging.specifiers import SpecifierSet
from packaging.utils import (
    BuildTag,
    InvalidSdistFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from xpip.core.decisions import Candidate, Origin, Rejection, RejectionReason
from xpip.core.facts import File, MisfitKind, ProjectPage
from xpip.core.hashes import strongest
from xpip.core.metadata import python_specifier
from xpip.core.policy import Policy, Target
from xpip.core.urls import web_origin

_Rank = tuple[int, int, BuildTag]
"""Lower is better, but for the build tag: tag position, then format, then build tag."""

_MOST_DOTS = 64
"""Dots multiply: a name with 300 of them can stand for a million tags (PEP 425)."""
_FETCHABLE = frozenset({"https", "http"})
_MISFITS = {MisfitKind.NAME: RejectionReason.NAME, MisfitKind.FORMAT: RejectionReason.FORMAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedRelease:
    """One release: its files that may be chosen, best first, and the others with their reasons."""

    version: Version
    candidates: tuple[Candidate, ...]
    yanked: tuple[Candidate, ...]
    rejections: tuple[Rejection, ...]


class Selection:
    """The files of one project on its admitted pages, judged release by release."""

    def __init__(
        self,
        project: NormalizedName,
        pages: Sequence[tuple[ProjectPage, Origin]],
        *,
        policy: Policy,
        target: Target,
    ) -> None:
        self.project = project
        self._judge = _FileJudge(project, policy, target)
        self._prereleases = policy.prereleases
        self._listed: dict[Version, list[tuple[Sequence[File], Origin]]] = {}
        for page, origin in pages:
            for release in page.releases:
                self._listed.setdefault(release.version, []).append((release.files, origin))
        self.versions = tuple(sorted(self._listed, reverse=True))
        self.misfits = tuple(
            Rejection(filename=misfit.filename, reason=_MISFITS[misfit.kind])
            for page, _ in pages
            for misfit in page.misfits
        )
        self._releases: dict[Version, SelectedRelease] = {}
        self._matching: dict[str, tuple[Version, ...]] = {}

    def release(self, version: Version) -> SelectedRelease:
        """One version's candidates and rejections; each release is judged once."""
        if version not in self._releases:
            self._releases[version] = self._judge.release(version, self._listed[version])
        return self._releases[version]

    def matching(self, specifier: SpecifierSet) -> Iterator[Candidate]:
        """The best candidate of each release that satisfies the specifier, newest first.

        Pre-releases only where the policy or the specifier allows them, or where no other
        release will do (PEP 440, "Handling of pre-releases"). Yanked files only for an exact
        pin that nothing else satisfies (PEP 592).
        """
        found = False
        for candidate in self._unyanked(specifier):
            found = True
            yield candidate
        if not found and is_exact(specifier):
            for version in self._versions(specifier):
                yield from self.release(version).yanked[:1]

    def _unyanked(self, specifier: SpecifierSet) -> Iterator[Candidate]:
        anything = self._prereleases or bool(specifier.prereleases)
        found = False
        for version in self._versions(specifier):
            if anything or not version.is_prerelease:
                for candidate in self.release(version).candidates[:1]:
                    found = True
                    yield candidate
        if found or anything:
            return
        for version in self._versions(specifier):
            if version.is_prerelease:
                yield from self.release(version).candidates[:1]

    def _versions(self, specifier: SpecifierSet) -> tuple[Version, ...]:
        key = str(specifier)
        if key not in self._matching:
            # Pre-releases are let through here: `matching` decides about them.
            self._matching[key] = tuple(specifier.filter(self.versions, prereleases=True))
        return self._matching[key]

    def rejections(self, specifier: SpecifierSet | None = None) -> tuple[Rejection, ...]:
        """Every file passed over, of the releases that satisfy the specifier."""
        versions = self.versions if specifier is None else self._versions(specifier)
        per_release = tuple(r for v in versions for r in self.release(v).rejections)
        return per_release if specifier is not None else self.misfits + per_release


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
        self._wheels_denied = project in policy.no_binary
        self._sdists_denied = project in policy.only_binary
        self._python = target.python_version
        self._tag_ranks = tag_ranks(target.tags)

    def release(
        self, version: Version, listed: Sequence[tuple[Sequence[File], Origin]]
    ) -> SelectedRelease:
        ranked: list[tuple[_Rank, Candidate]] = []
        rejections: list[Rejection] = []
        for files, origin in listed:
            for file in files:
                outcome = _unfit_link(file, origin) or self._file(file)
                if isinstance(outcome, Rejection):
                    rejections.append(outcome)
                else:
                    candidate = Candidate(
                        project=self._project, version=version, file=file, origin=origin
                    )
                    ranked.append((outcome, candidate))
        # Both sorts are stable: among equals the earlier declared group stays first.
        ranked.sort(key=lambda entry: entry[0][2], reverse=True)
        ranked.sort(key=lambda entry: entry[0][:2])
        chosen = tuple(map(itemgetter(1), ranked))
        yanked = tuple(candidate for candidate in chosen if candidate.file.yanked)
        return SelectedRelease(
            version=version,
            candidates=tuple(c for c in chosen if not c.file.yanked),
            yanked=yanked,
            rejections=(*rejections, *map(_yanked, yanked)),
        )

    def _file(self, file: File) -> _Rank | Rejection:
        judged = self._wheel(file) if file.is_wheel else self._sdist(file)
        if isinstance(judged, Rejection):
            return judged
        # Simple repository API: files whose Requires-Python excludes the target are ignored.
        if file.requires_python and not python_allows(file.requires_python, self._python):
            return _rejected(file, RejectionReason.PYTHON, f"needs Python {file.requires_python}")
        return judged

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


def _unfit_link(file: File, origin: Origin) -> Rejection | None:
    scheme = file.url.partition(":")[0]
    if scheme == "file" and origin.page_url.startswith("file:"):
        return None
    if scheme not in _FETCHABLE:
        detail = f"a remote page's {scheme}: link is not followed" if scheme else "no URL"
    elif strongest(file.hashes) or web_origin(file.url) == web_origin(origin.page_url):
        return None
    else:
        detail = "on another web origin than its page, which gives no hash to know it by"
    return _rejected(file, RejectionReason.FILE_HOST_FOREIGN, detail)


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
