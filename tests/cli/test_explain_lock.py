"""`xpip explain --lock`: what a lock says, held to today's mapping file, and nobody asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Ended, Environment
from tests.support.locks import locked, write_lock
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World


@pytest.fixture
def lock(project: Path, environment: Environment) -> Path:
    """Where the lock of a test lies, beside an environment."""
    return project / "pylock.toml"


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """The repository that the rules name."""
    return world.repository("corp")


def write_map(
    project: Path, corp: RepositoryDouble, extra: str = "", speaking: str = '"corp"'
) -> None:
    """Every name is corp's; `extra` is what else the rule says."""
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n'
        f'[[mapping]]\npaths = ["*"]\nrepositories = [{speaking}]\n{extra}'
    )


def section(ended: Ended, title: str) -> list[str]:
    """The lines of one section."""
    lines: list[str] = []
    inside = False
    for line in ended.stdout.splitlines()[1:]:
        head = line[2:15].strip()
        inside = head == title if head else inside
        if inside:
            lines.append(line[15:])
    return lines


def explanation(ended: Ended) -> dict[str, Any]:
    """The data of the only project."""
    (only,) = ended.data["explanations"]
    return dict(only)


def test_explain_lock_shows_the_entry_the_rule_and_the_file(
    corp: RepositoryDouble, xpip: Xpip, lock: Path, project: Path
) -> None:
    """In the order of the stages, and in the words of a lock."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    write_map(project, corp)

    ended = xpip("explain", "--lock", "pylock.toml", "spam")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("spam 1.0 from corp\n")
    assert section(ended, "lock") == ["pylock.toml packages[0]", f"index {corp.url}"]
    assert section(ended, "rule") == ["xpip.toml:3 mapping[0] (*) -> corp"]
    assert section(ended, "asked") == ["nobody: the lock says which file"]
    assert section(ended, "verdict")[0].startswith("locked: ")
    assert section(ended, "chosen")[0].endswith("/spam-1.0-py3-none-any.whl")
    assert "wheel, sha256 " in section(ended, "chosen")[1]
    assert section(ended, "what if")[0].startswith("nothing to replay")
    assert "xpip lock --upgrade-package spam" in section(ended, "to change")[0]


def test_explain_lock_asks_nobody_for_anything(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """Neither a page nor a file."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))

    ended = xpip("explain", "--lock", lock, "-i", corp.url, "--all")

    assert ended.exit_code == 0, ended.stderr
    assert corp.requests == []


def test_explain_takes_a_lock_for_a_requirements_file_by_its_name(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """`-r pylock.toml` is `--lock`, as it is for install; without a name, a table."""
    write_lock(
        lock, locked(corp, corp.serve("spam", "1.0")), locked(corp, corp.serve("eggs", "2.0"))
    )

    ended = xpip("explain", "-r", "pylock.toml", "-i", corp.url)

    rows = [line.split() for line in ended.stdout.splitlines()]
    place = corp.url.removeprefix("http://")
    assert rows[1:] == [["eggs", "2.0", place, "locked"], ["spam", "1.0", place, "locked"]]


def test_explain_lock_shows_what_a_rule_refuses_and_ends_as_install_would(
    world: World, corp: RepositoryDouble, xpip: Xpip, lock: Path, project: Path
) -> None:
    """The entry that is refused is shown with its file; the error follows."""
    other = world.repository("other")
    write_lock(lock, locked(other, other.serve("spam", "1.0")))
    write_map(project, corp)

    ended = xpip("explain", "--lock", lock, "spam")
    installed = xpip("install", "--lock", lock)

    assert ended.exit_code == installed.exit_code == 3
    assert ended.stdout.startswith("spam: refused [lock-origin-mismatch]\n")
    assert section(ended, "verdict") == [
        f"refused: The lock takes spam from where its rule does not: its index is {other.url}"
    ]
    assert section(ended, "names")[0].endswith("/spam-1.0-py3-none-any.whl")
    assert "refused [lock-origin-mismatch]" in xpip("explain", "--lock", lock).stdout
    assert ended.stderr.strip() == installed.stderr.strip()


def test_explain_lock_says_that_a_name_is_denied(
    corp: RepositoryDouble, xpip: Xpip, lock: Path, project: Path
) -> None:
    """By the ruling and the code that any name would have."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    write_map(project, corp, speaking="")

    ended = xpip("explain", "--json", "--lock", lock, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["denied"])
    assert explanation(ended)["ruling"] == "denied"
    assert explanation(ended)["locked"]["refused"]["reason"] == "denied"


def test_explain_lock_says_what_nothing_but_a_hash_vouches_for(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """In the verdict, and in the note that an installation would give."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0"), index=False, dependencies=[]))
    other = "https://elsewhere.example/simple/"

    ended = xpip("explain", "--lock", lock, "-i", other, "spam")

    assert ended.exit_code == 0
    assert section(ended, "lock")[1] == "it names no index"
    assert section(ended, "verdict") == [
        "unproven: nothing but the lock's hash vouches for the file: the lock names no index"
    ]
    assert ended.stdout.splitlines()[0].endswith(", unproven")
    assert "--verify-origin" in section(ended, "to change")[0]
    assert "[unproven]" in ended.stderr


