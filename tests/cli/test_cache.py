"""What is kept between runs, as a user meets it: fewer requests, and never another choice."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Ended, Environment
from tests.support.kept import age, entries
from tests.support.served_sources import serve_source
from tests.support.world import RepositoryDouble, World

HOUR = {"Cache-Control": "max-age=3600"}
WHEEL = "spam-1.0-py3-none-any.whl"


@pytest.fixture
def corp(world: World, environment: Environment) -> RepositoryDouble:
    """A repository with spam, which needs eggs."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    return corp


@pytest.fixture
def cache(project: Path) -> Path:
    """Where commands of this test keep things."""
    return project.with_name(f"{project.name}-cache")


def statuses(repository: RepositoryDouble) -> list[int]:
    """How pages were answered, in order."""
    return [each.status for each in repository.requests if "/simple/" in each.path]


def chosen(ended: Ended) -> dict[str, str]:
    """What a run installed, or would."""
    return {each["name"]: each["version"] for each in ended.data["changed"]}


def write_map(project: Path, *rules: tuple[Sequence[str], RepositoryDouble]) -> None:
    """A mapping file that sends names to one repository each."""
    lines = ["[repositories]"]
    lines += dict.fromkeys(f'{each.name} = ["{each.url}"]' for _, each in rules)
    for paths, repository in rules:
        names = json.dumps(list(paths))
        lines += ["[[mapping]]", f"paths = {names}", f'repositories = ["{repository.name}"]']
    path = project / "xpip.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o644)


# Fewer requests


