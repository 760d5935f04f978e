"""The world outside xpip, in a few lines: repositories that serve real files over real HTTP.

    with World(tmp_path) as world:
        corp = world.repository("corp")
        corp.serve("spam", "1.0", requires=["eggs>=2"])
        corp.page("spam").tracks = ["https://pypi.example/simple/spam/"]

Each repository has a server, and so a web origin, of its own. Pages are made anew for each
request, from the files served and the page's options at that moment.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from tests.support.authority import Authority
from tests.support.pages import render
from tests.support.projects import PageDouble, ServedFile, sha256, wheel_metadata
from tests.support.sdists import build_sdist
from tests.support.server import Incoming, LoopbackServer, Request, Response
from tests.support.wheels import build_wheel

_FILE_OPTIONS = frozenset({"hashes", "metadata", "upload_time", "yanked"})


class RepositoryDouble:
    """One simple repository on a web origin of its own.

    Attributes:
        url: the repository's root, for `--index-url`.
        links_url: one page that links to every file, for `--find-links`.
        credentials: user and password that every request must bring (HTTP Basic), if any.
        latency: seconds that every answer takes.
        lists_projects: whether its root lists all projects (PEP 691), or is not there.
        aliases: first parts of other paths on its web origin, below which every page is a
            redirect (302) to its own.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        world: World,
        defaults: dict[str, Any],
        *,
        https: bool,
        listening: bool,
    ) -> None:
        self.name = name
        self.credentials: tuple[str, str] | None = None
        self.latency: float = 0
        self.aliases: frozenset[str] = frozenset()
        self.lists_projects = False
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._world = world
        self._defaults = defaults
        self._pages: dict[str, PageDouble] = {}
        self.server = LoopbackServer(
            self._answer,
            tls=world.authority.server_side() if https else None,
            listening=listening,
        )
        self.origin = self.server.origin
        self.url = f"{self.origin}/{name}/simple/"
        self.links_url = f"{self.origin}/{name}/links/"

    def page(self, project: str) -> PageDouble:
        """The project's page, made if need be; change its fields to change what is served."""
        key = canonicalize_name(project)
        if key not in self._pages:
            self._pages[key] = PageDouble(**deepcopy(self._defaults))
        return self._pages[key]

    def find_page(self, project: str) -> PageDouble | None:
        """The page, if there is one."""
        return self._pages.get(project)

    def project_url(self, project: str) -> str:
        """The address of a project's page (PEP 503)."""
        return f"{self.url}{canonicalize_name(project)}/"

    def serve(
        self, project: str, version: str, *, requires_python: str | None = None, **options: Any
    ) -> Path:
        """Build a wheel and list it.

        Takes the options of `serve_file`; all others go to `build_wheel`.
        """
        listed = {name: options.pop(name) for name in _FILE_OPTIONS & options.keys()}
        wheel = build_wheel(
            self._directory, project, version, requires_python=requires_python, **options
        )
        return self.serve_file(project, version, wheel, requires_python=requires_python, **listed)

    def serve_sdist(
        self,
        project: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        requires_python: str | None = None,
        **listed: Any,
    ) -> Path:
        """Build a source distribution and list it, with the options of `serve_file`."""
        sdist = build_sdist(
            self._directory, project, version, requires=requires, requires_python=requires_python
        )
        return self.serve_file(project, version, sdist, requires_python=requires_python, **listed)

    def serve_file(
        self,
        project: str,
        version: str,
        path: Path,
        *,
        hashes: Mapping[str, str] | None = None,
        metadata: bytes | None = None,
        upload_time: str | None = None,
        requires_python: str | None = None,
        yanked: bool | str = False,
    ) -> Path:
        """List a file that exists already, be it broken.

        Args:
            hashes: what the page claims; by default the file's true sha256.
            metadata: what `{url}.metadata` answers; by default the wheel's own METADATA.
            upload_time: as in PEP 700, for example `2026-01-31T12:00:00Z`.
        """
        self.page(project).files.append(
            ServedFile(
                path=path,
                version=version,
                hashes=sha256(path.read_bytes()) if hashes is None else hashes,
                metadata=wheel_metadata(path) if metadata is None else metadata,
                upload_time=upload_time,
                requires_python=requires_python,
                yanked=yanked,
            )
        )
        return path

    @property
    def requests(self) -> Sequence[Request]:
        """All that this repository's server was asked, in order of its answers."""
        return self.server.requests

    def projects_asked(self) -> list[str]:
        """The project of every request for a page, in order, repetitions kept."""
        prefix = f"/{self.name}/simple/"
        return [
            request.path.removeprefix(prefix).rstrip("/")
            for request in self.requests
            if request.path.startswith(prefix)
        ]

    def files_asked(self) -> list[str]:
        """The filename of every request for a file or its metadata, in order."""
        return [
            unquote(request.path.rpartition("/")[2])
            for request in self.requests
            if "/files/" in request.path
        ]

    def _answer(self, incoming: Incoming) -> Response:
        return replace(self._response(incoming), latency=self.latency)

    def _response(self, incoming: Incoming) -> Response:  # noqa: PLR0911 - a case each
        if not self._admits(incoming):
            return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="test"'})
        match urlsplit(incoming.path).path.split("/")[1:]:
            case [self.name, "simple", project, ""] if page := self.find_page(project):
                return page.page_response(self.name, project, incoming)
            case [alias, "simple", project, ""] if alias in self.aliases:
                return Response(status=302, headers={"Location": self.project_url(project)})
            case [self.name, "simple", ""] if self.lists_projects:
                return self._projects()
            case [self.name, "links", ""]:
                return self._links()
            case [name, "files", project, file] if page := self._world.find_page(name, project):
                return page.file_response(unquote(file), incoming)
            case _:
                return Response(status=404)

    def _projects(self) -> Response:
        listed = {
            "meta": {"api-version": "1.4"},
            "projects": [{"name": name} for name in self._pages],
        }
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        return Response(headers=headers, body=json.dumps(listed).encode())

    def _links(self) -> Response:
        listings = [
            file.listing(f"../files/{project}")
            for project, page in self._pages.items()
            for file in page.files
        ]
        every = PageDouble(format="html-legacy")
        body = render("everything", listings, every)
        return Response(headers={"Content-Type": every.content_type_sent}, body=body)

    def _admits(self, incoming: Incoming) -> bool:
        if self.credentials is None:
            return True
        expected = base64.b64encode(":".join(self.credentials).encode()).decode()
        return incoming.headers.get("authorization") == f"Basic {expected}"


class World:
    """All repositories of a test; they stop when it ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._repositories: dict[str, RepositoryDouble] = {}
        self._servers = ExitStack()

    @cached_property
    def authority(self) -> Authority:
        """Who signs for the repositories that serve https."""
        return Authority(self._directory)

    def repository(
        self, name: str, *, https: bool = False, listening: bool = True, **defaults: Any
    ) -> RepositoryDouble:
        """The repository of this name, made and started if need be.

        Args:
            name: also the first part of its URL's path.
            https: with a certificate that `authority` signed.
            listening: False refuses every connection.
            defaults: fields of `PageDouble` that all of its pages begin with.
        """
        if name in self._repositories:
            assert not defaults, f"{name} exists already: change its pages instead"
        else:
            double = RepositoryDouble(
                name,
                self._directory / name,
                self,
                defaults,
                https=https,
                listening=listening,
            )
            self._servers.enter_context(double.server)
            self._repositories[name] = double
        return self._repositories[name]

    def find_page(self, repository: str, project: str) -> PageDouble | None:
        """The page in any repository, so that each can host the files of others."""
        if repository not in self._repositories:
            return None
        return self._repositories[repository].find_page(project)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._servers.close()
