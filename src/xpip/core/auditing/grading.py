"""What the pages of a repository lack, and which demands of the mapping file that leaves unmet.

Counts over the pages at hand; what was not asked for is not graded. A directory of this machine has
no pages, and gets no grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from xpip.core.facts import File, ProjectPage, Repository
from xpip.core.hashes import strongest
from xpip.core.mapping_file.placing import place_of
from xpip.core.policy import MappingRule, Policy, RepositoryGroup


class Lack(StrEnum):
    """What a file's entry may leave out."""

    HASH = "hashes"
    UPLOAD_TIME = "upload times"
    SIZE = "sizes"
    METADATA = "metadata files"
    PROVENANCE = "attestations"


class Report(Struct, frozen=True, kw_only=True):
    """How one repository, or mirror, answers.

    Attributes:
        pages: how many it answered with.
        html: how many of those were HTML.
        api_versions: those that its pages name.
        lacks: how many files lack what, where any does.
        grade: A to D; None for directories, and where no file was seen.
        unmet: demands that its pages leave unmet, in words.
    """

    group: RepositoryGroup
    repository: Repository
    pages: int
    files: int
    html: int
    api_versions: tuple[str, ...]
    lacks: tuple[tuple[Lack, int], ...]
    grade: str | None
    unmet: tuple[str, ...]

    @property
    def is_html_only(self) -> bool:
        """Whether it never answered in JSON."""
        return bool(self.pages) and self.html == self.pages


def grade_repository(
    group: RepositoryGroup,
    repository: Repository,
    pages: Sequence[ProjectPage],
    policy: Policy,
) -> Report:
    """What these pages of one repository lack, and what that costs."""
    files = [file for page in pages for release in page.releases for file in release.files]
    lacks = {lack: sum(_lacks(file, lack) for file in files) for lack in Lack}
    graded = not repository.is_local and bool(files)
    return Report(
        group=group,
        repository=repository,
        pages=len(pages),
        files=len(files),
        html=sum("html" in page.content_type for page in pages),
        api_versions=tuple(sorted({page.api_version for page in pages})),
        lacks=tuple((lack, number) for lack, number in lacks.items() if number),
        grade=_grade(lacks) if graded else None,
        unmet=tuple(_unmet(group, pages, lacks, policy)) if graded else (),
    )


def _lacks(file: File, lack: Lack) -> bool:
    match lack:
        case Lack.HASH:
            return strongest(file.hashes) is None
        case Lack.UPLOAD_TIME:
            return file.upload_time is None
        case Lack.SIZE:
            return file.size is None
        case Lack.METADATA:
            return file.is_wheel and not file.core_metadata
        case Lack.PROVENANCE:
            return file.provenance_url is None


def _grade(lacks: dict[Lack, int]) -> str:
    """The worst file counts: A whole; B hashes and times; C hashes; D some file without a hash."""
    if lacks[Lack.HASH]:
        return "D"
    if lacks[Lack.UPLOAD_TIME]:
        return "C"
    return "B" if lacks[Lack.SIZE] or lacks[Lack.METADATA] else "A"


def _unmet(
    group: RepositoryGroup, pages: Sequence[ProjectPage], lacks: dict[Lack, int], policy: Policy
) -> Iterator[str]:
    rules = policy.map.all_rules if policy.map is not None else ()
    for rule in (rule for rule in rules if group in rule.groups):
        yield from (f"{place_of(rule)}: {text}" for text in _unmet_by(rule, lacks))
        if rule.statuses is not None and any(_minor(page) < 4 for page in pages):
            yield f"{place_of(rule)}: `status` is not told before API 1.4, and counts as active"
    if policy.cutoff is not None and lacks[Lack.UPLOAD_TIME]:
        yield f"--uploaded-prior-to: {_times(lacks, allowed=policy.no_upload_time_allowed)}"


def _unmet_by(rule: MappingRule, lacks: dict[Lack, int]) -> Iterator[str]:
    if rule.cutoff is not None and lacks[Lack.UPLOAD_TIME]:
        yield f"`cooldown`: {_times(lacks, allowed=rule.no_upload_time_allowed)}"
    if rule.hashes_required and lacks[Lack.HASH]:
        yield f"`hashes`: {_refused(lacks[Lack.HASH], 'hash-missing')}"
    if rule.threshold > 1 and lacks[Lack.HASH]:
        yield f"`threshold`: {_refused(lacks[Lack.HASH], 'threshold')}"
    if rule.identity is not None and lacks[Lack.PROVENANCE]:
        yield f"`identity`: {_refused(lacks[Lack.PROVENANCE], 'identity')}"


def _times(lacks: dict[Lack, int], *, allowed: bool) -> str:
    number = lacks[Lack.UPLOAD_TIME]
    if allowed:
        return f"says nothing about {_files(number)} without an upload time"
    return _refused(number, "no-upload-time")


def _refused(number: int, reason: str) -> str:
    return f"refuses {_files(number)} [{reason}]"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _minor(page: ProjectPage) -> int:
    minor = page.api_version.partition(".")[2]
    return int(minor) if minor.isdecimal() else 0


def html_only(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Those that never answer in JSON, which newer parts of the API need (PEP 833)."""
    return tuple(report for report in reports if report.is_html_only)
