"""A scenario file → a world that is as the file says, and what the file expects of xpip.

    name = "404"                                  # a few words
    description = "why this matters, and the clause that decides it"
    request = ["--index-url", "{public.url}", "acme-lib"]
    wheelhouse = [{ project = "acme-lib", version = "1.0" }]   # a local directory
    variables = { SSL_CERT_FILE = "{authority.certificate}" }
    map = '''...'''                               # xpip.toml in the working directory
    files = { "org.toml" = '''...''' }            # further files there
    open = "what xpip does instead"               # only while it is a known bug

    [repositories.public]                         # a server, and so a web origin, of its own
    files = [{ project = "acme-lib", version = "99.0", requires = ["eggs"] }]   # `sdist = true`
    https = false
    credentials = ["user", "password"]            # that every request must bring
    aliases = ["eu"]                              # /eu/simple/ forwards to its own pages
    listening = true                              # false: refuses connections
    latency = 0                                   # seconds
    pages.acme-lib = { http_status = 404 }        # fields of `PageDouble`; {} is empty

    [expected]                                    # only exit_code is needed
    exit_code = 0
    reasons = []                                  # of all errors
    conflicts = []                                # names that the collision report holds
    notices = []                                  # codes
    installed = { acme-lib = "99.0" }             # all that the environment holds
    origins = { acme-lib = "public" }             # repositories, or groups of others, as reported
    asked = { public = ["acme-lib"] }             # every page asked for, repetitions kept
    never_asked = []                              # repositories that no request reached
    said = []                                     # texts that it prints

An unknown key is an error on every level. Placeholders: `url`, `origin`, `port` and `links_url`
of a repository, `path` of the wheelhouse and of the working directory (`project`), `certificate`
of the authority.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

from tests.support.projects import PageDouble
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9-]*)\.([a-z_]+)\}")
_PAGE_FIELDS = frozenset(field.name for field in fields(PageDouble)) - {"files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One table of `repositories`, as written."""

    files: Sequence[Mapping[str, Any]] = ()
    https: bool = False
    listening: bool = True
    latency: float = 0
    credentials: Sequence[str] = ()
    aliases: Sequence[str] = ()
    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the run shall come to, as written."""

    exit_code: int
    reasons: Sequence[str] = ()
    conflicts: Sequence[str] = ()
    notices: Sequence[str] = ()
    installed: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    never_asked: Sequence[str] = ()
    said: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole file, as written."""

    name: str
    description: str
    request: Sequence[str]
    repositories: Mapping[str, Repository]
    expected: Expected
    wheelhouse: Sequence[Mapping[str, Any]] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    map: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    open: str | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a file's text.

        Raises:
            TypeError: a key is unknown or missing.
        """
        tables = tomllib.loads(text)
        repositories = tables.pop("repositories", {})
        expected = Expected(**tables.pop("expected"))
        return cls(
            repositories={name: Repository(**table) for name, table in repositories.items()},
            expected=expected,
            **tables,
        )


class Stage:
    """A scenario's world, set up and running."""

    def __init__(self, scenario: Scenario, world: World, directory: Path) -> None:
        self._world = world
        self._wheelhouse = directory / "wheelhouse"
        self._project = directory / "project"
        own = {} if scenario.map is None else {"xpip.toml": scenario.map}
        self._texts = {**own, **scenario.files}
        self.repositories = {
            name: world.repository(name, https=table.https, listening=table.listening)
            for name, table in scenario.repositories.items()
        }
        for file in scenario.wheelhouse:
            build_wheel(self._wheelhouse, file["project"], **_but(file, "project"))
        # Pages name one another's addresses, so all servers come first.
        for name, table in scenario.repositories.items():
            self._fill(self.repositories[name], table)

    def write_files(self) -> Path:
        """Write the mapping file and what stands beside it, and return the working directory."""
        self._project.mkdir(parents=True, exist_ok=True)
        for name, text in self._texts.items():
            path = self._project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.filled(text), encoding="utf-8")
            # xpip refuses a mapping file that others may write, whatever the umask is here.
            path.chmod(0o644)
        return self._project

    def filled(self, value: Any) -> Any:
        """The value with every placeholder in its strings replaced."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: self._known(*found.groups()), value)
        if isinstance(value, Mapping):
            return {key: self.filled(each) for key, each in value.items()}
        if isinstance(value, Sequence):
            return [self.filled(each) for each in value]
        return value

    def _known(self, name: str, attribute: str) -> str:
        if name == "wheelhouse":
            place: Any = SimpleNamespace(path=self._wheelhouse)
        elif name == "project":
            place = SimpleNamespace(path=self._project)
        elif name == "authority":
            place = self._world.authority
        else:
            double = self.repositories[name]
            place = SimpleNamespace(
                url=double.url,
                origin=double.origin,
                port=urlsplit(double.origin).port,
                links_url=double.links_url,
            )
        return str(getattr(place, attribute))

    def _fill(self, double: RepositoryDouble, table: Repository) -> None:
        double.latency = table.latency
        if table.credentials:
            user, password = table.credentials
            double.credentials = (user, password)
        double.aliases = frozenset(table.aliases)
        for file in table.files:
            serve = double.serve_sdist if file.get("sdist") else double.serve
            serve(file["project"], **_but(file, "project", "sdist"))
        for project, options in table.pages.items():
            if unknown := options.keys() - _PAGE_FIELDS:
                raise TypeError(f"a page has no {sorted(unknown)}")
            page = double.page(project)
            for name, value in self.filled(options).items():
                body = name == "body"
                setattr(page, name, value.encode() if body else value)


def _but(table: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in keys}
