"""What the world says: repositories, their pages, files, metadata and answers.

Nothing here is a decision, and nothing here is trusted: these are the claims that
`judging` and `selection` decide about.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from msgspec import Struct

from xpip.core.names import NormalizedName
from xpip.core.values import Abridged, Alike
from xpip.errors import Reason, XpipError

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from xpip.core.listed_versions import ListedVersions


class Layout(StrEnum):
    """How a repository is laid out."""

    SIMPLE = "simple"
    """PEP 503: one page for each project, below the root."""
    FLAT = "flat"
    """`--find-links`: one page or directory that holds files of any project."""


class Repository(Struct, frozen=True, kw_only=True):
    """One root that answers for project names; its URL never holds credentials."""

    url: str
    layout: Layout = Layout.SIMPLE

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine's disk (PEP 708: such repositories always merge)."""
        return self.url.startswith("file:")

    def project_url(self, project: NormalizedName) -> str:
        """Address of a project's page (PEP 503: normalised name, one trailing slash)."""
        if self.layout is Layout.FLAT:
            return self.url
        return f"{self.url.rstrip('/')}/{project}/"


class Hash(NamedTuple):
    """A digest that a page, a lock or a requirement claims for a file."""

    algorithm: str
    digest: str


class File(Struct, frozen=True, kw_only=True):
    """One file as its page describes it (PEP 691, 700, 714, 740)."""

    filename: str
    url: str
    hashes: tuple[Hash, ...] = ()
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: bool | str = False
    """PEP 592: True, or the reason given."""
    core_metadata: bool | tuple[Hash, ...] = False
    """PEP 714: whether `{url}.metadata` exists, and its hashes where the page gives them."""
    provenance_url: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether this is a built distribution."""
        return self.filename.endswith(".whl")


class ListedFiles(Sequence[File]):
    """Files that are built when they are looked at: a page can list thousands."""

    __slots__ = ()

    @abstractmethod
    def filenames(self) -> Sequence[str]:
        """Their names, in the same order, at less cost."""


def filenames_of(files: Sequence[File]) -> Sequence[str]:
    """The names of files, of which as few as can be are built."""
    if isinstance(files, ListedFiles):
        return files.filenames()
    return [file.filename for file in files]


class Release(Abridged, frozen=True, kw_only=True):
    """The files of one version on one page, in page order; `ListedFiles` where they are many."""

    unshown: ClassVar = ("files",)

    version: Version
    files: Sequence[File]


class ListedReleases(Sequence[Release]):
    """The releases of a page, newest first, each version once: a page can list thousands.

    Attributes:
        versions: theirs, at less cost.
        file_count: how many files all of them have.
    """

    __slots__ = ()
    versions: ListedVersions
    file_count: int

    @abstractmethod
    def files_of(self, version: Version) -> Sequence[File]:
        """The files of one version; none where it is not there."""


def file_count_of(releases: Sequence[Release]) -> int:
    """How many files releases have; none of them is built."""
    if isinstance(releases, ListedReleases):
        return releases.file_count
    return sum(len(release.files) for release in releases)


class MisfitKind(StrEnum):
    """Why a listed file belongs to no release of the page's project."""

    NAME = "name"
    FORMAT = "format"


class Misfit(NamedTuple):
    """A listed file whose name does not say that it is a release of the page's project."""

    filename: str
    kind: MisfitKind


