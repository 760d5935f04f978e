"""Which files of one release may be chosen? Each ends as a candidate, or with its rejection.

Knows the policy and the target; does not know which requirement asks, nor other releases.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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
from xpip.core.facts import File, ProjectPage
from xpip.core.file_hosts import FileHosts
from xpip.core.hashes import secure
from xpip.core.metadata import python_specifier
from xpip.core.policy import MappingRule, NameSet, Policy, RepositoryGroup, Target
from xpip.core.values import dataclass

_Rank = tuple[int, int, BuildTag]
"""Lower is better, but for the build tag: format, then tag position, then build tag."""

_MOST_DOTS = 64
"""Dots multiply: a name with 300 of them can stand for a million tags (PEP 425)."""


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


CandidateKey = tuple[NormalizedName, str, str, Origin]
"""What makes two candidates of a run the same: project, file name, URL and origin."""


class ReleaseJudge:
    """Policy and target, applied to one file at a time.

    Args:
        target: the machine chosen for; None lets in what any machine could use.
        made: the candidates of this run so far, whatever machine they were made for.
    """

    def __init__(
        self,
        project: NormalizedName,
        policy: Policy,
        target: Target | None,
        made: dict[CandidateKey, Candidate] | None = None,
    ) -> None:
        self._project = project
        self._made = {} if made is None else made
        self._policy = policy
        known = policy.known_hashes.get(project)
        self._known = None if known is None else frozenset(secure(known))
        self._wheels_denied = _is_denied(project, policy.no_binary, policy.only_binary)
        self._sdists_denied = _is_denied(project, policy.only_binary, policy.no_binary)
        self._python = target.python_version if target else None
        self._tag_ranks = tag_ranks(target.tags) if target else None

    def release(
        self, version: Version, listed: Sequence[tuple[Sequence[File], AdmittedPage]]
    ) -> SelectedRelease:
        """Judge the files that pages list for one version."""
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
        key = (self._project, file.filename, file.url, admitted.origin)
        if key not in self._made:
            foreign = not file.url.startswith("file:") and not admitted.hosts.owns(file.url)
            self._made[key] = Candidate(
                project=self._project,
                version=version,
                file=file,
                origin=admitted.origin,
                on_foreign_host=foreign,
                identities=tuple(rule.identity for rule in admitted.rules if rule.identity),
                known_hashes=self._known,
            )
        return self._made[key]

    def _file(self, file: File, admitted: AdmittedPage) -> _Rank | Rejection:
        judged = self._wheel(file) if file.is_wheel else self._sdist(file)
        if isinstance(judged, Rejection):
            return judged
        # Simple repository API: files whose Requires-Python excludes the target are ignored.
        if self._is_for_another_python(file):
            return _rejected(file, RejectionReason.PYTHON, f"needs Python {file.requires_python}")
        unknown = self._unknown(file)
        if unknown is not None:
            return unknown
        is_local = admitted.page.repository.is_local
        demanded = file_rejection(file, admitted.rules, self._policy, is_local=is_local)
        return demanded or judged

    def _is_for_another_python(self, file: File) -> bool:
        return (
            self._python is not None
            and bool(file.requires_python)
            and not python_allows(file.requires_python or "", self._python)
        )

    def _unknown(self, file: File) -> Rejection | None:
        """Why a file is none of those whose hashes are known; PEP 708's second step."""
        if self._known is None:
            if not self._policy.hashes_required:
                return None
            return _rejected(
                file, RejectionReason.HASH_MISSING, "no hash is given for this project"
            )
        # Of which the page claims none: what is fetched will have to have a known one.
        claims = secure(file.hashes)
        if not claims or self._known & set(claims):
            return None
        return _rejected(file, RejectionReason.HASH, "it has none of the hashes that are given")

    def _wheel(self, file: File) -> _Rank | Rejection:
        if file.filename.count(".") > _MOST_DOTS:
            return _rejected(file, RejectionReason.FORMAT, "its name holds too many tags")
        try:
            _, _, build, tags = parse_wheel_filename(file.filename)
        except ValueError as error:  # InvalidWheelFilename, or a build number of endless digits.
            return _rejected(file, RejectionReason.FORMAT, str(error))
        if self._wheels_denied:
            return _rejected(file, RejectionReason.BINARY_DENIED, "--no-binary")
        if self._tag_ranks is None:
            return (0, 0, build)
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
        return (1, 0, ())


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


def _is_denied(project: NormalizedName, denied: NameSet, other: NameSet) -> bool:
    """Whether files of a kind are; as in pip, a name in the other set is exempt from `:all:`."""
    return project in denied.names or (denied.everything and project not in other.names)


@lru_cache(maxsize=4)
def tag_ranks(tags: tuple[str, ...]) -> dict[str, int]:
    """Position of each supported tag: a smaller one is more specific (PEP 425)."""
    return {tag: rank for rank, tag in enumerate(tags)}


@lru_cache(maxsize=1024)
def python_allows(requires_python: str, python: Version) -> bool:
    """Whether a Requires-Python value admits this interpreter; an unreadable one does."""
    specifier = python_specifier(requires_python)
    return specifier is None or specifier.contains(python, prereleases=True)
