"""Lock files between tools (PEP 751): theirs install with xpip, and xpip's with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Environment, run_xpip
from tests.support.peers import Peer
from tests.support.world import RepositoryDouble, World

UPLOADED = "2026-01-31T12:00:00Z"
BOTH = {"spam": "1.0", "eggs-benedict": "2.1"}


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with spam, and the Eggs.Benedict that it needs."""
    corp = world.repository("corp", api_version="1.1")
    corp.serve("spam", "1.0", requires=["Eggs.Benedict>=2"], upload_time=UPLOADED)
    corp.serve("eggs-benedict", "2.1", upload_time=UPLOADED)
    return corp


@pytest.fixture
def project(tmp_path: Path, corp: RepositoryDouble) -> Path:
    """A project that needs spam, as uv and pdm expect one."""
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "requirements.in").write_text("spam\n")
    (directory / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["spam"]\n'
        "[tool.uv]\npackage = false\n"
        f'[[tool.uv.index]]\nurl = "{corp.url}"\ndefault = true\n'
        "[tool.pdm]\ndistribution = false\n"
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{corp.url}"\n'
        f'[[tool.nab.indexes]]\nname = "pypi"\nurl = "{corp.url}"\n'
    )
    return directory


def pip_lock(project: Path, corp: RepositoryDouble) -> None:
    Peer("pip", project)("lock", "--index-url", corp.url, "-o", "pylock.toml", "spam")


def uv_export(project: Path, _: RepositoryDouble) -> None:
    Peer("uv", project)("export", "--format", "pylock.toml", "-o", "pylock.toml")


def uv_compile(project: Path, corp: RepositoryDouble) -> None:
    Peer("uv", project)(
        *("pip", "compile", "requirements.in", "--format", "pylock.toml"),
        *("--default-index", corp.url, "-o", "pylock.toml"),
    )


def pdm_lock(project: Path, _: RepositoryDouble) -> None:
    pdm = Peer("pdm", project)
    pdm("config", "--local", "lock.format", "pylock")
    pdm("lock")


def pdm_export(project: Path, _: RepositoryDouble) -> None:
    pdm = Peer("pdm", project)
    pdm("lock")
    pdm("export", "--format", "pylock", "-o", "pylock.toml")


def nab_lock(project: Path, _: RepositoryDouble) -> None:
    Peer("nab", project)("lock", "--no-cache")


@pytest.mark.parametrize(
    ("write", "names_index"),
    [
        (pip_lock, False),
        (uv_export, True),
        (uv_compile, False),
        (pdm_lock, False),
        (pdm_export, False),
        (nab_lock, True),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_lock_of_another_tool_installs_and_is_unproven_where_it_names_no_index(
    write: Callable[[Path, RepositoryDouble], None],
    names_index: bool,
    project: Path,
    corp: RepositoryDouble,
) -> None:
    """The same versions, no page asked; which of them show their origin is told as it is."""
    write(project, corp)
    environment = Environment(project / "target")
    asked = len(corp.projects_asked())

    ended = run_xpip(
        *("install", "--lock", "pylock.toml", "-i", corp.url, "-p", environment.directory),
        cwd=project,
    )

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == BOTH
    assert ("[unproven]" in ended.stderr) is not names_index
    assert len(corp.projects_asked()) == asked


def pip_install(project: Path, environment: Environment) -> None:
    Peer("pip", project)("--python", environment.python, "install", "-r", "pylock.toml")


def uv_sync(project: Path, environment: Environment) -> None:
    Peer("uv", project)("pip", "sync", "--python", environment.python, "pylock.toml")


@pytest.mark.parametrize("read", [pip_install, uv_sync], ids=lambda each: each.__name__)
def test_a_lock_of_xpip_gives_other_tools_the_same_environment(
    read: Callable[[Path, Environment], None], project: Path, corp: RepositoryDouble
) -> None:
    """Names, versions and files; what each tool writes about itself aside."""
    made = run_xpip("lock", "-i", corp.url, cwd=project)
    assert made.exit_code == 0, made.stderr
    own, others = Environment(project / "own"), Environment(project / "others")

    read(project, others)
    ended = run_xpip("sync", "-i", corp.url, "-p", own.directory, cwd=project)

    assert ended.exit_code == 0, ended.stderr
    assert "note:" not in ended.stderr
    assert own.installed() == others.installed() == BOTH
    modules = {name for name in own.files() if name.endswith("__init__.py")}
    assert modules == {name for name in others.files() if name.endswith("__init__.py")}
