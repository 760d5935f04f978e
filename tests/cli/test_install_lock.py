"""`xpip install --lock`: what a lock says, held to today's mapping file, and nothing else asked."""

from __future__ import annotations

import json
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


def test_install_lock_installs_every_entry_and_asks_for_no_page(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """URL and hash say it all: the servers are asked for files alone."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0", requires=["eggs"])
    eggs = corp.serve("eggs", "2.0")
    needs = [{"name": "eggs"}]
    write_lock(lock, locked(corp, spam, dependencies=needs), locked(corp, eggs))

    ended = xpip("install", "--lock", lock, "-i", corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert "note:" not in ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs": "2.0"}
    assert corp.projects_asked() == []
    assert sorted(corp.files_asked()) == [eggs.name, spam.name]


@pytest.mark.parametrize("name", ["pylock.toml", "pylock.dev.toml"])
def test_install_takes_a_lock_for_a_requirements_file_by_its_name(
    world: World, environment: Environment, xpip: Xpip, project: Path, name: str
) -> None:
    """PEP 751 fixes the names: `-r pylock.toml` is the same as `--lock`."""
    corp = world.repository("corp")
    write_lock(project / name, locked(corp, corp.serve("spam", "1.0")))

    ended = xpip("install", "-r", name, "-i", corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_install_takes_a_lock_from_the_network_with_files_beside_it(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Paths start from the lock's own URL, and stay there."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0")
    entry = locked(corp, spam)
    url = entry["wheels"][0].pop("url")
    entry["wheels"][0]["path"] = url.rpartition("/")[2]
    raw = write_lock(tmp_path / "made" / "pylock.toml", entry)
    corp.serve_file("spam", "0", raw)

    ended = xpip("install", "--lock", url.replace(spam.name, raw.name), "-i", corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_install_lock_follows_extras_groups_and_markers(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """Default groups unless they are declined; extras and groups when asked for; else skipped."""
    corp = world.repository("corp")
    marked = {
        "spam": None,
        "meat": "'meat' in extras",
        "tests": "'tests' in dependency_groups",
        "usual": "'usual' in dependency_groups",
        "never": "python_version < '3'",
    }
    entries = [
        locked(corp, corp.serve(name, "1.0")) | ({"marker": marker} if marker else {})
        for name, marker in marked.items()
    ]
    write_lock(
        lock, *entries, extras=["meat"], dependency_groups=["tests"], default_groups=["usual"]
    )
    begin = ("install", "--lock", lock, "-i", corp.url, "--dry-run", "--json")

    def chosen(*options: str) -> list[str]:
        return [each["name"] for each in xpip(*begin, *options).data["changed"]]

    assert chosen() == ["spam", "usual"]
    assert chosen("--no-default-groups") == ["spam"]
    assert chosen("--extra", "Meat", "--group", "tests") == ["meat", "spam", "tests", "usual"]


@pytest.mark.parametrize("options", [("--extra", "nope"), ("--group", "nope")])
def test_install_lock_refuses_extras_and_groups_that_the_lock_has_not(
    world: World, environment: Environment, xpip: Xpip, lock: Path, options: tuple[str, str]
) -> None:
    """L25: a misspelt group would silently install less."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))

    ended = xpip("install", "--json", "--lock", lock, "-i", corp.url, *options)

    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])