class ProjectStatus(StrEnum):
    """PEP 792's project status markers."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DEPRECATED = "deprecated"
    QUARANTINED = "quarantined"


class ProjectPage(Abridged, frozen=True, kw_only=True):
    """What one repository says about one project.

    Attributes:
        url: the address that finally answered, after redirects.
        tracks: PEP 708, as written on the page.
        alternate_locations: PEP 708, as written on the page.
    """

    unshown: ClassVar = ("releases", "misfits")

    project: NormalizedName
    repository: Repository
    url: str
    content_type: str = ""
    api_version: str = "1.0"
    status: ProjectStatus = ProjectStatus.ACTIVE
    status_reason: str | None = None
    tracks: tuple[str, ...] = ()
    alternate_locations: tuple[str, ...] = ()
    releases: Sequence[Release] = ()
    misfits: tuple[Misfit, ...] = ()

    @property
    def file_count(self) -> int:
        """Number of archives listed, usable or not: each is a claim to the name."""
        return file_count_of(self.releases) + len(self.misfits)

    @property
    def newest_version(self) -> Version | None:
        """The highest version any file claims."""
        if isinstance(self.releases, ListedReleases):
            return next(iter(self.releases.versions), None)
        return max((release.version for release in self.releases), default=None)


class Found(Struct, frozen=True, kw_only=True):
    """The repository has a page for the project, with files or without.

    Attributes:
        kept_at: when it was last known to hold, where that was in an earlier run.
    """

    page: ProjectPage
    kept_at: datetime | None = None

    @property
    def repository(self) -> Repository:
        """The repository that answered."""
        return self.page.repository

    @property
    def url(self) -> str:
        """The address that finally answered."""
        return self.page.url


class Absent(Struct, frozen=True, kw_only=True):
    """The repository says that it does not have the project.

    Attributes:
        kept_at: when it was last known to hold, where that was in an earlier run.
    """

    repository: Repository
    url: str
    detail: str = ""
    kept_at: datetime | None = None


class Unavailable(Struct, frozen=True, kw_only=True):
    """Anything that is neither a page nor a plain no. Never read as `Absent`."""

    repository: Repository
    url: str
    reason: Reason
    detail: str
    more: tuple[str, ...] = ()
    """Lines on other mirrors that were tried, or on what they say instead."""


Answer = Found | Absent | Unavailable


class PageRequest(Struct, frozen=True, kw_only=True):
    """What a repository is asked: for which project, in which formats (PEP 691's `Accept`).

    Attributes:
        user: who asks, where somebody logs in; servers show each what is theirs.
    """

    repository: Repository
    project: NormalizedName
    accept: str
    user: str | None = None


class Spelling(Struct, frozen=True, kw_only=True):
    """What METADATA requires, in its own words: who reads them again finds the same."""

    requires: tuple[str, ...]
    requires_python: str | None


class CoreMetadata(Alike, frozen=True, kw_only=True):
    """The fields of a distribution's METADATA that a resolver needs."""

    unshown: ClassVar = ("spelling",)

    name: NormalizedName
    version: Version
    requires: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet | None = None
    extras: frozenset[NormalizedName] = frozenset()
    spelling: Spelling | None = None
    """Of what is required, where it was read."""


class InvalidMetadata(Struct, frozen=True, kw_only=True):
    """METADATA that cannot be used: its release is passed over, with this reason."""

    detail: str


class Unbuilt(Struct, frozen=True, kw_only=True):
    """Sources that could not be built, or may not be, and why: it ends the run."""

    error: XpipError


MetadataAnswer = CoreMetadata | InvalidMetadata | Unavailable | Unbuilt


class RecordedOrigin(Struct, frozen=True, kw_only=True):
    """Where xpip took an installed distribution from, as recorded beside it."""

    repository: str
    """The group's canonical URL."""
    page_url: str
    group: str = ""
    file_url: str = ""
    hashes: tuple[Hash, ...] = ()
    rule: str = ""
    ruling: str = ""
    """As written: another version of xpip may know others."""
    map_digest: str | None = None
    time: str = ""


class InstalledDistribution(Struct, frozen=True, kw_only=True):
    """A distribution that the target already holds."""

    project: NormalizedName
    version: Version
    metadata: CoreMetadata
    location: str
    installer: str | None = None
    origin: RecordedOrigin | None = None
    """None where another tool installed it, or it was a direct reference."""
