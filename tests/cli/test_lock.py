"""`xpip lock`: one lock file, for the machine here."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import Pylock
from tests.cli.conftest import Xpip
from tests.support.command import run_xpip
from tests.support.sources import commit_tree, git, write_tree
from tests.support.wheels import build_wheel
from tests.support.world import World

TIME = "2026-01-31T12:00:00.5Z"


def lock_in(directory: Path, name: str = "pylock.toml") -> dict[str, Any]:
    """The lock, held to its standard by the library that has it."""
    document = tomllib.loads((directory / name).read_text())
    Pylock.from_dict(document)
    return document


def package(directory: Path, project: str) -> dict[str, Any]:
    """The one entry of a project."""
    (found,) = [each for each in lock_in(directory)["packages"] if each["name"] == project]
    return dict(found)


# What it says


def test_lock_says_of_every_file_where_it_is_and_what_it_is(
    world: World, project: Path, xpip: Xpip
) -> None:
    """URL, size, time and hash, so that nobody has to be asked again."""
    corp = world.repository("corp", api_version="1.1")
    wheel = corp.serve("spam", "1.0", requires=["eggs"], requires_python=">=3.8", upload_time=TIME)
    corp.serve("eggs", "2.0")

    ended = xpip("lock", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout == "+ eggs 2.0\n+ spam 1.0\n"
    assert ended.stderr == "Wrote pylock.toml: 2 projects from 1 repository.\n"
    spam = package(project, "spam")
    times = [each.pop("upload-time").isoformat() for each in spam["wheels"]]
    assert times == ["2026-01-31T12:00:00.500000+00:00"]
    assert spam == {
        "name": "spam",
        "version": "1.0",
        "requires-python": ">=3.8",
        "dependencies": [{"name": "eggs"}],
        "index": corp.url,
        "wheels": [
            {
                "name": wheel.name,
                "url": f"{corp.origin}/corp/files/spam/{wheel.name}",
                "size": wheel.stat().st_size,
                "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
            }
        ],
        "tool": {
            "xpip": {
                "group": corp.url.removeprefix("http://"),
                "page": f"{corp.url}spam/",
                "rule": "no mapping file: every repository in use",
                "ruling": "sole",
            }
        },
    }


def test_lock_is_for_the_machine_here(world: World, project: Path, xpip: Xpip) -> None:
    """Whose markers are the lock's environment; and it offers no extras and groups."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    xpip("lock", "-i", corp.url, "spam")
    lock = lock_in(project)
    (environment,) = Pylock.from_dict(lock).environments or ()
    assert environment.evaluate(context="lock_file")
    assert (lock["lock-version"], lock["created-by"]) == ("1.0", "xpip")
    assert (lock["extras"], lock["dependency-groups"]) == ([], [])
    assert lock["tool"] == {"xpip": {"schema": 1}}


def test_lock_has_all_files_of_a_release(world: World, project: Path, xpip: Xpip) -> None:
    """Of every platform, and the sources."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.serve("spam", "1.0", tag="cp39-cp39-win_amd64")
    corp.serve_sdist("spam", "1.0")
    corp.serve("spam", "0.9")
    xpip("lock", "-i", corp.url, "spam")
    spam = package(project, "spam")
    assert [each["name"] for each in spam["wheels"]] == [
        "spam-1.0-cp39-cp39-win_amd64.whl",
        "spam-1.0-py3-none-any.whl",
    ]
    assert spam["sdist"]["name"] == "spam-1.0.tar.gz"


def test_lock_has_nothing_yanked(world: World, project: Path, xpip: Xpip) -> None:
    """PEP 592: neither beside other files nor as the only one."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.serve_sdist("spam", "1.0", yanked=True)
    corp.serve("eggs", "1.0", yanked="leaks")
    xpip("lock", "-i", corp.url, "spam")
    assert "sdist" not in package(project, "spam")

    ended = xpip("lock", "-i", corp.url, "eggs==1.0", "--json")

    assert (ended.exit_code, ended.reasons) == (1, ["no-candidate"])
    assert "leaks" in ended.stdout


def test_lock_has_no_secrets(world: World, project: Path, xpip: Xpip) -> None:
    """Neither of a repository's URL, nor of signed file URLs."""
    corp = world.repository("corp")
    corp.credentials = ("user", "pa55word")
    corp.serve("spam", "1.0")
    url = corp.url.replace("http://", "http://user:pa55word@")

    ended = xpip("lock", "-i", url, "spam")

    assert ended.exit_code == 0, ended.stderr
    text = (project / "pylock.toml").read_text()
    assert "pa55word" not in text
    assert "user" not in text
    assert package(project, "spam")["index"] == corp.url


