"""Other tools' settings in a directory of their own, imported as `xpip map import` does it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

from packaging.utils import canonicalize_name

from xpip.cli.progress import Silent
from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import Policy, RepositoryMap
from xpip.core.routing import route
from xpip.operations.maps.importing import Importing, import_map
from xpip.operations.maps.proposing import Proposed
from xpip.operations.surroundings import Surroundings

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A map that was made, as text and as what it means."""

    proposed: Proposed
    map: RepositoryMap

    @property
    def text(self) -> str:
        """The file."""
        return self.proposed.text

    @property
    def unsaid(self) -> str:
        """All that the map does not say, a line each."""
        return "\n".join(self.proposed.unsaid)

    def asked(self, name: str) -> list[list[str]]:
        """The repositories that a name is asked for at, stage by stage."""
        routing = route(canonicalize_name(name), Policy(groups=self.map.groups, map=self.map))
        return [[group.name for group in stage.groups] for stage in routing.stages]

    def judged(self, name: str) -> bool:
        """Whether xpip judges the repositories of a name, in place of merging them."""
        routing = route(canonicalize_name(name), Policy(groups=self.map.groups, map=self.map))
        return not any(stage.declared for stage in routing.stages)


class Project:
    """A directory of files, and a home of its own."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.directory = directory / "project"
        for each in (self.home, self.directory):
            each.mkdir()

    def write(self, name: str, text: str) -> Path:
        """Write a file into it."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def imported(self, *chosen: str, variables: Mapping[str, str] | None = None) -> Imported:
        """Import these tools or files, with no variables but these."""
        around = self.around(variables or {})
        proposed = import_map(Importing(chosen=chosen), around)
        read = parse_map(
            proposed.text.encode(),
            MapSource(path="xpip.toml", directory=str(self.directory), discovered=True),
            variables={"XPIP_MAP_TEAM": "t", **around.environ},
            now=NOW,
        )
        return Imported(proposed=proposed, map=read)

    def around(self, variables: Mapping[str, str]) -> Surroundings:
        """A process in it."""
        environ = {"HOME": str(self.home), "PIP_CONFIG_FILE": os.devnull, **variables}
        return Surroundings(environ=environ, cwd=self.directory, now=NOW, observer=Silent())
