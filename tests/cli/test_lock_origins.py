"""Whose word is a lock? What `install --lock` does about origins, on real servers."""

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


def write_map(project: Path, rule: str = "", **repositories: list[str]) -> None:
    """A mapping file that sends every name to the first of these repositories."""
    lines = [f"{name} = {urls!r}" for name, urls in repositories.items()]
    first = next(iter(repositories))
    text = "\n".join(
        ["[repositories]", *lines, "[[mapping]]", 'paths = ["*"]', f'repositories = ["{first}"]']
    )
    (project / "xpip.toml").write_text(f"{text}\n{rule}\n")


def test_a_lock_that_takes_a_name_from_elsewhere_is_refused_before_any_request(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Every mismatch is reported at once, and no server hears of it."""
    corp, public = world.repository("corp"), world.repository("public")
    write_lock(
        lock,
        *(locked(public, public.serve(name, "9.0")) for name in ("acme-app", "acme-lib")),
        locked(corp, corp.serve("spam", "1.0")),
    )
    write_map(project, corp=[corp.url], public=[public.url])

    ended = xpip("install", "--json", "--lock", lock)

    assert (ended.exit_code, ended.reasons) == (3, ["lock-origin-mismatch"] * 2)
    assert environment.installed() == {}
    assert not corp.requests
    assert not public.requests


def test_an_unproven_origin_is_told_and_require_origin_refuses_it(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """A lock without indexes, as pip writes it, stands on its hashes."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0"), index=False))

    refused = xpip("install", "--json", "--lock", lock, "-i", corp.url, "--require-origin")
    told = xpip("install", "--lock", lock, "-i", corp.url)

    assert (refused.exit_code, refused.reasons) == (3, ["lock-origin-mismatch"])
    assert told.exit_code == 0, told.stderr
    assert "[unproven]" in told.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_an_unproven_origin_of_many_names_five_and_counts_the_rest(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """A line that can be read; the data has all."""
    corp = world.repository("corp")
    names = [f"spam{letter}" for letter in "abcdefg"]
    write_lock(lock, *(locked(corp, corp.serve(each, "1.0"), index=False) for each in names))

    told = xpip("install", "--dry-run", "--lock", lock, "-i", corp.url)
    data = xpip("install", "--dry-run", "--json", "--lock", lock, "-i", corp.url).data

    assert "vouches for spama, spamb, spamc, spamd, spame and 2 more: the lock" in told.stderr
    (notice,) = [each for each in data["notices"] if each["code"] == "unproven"]
    assert notice["projects"] == names


def test_verify_origin_asks_the_page_and_proves_what_it_lists(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """The same filename and hash on the page of a repository in use is proof enough."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0"), index=False))

    options = ("--verify-origin", "--require-origin")
    ended = xpip("install", "--lock", lock, "-i", corp.url, *options)

    assert ended.exit_code == 0, ended.stderr
    assert "unproven" not in ended.stderr
    assert corp.projects_asked() == ["spam"]


@pytest.mark.parametrize("what", ["absent", "another file", "other contents"])
def test_verify_origin_refuses_what_the_page_does_not_list(
    world: World, environment: Environment, xpip: Xpip, lock: Path, what: str
) -> None:
    """The lock's claim is wrong, or was never true."""
    corp = world.repository("corp")
    entry = locked(corp, corp.serve("spam", "1.0"))
    if what == "absent":
        corp.page("spam").http_status = 404
    else:
        corp.page("spam").files.clear()
        if what == "another file":
            corp.serve("spam", "2.0")
        else:
            corp.serve("spam", "1.0", files={"spam/__init__.py": "other = 1\n"})
    write_lock(lock, entry)

    ended = xpip("install", "--json", "--lock", lock, "-i", corp.url, "--verify-origin")

    assert ended.exit_code == 3, ended.stdout
    assert ended.reasons == ["lock-origin-mismatch"]
    assert environment.installed() == {}


def test_verify_origin_says_when_a_page_cannot_be_had(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """An outage is neither proof nor refutation: exit 4."""
    corp = world.repository("corp")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    corp.page("spam").http_status = 500

    options = ("--json", "--verify-origin", "--retries", "0")
    ended = xpip("install", "--lock", lock, "-i", corp.url, *options)

    assert (ended.exit_code, ended.reasons) == (4, ["http-status"])


def test_a_status_that_a_rule_demands_is_asked_of_the_page(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """No lock can say it; a quarantined project stays out."""
    corp = world.repository("corp", api_version="1.4")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    write_map(project, 'status = ["active"]', corp=[corp.url])

    fine = xpip("install", "--dry-run", "--lock", lock)
    corp.page("spam").status = {"status": "quarantined"}
    refused = xpip("install", "--json", "--lock", lock)

    assert fine.exit_code == 0, fine.stderr
    assert (refused.exit_code, refused.reasons) == (3, ["quarantined"])


def test_a_file_that_has_moved_is_found_again_on_its_page(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """L19: the URL answers 404, and the page lists the same name and hash elsewhere."""
    corp = world.repository("corp")
    entry = locked(corp, corp.serve("spam", "1.0"))
    entry["wheels"][0]["url"] = entry["wheels"][0]["url"].replace("/files/", "/gone/")
    write_lock(lock, entry)

    ended = xpip("install", "--lock", lock, "-i", corp.url, "--retries", "0")

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked() == ["spam"]
    assert environment.installed() == {"spam": "1.0"}


def test_a_mirror_that_the_map_names_hands_out_what_the_canonical_one_does_not(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """The lock names the canonical URL; the same name and hash come from the mirror."""
    corp, mirror = world.repository("corp"), world.repository("mirror")
    spam = corp.serve("spam", "1.0")
    mirror.serve_file("spam", "1.0", spam)
    write_lock(lock, locked(corp, spam))
    write_map(project, corp=[corp.url, mirror.url])
    corp.page("spam").file_status = 503
    corp.page("spam").http_status = 503

    ended = xpip("install", "--lock", lock, "--retries", "0")

    assert ended.exit_code == 0, ended.stderr
    assert mirror.files_asked() == [spam.name]


def test_a_mirror_with_other_contents_hands_out_nothing(
    world: World, environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Failover is for the same file only."""
    corp, mirror = world.repository("corp"), world.repository("mirror")
    write_lock(lock, locked(corp, corp.serve("spam", "1.0")))
    mirror.serve("spam", "1.0", files={"spam/__init__.py": "evil = 1\n"})
    write_map(project, corp=[corp.url, mirror.url])
    corp.page("spam").file_status = 503

    ended = xpip("install", "--json", "--lock", lock, "--retries", "0")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-conflict"])
    assert environment.installed() == {}


def test_a_lock_cannot_move_a_project_away_from_where_it_was_installed_from(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """Semantics 7.6: neither by a repository in use, nor by a place that nobody knows."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "spam")
    stranger = public.serve("spam", "2.0")

    for entry, index in ((locked(public, stranger), public), (locked(public, stranger), corp)):
        write_lock(lock, entry)
        ended = xpip("install", "--json", "--lock", lock, "-i", index.url)
        assert (ended.exit_code, ended.reasons) == (3, ["origin-changed"])

    allowed = xpip("install", "--lock", lock, "-i", public.url, "--allow-origin-change", "spam")
    assert allowed.exit_code == 0, allowed.stderr


def test_what_was_unproven_holds_nothing_to_an_origin(
    world: World, environment: Environment, xpip: Xpip, lock: Path
) -> None:
    """Nothing showed where it came from: later runs may say where it does."""
    corp, public = world.repository("corp"), world.repository("public")
    write_lock(lock, locked(public, public.serve("spam", "1.0"), index=False))
    corp.serve("spam", "2.0")
    xpip("install", "--lock", lock, "-i", corp.url)

    ended = xpip("install", "-U", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "2.0"}


def test_a_lock_chooses_no_login(
    world: World, environment: Environment, xpip: Xpip, lock: Path, tmp_path: Path
) -> None:
    """An index that only the lock names gets no password, though netrc has one for its host."""
    corp = world.repository("corp")
    entry = locked(corp, corp.serve("spam", "1.0"))
    corp.credentials = ("me", "secret")
    write_lock(lock, entry)
    netrc = tmp_path / "netrc"
    netrc.write_text(
        "machine localhost login me password secret\nmachine 127.0.0.1 login me password secret\n"
    )
    netrc.chmod(0o600)
    public = world.repository("public")

    strange = xpip("install", "--json", "--lock", lock, "-i", public.url, NETRC=str(netrc))
    known = xpip("install", "--lock", lock, "-i", corp.url, NETRC=str(netrc))

    assert (strange.exit_code, strange.reasons) == (4, ["auth-failed"])
    assert known.exit_code == 0, known.stderr


def test_a_lock_of_a_wheelhouse_installs_from_it_without_a_doubt(
    environment: Environment, xpip: Xpip, lock: Path, project: Path
) -> None:
    """Paths from the lock; the directory has no index that could be named."""
    build_wheel(project / "wheels", "spam", "1.0")
    begin = ("--no-index", "--find-links", "wheels")

    locking = xpip("lock", *begin, "spam")
    ended = xpip("sync", *begin, "--require-origin")

    assert locking.exit_code == 0, locking.stderr
    assert "path" in lock.read_text()
    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}
