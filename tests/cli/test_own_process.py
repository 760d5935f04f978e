"""xpip runs its own code, and nothing that lies in an environment, in a directory, or on a path."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.command import Environment, kept_variables
from tests.support.faults import Faulty
from tests.support.world import RepositoryDouble, World

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and programs of POSIX")

SHADOWED = ["json", "packaging", "click", "xpip", "platform", "subprocess", "encodings", "ssl"]
"""Modules that xpip, or an interpreter at its start, imports."""


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """Is there once anything hostile has run."""
    return tmp_path / "it ran"


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with a wheel."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


def lay(directory: Path, trap: Path, names: list[str]) -> None:
    """Put modules of these names there, which leave a mark when they are imported."""
    directory.mkdir(exist_ok=True)
    code = f"open({str(trap)!r}, 'a').write(__file__ + '\\n')\n"
    for number, name in enumerate(names):
        if number % 2:
            (directory / name).mkdir(exist_ok=True)
            (directory / name / "__init__.py").write_text(code)
        else:
            (directory / f"{name}.py").write_text(code)


def run(
    *command: object, cwd: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={
            **kept_variables(),
            "XPIP_CACHE_DIR": str(cwd / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **(variables or {}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "command",
    ["install -i {url} --compile spam", "list", "check", "inspect", "uninstall -y ham"],
)
def test_nothing_of_the_target_is_run_when_it_is_hostile(
    environment: Environment, project: Path, corp: RepositoryDouble, trap: Path, command: str
) -> None:
    """Neither at an interpreter's start (`sitecustomize`, `.pth`) nor in place of a library."""
    site = environment.site_packages
    lay(site, trap, [*SHADOWED, "sitecustomize", "usercustomize"])
    (site / "evil.pth").write_text(f"import os; open({str(trap)!r}, 'a').write('pth\\n')\n")
    ended = run(sys.executable, "-m", "xpip", *command.format(url=corp.url).split(), cwd=project)
    assert ended.returncode in (0, 1), ended.stderr
    assert not trap.exists(), trap.read_text()


@pytest.mark.parametrize("start", ["module", "script"])
def test_nothing_of_the_current_directory_is_run(
    environment: Environment, project: Path, corp: RepositoryDouble, trap: Path, start: str
) -> None:
    """`python -m xpip`, too, though Python looks for `xpip` itself there."""
    lay(project, trap, [each for each in SHADOWED if each != "xpip"])
    script = [Path(sys.executable).with_name("xpip")]
    begin = [sys.executable, "-m", "xpip"] if start == "module" else script
    ended = run(*begin, "install", "-i", corp.url, "spam", cwd=project)
    assert ended.returncode == 0, ended.stderr
    assert not trap.exists(), trap.read_text()


@pytest.mark.parametrize("path", [".", "", "bin"])
def test_program_of_the_current_directory_is_not_run_when_path_names_it(
    environment: Environment, project: Path, tmp_path: Path, trap: Path, path: str
) -> None:
    """A checkout may hold a `git` of its own, and a `python3.99`."""
    for name in ("git", "python3.99"):
        for directory in (project, project / "bin"):
            directory.mkdir(exist_ok=True)
            program = directory / name
            program.write_text(f"#!/bin/sh\necho ran >> '{trap}'\n")
            program.chmod(0o755)
    variables = {"PATH": os.pathsep.join([path, os.environ["PATH"]])}
    place = f"git+file://{tmp_path}/sources"
    xpip = (sys.executable, "-m", "xpip")
    run(*xpip, "install", place, "--no-index", cwd=project, variables=variables)
    ended = run(
        sys.executable, "-m", "xpip", "list", "--python", "3.99", cwd=project, variables=variables
    )
    assert "there is no python3.99 on PATH" in ended.stderr
    assert not trap.exists()


def test_nothing_that_is_written_can_be_changed_by_everybody(
    environment: Environment, project: Path, corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Not even with a umask that would let everybody."""
    before = set(written(project))
    with Faulty(tmp_path / "faulty") as faulty:
        variables = {"XPIP_CACHE_DIR": str(project / "cache"), "XPIP_INDEX_URL": corp.url}
        for command in (
            "lock spam",
            "install spam",
            "download -d files spam",
            "map init -o other.toml",
        ):
            ended = faulty.run(*command.split(), cwd=project, variables=variables, umask=0)
            assert ended.exit_code == 0, ended
        moments = faulty.run("install", "--force-reinstall", "spam", cwd=project,
            variables=variables, umask=0).moments  # fmt: skip
        faulty.run("install", "--force-reinstall", "spam", cwd=project, variables=variables,
            umask=0, kind="kill", at=moments // 2)  # fmt: skip
        found = {*written(project), *written(faulty.temporary)} - before
    assert len(found) > 20
    loose = [str(path) for path in found if path.lstat().st_mode & stat.S_IWOTH]
    assert loose == []


def written(directory: Path) -> Iterator[Path]:
    """Files and directories, but no links, whose mode means nothing."""
    return (path for path in directory.rglob("*") if not path.is_symlink())
