"""A place that the user names in place of a project: the value, and PEP 610's record of it.

`direct_references` reads these out of text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit, urlunsplit

from xpip.core.facts import Hash
from xpip.core.names import NormalizedName
from xpip.core.policy import Credentials
from xpip.core.urls import last_segment, redacted
from xpip.core.values import Abridged

if TYPE_CHECKING:
    from packaging.markers import Marker


class ReferenceKind(StrEnum):
    """What lies at a direct reference; each has its own table in `direct_url.json` (PEP 610)."""

    ARCHIVE = "archive"
    """A wheel or a source archive: a URL, or a file on this machine."""
    DIRECTORY = "directory"
    """A source tree on this machine."""
    VCS = "vcs"
    """A repository of a version control system."""


class DirectRequest(Abridged, frozen=True, kw_only=True):
    """A place that the user names in place of a project name (PEP 508, PEP 610).

    Attributes:
        url: absolute; without credentials, fragment, revision and `git+`.
        project: where the text tells it: `name @`, `#egg=`, or a wheel's file name.
        vcs: `git`, `hg`, `svn` or `bzr`.
        revision: the branch, tag or commit asked for.
        subdirectory: relative, below the root of the archive or checkout.
        hashes: sha256 or better, of the archive; it has to have all of them.
        credentials: what the URL itself gave to log in with.
    """

    unshown: ClassVar = ("credentials",)

    kind: ReferenceKind
    url: str
    project: NormalizedName | None = None
    extras: frozenset[NormalizedName] = frozenset()
    marker: Marker | None = None
    vcs: str | None = None
    revision: str | None = None
    subdirectory: str | None = None
    hashes: tuple[Hash, ...] = ()
    editable: bool = False
    credentials: Credentials | None = None

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine's disk, a repository to be cloned included."""
        return self.url.startswith("file:")

    @property
    def filename(self) -> str:
        """The last segment of the URL's path."""
        return unquote(last_segment(self.url))

    @property
    def is_wheel(self) -> bool:
        """Whether it is a built distribution."""
        return self.kind is ReferenceKind.ARCHIVE and self.filename.endswith(".whl")

    def __str__(self) -> str:
        """Fit to be shown: the name, where known, and the place, without secrets."""
        prefix = f"{self.vcs}+" if self.vcs else ""
        revision = f"@{self.revision}" if self.revision else ""
        place = f"{prefix}{redacted(self.url)}{revision}"
        return f"{self.project} @ {place}" if self.project else place


def direct_url_data(
    request: DirectRequest, *, commit: str | None = None, hashes: Iterable[Hash] = ()
) -> Mapping[str, Any]:
    """What `direct_url.json` says of an installed direct reference (PEP 610).

    Args:
        request: what was asked for.
        commit: the commit or revision number that a VCS reference turned out to be.
        hashes: of the archive, as computed.

    Raises:
        ValueError: a VCS reference without its commit.
    """
    # Only what is installed from a place needs it; every command imports this module.
    from packaging.direct_url import ArchiveInfo, DirectUrl, DirInfo, VcsInfo

    if request.kind is ReferenceKind.VCS and (request.vcs is None or commit is None):
        raise ValueError("PEP 610: vcs_info needs the commit that was installed")
    vcs_info = archive_info = dir_info = None
    match request.kind:
        case ReferenceKind.VCS:
            vcs_info = VcsInfo(
                vcs=request.vcs or "",
                commit_id=commit or "",
                requested_revision=request.revision,
            )
        case ReferenceKind.ARCHIVE:
            archive_info = ArchiveInfo(hashes=dict(hashes) or None)
        case ReferenceKind.DIRECTORY:
            dir_info = DirInfo(editable=request.editable or None)
    # PEP 610: no "sensitive authentication information"; a query may well hold a token.
    url = urlunsplit(urlsplit(request.url)._replace(query=""))
    record = DirectUrl(
        url=url,
        subdirectory=request.subdirectory,
        vcs_info=vcs_info,
        archive_info=archive_info,
        dir_info=dir_info,
    )
    # Credentials are no part of the URL any more; the user name of ssh is, and is needed.
    return record.to_dict(strip_user_password=False)
