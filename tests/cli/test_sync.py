"""`xpip sync`: an environment becomes what a lock says, and holds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.locks import locked, write_lock
from tests.support.wheels import build_wheel
from tests.support.world import World

Xpip = Callable[..., Ended]


@pytest.fixture
def lock(project: Path) -> Path:
    """Where the lock of a test lies."""
    return project / "pylock.toml"


def test_sync_adds_replaces_and_removes(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """pylock.toml here, without a word more; a second run has nothing to do."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "2.0")
    for name, version in (("spam", "1.0"), ("eggs", "1.0")):
        corp.serve(name, version)
    xpip("install", "-i", corp.url, "spam==1.0", "eggs")
    ham = corp.serve("ham", "1.0")
    write_lock(lock, locked(corp, spam), locked(corp, ham))

    first, second = xpip("sync", "-i", corp.url), xpip("sync", "-i", corp.url)

    assert first.exit_code == 0, first.stderr
    assert environment.installed() == {"spam": "2.0", "ham": "1.0"}
    assert first.stdout.splitlines() == ["+ ham 1.0", "~ spam 1.0 -> 2.0", "- eggs 1.0"]
    assert "Nothing to do" in second.stderr


def test_sync_leaves_what_makes_an_environment_usable(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """pip, setuptools, wheel and xpip stay where the lock does not list them."""
    corp = world.repository("corp")
    for name in ("pip", "setuptools", "wheel", "xpip", "pipeline"):
        corp.serve(name, "1.0")
    xpip("install", "-i", corp.url, "pip", "setuptools", "wheel", "xpip", "pipeline")
    write_lock(lock)

    ended = xpip("sync", "--json")

    assert [each["name"] for each in ended.data["removed"]] == ["pipeline"]
    assert sorted(environment.installed()) == ["pip", "setuptools", "wheel", "xpip"]


def test_sync_replaces_a_seed_that_the_lock_lists(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """They are ordinary entries there."""
    corp = world.repository("corp")
    newer = corp.serve("pip", "2.0")
    corp.serve("pip", "1.0")
    xpip("install", "-i", corp.url, "pip==1.0")
    write_lock(lock, locked(corp, newer))

    xpip("sync", "-i", corp.url)

    assert environment.installed() == {"pip": "2.0"}


def test_sync_with_dry_run_changes_nothing(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """What would go and come is shown; no file is fetched."""
    corp = world.repository("corp")
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "eggs")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    before, asked = environment.files(), len(corp.requests)

    ended = xpip("sync", "-i", corp.url, "--dry-run")

    assert ended.stdout.splitlines() == ["+ spam 1.0", "- eggs 1.0"]
    assert "Would install 1 project" in ended.stderr
    assert "would remove 1 project" in ended.stderr
    assert environment.files() == before
    assert len(corp.requests) == asked


def test_sync_removes_nothing_when_it_can_not_install_all(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """All or nothing goes for removals too."""
    corp = world.repository("corp")
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "eggs")
    broken = build_wheel(lock.parent, "spam", "1.0", tamper=lambda files: files.popitem())
    write_lock(lock, locked(corp, corp.serve_file("spam", "1.0", broken)))
    before = environment.files()

    ended = xpip("sync", "-i", corp.url)

    assert ended.exit_code == 5, ended.stderr
    assert environment.files() == before
