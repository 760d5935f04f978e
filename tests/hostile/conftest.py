"""The command, and an environment that no hostile file may change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command import Environment
from tests.support.warm import WarmXpip


class Watched:
    """An environment and all that lies around it, as it was."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.project = directory / "project"
        self.project.mkdir(parents=True)
        self.environment = Environment(self.project / ".venv")
        site = self.environment.site_packages
        (directory / "elsewhere").mkdir()
        (site / "neighbour.py").write_text("mine = True\n")
        (site / "leads_out").symlink_to(directory / "elsewhere")
        (site / "a_link.py").symlink_to("neighbour.py")
        self._before = self._all()

    def changes(self) -> list[str]:
        """What is not as it was, in the environment or beside it."""
        now = self._all()
        paths = sorted(self._before.keys() | now.keys())
        return [path for path in paths if self._before.get(path) != now.get(path)]

    def _all(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for path in self.directory.rglob("*"):
            name = str(path.relative_to(self.directory))
            # xpip's own lock stays, and its cache is its own.
            if path.name != ".xpip.lock" and not name.startswith("cache"):
                mode = path.lstat().st_mode
                found[name] = mode, _contents(path)
        return found


def _contents(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """One for all tests of a module: none of them may change it."""
    return Watched(tmp_path_factory.mktemp("watched") / "world")


@pytest.fixture(scope="session")
def xpip() -> Iterator[WarmXpip]:
    """The command."""
    with WarmXpip() as warm:
        yield warm