@pytest.mark.parametrize(
    ("keys", "entry"),
    [
        ({"requires_python": "<3"}, {}),
        ({"environments": ["sys_platform == 'plan9'"]}, {}),
        ({}, {"requires-python": "<3"}),
    ],
)
def test_install_lock_says_when_a_lock_is_for_other_machines(
    world: World,
    environment: Environment,
    xpip: Xpip,
    lock: Path,
    keys: dict[str, object],
    entry: dict[str, object],
) -> None:
    """L16: an error, not a smaller installation."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")) | entry, **keys)

    ended = xpip("install", "--json", "--lock", lock, "-i", corp.url)

    assert (ended.exit_code, ended.reasons) == (1, ["no-candidate"])
    assert corp.requests == []


def test_install_lock_chooses_wheels_by_tag_and_builds_where_there_is_none(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """L17: wheels offline by their names, else the source distribution, unless that is denied."""
    corp = world.repository("corp")
    foreign = corp.serve("spam", "1.0", tag="cp27-cp27m-plan9")
    fitting = corp.serve("spam", "1.0")
    write_lock(lock, locked(corp, foreign, fitting))
    right = xpip("install", "--lock", lock, "-i", corp.url)

    write_lock(lock, locked(corp, foreign))
    none = xpip("install", "--json", "--lock", lock, "-i", corp.url)

    assert right.exit_code == 0, right.stderr
    assert corp.files_asked() == [fitting.name]
    assert (none.exit_code, none.reasons) == (1, ["no-candidate"])


def test_install_lock_refuses_two_entries_of_one_name(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """PEP 751: an ambiguity is an error, whatever their order."""
    corp = world.repository("corp")
    entries = [locked(corp, corp.serve("spam", version)) for version in ("1.0", "2.0")]
    write_lock(lock, *entries)

    ended = xpip("install", "--json", "--lock", lock, "-i", corp.url)

    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])
    assert "packages[1]" in ended.data["errors"][0]["message"]


@pytest.mark.parametrize("change", [{"size": 1}, {"hashes": {"sha256": "0" * 64}}])
def test_install_lock_installs_nothing_when_one_file_is_another(
    world: World, environment: Environment, xpip: Xpip, lock: Path, change: dict[str, object]
) -> None:
    """Hash and size of the lock hold for every file; all or nothing."""
    corp = world.repository("corp")
    entry = locked(corp, corp.serve("spam", "1.0"))
    entry["wheels"][0] |= change
    write_lock(lock, entry, locked(corp, corp.serve("eggs", "1.0")))

    ended = xpip("install", "--json", "--lock", lock, "-i", corp.url)

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert environment.installed() == {}


def test_install_lock_leaves_what_is_there_as_locked(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """The same version with the same hash is not fetched again; --force-reinstall does."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    begin = ("install", "--lock", lock, "-i", corp.url)
    first = xpip(*begin)
    asked = len(corp.requests)

    second = xpip(*begin)
    asked_again = len(corp.requests) - asked
    third = xpip(*begin, "--force-reinstall")

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 0, 0)
    assert "already as asked" in second.stderr
    assert "= spam 1.0 (again)" in third.stdout
    assert asked_again == 0


