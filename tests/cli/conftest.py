"""The command, and an environment to run it on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from tests.support.command import Ended, Environment, run_xpip


class Xpip(Protocol):
    """Runs the command in the test's own directory."""

    def __call__(self, *arguments: object, **variables: str) -> Ended: ...


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The directory that commands run in; it has a `.venv` if `environment` was asked for."""
    directory = tmp_path / "project"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture
def environment(project: Path) -> Environment:
    """`.venv` in the project."""
    return Environment(project / ".venv")


@pytest.fixture
def xpip(project: Path) -> Callable[..., Ended]:
    """`xpip("install", …, XPIP_INDEX_URL=…)`."""
    # Logs of builds that fail are meant to stay.
    temporary = project.with_name("tmp")
    temporary.mkdir(exist_ok=True)

    def run(*arguments: object, **variables: str) -> Ended:
        return run_xpip(*arguments, cwd=project, variables={"TMPDIR": str(temporary), **variables})

    return run
