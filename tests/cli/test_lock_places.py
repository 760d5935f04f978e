"""Entries of a lock that are built, or taken from a place of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Ended, Environment
from tests.support.locks import locked, write_lock
from tests.support.sources import commit_tree, git, pack_tree, write_tree
from tests.support.world import World

Xpip = Callable[..., Ended]


@pytest.fixture
def lock(project: Path) -> Path:
    """Where the lock of a test lies."""
    return project / "pylock.toml"


def direct_url(environment: Environment, dist_info: str) -> dict[str, Any]:
    """What is recorded of a place (PEP 610)."""
    record = environment.site_packages / dist_info / "direct_url.json"
    return dict(json.loads(record.read_text()))


def test_a_locked_source_distribution_is_built_when_no_wheel_fits(
    world: World, environment: Environment, xpip: Xpip, lock: Path, tmp_path: Path
) -> None:
    """L17: wheels first; it is held to its hash before its build runs, and is no direct URL."""
    corp = world.repository("corp")
    foreign = corp.serve("spam", "1.0", tag="cp27-cp27m-plan9")
    sdist = pack_tree(write_tree(tmp_path / "tree", "spam", "1.0"), tmp_path, "spam", "1.0")
    corp.serve_file("spam", "1.0", sdist)
    write_lock(lock, locked(corp, foreign, sdist))
    begin = ("install", "--lock", lock, "-i", corp.url)

    denied = xpip(*begin, "--json", "--only-binary", ":all:")
    built, again = xpip(*begin), xpip(*begin)

    assert (denied.exit_code, denied.reasons) == (1, ["no-candidate"])
    assert built.exit_code == 0, built.stderr
    assert environment.run("import spam; print(spam.__version__)") == "1.0"
    assert not (environment.site_packages / "spam-1.0.dist-info" / "direct_url.json").exists()
    assert "already as asked" in again.stderr
    assert corp.projects_asked() == []


def test_a_locked_commit_is_checked_out_whatever_its_branch_holds_now(
    environment: Environment, xpip: Xpip, lock: Path, tmp_path: Path
) -> None:
    """L5: `requested-revision` decides nothing; the record names the commit."""
    repository = write_tree(tmp_path / "repository", "spam", "1.0")
    commit_tree(repository, "v1")
    commit = git(repository, "rev-parse", "HEAD").strip()
    write_tree(repository, "spam", "2.0")
    commit_tree(repository, "v2")
    vcs = {
        "type": "git",
        "url": repository.as_uri(),
        "requested-revision": "main",
        "commit-id": commit,
    }
    write_lock(lock, {"name": "spam", "vcs": vcs})

    first, second = xpip("install", "--lock", lock), xpip("install", "--lock", lock)

    assert first.exit_code == 0, first.stderr
    assert environment.installed() == {"spam": "1.0"}
    assert direct_url(environment, "spam-1.0.dist-info")["vcs_info"]["commit_id"] == commit
    assert "already as asked" in second.stderr


@pytest.mark.parametrize("commit", ["main", "abc1234", "--upload-pack=x"])
def test_a_locked_commit_has_to_be_one(
    environment: Environment, xpip: Xpip, lock: Path, commit: str
) -> None:
    """A branch would be whatever it is today, and an option something else altogether."""
    vcs = {"type": "git", "url": "https://git.example/spam.git", "commit-id": commit}
    write_lock(lock, {"name": "spam", "vcs": vcs})

    ended = xpip("install", "--json", "--lock", lock)

    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])


def test_a_locked_directory_is_installed_from_where_it_lies(
    environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Relative to the lock; editable if the lock says so."""
    tree = write_tree(project.parent / "beside", "spam", "1.0")
    write_lock(lock, {"name": "spam", "directory": {"path": "../beside", "editable": True}})

    ended = xpip("sync")

    assert ended.exit_code == 0, ended.stderr
    record = direct_url(environment, "spam-1.0.dist-info")
    assert record == {"url": tree.as_uri(), "dir_info": {"editable": True}}


def test_a_place_that_holds_another_project_is_refused(
    environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """The lock's name is what was agreed to."""
    write_tree(project / "tree", "eggs", "1.0")
    write_lock(lock, {"name": "spam", "directory": {"path": "tree"}})

    ended = xpip("sync")

    assert ended.exit_code != 0
    assert environment.installed() == {}


def test_an_enforced_map_lets_no_lock_name_a_place(
    environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Semantics 6.4: lock entries obey the same."""
    write_tree(project / "tree", "spam", "1.0")
    write_lock(lock, {"name": "spam", "directory": {"path": "tree"}})
    (project / "xpip.toml").write_text(
        'enforced = true\n[repositories]\ncorp = ["https://corp.example/simple/"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n'
    )

    ended = xpip("sync", "--json")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])


def test_other_commands_say_what_a_lock_is_for(
    environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """It is no requirements file, and not read as one."""
    write_lock(lock)

    ended = xpip("download", "-r", "pylock.toml")

    assert ended.exit_code == 2
    assert "xpip install --lock pylock.toml" in ended.stderr


def test_a_file_from_no_repository_in_use_is_shown_with_its_place(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """Nobody is named who did not vouch for it."""
    corp, public = world.repository("corp"), world.repository("public")
    entries = [locked(corp, corp.serve("spam", "1.0")), locked(public, public.serve("eggs", "1.0"))]
    write_lock(lock, *entries)

    ended = xpip("install", "--lock", lock, "-i", corp.url)

    eggs, spam = ended.stdout.splitlines()
    assert eggs.endswith(f"from {public.url}")
    assert spam.endswith(corp.url.partition("//")[2])