def test_explain_lock_refuses_the_unproven_where_origins_are_required(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """`--require-origin` is an option of the installation that is explained."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0"), index=False))

    ended = xpip("explain", "--json", "--lock", lock, "-i", corp.url, "--require-origin")

    assert (ended.exit_code, ended.reasons) == (3, ["lock-origin-mismatch"])
    assert explanation(ended)["locked"]["refused"]["reason"] == "lock-origin-mismatch"


def test_explain_lock_says_that_an_installation_asks_the_page_too(
    corp: RepositoryDouble, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Where a rule demands what no lock can say; explain asks even then nobody."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    write_map(project, corp, extra='status = ["active"]\n')

    ended = xpip("explain", "--lock", lock, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert section(ended, "asked")[1].startswith("an installation asks its page too")
    assert corp.requests == []


def test_explain_lock_shows_what_is_installed_and_refuses_another_origin(
    world: World, corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """What is installed remembers where it came from."""
    other = world.repository("other")
    corp.serve("spam", "1.0")
    assert xpip("install", "-i", corp.url, "spam").exit_code == 0
    write_lock(lock, locked(other, other.serve("spam", "2.0")))

    ended = xpip("explain", "--lock", lock, "-i", other.url, "spam")
    installed = xpip("install", "--lock", lock, "-i", other.url)

    assert ended.exit_code == installed.exit_code == 3
    assert ended.stdout.splitlines()[0].endswith("[origin-changed]")
    assert section(ended, "installed")[0] == f"1.0 from {corp.url}"


def test_explain_lock_does_not_hold_what_is_there_already_to_another_origin(
    world: World, corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """Another file of the release that the lock names is there: nothing would be installed."""
    spam = corp.serve("spam", "1.0")
    assert xpip("install", "-i", corp.url, "spam").exit_code == 0
    other = world.repository("other")
    entry = locked(other, spam)
    tag = f"py{sys.version_info.major}{sys.version_info.minor}-none-any"
    url = entry["wheels"][0]["url"].replace("py3-none-any", tag)
    entry["wheels"].append({"url": url, "hashes": {"sha256": "0" * 64}})
    write_lock(lock, entry)

    ended = xpip("explain", "--lock", lock, "-i", other.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert section(ended, "chosen")[0] == url


def test_explain_lock_says_who_needs_an_entry(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """As the lock says it, which knows no versions."""
    spam = locked(corp, corp.serve("spam", "1.0"), dependencies=[{"name": "eggs"}])
    write_lock(lock, spam, locked(corp, corp.serve("eggs", "2.0")))

    ended = xpip("explain", "--lock", lock, "-i", corp.url, "eggs", "--version", "3.0")

    assert section(ended, "needed by") == ["spam"]
    assert section(ended, "why not") == ["3.0: the lock names 2.0, and nothing else is looked at"]


def test_explain_lock_names_a_place_without_looking_at_it(
    world: World, xpip: Xpip, lock: Path, project: Path
) -> None:
    """It is no suspect, and it is not fetched."""
    wheel = build_wheel(project / "wheels", "spam", "1.0")
    entry = locked(world.repository("corp"), wheel, index=False)
    hashes = entry["wheels"][0]["hashes"]
    archive = {"path": f"wheels/{wheel.name}", "hashes": hashes}
    write_lock(lock, {"name": "spam", "version": "1.0", "archive": archive})
    wheel.unlink()

    page, table = xpip("explain", "--lock", lock, "spam"), xpip("explain", "--lock", lock)

    assert page.exit_code == 0, page.stderr
    assert page.stdout.startswith("spam 1.0 from a place that the lock names\n")
    assert section(page, "asked") == ["nobody: the lock says which place"]
    assert table.stdout.splitlines()[1].split() == ["spam", "1.0", "a", "place", "direct"]


def test_explain_lock_takes_no_place_from_a_lock_of_the_network(
    corp: RepositoryDouble, xpip: Xpip, lock: Path, tmp_path: Path
) -> None:
    """Refused as an installation refuses it."""
    wheel = corp.serve("spam", "1.0")
    file = locked(corp, wheel)["wheels"][0]
    raw = write_lock(tmp_path / "made" / "pylock.toml", {"name": "spam", "archive": file})
    corp.serve_file("spam", "0", raw)

    url = file["url"].replace(wheel.name, raw.name)
    ended = xpip("explain", "--json", "--lock", url, "-i", corp.url)

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert corp.files_asked() == ["pylock.toml"]


def test_explain_lock_refuses_a_name_that_the_lock_does_not_have(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """One that has an entry for another machine is told apart."""
    never = locked(corp, corp.serve("eggs", "1.0"), marker="python_version < '3'")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")), never)

    missing = xpip("explain", "--lock", lock, "-i", corp.url, "ham")
    elsewhere = xpip("explain", "--lock", lock, "-i", corp.url, "eggs")

    assert (missing.exit_code, elsewhere.exit_code) == (2, 2)
    assert "has no entry of ham\n" in missing.stderr.replace(" [usage]", "")
    assert "has no entry of eggs that applies" in elsewhere.stderr


def test_explain_lock_writes_a_page(
    corp: RepositoryDouble, xpip: Xpip, lock: Path, project: Path
) -> None:
    """With who needs whom, as the lock says it."""
    spam = locked(corp, corp.serve("spam", "1.0"), dependencies=[{"name": "eggs"}])
    write_lock(lock, spam, locked(corp, corp.serve("eggs", "2.0")))

    ended = xpip("explain", "--lock", lock, "-i", corp.url, "--html", "page.html")

    page = (project / "page.html").read_text()
    assert ended.exit_code == 0, ended.stderr
    assert "pylock.toml packages[0]" in page
    assert "<path" in page


def test_explain_lock_json_has_the_documented_keys(
    corp: RepositoryDouble, xpip: Xpip, lock: Path
) -> None:
    """`xpip help explain` names each of them."""
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    page = xpip("help", "explain").stdout

    data = explanation(xpip("explain", "--json", "--lock", lock, "-i", corp.url))

    assert data["locked"]["index"] == corp.url
    assert (data["asked"], data["not_asked"], data["what_if"]) == ([], [], [])
    for key in data["locked"]:
        assert f"`{key}`" in page, key


def test_explain_without_a_lock_refuses_options_of_locks(
    environment: Environment, xpip: Xpip
) -> None:
    """No option is given in vain."""
    ended = xpip("explain", "--require-origin", "spam")

    assert ended.exit_code == 2
    assert "--lock" in ended.stderr
