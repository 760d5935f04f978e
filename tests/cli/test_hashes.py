"""Hashes that the user gives: once one is given, nothing comes in without."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.projects import sha256
from tests.support.served_sources import make_source, serve_backend, serve_source
from tests.support.wheels import build_wheel
from tests.support.world import World

WRONG = f"sha256:{'0' * 64}"


def test_hash_of_one_requirement_is_demanded_of_all_that_it_needs(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The error says which line is missing, for the file that would be chosen."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0", requires=["eggs>=2"])
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.0")
    newest = corp.serve("eggs", "2.1")
    require(project, f"spam==1.0 --hash={hash_of(spam)}")

    ended = xpip("install", "--json", "-i", corp.url, "-r", "all.txt")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-missing"])
    (error,) = ended.data["errors"]
    assert error["message"] == "No hash is given for eggs >=2, which spam 1.0 needs"
    assert f"eggs==2.1 --hash={hash_of(newest)}" in error["hint"]
    assert "eggs-1.0" not in ended.stdout
    assert environment.installed() == {}


def test_line_that_is_missing_is_told_when_several_need_it(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """It is no conflict between them; and with that line, all is well."""
    corp = world.repository("corp")
    files = [corp.serve(name, "1.0", requires=["eggs"]) for name in ("spam", "ham")]
    eggs = corp.serve("eggs", "1.0")
    lines = [f"{each.name.split('-')[0]}==1.0 --hash={hash_of(each)}" for each in files]
    line = f"eggs==1.0 --hash={hash_of(eggs)}"

    require(project, *lines)
    missing = xpip("install", "--json", "-i", corp.url, "-r", "all.txt")
    require(project, *lines, line)
    given = xpip("install", "-i", corp.url, "-r", "all.txt")

    assert missing.reasons == ["hash-missing"]
    assert line in missing.data["errors"][0]["hint"]
    assert given.exit_code == 0, given.stderr


def test_hash_that_a_demand_lacks_is_told_for_a_requirement_of_the_user_s(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--require-hashes` with a name on the command line."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--require-hashes", "spam")

    assert ended.exit_code == 3
    assert "No hash is given for spam, which you ask for" in ended.stderr
    assert f"spam==1.0 --hash={hash_of(spam)}" in ended.stderr


@pytest.mark.parametrize("right", ["wheel", "sdist"])
def test_file_is_the_one_whose_hash_is_given(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path, right: str
) -> None:
    """Where it is of the sources, the wheel beside them is none of the files meant."""
    corp = world.repository("corp")
    files = {
        "wheel": corp.serve("spam", "1.0"),
        "sdist": serve_source(corp, tmp_path, "spam", "1.0"),
    }
    require(project, f"spam==1.0 --hash={WRONG} --hash={hash_of(files[right])}")

    ended = xpip("install", "--json", "-i", corp.url, "-r", "all.txt")

    assert ended.exit_code == 0, ended.stdout
    assert ended.data["changed"][0]["file"] == files[right].name


def test_file_is_refused_when_its_page_tells_no_hash_and_it_has_another(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """What a page does not say is seen in the file itself."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", hashes={})
    require(project, f"spam==1.0 --hash={WRONG}")

    ended = xpip("install", "--json", "-i", corp.url, "-r", "all.txt")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert environment.installed() == {}


def test_hashes_of_constraints_narrow_those_of_requirements(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """Both have to be met; a constraint alone limits its project, and demands nothing of others."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0")
    corp.serve("eggs", "1.0")
    (project / "limits.txt").write_text(f"spam --hash={WRONG}\n")
    require(project, f"spam==1.0 --hash={hash_of(spam)}")

    both = xpip("install", "--json", "-i", corp.url, "-r", "all.txt", "-c", "limits.txt")
    limit = xpip("install", "--json", "-i", corp.url, "-c", "limits.txt", "spam")
    other = xpip("install", "-i", corp.url, "-c", "limits.txt", "eggs")

    assert (both.exit_code, both.reasons) == (3, ["hash-mismatch"])
    assert (limit.exit_code, limit.reasons) == (3, ["hash-mismatch"])
    assert other.exit_code == 0, other.stderr


@pytest.mark.parametrize("weak", ["md5:" + "0" * 32, "sha1:" + "0" * 40, "sha256:0123"])
def test_hash_is_refused_when_it_proves_nothing(
    environment: Environment, project: Path, xpip: Xpip, weak: str
) -> None:
    """With the line that has it."""
    require(project, f"spam==1.0 --hash={weak}")

    ended = xpip("install", "--no-index", "-r", "all.txt")

    assert ended.exit_code == 2
    assert "all.txt:1" in ended.stderr


def test_place_needs_a_hash_when_others_have_one(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """Behind its URL or beside it; a source tree can have none."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0")
    eggs = build_wheel(tmp_path, "eggs", "1.0")
    line = f"spam==1.0 --hash={hash_of(spam)}"
    ended = []
    for place in (f"{eggs}", f"{eggs} --hash={hash_of(eggs)}", f"{tmp_path} --hash={WRONG}"):
        require(project, line, place)
        ended.append(xpip("install", "--json", "--dry-run", "-i", corp.url, "-r", "all.txt"))

    assert [each.exit_code for each in ended] == [3, 0, 2]
    assert ended[0].reasons == ["hash-missing"]
    assert "only an archive has a hash" in ended[2].stdout


@pytest.mark.parametrize("command", [("install",), ("wheel", "-w", "wheels")])
def test_note_says_that_builds_are_not_held_to_hashes(
    world: World,
    environment: Environment,
    project: Path,
    xpip: Xpip,
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    """As in pip: the sources were checked, what they are built with was not."""
    corp = world.repository("corp")
    spam = serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    require(project, f"spam==1.0 --hash={hash_of(spam)}")

    ended = xpip(*command, "--json", "-i", corp.url, "-r", "all.txt")

    assert ended.exit_code == 0, ended.stdout
    (notice,) = [each for each in ended.data["notices"] if each["code"] == "unhashed-build"]
    assert "spam 1.0 (with tiny 1.0)" in notice["text"]


def test_build_needs_another_release_than_the_one_whose_hash_is_given(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """A hash is for what is installed; a build has an environment of its own."""
    corp = world.repository("corp")
    spam = serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny<2"])
    serve_backend(corp)
    newer = corp.serve("tiny", "2.0")
    require(project, f"spam==1.0 --hash={hash_of(spam)}", f"tiny==2.0 --hash={hash_of(newer)}")

    ended = xpip("install", "-i", corp.url, "-r", "all.txt")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "tiny": "2.0"}


def test_sources_of_a_place_are_not_built_when_they_have_another_hash(
    environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """A build would run them first, and tell the hash afterwards."""
    ran = tmp_path / "ran"
    backend = {".backend/tiny.py": f"open({str(ran)!r}, 'w')\n"}
    made = make_source(tmp_path, "spam", "1.0", files=backend)
    require(project, f"{made} --hash={WRONG}")

    ended = xpip("install", "--json", "--no-index", "-r", "all.txt")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert not ran.exists()


def require(project: Path, *lines: str) -> None:
    """Write all.txt."""
    (project / "all.txt").write_text("\n".join([*lines, ""]))


def hash_of(path: Path) -> str:
    """As a requirements file gives it."""
    return f"sha256:{sha256(path.read_bytes())['sha256']}"