def test_lock_hashes_files_of_which_no_page_gives_a_hash(
    world: World, project: Path, xpip: Xpip
) -> None:
    """All of them: nothing is locked that nobody has looked at."""
    corp = world.repository("corp")
    wheel = corp.serve("spam", "1.0", hashes={})
    other = corp.serve("spam", "1.0", tag="cp39-cp39-win_amd64", hashes={"md5": "0" * 32})
    xpip("lock", "-i", corp.url, "spam")
    hashes = {each["name"]: each["hashes"] for each in package(project, "spam")["wheels"]}
    assert hashes == {
        each.name: {"sha256": hashlib.sha256(each.read_bytes()).hexdigest()}
        for each in (wheel, other)
    }


def test_lock_believes_no_hash_that_is_none(world: World, project: Path, xpip: Xpip) -> None:
    """No file has it: what an installation would find out later is found out now."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", hashes={"sha256": "abc"})
    ended = xpip("lock", "-i", corp.url, "spam", "--json")
    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert not (project / "pylock.toml").exists()


def test_lock_takes_files_of_one_repository_alone(world: World, project: Path, xpip: Xpip) -> None:
    """Of the one that the chosen file is from; PEP 751 has room for one index."""
    corp, pypi = world.repository("corp"), world.repository("pypi")
    corp.serve("spam", "1.0")
    pypi.serve("spam", "1.0")
    pypi.serve("spam", "1.0", tag="cp39-cp39-win_amd64")
    options = ("-i", corp.url, "--extra-index-url", pypi.url, "--unsafe-merge", "spam")
    xpip("lock", *options, "spam")
    spam = package(project, "spam")
    assert spam["index"] == corp.url
    assert [each["url"] for each in spam["wheels"]] == [
        f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl"
    ]


def test_lock_names_the_rule_and_not_its_place(world: World, project: Path, xpip: Xpip) -> None:
    """A comment more in the mapping file changes no lock."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n\n'
        '[[mapping]]\npaths = ["spam*"]\nrepositories = ["corp"]\n'
    )
    ended = xpip("lock", "spam")
    assert ended.exit_code == 0, ended.stderr
    assert package(project, "spam")["tool"]["xpip"] == {
        "group": "corp",
        "page": f"{corp.url}spam/",
        "rule": "xpip.toml mapping[0] (spam*)",
        "ruling": "routed",
    }
    witness = lock_in(project)["tool"]["xpip"]
    assert (witness["map"], sorted(witness)) == ("xpip.toml", ["map", "map-digest", "schema"])


# The same bytes


def test_lock_is_the_same_for_equal_inputs(world: World, project: Path, xpip: Xpip) -> None:
    """Whatever the order of options, the seed of hashes and the working directory."""
    corp, pypi = world.repository("corp"), world.repository("pypi")
    for name in ("ham", "eggs"):
        corp.serve(name, "1.0", requires=["spam", "bacon; sys_platform != 'none'"])
    pypi.serve("spam", "1.0")
    pypi.serve("spam", "1.0", tag="cp39-cp39-win_amd64")
    pypi.serve("bacon", "1.0")
    (project / "wheels").mkdir()
    build_wheel(project / "wheels", "lumberjack", "1.0")
    repositories = ("-i", corp.url, "--extra-index-url", pypi.url)
    first = ("lock", "ham", "eggs", "lumberjack", *repositories)
    ended = xpip(*first, "-f", "wheels", PYTHONHASHSEED="1")
    assert ended.exit_code == 0, ended.stderr
    here = (project / "pylock.toml").read_bytes()
    assert here.endswith(b"\n")
    (project / "pylock.toml").unlink()
    (project / "below").mkdir()
    repositories = ("--extra-index-url", pypi.url, "-i", corp.url)
    again = ("lock", "-f", project / "wheels", "-o", "../pylock.toml", *repositories)

    ended = run_xpip(
        *again,
        *("lumberjack", "eggs", "ham"),
        cwd=project / "below",
        variables={"PYTHONHASHSEED": "2"},
    )

    assert ended.exit_code == 0, ended.stderr
    assert (project / "pylock.toml").read_bytes() == here


