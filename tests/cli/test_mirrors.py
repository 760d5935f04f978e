"""`xpip install` from a group of mirrors, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Ended, Environment
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]
ONCE = ("--retries", "0")


@pytest.fixture
def mirrors(world: World, project: Path) -> tuple[RepositoryDouble, RepositoryDouble]:
    """Two mirrors of one group, `corp`, that a mapping file sends every name to."""
    one, two = world.repository("one"), world.repository("two")
    for each in (one, two):
        each.serve("spam", "1.0")
    path = project / "xpip.toml"
    path.write_text(
        f'[repositories]\ncorp = ["{one.url}", "{two.url}"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n',
        encoding="utf-8",
    )
    path.chmod(0o644)
    return one, two


def record(environment: Environment, name: str) -> Any:
    """One of the records beside spam."""
    return json.loads((environment.site_packages / "spam-1.0.dist-info" / name).read_text())


def test_canonical_url_is_recorded_when_another_mirror_served_the_file(
    mirrors: tuple[RepositoryDouble, RepositoryDouble], environment: Environment, xpip: Xpip
) -> None:
    """The repository is the group's; page and file are those that finally answered."""
    one, two = mirrors
    one.page("spam").file_status = 503

    ended = xpip("install", "--json", *ONCE, "spam")

    assert ended.exit_code == 0, ended.stdout
    file_url = f"{two.origin}/two/files/spam/spam-1.0-py3-none-any.whl"
    recorded = record(environment, "xpip_origin.json")
    assert recorded["group"] == "corp"
    assert recorded["repository"] == one.url
    assert recorded["page_url"] == two.project_url("spam")
    assert recorded["file_url"] == file_url
    assert record(environment, "provenance_url.json")["url"] == file_url
    (changed,) = ended.data["changed"]
    assert changed["origin"]["repository"] == one.url
    assert changed["origin"]["page_url"] == two.project_url("spam")


def test_canonical_url_is_recorded_when_another_mirror_served_the_page(
    mirrors: tuple[RepositoryDouble, RepositoryDouble], environment: Environment, xpip: Xpip
) -> None:
    """So that a run on another day, from the other mirror, has the same origin."""
    one, two = mirrors
    one.page("spam").fails_first = [503]

    assert xpip("install", *ONCE, "spam").exit_code == 0
    recorded = record(environment, "xpip_origin.json")
    again = xpip("install", *ONCE, "--force-reinstall", "spam")

    assert (recorded["repository"], recorded["page_url"]) == (one.url, two.project_url("spam"))
    assert again.exit_code == 0, again.stderr
    assert record(environment, "xpip_origin.json")["page_url"] == one.project_url("spam")


def test_nothing_is_installed_when_the_mirrors_hold_different_files(
    mirrors: tuple[RepositoryDouble, RepositoryDouble], environment: Environment, xpip: Xpip
) -> None:
    """Exit 3, with both pages and both hashes to tell their operators."""
    one, two = mirrors
    here = one.page("spam").files[0].hashes["sha256"]
    two.page("spam").files.clear()
    two.serve("spam", "1.0", requires=["evil"])
    there = two.page("spam").files[0].hashes["sha256"]
    one.page("spam").file_status = 503

    ended = xpip("install", *ONCE, "spam")

    assert ended.exit_code == 3
    assert "[hash-conflict]" in ended.stderr
    for said in (one.project_url("spam"), two.project_url("spam"), here, there):
        assert said in ended.stderr
    assert environment.installed() == {}
