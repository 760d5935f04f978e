"""Which files of one release may be chosen? Each ends as a candidate, or with its rejection.

Knows the policy and the target; does not know which requirement asks, nor other releases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TypeVar

from msgspec import Struct
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.agreement import Agreement, Listing
from xpip.core.decisions import Candidate, Origin, Rejection, RejectionReason
from xpip.core.demands import demanded_identities, file_rejection
from xpip.core.facts import File, filenames_of
from xpip.core.hashes import secure
from xpip.core.metadata import python_specifier
from xpip.core.policy import Policy, Target
from xpip.core.selection.listing import AdmittedPage, Listed
from xpip.core.selection.ranks import FileRanks, Rank


class Withheld(Struct, frozen=True, kw_only=True):
    """A file that would have been chosen, had a rule not refused it: it refuses its project."""

    project: NormalizedName
    version: Version
    rejection: Rejection


Option = Candidate | Withheld


class SelectedRelease:
    """One release: its files that may be chosen, best first, and the others with their reasons.

    Resolving needs the best file alone; no other is looked at before somebody asks.
    """

    def __init__(self, judge: ReleaseJudge, version: Version, listed: Sequence[Listed]) -> None:
        self.version = version
        self._judge = judge
        self._listed = listed

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The best file, and where that is refused, the best that may be chosen after it."""
        return tuple(self._judge.best(self.version, self._listed))

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All that may be chosen and were not yanked."""
        return tuple(each for each in self._judged.offered if isinstance(each, Candidate))

    @property
    def yanked(self) -> tuple[Option, ...]:
        """Those that were yanked, and might be chosen for an exact pin."""
        return self._judged.yanked

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """All others, the yanked ones included."""
        yanked = (_yanked(each) for each in self.yanked if isinstance(each, Candidate))
        return (*self._judged.rejections, *yanked)

    @property
    def withheld(self) -> Withheld | None:
        """Set where a better file than any candidate was refused."""
        first = next(iter(self._judged.offered), None)
        return first if isinstance(first, Withheld) else None

    @cached_property
    def _judged(self) -> _Judged:
        return self._judge.all(self.version, self._listed)


class _Judged(Struct, frozen=True, kw_only=True):
    """Every file of a release, those that may be chosen best first."""

    offered: tuple[Option, ...]
    yanked: tuple[Option, ...]
    rejections: tuple[Rejection, ...]


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
        self._python = target.python_version if target else None
        self._ranks = FileRanks(project, policy, target)

    def release(self, version: Version, listed: Sequence[Listed]) -> SelectedRelease:
        """The files that pages list for one version, to be judged when they are asked for."""
        return SelectedRelease(self, version, listed)

    def best(self, version: Version, listed: Sequence[Listed]) -> Iterator[Option]:
        """The file that comes first, and where that is refused, the first that may be chosen.

        The same as `all` has, and no file is looked at that comes after.
        """
        agreement = _agreement(listed)
        first: Option | None = None
        for _, place, (files, admitted) in _by_rank(tuple(self._named(listed))):
            file = files[place]
            if file.yanked or self._rejection(file, admitted):
                continue
            option = self._option(version, file, admitted, agreement)
            if isinstance(option, Candidate):
                yield option
                return
            if first is None:
                first = option
                yield option

    def _named(self, listed: Sequence[Listed]) -> Iterator[tuple[Rank, int, Listed]]:
        """Files that may be chosen as far as their names go, and their places on their pages."""
        for files, admitted in _offering(listed):
            for place, filename in enumerate(filenames_of(files)):
                if not self._ranks.rule_out(filename):
                    rank = self._ranks.of(filename)
                    if not isinstance(rank, Rejection):
                        yield rank, place, (files, admitted)

    def all(self, version: Version, listed: Sequence[Listed]) -> _Judged:
        """Judge every file."""
        agreement = _agreement(listed)
        ranked: list[tuple[Rank, bool, Option]] = []
        rejections: list[Rejection] = []
        for files, admitted in _offering(listed):
            for file in files:
                rank = self._ranks.of(file.filename)
                if isinstance(rank, Rejection):
                    rejections.append(rank)
                elif rejection := self._rejection(file, admitted):
                    rejections.append(rejection)
                else:
                    option = self._option(version, file, admitted, agreement)
                    if isinstance(option, Withheld):
                        rejections.append(option.rejection)
                    ranked.append((rank, bool(file.yanked), option))
        ranked = _by_rank(ranked)
        return _Judged(
            offered=tuple(option for _, yanked, option in ranked if not yanked),
            yanked=tuple(option for _, yanked, option in ranked if yanked),
            rejections=tuple(rejections),
        )

    def _option(
        self, version: Version, file: File, admitted: AdmittedPage, agreement: Agreement
    ) -> Option:
        objection = _objection(file, admitted, agreement)
        if objection is None:
            return self._candidate(version, file, admitted)
        return Withheld(project=self._project, version=version, rejection=objection)

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
                identities=demanded_identities(admitted.rules, self._project, self._policy),
                known_hashes=self._known,
            )
        return self._made[key]

    def _rejection(self, file: File, admitted: AdmittedPage) -> Rejection | None:
        """Why a file of a good name is passed over."""
        # Simple repository API: files whose Requires-Python excludes the target are ignored.
        if self._is_for_another_python(file):
            return _rejected(file, RejectionReason.PYTHON, f"needs Python {file.requires_python}")
        unknown = self._unknown(file)
        if unknown is not None:
            return unknown
        is_local = admitted.page.repository.is_local
        return file_rejection(file, admitted.rules, self._policy, is_local=is_local)

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


def _agreement(listed: Sequence[Listed]) -> Agreement:
    return Agreement(
        [Listing(files=files, page_url=each.page.url, group=each.group) for files, each in listed]
    )


def _offering(listed: Sequence[Listed]) -> Iterator[Listed]:
    return (each for each in listed if not each[1].is_witness)


_Entry = TypeVar("_Entry", bound=tuple[Rank, object, object])


def _by_rank(entries: Sequence[_Entry]) -> list[_Entry]:
    # Both sorts are stable: among equals the earlier declared group stays first.
    ranked = sorted(entries, key=lambda entry: entry[0][2], reverse=True)
    ranked.sort(key=lambda entry: entry[0][:2])
    return ranked


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


@lru_cache(maxsize=1024)
def python_allows(requires_python: str, python: Version) -> bool:
    """Whether a Requires-Python value admits this interpreter; an unreadable one does."""
    specifier = python_specifier(requires_python)
    return specifier is None or specifier.contains(python, prereleases=True)