def test_lock_is_the_same_where_order_would_decide(world: World, project: Path, xpip: Xpip) -> None:
    """Of two projects that cannot both be new, what is named first is: but not in a lock."""
    corp = world.repository("corp")
    for name, other in (("eggs", "spam"), ("spam", "eggs")):
        corp.serve(name, "1.0")
        corp.serve(name, "2.0", requires=[f"{other}<2"])
    written = []
    for names in (("eggs", "spam"), ("spam", "eggs")):
        xpip("lock", "-i", corp.url, *names, "--upgrade")
        written.append((project / "pylock.toml").read_bytes())
    assert written[0] == written[1]


# What is asked for


def test_lock_is_of_the_project_here_where_nothing_is_named(
    world: World, project: Path, xpip: Xpip
) -> None:
    """What `[project]` in pyproject.toml needs."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1"\ndependencies = ["spam"]\n'
    )
    ended = xpip("lock", "-i", corp.url)
    assert ended.exit_code == 0, ended.stderr
    assert [each["name"] for each in lock_in(project)["packages"]] == ["spam"]


def test_lock_says_so_where_there_is_nothing_to_lock(project: Path, xpip: Xpip) -> None:
    """No requirement, and no project here."""
    ended = xpip("lock", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["requirements-invalid"])
    assert "pyproject.toml" in ended.stdout


@pytest.mark.parametrize(
    "name", ["requirements.txt", "pylock.a.b.toml", "PYLOCK.toml", "lock.toml"]
)
def test_lock_has_a_name_that_other_tools_know(name: str, project: Path, xpip: Xpip) -> None:
    """PEP 751: pylock.toml, or pylock.NAME.toml."""
    ended = xpip("lock", "spam", "-o", name, "--no-index", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["usage"])
    assert not (project / name).exists()


# Local files and places


def test_lock_names_local_files_by_their_paths_from_it(
    world: World, project: Path, xpip: Xpip
) -> None:
    """No index speaks for them, and no path of this machine stands in the lock."""
    (project / "wheels").mkdir()
    wheel = build_wheel(project / "wheels", "spam", "1.0")
    ended = xpip("lock", "--no-index", "-f", "wheels", "spam")
    assert ended.exit_code == 0, ended.stderr
    spam = package(project, "spam")
    assert spam["wheels"] == [
        {
            "name": wheel.name,
            "path": f"wheels/{wheel.name}",
            "size": wheel.stat().st_size,
            "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
        }
    ]
    assert "index" not in spam
    assert str(project) not in (project / "pylock.toml").read_text()


def test_lock_names_no_local_file_that_lies_elsewhere(
    tmp_path: Path, project: Path, xpip: Xpip
) -> None:
    """Moved to another machine, the lock could not find it."""
    (tmp_path / "elsewhere").mkdir()
    build_wheel(tmp_path / "elsewhere", "spam", "1.0")
    ended = xpip("lock", "--no-index", "-f", tmp_path / "elsewhere", "spam", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["usage"])
    assert "below the lock's directory" in ended.stdout
    assert not (project / "pylock.toml").exists()


def test_lock_names_source_trees_without_a_version(project: Path, xpip: Xpip) -> None:
    """PEP 751: nothing holds the version of a tree."""
    write_tree(project / "lib", "spam", "1.0")
    ended = xpip("lock", "--no-index", "-e", "lib")
    assert ended.exit_code == 0, ended.stderr
    assert package(project, "spam") == {
        "name": "spam",
        "directory": {"path": "lib", "editable": True},
        "tool": {"xpip": {"ruling": "direct"}},
    }


def test_lock_names_the_commit_of_a_repository(project: Path, xpip: Xpip) -> None:
    """The revision asked for is said, and counts for nothing."""
    tree = project / "lib"
    write_tree(tree, "spam", "1.0")
    commit_tree(tree, "v1")
    ended = xpip("lock", "--no-index", f"spam @ git+{tree.as_uri()}@v1")
    assert ended.exit_code == 0, ended.stderr
    assert package(project, "spam")["vcs"] == {
        "type": "git",
        "path": "lib",
        "requested-revision": "v1",
        "commit-id": git(tree, "rev-parse", "HEAD"),
    }


def test_lock_names_the_hash_of_an_archive(world: World, project: Path, xpip: Xpip) -> None:
    """A wheel by its URL has a version too."""
    corp = world.repository("corp")
    wheel = corp.serve("spam", "1.0")
    url = f"{corp.origin}/corp/files/spam/{wheel.name}"
    ended = xpip("lock", "--no-index", f"spam @ {url}?token=s3cret")
    assert ended.exit_code == 0, ended.stderr
    spam = package(project, "spam")
    assert spam["archive"] == {
        "url": url,
        "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
    }
    assert spam["version"] == "1.0"
