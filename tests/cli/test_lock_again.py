"""`xpip lock` where a lock is there: what is kept, what changes, and what may not."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit
from tests.cli.conftest import Xpip
from tests.cli.test_lock import lock_in
from tests.support.locks import lock_of, locked_wheel
from tests.support.world import RepositoryDouble, World

from xpip.edge.cache.derived import Derived
from xpip.errors import UsageError
from xpip.operations.locking.files import lock_at


def pins(project: Path, name: str = "pylock.toml") -> dict[str, str]:
    """Project and version of each entry."""
    return {each["name"]: each["version"] for each in lock_in(project, name)["packages"]}


@pytest.fixture
def corp(world: World, project: Path, xpip: Xpip) -> RepositoryDouble:
    """A repository that has newer releases than the lock in the project."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    assert xpip("lock", "-i", corp.url, "spam").exit_code == 0
    corp.serve("spam", "2.0", requires=["eggs"])
    corp.serve("eggs", "2.0")
    return corp


def test_lock_keeps_the_versions_that_will_do(
    corp: RepositoryDouble, project: Path, xpip: Xpip
) -> None:
    """And writes nothing that is there already."""
    before = (project / "pylock.toml").stat().st_mtime_ns
    ended = xpip("lock", "-i", corp.url, "spam")
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == "Nothing to do: pylock.toml is up to date.\n"
    assert (project / "pylock.toml").stat().st_mtime_ns == before


def test_lock_changes_the_versions_that_will_not_do(
    corp: RepositoryDouble, project: Path, xpip: Xpip
) -> None:
    """And no others."""
    ended = xpip("lock", "-i", corp.url, "spam>1")
    assert ended.stdout == "~ spam 1.0 -> 2.0\n"
    assert pins(project) == {"spam": "2.0", "eggs": "1.0"}


def test_lock_keeps_no_version_that_policy_forbids(
    corp: RepositoryDouble, project: Path, xpip: Xpip
) -> None:
    """What was yanked since is not locked again."""
    corp.page("spam").yank("1.0")
    xpip("lock", "-i", corp.url, "spam")
    assert pins(project) == {"spam": "2.0", "eggs": "1.0"}


def test_lock_upgrades_everything(corp: RepositoryDouble, project: Path, xpip: Xpip) -> None:
    """With `--upgrade`."""
    ended = xpip("lock", "-i", corp.url, "spam", "--upgrade")
    assert ended.stdout == "~ eggs 1.0 -> 2.0\n~ spam 1.0 -> 2.0\n"


def test_lock_upgrades_one_project(corp: RepositoryDouble, project: Path, xpip: Xpip) -> None:
    """However it is spelled."""
    xpip("lock", "-i", corp.url, "spam", "--upgrade-package", "EGGS")
    assert pins(project) == {"spam": "1.0", "eggs": "2.0"}


def test_check_is_content_with_a_lock_that_stays_as_it_is(
    corp: RepositoryDouble, xpip: Xpip
) -> None:
    """Newer releases alone make it not out of date."""
    ended = xpip("lock", "-i", corp.url, "spam", "--check")
    assert (ended.exit_code, ended.stdout) == (0, "")


def test_check_refuses_a_lock_that_would_change(
    corp: RepositoryDouble, project: Path, xpip: Xpip
) -> None:
    """It shows what would, and writes nothing."""
    before = (project / "pylock.toml").read_bytes()
    ended = xpip("lock", "-i", corp.url, "spam>1", "--check")
    assert (ended.exit_code, ended.stdout) == (1, "~ spam 1.0 -> 2.0\n")
    assert ended.stderr.startswith("error: pylock.toml is out of date [lock-outdated]\n")
    assert (project / "pylock.toml").read_bytes() == before


def test_check_says_the_same_as_json(corp: RepositoryDouble, xpip: Xpip) -> None:
    """One document, with the reason code and the changes."""
    ended = xpip("lock", "-i", corp.url, "spam>1", "--check", "--json")
    (error,) = ended.data["errors"]
    assert (ended.exit_code, error["reason"]) == (1, "lock-outdated")
    assert error["changes"] == [
        {
            "name": "spam",
            "change": "version",
            "old_versions": ["1.0"],
            "new_versions": ["2.0"],
            "old_origins": [corp.url],
            "new_origins": [corp.url],
        }
    ]


