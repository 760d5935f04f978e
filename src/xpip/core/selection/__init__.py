"""Which files may be chosen? Each one ends as a candidate, or as a rejection with its reason.

    listing   the versions that pages list, and which of them list each
    bounds    the versions that a requirement can mean
    releases  the files of one release
    ranks     their names

Looks at one release at a time, when asked, newest first: a page may list thousands of files.
Knows the policy and the target; does not know which requirement asks, nor any other project.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.decisions import Candidate, Rejection, RejectionReason
from xpip.core.facts import MisfitKind
from xpip.core.policy import Policy, Target
from xpip.core.selection.bounds import older, within, within_but
from xpip.core.selection.listing import AdmittedPage, joint_listing
from xpip.core.selection.releases import (
    CandidateKey,
    Option,
    ReleaseJudge,
    SelectedRelease,
    Withheld,
    python_allows,
)

__all__ = [
    "AdmittedPage",
    "CandidateKey",
    "Option",
    "SelectedRelease",
    "Selection",
    "Withheld",
    "is_exact",
    "python_allows",
]

_MISFITS = {MisfitKind.NAME: RejectionReason.NAME, MisfitKind.FORMAT: RejectionReason.FORMAT}


class Selection:
    """The files of one project on its admitted pages, judged release by release."""

    def __init__(
        self,
        project: NormalizedName,
        pages: Sequence[AdmittedPage],
        *,
        policy: Policy,
        target: Target,
        made: dict[CandidateKey, Candidate] | None = None,
    ) -> None:
        made = {} if made is None else made
        self.project = project
        self._judge = ReleaseJudge(project, policy, target, made)
        self._anywhere = ReleaseJudge(project, policy, None, made)
        self._policy, self._target = policy, target
        self._prereleases = policy.prereleases
        self._local_first = policy.local_first
        self._prefer_binary = policy.prefer_binary
        if policy.local_first:
            pages = sorted(pages, key=lambda admitted: not admitted.page.repository.is_local)
        self._pages = pages
        self._listing = joint_listing(pages)
        self.versions = self._listing.versions
        self._releases: dict[Version, SelectedRelease] = {}
        self._admitted: dict[Version, tuple[Candidate, ...]] = {}

    @property
    def misfits(self) -> tuple[Rejection, ...]:
        """The files that belong to no release."""
        return tuple(
            Rejection(filename=misfit.filename, reason=_MISFITS[misfit.kind])
            for admitted in self._pages
            if not admitted.is_witness
            for misfit in admitted.page.misfits
        )

    @property
    def is_usable(self) -> bool:
        """Whether any release has a file that may be chosen, or would have to be refused."""
        return any(
            release.options or release.yanked for release in map(self.release, self.versions)
        )

    def release(self, version: Version) -> SelectedRelease:
        """One version's candidates and rejections; each release is judged once."""
        if version not in self._releases:
            self._releases[version] = self._judge.release(version, self._listing.of(version))
        return self._releases[version]

    def admitted(self, version: Version) -> tuple[Candidate, ...]:
        """The files of a release that the policy lets in, whatever machine each is for.

        Never yanked ones (PEP 592: a lock that is made anew does not hold them).
        """
        if version not in self._admitted:
            everything = self._anywhere.release(version, self._listing.of(version))
            self._admitted[version] = everything.candidates
        return self._admitted[version]

    def unhashed(self, specifier: SpecifierSet) -> Candidate | None:
        """What would be chosen, were no hashes demanded."""
        policy = replace(self._policy, hashes_required=False)
        other = Selection(self.project, self._pages, policy=policy, target=self._target)
        return next((e for e in other.matching(specifier) if isinstance(e, Candidate)), None)

    def place_of(self, version: Version) -> int | None:
        """Where a release stands among `versions`; None if it does not."""
        return self.versions.place_of(version)

    def preferring(
        self, preferred: Version, specifier: SpecifierSet, passing_over: int = 0
    ) -> Iterator[Option]:
        """As `matching`, one release first; unless nothing of it would be offered there."""
        first: tuple[Option, ...] = ()
        if preferred in self._versions(specifier) and self._may_be_chosen(preferred, specifier):
            first = self.release(preferred).options
            yield from first
        for option in self.matching(specifier, passing_over):
            if not first or option.version != preferred:
                yield option

    def _may_be_chosen(self, version: Version, specifier: SpecifierSet) -> bool:
        if not version.is_prerelease or self._prereleases or specifier.prereleases:
            return True
        finals = (each for each in self._versions(specifier) if not each.is_prerelease)
        return not any(self.release(each).options for each in finals)

    def matching(self, specifier: SpecifierSet, passing_over: int = 0) -> Iterator[Option]:
        """The best of each release that satisfies the specifier, newest first.

        Pre-releases only where the policy or the specifier allows them, or where no other
        release will do (PEP 440, "Handling of pre-releases"). Yanked files only for an exact
        pin that nothing else satisfies (PEP 592).

        Args:
            specifier: of the requirement.
            passing_over: releases that have options, none of which the caller can use, as the bits
                of their places: they count as found and are not offered.
        """
        found = False
        for option in self._unyanked(specifier, passing_over):
            found = True
            yield option
        if not found and is_exact(specifier) and not any(self._among(specifier, passing_over)):
            for version in self._versions(specifier):
                yield from self.release(version).yanked[:1]

    def in_range(self, specifier: SpecifierSet) -> Iterator[Option]:
        """All that `matching` could offer for this specifier joined with others, newest first."""
        for version in self._versions(specifier):
            release = self.release(version)
            yield from release.options
            yield from release.yanked[:1]

    def _unyanked(self, specifier: SpecifierSet, passing_over: int) -> Iterator[Option]:
        anything = self._prereleases or bool(specifier.prereleases)
        found = False
        for version in self._versions(specifier, passing_over):
            if anything or not version.is_prerelease:
                for option in self.release(version).options:
                    found = True
                    yield option
        passed_over = self._among(specifier, passing_over)
        if found or anything or any(not each.is_prerelease for each in passed_over):
            return
        for version in self._versions(specifier, passing_over):
            if version.is_prerelease:
                yield from self.release(version).options

    def older(self, version: Version, specifier: SpecifierSet) -> Iterator[Option]:
        """The best of each final release that is older and satisfies the specifier, newest first.

        What will be looked at next, if this version and those before it do not fit.
        """
        for each in specifier.filter(older(within(self.versions, specifier), version)):
            if not each.is_prerelease:
                yield from self.release(each).options[:1]

    def _among(self, specifier: SpecifierSet, places: int) -> Iterator[Version]:
        """Those of the releases at these places that satisfy the specifier."""
        if places:
            found = within_but(self.versions, specifier, ~places)
            yield from specifier.filter(found, prereleases=True)

    def _versions(self, specifier: SpecifierSet, passing_over: int = 0) -> Iterable[Version]:
        # Pre-releases are let through here: `matching` decides about them.
        versions = specifier.filter(
            within_but(self.versions, specifier, passing_over)
            if passing_over
            else within(self.versions, specifier),
            prereleases=True,
        )
        if self._prefer_binary:
            versions = iter(sorted(versions, key=self._is_source))
        if self._local_first:
            versions = iter(sorted(versions, key=self._is_remote))
        return versions

    def _is_source(self, version: Version) -> bool:
        release = self.release(version)
        return not any(each.file.is_wheel for each in release.candidates)

    def _is_remote(self, version: Version) -> bool:
        return not any(each.page.repository.is_local for _, each in self._listing.of(version))

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
        versions = self.versions if specifier is None else tuple(self._versions(specifier))
        per_release = tuple(r for v in versions for r in self.release(v).rejections)
        per_release += tuple(self._prereleases_passed_over(versions, specifier))
        return per_release if specifier is not None else self.misfits + per_release


def _prerelease(candidate: Candidate) -> Rejection:
    return Rejection(
        filename=candidate.file.filename,
        reason=RejectionReason.PRERELEASE,
        detail="a pre-release, and a final one will do",
    )


def is_exact(specifier: SpecifierSet) -> bool:
    """Whether the specifier names one version: `==` without a wildcard, or `===`."""
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in specifier
    )
