"""Wheels unpacked once, as a user meets them: the second environment costs next to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.kept import entries
from tests.support.world import RepositoryDouble, World


@pytest.fixture
def corp(world: World, environment: Environment) -> RepositoryDouble:
    """A repository with spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={"spam.py": "original"})
    return corp


@pytest.fixture
def cache(project: Path) -> Path:
    """Where commands of this test keep things."""
    return project.with_name(f"{project.name}-cache")


def tree_file(cache: Path) -> Path:
    """spam.py in the cache."""
    (found,) = cache.glob("unpacked-*/spam/*/tree/purelib/spam.py")
    return found


def wheels_fetched(corp: RepositoryDouble) -> int:
    """How often a wheel was asked for."""
    return sum(each.path.endswith(".whl") for each in corp.requests)


def test_installed_files_are_linked(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, cache: Path
) -> None:
    """Unless somebody wants otherwise."""
    assert xpip("install", "-i", corp.url, "spam").exit_code == 0
    assert (environment.site_packages / "spam.py").samefile(tree_file(cache))


def test_link_mode_is_an_option_and_a_variable(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, cache: Path
) -> None:
    """The option wins."""
    link = environment.site_packages / "spam.py"
    install = ("install", "-i", corp.url, "--force-reinstall", "spam")
    assert xpip(*install, XPIP_LINK_MODE="symlink").exit_code == 0
    assert link.readlink() == tree_file(cache)
    ended = xpip(*install, "--link-mode", "copy", XPIP_LINK_MODE="symlink")
    assert ended.exit_code == 0
    assert not link.is_symlink()
    assert not link.samefile(tree_file(cache))


def test_link_mode_that_there_is_not_changes_nothing(corp: RepositoryDouble, xpip: Xpip) -> None:
    """It is found before anything is asked."""
    ended = xpip("install", "-i", corp.url, "spam", XPIP_LINK_MODE="teleport")
    assert ended.exit_code == 2
    assert "XPIP_LINK_MODE is teleport" in ended.stderr
    assert corp.requests == []


def test_unpacked_wheel_is_not_fetched_again(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, cache: Path
) -> None:
    """Nor is its file needed any more."""
    install = ("install", "-i", corp.url, "--force-reinstall", "spam")
    xpip(*install)
    for path in entries(next(cache.glob("files-*"))):
        path.unlink()
    assert xpip(*install).exit_code == 0
    assert wheels_fetched(corp) == 1


def test_changed_tree_is_unpacked_anew(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, cache: Path
) -> None:
    """What was changed is installed nowhere."""
    install = ("install", "-i", corp.url, "--force-reinstall", "spam")
    xpip(*install)
    tree_file(cache).chmod(0o644)
    tree_file(cache).write_text("changed!")
    assert xpip(*install).exit_code == 0
    assert (environment.site_packages / "spam.py").read_text() == "original"


def test_unpacked_wheel_is_held_to_todays_hashes(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, project: Path
) -> None:
    """A hash that the user demands is not the one it was kept under."""
    xpip("install", "-i", corp.url, "spam")
    (project / "r.txt").write_text(f"spam==1.0 --hash=sha256:{'ab' * 32}\n")
    ended = xpip("install", "-i", corp.url, "--force-reinstall", "-r", "r.txt")
    assert ended.exit_code == 3, ended.stderr


def test_unpacked_wheel_proves_nothing_by_another_algorithm(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, project: Path
) -> None:
    """The file itself is hashed then."""
    xpip("install", "-i", corp.url, "spam")
    (project / "r.txt").write_text(f"spam==1.0 --hash=sha512:{'ab' * 64}\n")
    ended = xpip("install", "-i", corp.url, "--force-reinstall", "-r", "r.txt")
    assert ended.exit_code == 3, ended.stderr


def test_without_a_cache_files_are_the_environments_own(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment
) -> None:
    """Nobody shares them."""
    assert xpip("install", "-i", corp.url, "--no-cache", "spam").exit_code == 0
    assert (environment.site_packages / "spam.py").stat().st_nlink == 1