def test_second_run_asks_about_pages_and_fetches_nothing(
    corp: RepositoryDouble, xpip: Xpip
) -> None:
    """Stale pages are asked about; metadata and wheels do not change."""
    assert xpip("install", "-i", corp.url, "spam").exit_code == 0
    asked = len(corp.requests)

    ended = xpip("install", "-i", corp.url, "--force-reinstall", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert statuses(corp) == [200, 200, 304, 304]
    assert len(corp.requests) == asked + 2


def test_fresh_pages_are_not_asked_for_again(corp: RepositoryDouble, xpip: Xpip) -> None:
    """Nothing at all is asked, until the user wants it."""
    for name in ("spam", "eggs"):
        corp.page(name).headers = HOUR
    run = ("install", "--dry-run", "-i", corp.url, "spam")
    xpip(*run)
    asked = len(corp.requests)

    assert xpip(*run).exit_code == 0
    assert len(corp.requests) == asked
    xpip(*run, "--refresh-package", "eggs")
    assert corp.requests[asked].path == "/corp/simple/eggs/"
    assert [each.status for each in corp.requests[asked:] if "/simple/" in each.path] == [304]
    xpip(*run, "--refresh")
    assert statuses(corp)[-2:] == [304, 304]


def test_no_cache_keeps_nothing_and_uses_nothing(
    corp: RepositoryDouble, xpip: Xpip, cache: Path
) -> None:
    """As if there were no directory for it."""
    run = ("install", "--no-cache", "--force-reinstall", "-i", corp.url, "spam")
    xpip(*run)
    asked = len(corp.requests)
    xpip(*run)
    assert len(corp.requests) == 2 * asked
    assert not cache.exists()


def test_wheel_built_of_sources_is_not_built_again(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Nor are its sources fetched, for the same repository; another's are its own."""
    corp, other = world.repository("corp"), world.repository("other")
    serve_source(corp, tmp_path, "spam", "1.0")
    run = ("install", "--json", "--force-reinstall", "spam", "-i")
    assert xpip(*run, corp.url).exit_code == 0
    asked = corp.files_asked()

    assert xpip(*run, corp.url).exit_code == 0
    assert corp.files_asked() == asked
    built = xpip("cache", "info", "--json").data["kinds"]["built"]["entries"]
    assert built == 1

    other.page("spam").files = corp.page("spam").files
    ended = xpip(*run, other.url, "--allow-origin-change", "spam")
    assert ended.exit_code == 0, ended.stdout
    assert xpip("cache", "info", "--json").data["kinds"]["built"]["entries"] == 2


def test_wheel_kept_is_hashed_again_and_fetched_when_it_is_damaged(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, cache: Path
) -> None:
    """What lies on the disk is as good as its hash."""
    xpip("install", "-i", corp.url, "spam")
    for trees in cache.glob("unpacked-*"):
        shutil.rmtree(trees)
    (kept,) = [each for each in entries(cache) if each.name == WHEEL]
    kept.write_bytes(kept.read_bytes()[:-9])

    ended = xpip("install", "-i", corp.url, "--force-reinstall", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert corp.files_asked().count(WHEEL) == 2
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}


# Without a network


def test_offline_makes_the_choice_that_was_made_online(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment
) -> None:
    """With the server gone, and a newer release on it that nobody has seen."""
    online = xpip("install", "--json", "-i", corp.url, "spam")
    corp.serve("spam", "2.0")
    asked = len(corp.requests)

    ended = xpip("install", "--json", "--offline", "--force-reinstall", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stdout
    assert chosen(ended) == chosen(online) == {"spam": "1.0", "eggs": "1.0"}
    assert len(corp.requests) == asked


def test_offline_an_absence_counts_and_says_how_old_it_is(
    world: World, corp: RepositoryDouble, xpip: Xpip
) -> None:
    """Both repositories were asked online, and one of them has nothing."""
    other = world.repository("other")
    run = ("install", "--dry-run", "-i", corp.url, "--extra-index-url", other.url)
    assert xpip(*run, "spam").exit_code == 0
    xpip(*run, "nothing")

    assert xpip(*run, "--offline", "spam").exit_code == 0
    ended = xpip(*run, "--offline", "nothing")

    assert ended.exit_code == 1
    assert "status 404" in ended.stderr
    assert " ago" in ended.stderr


def test_offline_what_was_never_asked_for_is_unavailable(
    world: World, corp: RepositoryDouble, xpip: Xpip
) -> None:
    """Never absent: one repository more than before may have the name."""
    other = world.repository("other")
    nothing = xpip("install", "--json", "--offline", "-i", corp.url, "spam")
    xpip("install", "--dry-run", "-i", corp.url, "spam")
    run = ("install", "--json", "--dry-run", "--offline", "-i", corp.url)
    more = xpip(*run, "--extra-index-url", other.url, "spam")

    for ended in (nothing, more):
        assert ended.exit_code == 4
        assert set(ended.reasons) == {"offline"}
        assert "without --offline" in ended.data["errors"][0]["hint"]
    assert xpip(*run, "spam").exit_code == 0


def test_offline_without_a_cache_has_nothing(corp: RepositoryDouble, xpip: Xpip) -> None:
    """--no-cache leaves nothing to go by."""
    xpip("install", "--dry-run", "-i", corp.url, "spam")
    ended = xpip("install", "--json", "--offline", "--no-cache", "-i", corp.url, "spam")
    assert (ended.exit_code, ended.reasons) == (4, ["offline"])
    assert corp.projects_asked() == ["spam", "eggs"]


def test_offline_a_local_directory_is_still_read(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """It is no server."""
    wheels = project / "wheels"
    xpip("download", "-d", wheels, "-i", corp.url, "spam")
    asked = len(corp.requests)
    ended = xpip("install", "--offline", "--no-cache", "--no-index", "-f", wheels, "spam")
    assert ended.exit_code == 0, ended.stderr
    assert len(corp.requests) == asked


# Today's policy judges what is kept


def test_page_of_one_repository_never_speaks_for_another(
    world: World, corp: RepositoryDouble, xpip: Xpip
) -> None:
    """The same project at another address is another question."""
    xpip("install", "--dry-run", "-i", corp.url, "spam")
    other = world.repository("other")
    ended = xpip("install", "--json", "--dry-run", "--offline", "-i", other.url, "spam")
    assert (ended.exit_code, ended.reasons) == (4, ["offline"])
    assert xpip("install", "--dry-run", "-i", other.url, "spam").exit_code == 1


def test_name_that_became_a_conflict_is_refused_from_what_is_kept(
    world: World, corp: RepositoryDouble, xpip: Xpip, environment: Environment
) -> None:
    """Each page was kept on its own; together they are two namespaces, offline as well."""
    public = world.repository("public")
    public.serve("eggs", "99.0")
    assert xpip("install", "--dry-run", "-i", corp.url, "spam").exit_code == 0
    assert xpip("install", "--dry-run", "-i", public.url, "eggs").exit_code == 0
    xpip("install", "--dry-run", "-i", public.url, "spam")

    run = ("install", "--json", "--offline", "-i", corp.url, "--extra-index-url", public.url)
    ended = xpip(*run, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["collision"])
    assert environment.installed() == {}


def test_new_mapping_file_routes_what_is_kept(
    world: World, corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """A page that was kept of a repository counts for nothing where that is not asked any more."""
    public = world.repository("public")
    public.serve("eggs", "99.0")
    xpip("install", "--dry-run", "-i", corp.url, "spam")
    xpip("install", "--dry-run", "-i", public.url, "eggs")
    write_map(project, (["eggs"], public), (["*"], corp))

    ended = xpip("install", "--json", "--dry-run", "--offline", "spam")

    assert ended.exit_code == 0, ended.stdout
    assert chosen(ended) == {"spam": "1.0", "eggs": "99.0"}
    write_map(project, (["spam"], corp))
    assert xpip("install", "--json", "--offline", "spam").reasons == ["no-rule"]


def test_new_demand_is_made_of_what_is_kept(corp: RepositoryDouble, xpip: Xpip) -> None:
    """A cooldown, hashes, a limit: none of them was known when the pages came."""
    run = ("install", "--json", "--dry-run", "-i", corp.url, "spam")
    assert xpip(*run).exit_code == 0
    assert xpip(*run, "--offline", "--uploaded-prior-to", "7d").reasons == ["no-upload-time"]
    assert xpip(*run, "--offline", "--no-binary", "spam").exit_code == 1
    assert xpip(*run, "--offline", "--require-hashes").exit_code != 0


def test_status_that_means_absent_no_longer_is_asked_again(
    world: World, corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """403 was kept as a no where the mapping file said so; without that it says nothing."""
    corp.page("missing").http_status = 403
    corp.page("missing").headers = HOUR
    path = project / "xpip.toml"
    table = f'[repositories.corp]\nurls = ["{corp.url}"]\n'
    rule = '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n'
    run = ("install", "--json", "--dry-run", "missing")
    path.write_text(f"{table}absent-status = [403, 404]\n{rule}", encoding="utf-8")
    path.chmod(0o644)
    assert xpip(*run).exit_code == 1
    assert xpip(*run, "--offline").exit_code == 1

    path.write_text(f"{table}{rule}", encoding="utf-8")

    assert xpip(*run, "--offline").reasons == ["offline"]
    assert xpip(*run).reasons == ["auth-failed"]


@pytest.mark.skipif(os.name == "nt", reason="owners and modes")
def test_directory_that_others_may_write_is_left_alone_and_named(
    corp: RepositoryDouble, xpip: Xpip, cache: Path
) -> None:
    """A note, for what was to be kept is not; nothing in it counts."""
    xpip("install", "--dry-run", "-i", corp.url, "spam")
    cache.chmod(0o777)
    ended = xpip("install", "--json", "--dry-run", "-i", corp.url, "spam")
    assert ended.exit_code == 0
    assert "cache-unused" in [each["code"] for each in ended.data["notices"]]
    assert statuses(corp) == [200, 200, 200, 200]
    assert xpip("cache", "clear").exit_code == 2


# xpip cache


def test_cache_dir_says_where_things_are_kept(xpip: Xpip, cache: Path, tmp_path: Path) -> None:
    """An option, a variable, or the user's own place; asking makes no directory."""
    assert xpip("cache", "dir").stdout == f"{cache}\n"
    assert xpip("cache", "dir", "--cache-dir", "here").stdout == f"{tmp_path / 'project/here'}\n"
    own = xpip("cache", "dir", XPIP_CACHE_DIR="", XDG_CACHE_HOME=str(tmp_path / "xdg"))
    assert own.stdout == f"{tmp_path / 'xdg' / 'xpip'}\n"
    assert not cache.exists()


def test_cache_info_counts_what_is_kept(corp: RepositoryDouble, xpip: Xpip) -> None:
    """For people, and as data."""
    assert xpip("cache", "info").exit_code == 0
    xpip("install", "-i", corp.url, "spam")
    ended = xpip("cache", "info", "--json")
    kinds = {kind: each["entries"] for kind, each in ended.data["kinds"].items()}
    assert kinds == {"pages": 2, "metadata": 2, "files": 2, "unpacked": 2, "built": 0, "derived": 1}
    assert "pages           2" in xpip("cache", "info").stdout


def test_cache_clear_of_a_name_lets_only_that_be_asked_for_again(
    corp: RepositoryDouble, xpip: Xpip
) -> None:
    """However the name is spelt."""
    xpip("install", "-i", corp.url, "spam")
    assert "4 entries" in xpip("cache", "clear", "Spam").stderr
    xpip("install", "-i", corp.url, "--force-reinstall", "spam")
    assert statuses(corp) == [200, 200, 200, 304]
    assert corp.files_asked().count(WHEEL) == 2
    assert xpip("cache", "clear", "--json").data["removed"]["entries"] == 9


def test_cache_verify_finds_damage_and_removes_it(
    corp: RepositoryDouble, xpip: Xpip, cache: Path
) -> None:
    """Exit 1 for damage, and 0 when it is gone."""
    xpip("install", "-i", corp.url, "spam")
    assert xpip("cache", "verify").exit_code == 0
    for each in entries(cache):
        each.chmod(0o600)
        each.write_bytes(each.read_bytes() + b"x")
    ended = xpip("cache", "verify")
    assert ended.exit_code == 1
    assert ended.stdout.count("damaged, removed") == 9
    assert xpip("cache", "verify", "--json").data["damaged"] == []


def test_cache_prune_removes_down_to_a_size(
    corp: RepositoryDouble, xpip: Xpip, cache: Path
) -> None:
    """What was of no use for longest goes first."""
    xpip("install", "-i", corp.url, "spam")
    assert xpip("cache", "prune", "--json").data["removed"]["entries"] == 0
    for each in cache.glob("*/*/*"):
        age(each, days=1 if each.parent.name == "eggs" else 3)
    size = sum(each.stat().st_size for each in entries(cache) if "eggs" in str(each))
    assert xpip("cache", "prune", "--max-size", size / 1e9).exit_code == 0
    left = entries(cache)
    assert left
    assert all("eggs" in str(each) for each in left)