def test_install_lock_replaces_a_build_of_the_same_version_that_is_another_file(
    world: World, environment: Environment, xpip: Xpip, lock: Path, tmp_path: Path
) -> None:
    """One version, two contents: what is installed is not what the lock says."""
    corp = world.repository("corp")
    spam = corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "spam")
    build_wheel(spam.parent, "spam", "1.0", files={"spam/__init__.py": "rebuilt = True\n"})
    write_lock(lock, locked(corp, spam))

    ended = xpip("install", "--lock", lock, "-i", corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert environment.run("import spam; print(spam.rebuilt)") == "True"


def test_install_lock_records_the_lock_and_the_rule(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """xpip_origin.json says by whose word; REQUESTED is what nobody else needs."""
    corp = world.repository("corp")
    needs = [{"name": "eggs"}]
    spam = locked(corp, corp.serve("spam", "1.0"), dependencies=needs)
    write_lock(lock, spam, locked(corp, corp.serve("eggs", "1.0")))
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n'
    )

    ended = xpip("install", "--lock", "pylock.toml", "-v")

    assert ended.exit_code == 0, ended.stderr
    site = environment.site_packages
    origin = json.loads((site / "spam-1.0.dist-info" / "xpip_origin.json").read_text())
    assert (origin["ruling"], origin["repository"]) == ("locked", corp.url)
    assert "mapping[0]" in origin["rule"]
    assert "pylock.toml packages[0]" in origin["rule"]
    assert origin["rule"] in ended.stdout
    assert (site / "spam-1.0.dist-info" / "REQUESTED").exists()
    assert not (site / "eggs-1.0.dist-info" / "REQUESTED").exists()


@pytest.mark.parametrize(
    "arguments",
    [("spam",), ("-e", "."), ("-U",), ("-r", "other.txt"), ("-r", "pylock.x.toml"), ("--pre",)],
)
def test_install_lock_goes_together_with_nothing_that_would_change_it(
    environment: Environment, xpip: Xpip, lock: Path, arguments: tuple[str, ...]
) -> None:
    """A lock says it all: what would be ignored is refused."""
    ended = xpip("install", "--lock", lock, *arguments)

    assert ended.exit_code == 2
    assert "lock file" in ended.stderr


def test_install_without_a_lock_refuses_options_of_locks(
    environment: Environment, xpip: Xpip
) -> None:
    """No option is given in vain."""
    ended = xpip("install", "--require-origin", "spam")

    assert ended.exit_code == 2
    assert "--lock" in ended.stderr


def test_install_lock_writes_a_direct_url_for_places(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """L18: archives and directories are direct references; a second run leaves the archive."""
    wheel = build_wheel(project / "wheels", "spam", "1.0")
    entry = locked(world.repository("corp"), wheel, index=False)
    hashes = entry["wheels"][0]["hashes"]
    archive = {"path": f"wheels/{wheel.name}", "hashes": hashes}
    write_lock(lock, {"name": "spam", "archive": archive})

    first, second = xpip("install", "--lock", lock), xpip("install", "--lock", lock)

    assert first.exit_code == 0, first.stderr
    record = environment.site_packages / "spam-1.0.dist-info" / "direct_url.json"
    data = json.loads(record.read_text())
    assert data["url"] == wheel.as_uri()
    assert data["archive_info"]["hashes"] == hashes
    assert "already as asked" in second.stderr


def test_install_lock_takes_no_place_from_a_lock_of_the_network(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Semantics 6.4: places count in files of this machine."""
    corp = world.repository("corp")
    wheel = corp.serve("spam", "1.0")
    file = locked(corp, wheel)["wheels"][0]
    raw = write_lock(tmp_path / "made" / "pylock.toml", {"name": "spam", "archive": file})
    corp.serve_file("spam", "0", raw)

    url = file["url"].replace(wheel.name, raw.name)
    ended = xpip("install", "--json", "--lock", url, "-i", corp.url)

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert corp.files_asked() == ["pylock.toml"]


def test_install_lock_says_how_to_make_one_where_there_is_none(
    environment: Environment, xpip: Xpip
) -> None:
    """The most common mistake has its own words."""
    ended = xpip("install", "--lock", "pylock.toml")

    assert ended.exit_code == 2
    assert "xpip lock" in ended.stderr
    assert "[lock-invalid]" in ended.stderr


@pytest.mark.parametrize(
    ("told", "environ"),
    [
        (["--config-settings", "no-value"], {}),
        ([], {"XPIP_CORP_TOKEN": "secret", "XPIP_CORP_ORIGIN": "https://corp.example:port"}),
        ([], {"XPIP_LINK_MODE": "glue"}),
    ],
    ids=["build options", "logins", "link mode"],
)
def test_install_lock_finds_mistakes_in_what_it_is_told_where_nothing_is_to_be_done(
    world: World,
    environment: Environment,
    xpip: Xpip,
    lock: Path,
    told: list[str],
    environ: dict[str, str],
) -> None:
    """What builds, logs in or links is not needed, and is looked at all the same."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    mapping = lock.with_name("map.toml")
    mapping.write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n'
    )
    command = ("install", "--lock", lock, "--map", mapping)
    installed = xpip(*command)
    assert installed.exit_code == 0, installed.stderr

    ended = xpip(*command, *told, **environ)

    assert ended.exit_code == 2, ended.stderr
    assert environment.installed() == {"spam": "1.0"}
