"""Repositories on this machine's disk: directories of files, and `file:` trees of pages.

A missing project is Absent; a missing directory is Unavailable.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    Absent,
    Answer,
    Found,
    InvalidMetadata,
    Layout,
    MetadataAnswer,
    ProjectPage,
    Repository,
    Unavailable,
)
from xpip.core.filenames import ARCHIVE_SUFFIXES, split_filename
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.simple import HTML_TYPE, JSON_TYPE, InvalidPage, parse_page
from xpip.core.simple.files import sort_files
from xpip.core.urls import quoted_path
from xpip.errors import Reason

_INDEXES = (("index.json", JSON_TYPE), ("index.html", HTML_TYPE))


def path_of(url: str) -> Path:
    """The path that a `file:` URL names."""
    return Path(unquote(urlsplit(url).path))


class LocalRepositories:
    """Answers for repositories whose URL is a `file:` one."""

    def __init__(self) -> None:
        self._listings: dict[Path, dict[NormalizedName, list[str]]] = {}
        self._entries: dict[Path, frozenset[str]] = {}

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What a local repository has of a project."""
        root = path_of(repository.url)
        try:
            if repository.layout is Layout.SIMPLE:
                return self._tree(repository, project, root)
            if root.is_file():
                return self._index(repository, project, root, HTML_TYPE)
            return self._directory(repository, project, root)
        except OSError as error:
            return Unavailable(
                repository=repository,
                url=repository.url,
                reason=Reason.UNREACHABLE,
                detail=error.strerror or str(error),
            )

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The METADATA of a wheel on disk."""
        from xpip.core.metadata import parse_candidate_metadata
        from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local

        path = path_of(candidate.file.url)
        try:
            return parse_candidate_metadata(candidate, read_local(path))
        except BROKEN_WHEEL as error:
            return InvalidMetadata(detail=f"{path.name}: {error}")
        except OSError as error:
            # Its release is there, and nobody passed over it: what it needs is not known.
            return Unavailable(
                repository=Repository(url=candidate.origin.repository),
                url=candidate.file.url,
                reason=Reason.UNREACHABLE,
                detail=f"{path.name}: {error.strerror or error}",
            )

    def _tree(self, repository: Repository, project: NormalizedName, root: Path) -> Answer:
        # Listed, not tested for: what may not be looked at, or leads nowhere, is not absent.
        if project not in self._names(root):
            # A mapping file does not tell a directory of files from a tree of pages.
            loose = self._directory(repository, project, root)
            if isinstance(loose, Found):
                return loose
            return Absent(repository=repository, url=repository.project_url(project))
        home = root / project
        inside = self._names(home)
        for name, content_type in _INDEXES:
            if name in inside:
                return self._index(repository, project, home / name, content_type)
        return self._directory(repository, project, home)

    def _index(
        self, repository: Repository, project: NormalizedName, path: Path, content_type: str
    ) -> Answer:
        url = path.as_uri()
        page = parse_page(
            path.read_bytes(),
            content_type=content_type,
            repository=repository,
            project=project,
            url=url,
        )
        if isinstance(page, InvalidPage):
            return Unavailable(
                repository=repository, url=url, reason=page.reason, detail=page.detail
            )
        if repository.layout is Layout.FLAT and not page.releases:
            return Absent(repository=repository, url=url)
        return Found(page=page)

    def _directory(
        self, repository: Repository, project: NormalizedName, directory: Path
    ) -> Answer:
        url = directory.as_uri() + "/"
        names = self._listing(directory).get(project)
        if not names:
            return Absent(repository=repository, url=url)
        rows = [{"filename": name, "url": url + quoted_path(name)} for name in names]
        releases, misfits = sort_files(rows, project, url)
        return Found(
            page=ProjectPage(
                project=project,
                repository=repository,
                url=url,
                content_type="inode/directory",
                releases=releases,
                misfits=misfits,
            )
        )

    def _names(self, directory: Path) -> frozenset[str]:
        if directory not in self._entries:
            self._entries[directory] = frozenset(os.listdir(directory))
        return self._entries[directory]

    def _listing(self, directory: Path) -> dict[NormalizedName, list[str]]:
        if directory not in self._listings:
            listing: dict[NormalizedName, list[str]] = {}
            for name in sorted(self._names(directory)):
                named = split_filename(name)
                if named is not None and name.endswith(ARCHIVE_SUFFIXES):
                    listing.setdefault(canonicalize_name(named[0]), []).append(name)
            self._listings[directory] = listing
        return self._listings[directory]
