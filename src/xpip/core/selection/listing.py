"""Which versions do the admitted pages list, and which of them list each?

Of a single page nothing is looked at for that: its own order will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from packaging.version import Version

from xpip.core.decisions import Origin
from xpip.core.facts import File, ListedReleases, ProjectPage
from xpip.core.file_hosts import FileHosts
from xpip.core.listed_versions import ListedVersions
from xpip.core.policy import MappingRule, RepositoryGroup


class AdmittedPage(Struct, frozen=True, kw_only=True):
    """A page whose files may be chosen, and what is known of where it stands."""

    page: ProjectPage
    group: RepositoryGroup
    origin: Origin
    hosts: FileHosts
    rules: tuple[MappingRule, ...] = ()
    """The rules whose demands its files have to meet."""
    is_witness: bool = False
    """Whether it only says what other pages' files are compared with."""


Listed = tuple[Sequence[File], AdmittedPage]
"""The files that one page lists for a release."""


class JointListing(Protocol):
    """What pages list.

    Attributes:
        versions: those of which files are offered, newest first.
    """

    versions: ListedVersions

    def of(self, version: Version) -> Sequence[Listed]:
        """The files of one of these versions, page by page, those of witnesses included."""


def joint_listing(pages: Sequence[AdmittedPage]) -> JointListing:
    """What these pages list together."""
    if len(pages) == 1 and not pages[0].is_witness:
        releases = pages[0].page.releases
        if isinstance(releases, ListedReleases):
            return _OnePage(pages[0], releases)
    return _SeveralPages(pages)


class _OnePage:
    def __init__(self, admitted: AdmittedPage, releases: ListedReleases) -> None:
        self.versions = releases.versions
        self._releases = releases
        self._admitted = admitted

    def of(self, version: Version) -> Sequence[Listed]:
        return [(self._releases.files_of(version), self._admitted)]


class _SeveralPages:
    def __init__(self, pages: Sequence[AdmittedPage]) -> None:
        self._listed: dict[Version, list[Listed]] = {}
        for admitted in pages:
            for release in admitted.page.releases:
                self._listed.setdefault(release.version, []).append((release.files, admitted))
        offering = [admitted for admitted in pages if not admitted.is_witness]
        offered = {release.version for each in offering for release in each.page.releases}
        self.versions = ListedVersions.made(sorted(offered, reverse=True))

    def of(self, version: Version) -> Sequence[Listed]:
        return self._listed[version]