def test_check_refuses_where_there_is_no_lock(
    corp: RepositoryDouble, project: Path, xpip: Xpip
) -> None:
    """CI that lost its lock is not up to date."""
    ended = xpip("lock", "-i", corp.url, "spam", "-o", "pylock.ci.toml", "--check", "--json")
    assert (ended.exit_code, ended.reasons) == (1, ["lock-outdated"])
    assert not (project / "pylock.ci.toml").exists()


def test_check_notices_a_new_file_of_a_locked_release(corp: RepositoryDouble, xpip: Xpip) -> None:
    """The lock has all of them."""
    corp.serve("spam", "1.0", tag="cp39-cp39-win_amd64", requires=["eggs"])
    ended = xpip("lock", "-i", corp.url, "spam", "--check")
    assert (ended.exit_code, ended.stdout) == (1, "~ spam 1.0 (files or conditions)\n")


def test_diff_compares_with_another_lock(corp: RepositoryDouble, project: Path, xpip: Xpip) -> None:
    """Added, removed, and of another version."""
    corp.serve("ham", "1.0")
    ended = xpip(
        *("lock", "-i", corp.url, "eggs", "ham"), "-o", "pylock.new.toml", "--diff", "pylock.toml"
    )
    assert ended.stdout == "~ eggs 1.0 -> 2.0\n+ ham 1.0\n- spam 1.0\n"
    assert pins(project, "pylock.new.toml") == {"eggs": "2.0", "ham": "1.0"}


def test_diff_shows_another_origin_of_the_same_version(
    corp: RepositoryDouble, world: World, xpip: Xpip
) -> None:
    """Which is as much of a change as another version."""
    other = world.repository("other")
    other.serve("eggs", "1.0")
    options = ("-o", "pylock.new.toml", "--diff", "pylock.toml", "--no-deps")
    ended = xpip("lock", "-i", other.url, "eggs==1.0", *options)
    assert ended.stdout == f"~ eggs 1.0  from {other.url}, before from {corp.url}\n- spam 1.0\n"


def test_lock_refuses_a_stranger_in_place_of_a_repository(
    corp: RepositoryDouble, world: World, project: Path, xpip: Xpip
) -> None:
    """The private repository loses a name, and somebody else has it: the lock remembers."""
    before = (project / "pylock.toml").read_bytes()
    public = world.repository("public")
    public.serve("eggs", "99.0")
    corp.page("eggs").http_status = 404
    options = ("-i", corp.url, "--extra-index-url", public.url, "spam")

    ended = xpip("lock", *options, "--upgrade", "--json")

    assert (ended.exit_code, ended.reasons) == (3, ["origin-changed"])
    assert (project / "pylock.toml").read_bytes() == before
    allowed = xpip("lock", *options, "--allow-origin-change", "eggs")
    assert allowed.exit_code == 0, allowed.stderr
    assert allowed.stdout == (f"~ eggs 1.0 -> 99.0  from {public.url}, before from {corp.url}\n")


def test_lock_leaves_alone_what_is_no_lock(project: Path, xpip: Xpip, world: World) -> None:
    """Whatever it is, it is not overwritten unread."""
    world.repository("corp").serve("spam", "1.0")
    (project / "pylock.toml").write_text("my notes")
    ended = xpip("lock", "-i", world.repository("corp").url, "spam", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])
    assert (project / "pylock.toml").read_text() == "my notes"


def test_lock_that_is_remembered_is_read_where_more_is_asked_of_it(tmp_path: Path) -> None:
    """What was good for a host that the user trusted is none without that word."""
    wheel = locked_wheel("spam", "1.0")
    wheel["url"] = wheel["url"].replace("https:", "http:")
    path, kept = tmp_path / "pylock.toml", Derived(tmp_path / "kept", "continued")
    path.write_text(tomlkit.dumps(lock_of({"name": "spam", "version": "1.0", "wheels": [wheel]})))
    for _ in range(2):
        there = lock_at(path, path.name, ["files.example"], kept=kept)
        assert there is not None
        assert [each.name for each in there.continued.packages] == ["spam"]
        assert there.whole().packages[0].wheels
    with pytest.raises(UsageError, match="not encrypted"):
        lock_at(path, path.name, [], kept=kept)
