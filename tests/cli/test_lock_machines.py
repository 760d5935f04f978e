"""`xpip lock` for other machines, for several at once, and for extras and groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import Pylock, PylockSelectError
from packaging.tags import Tag
from tests.cli.conftest import Xpip
from tests.cli.test_lock import lock_in
from tests.support.served_sources import serve_backend, serve_source
from tests.support.stage import LINUX
from tests.support.world import World

from xpip.core.machines import parse_environment, target_of

PROJECT = """
[project]
name = "mine"
version = "1"
dependencies = ["spam"]

[project.optional-dependencies]
web = ["eggs"]

[dependency-groups]
dev = ["ham", "eggs"]
"""


def selected(directory: Path, words: str, **asked: Any) -> dict[str, str]:
    """What an installer that knows nothing of xpip takes from the lock on a machine."""
    target = target_of(parse_environment(words), LINUX)
    tags = [Tag(*text.split("-", 2)) for text in target.tags]
    lock = Pylock.from_dict(lock_in(directory))
    environment: Any = dict(target.environment)
    return {
        package.name: file.filename  # type: ignore[union-attr]
        for package, file in lock.select(environment=environment, tags=tags, **asked)
    }


# Another machine


def test_lock_is_for_another_machine(world: World, project: Path, xpip: Xpip) -> None:
    """By its wheels' tags and by its markers."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", tag="cp312-cp312-win_amd64", requires=["eggs; os_name == 'nt'"])
    corp.serve("spam", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    corp.serve("eggs", "1.0")
    options = ("--platform", "windows", "--python-version", "3.12")
    ended = xpip("lock", "-i", corp.url, "spam", *options)
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout == "+ eggs 1.0\n+ spam 1.0\n"
    assert selected(project, "3.12-windows") == {
        "eggs": "eggs-1.0-py3-none-any.whl",
        "spam": "spam-1.0-cp312-cp312-win_amd64.whl",
    }
    with pytest.raises(PylockSelectError):
        selected(project, "3.12-linux")


@pytest.mark.parametrize(
    "options",
    [
        ("--environment", "linux"),
        ("--environment", "3.12-amiga"),
        ("--platform", "amiga"),
        ("--python-version", "three"),
        ("--environment", "3.12-linux", "--python-version", "3.12"),
        ("--environment", "3.12-linux", "--environment", "3.12-linux-musl"),
    ],
    ids=" ".join,
)
def test_lock_refuses_a_machine_that_it_does_not_understand(
    options: tuple[str, ...], xpip: Xpip
) -> None:
    """Or two that no marker can tell apart."""
    ended = xpip("lock", "--no-index", "spam", *options, "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["usage"])


def test_lock_says_what_it_had_to_build_for_another_machine(
    world: World, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """What a backend says here may differ there."""
    corp = world.repository("corp")
    serve_backend(corp)
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    ended = xpip("lock", "-i", corp.url, "spam", "--platform", "windows")
    assert ended.exit_code == 0, ended.stderr
    assert "[built-elsewhere]" in ended.stderr


# Several machines


def test_lock_serves_several_machines(world: World, project: Path, xpip: Xpip) -> None:
    """What they have in common is written once, the rest with markers."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs", "ham; sys_platform == 'win32'"])
    corp.serve("eggs", "1.0", tag="cp311-cp311-win_amd64")
    corp.serve("eggs", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    corp.serve("ham", "1.0")
    machines = ("--environment", "3.12-linux", "--environment", "3.11-windows")

    ended = xpip("lock", "-i", corp.url, "spam", *machines)

    assert ended.exit_code == 0, ended.stderr
    entries = [(each["name"], each.get("marker")) for each in lock_in(project)["packages"]]
    assert entries == [
        ("eggs", 'sys_platform == "win32"'),
        ("eggs", 'sys_platform == "linux"'),
        ("ham", 'sys_platform == "win32"'),
        ("spam", None),
    ]
    needed = lock_in(project)["packages"][3]["dependencies"]
    assert needed == [
        {"name": "eggs", "version": "1.0"},
        {"name": "eggs", "version": "2.0"},
        {"name": "ham"},
    ]
    assert selected(project, "3.11-windows")["eggs"] == "eggs-1.0-cp311-cp311-win_amd64.whl"
    linux = selected(project, "3.12-linux")
    assert linux == {
        "eggs": "eggs-2.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "spam": "spam-1.0-py3-none-any.whl",
    }


def test_lock_asks_once_for_several_machines(world: World, xpip: Xpip) -> None:
    """One world: pages and metadata are shared."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    machines = ("--environment", "3.12-linux", "--environment", "3.11-windows")
    xpip("lock", "--no-cache", "-i", corp.url, "spam", *machines)
    assert sorted(corp.projects_asked()) == ["eggs", "spam"]
    assert sorted(corp.files_asked()) == [
        "eggs-1.0-py3-none-any.whl.metadata",
        "spam-1.0-py3-none-any.whl.metadata",
    ]


def test_lock_keeps_the_versions_of_each_machine(world: World, project: Path, xpip: Xpip) -> None:
    """Those whose markers hold there."""
    corp = world.repository("corp")
    corp.serve("eggs", "1.0", tag="cp311-cp311-win_amd64")
    corp.serve("eggs", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    machines = ("--environment", "3.12-linux", "--environment", "3.11-windows")
    xpip("lock", "-i", corp.url, "eggs", *machines)
    corp.serve("eggs", "3.0")
    ended = xpip("lock", "-i", corp.url, "eggs", *machines)
    assert ended.stderr == "Nothing to do: pylock.toml is up to date.\n"


def test_lock_serves_the_machines_that_the_project_names(
    world: World, project: Path, xpip: Xpip
) -> None:
    """In `[tool.xpip.lock]`, for all who lock it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    machines = '[tool.xpip.lock]\nenvironments = ["3.12-linux", "3.13-macos-arm64"]\n'
    (project / "pyproject.toml").write_text(PROJECT + machines)
    ended = xpip("lock", "-i", corp.url)
    assert ended.exit_code == 0, ended.stderr
    assert len(lock_in(project)["environments"]) == 2


def test_lock_knows_every_key_that_the_project_gives_it(project: Path, xpip: Xpip) -> None:
    """A key misspelt would lock for another machine than was meant."""
    (project / "pyproject.toml").write_text(PROJECT + "[tool.xpip.lock]\nenvironment = []\n")
    ended = xpip("lock", "--no-index", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["requirements-invalid"])
    assert "did you mean 'environments'?" in ended.stdout


def test_lock_reports_what_is_wrong_for_every_machine_at_once(world: World, xpip: Xpip) -> None:
    """What one of them meets does not hide what another does."""
    corp, pypi = world.repository("corp"), world.repository("pypi")
    corp.serve("spam", "1.0", requires=["ham; sys_platform == 'win32'"])
    for repository in (corp, pypi):
        repository.serve("eggs", "1.0")
        repository.serve("ham", "1.0")
    machines = ("--environment", "3.12-linux", "--environment", "3.11-windows")
    repositories = ("-i", corp.url, "--extra-index-url", pypi.url)

    ended = xpip("lock", *repositories, "spam", "eggs", *machines, "--json")

    assert (ended.exit_code, ended.reasons) == (3, ["collision", "collision"])
    said = [error["context"][-1] for error in ended.data["errors"]]
    assert said == ["for 3.11-windows", "for 3.12-linux"]


# Extras and groups


def test_lock_offers_extras_and_groups(world: World, project: Path, xpip: Xpip) -> None:
    """PEP 751's multi-use lock: one resolution, from which each takes its part."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", extras=["x"], requires=["lumberjack; extra == 'x'"])
    for name in ("ham", "lumberjack"):
        corp.serve(name, "1.0")
    corp.serve("eggs", "1.0", requires=["spam[x]"])
    (project / "pyproject.toml").write_text(PROJECT)

    ended = xpip("lock", "-i", corp.url, "--extra", "web", "--group", "dev")

    assert ended.exit_code == 0, ended.stderr
    lock = lock_in(project)
    assert (lock["extras"], lock["dependency-groups"]) == (["web"], ["dev"])
    either = '"web" in extras or "dev" in dependency_groups'
    assert {each["name"]: each.get("marker") for each in lock["packages"]} == {
        "eggs": either,
        "ham": '"dev" in dependency_groups',
        "lumberjack": either,
        "spam": None,
    }


def test_lock_of_a_group_alone_needs_no_project(world: World, project: Path, xpip: Xpip) -> None:
    """A pyproject.toml may hold groups only (PEP 735)."""
    corp = world.repository("corp")
    corp.serve("ham", "1.0")
    (project / "pyproject.toml").write_text('[dependency-groups]\nDev_Tools = ["ham"]\n')
    ended = xpip("lock", "-i", corp.url, "--group", "dev-tools")
    assert ended.exit_code == 0, ended.stderr
    (ham,) = lock_in(project)["packages"]
    assert ham["marker"] == '"dev-tools" in dependency_groups'


def test_lock_joins_machines_and_groups(world: World, project: Path, xpip: Xpip) -> None:
    """A marker says both where it has to."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["ham; sys_platform == 'win32'"])
    corp.serve("ham", "1.0")
    corp.serve("eggs", "1.0")
    (project / "pyproject.toml").write_text(PROJECT)
    machines = ("--environment", "3.12-linux", "--environment", "3.12-windows")
    xpip("lock", "-i", corp.url, "--group", "dev", *machines)
    assert set(selected(project, "3.12-windows")) == {"spam", "ham"}
    assert set(selected(project, "3.12-linux")) == {"spam"}
    groups = {"dependency_groups": ["dev"]}
    assert set(selected(project, "3.12-linux", **groups)) == {"spam", "ham", "eggs"}
