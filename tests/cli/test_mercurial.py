"""Repositories of Mercurial as places: installed, recorded with their changeset, and locked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.sources import write_tree

# The development tools may be in an environment that is not active.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
HG = shutil.which("hg", path=PATH)

pytestmark = pytest.mark.skipif(HG is None, reason="Mercurial is not installed here")


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", PATH)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository of spam: 1.0 is tagged v1.0, 2.0 is the newest."""
    tree = tmp_path / "spam"
    for version in ("1.0", "2.0"):
        write_tree(tree, "spam", version)
        if version == "1.0":
            hg(tree, "init")
        hg(tree, "commit", "--addremove", "--message", version)
        hg(tree, "tag", f"v{version}")
    return tree


def hg(tree: Path, *arguments: str) -> str:
    """What Mercurial answers."""
    environ = {**os.environ, "HGUSER": "A <a@host.example>", "HGRCPATH": "", "HGPLAIN": "1"}
    command = [str(HG), "--cwd", str(tree), "--quiet", *arguments]
    return subprocess.check_output(command, env=environ, text=True).strip()


def changeset(tree: Path, name: str) -> str:
    """The full id of what is called so."""
    return hg(tree, "log", "--rev", name, "--template", "{node}")


def test_tag_is_installed_and_recorded_with_its_changeset(
    environment: Environment, xpip: Xpip, tree: Path
) -> None:
    """PEP 610: the system, what was asked for, and what it turned out to be."""
    ended = xpip("install", "--no-index", f"hg+{tree.as_uri()}@v1.0#egg=spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}
    (record,) = environment.python.parent.parent.rglob("spam-1.0.dist-info/direct_url.json")
    assert json.loads(record.read_text()) == {
        "url": tree.as_uri(),
        "vcs_info": {
            "vcs": "hg",
            "requested_revision": "v1.0",
            "commit_id": changeset(tree, "v1.0"),
        },
    }


def test_subdirectory_of_a_repository_is_installed(
    environment: Environment, xpip: Xpip, tree: Path
) -> None:
    """Several projects may share one."""
    write_tree(tree / "libs" / "ham", "ham", "3.0")
    hg(tree, "commit", "--addremove", "--message", "ham")

    ended = xpip("install", "--no-index", f"ham @ hg+{tree.as_uri()}#subdirectory=libs/ham")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"ham": "3.0"}


def test_revision_may_have_characters_that_a_url_quotes(
    environment: Environment, xpip: Xpip, tree: Path
) -> None:
    """What was read out of the URL is not read as one again."""
    hg(tree, "bookmark", "--rev", "v1.0", "fix#1")

    ended = xpip("install", "--no-index", f"hg+{tree.as_uri()}@fix%231")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_lock_holds_the_changeset_however_the_tag_moves(
    environment: Environment, xpip: Xpip, tree: Path, tmp_path: Path
) -> None:
    """PEP 751: the revision that was asked for is never checked out."""
    first, lock = changeset(tree, "v1.0"), tmp_path / "pylock.toml"
    ended = xpip("lock", "--no-index", f"spam @ hg+{tree.as_uri()}@v1.0", "-o", lock)
    assert ended.exit_code == 0, ended.stderr
    hg(tree, "tag", "--force", "--rev", "v2.0", "v1.0")

    ended = xpip("install", "-r", lock)

    assert ended.exit_code == 0, ended.stderr
    assert first in lock.read_text()
    assert environment.installed() == {"spam": "1.0"}


def test_lock_is_refused_when_its_changeset_is_abbreviated(
    environment: Environment, xpip: Xpip, tree: Path, tmp_path: Path
) -> None:
    """PEP 751: a full hash, where the system has them; a shorter one could come to be another."""
    first, lock = changeset(tree, "v1.0"), tmp_path / "pylock.toml"
    xpip("lock", "--no-index", f"spam @ hg+{tree.as_uri()}@v1.0", "-o", lock)
    lock.write_text(lock.read_text().replace(first, first[:12]))

    ended = xpip("install", "--json", "-r", lock)

    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])
    assert environment.installed() == {}
