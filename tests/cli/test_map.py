"""`xpip install` under a mapping file, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.command import Ended, Environment
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]


def write_map(project: Path, *repositories: RepositoryDouble, rules: dict[str, list[str]]) -> Path:
    """An xpip.toml of these repositories and rules, in the order given."""
    lines = ["[repositories]", *(f'{each.name} = ["{each.url}"]' for each in repositories)]
    for pattern, names in rules.items():
        lines += ["[[mapping]]", f"paths = {json.dumps(pattern.split())}"]
        lines += [f"repositories = {json.dumps(names)}"]
    path = project / "xpip.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o644)
    return path


def origin_of(environment: Environment, project: str, version: str) -> dict[str, Any]:
    """What is recorded beside an installed distribution."""
    info = environment.site_packages / f"{project}-{version}.dist-info"
    return dict(json.loads((info / "xpip_origin.json").read_text()))


def corp_and_public(world: World) -> tuple[RepositoryDouble, RepositoryDouble]:
    return world.repository("corp"), world.repository("public")


def test_routed_name_goes_to_no_other_repository(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """V21, on the servers' own logs: no page, file or metadata, for dependencies either."""
    corp, public = corp_and_public(world)
    public.serve("app", "1.0", requires=["acme-lib"])
    public.serve("acme-lib", "99.0")
    corp.serve("acme-lib", "1.0")
    write_map(project, corp, public, rules={"acme-*": ["corp"], "*": ["public"]})

    ended = xpip("install", "app")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"app": "1.0", "acme-lib": "1.0"}
    assert corp.projects_asked() == ["acme-lib"]
    assert public.projects_asked() == ["app"]
    assert not [request for request in public.requests if "acme" in request.path]


def test_name_that_its_repository_lacks_goes_to_no_other_repository(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The attack that a map is for: the private name is not registered, and a stranger has it."""
    corp, public = corp_and_public(world)
    public.serve("acme-lib", "99.0")
    write_map(project, corp, public, rules={"acme-*": ["corp"], "*": ["public"]})

    ended = xpip("install", "--json", "acme-lib")

    assert (ended.exit_code, ended.reasons) == (1, ["not-found"])
    assert public.requests == []
    assert environment.installed() == {}


def test_name_that_no_rule_routes_is_refused(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """Exit 3, and nobody is asked."""
    corp, public = corp_and_public(world)
    public.serve("spam", "1.0")
    write_map(project, corp, public, rules={"acme-*": ["corp"]})

    ended = xpip("install", "--json", "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["no-rule"])
    assert [*corp.requests, *public.requests] == []


def test_required_rule_refuses_where_there_is_no_map(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--require-rule`: a build that lost its mapping file does not go on without it."""
    public = world.repository("public")
    public.serve("spam", "1.0")

    ended = xpip("install", "--json", "--require-rule", "-i", public.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["no-rule"])
    assert public.requests == []


def test_index_option_is_a_usage_error_when_it_is_none_of_the_maps(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """A repository cannot be slipped in beside the map; one of its own may be repeated."""
    corp, public = corp_and_public(world)
    corp.serve("spam", "1.0")
    write_map(project, corp, rules={"*": ["corp"]})

    other = xpip("install", "--json", "--extra-index-url", public.url, "spam")
    own = xpip("install", "-i", corp.url, "spam")
    aside = xpip("install", "--json", "--no-map", "--dry-run", "-i", public.url, "spam")

    assert (other.exit_code, other.reasons) == (2, ["usage"])
    assert own.exit_code == 0, own.stderr
    assert aside.exit_code == 0, aside.stdout


def test_map_pasted_from_a_collision_settles_it(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The same command succeeds then, with each alternative as its repository has it."""
    corp, public = corp_and_public(world)
    corp.serve("acme-lib", "1.0")
    public.serve("acme-lib", "99.0")
    public.serve("spam", "1.0", requires=["acme-lib"])
    command = ("install", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam")

    refused = xpip(*command)
    assert (refused.exit_code, refused.reasons) == (3, ["collision"])
    installed = {}
    for offered in refused.data["errors"][0]["alternatives"]:
        (project / "xpip.toml").write_text(offered["map"], encoding="utf-8")
        settled = xpip(*command, "--dry-run")
        assert settled.exit_code == 0, settled.stdout
        installed[offered["repository"]] = {
            change["name"]: change["version"] for change in settled.data["changed"]
        }

    assert installed == {
        corp.url: {"spam": "1.0", "acme-lib": "1.0"},
        public.url: {"spam": "1.0", "acme-lib": "99.0"},
    }


def test_map_pasted_from_a_collision_keeps_the_directory_of_wheels(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """What `--find-links` found is found under the map too."""
    corp, public = corp_and_public(world)
    for each in (corp, public):
        each.serve("spam", "1.0", requires=["eggs"])
    build_wheel(project / "wheels", "eggs", "1.0")
    command = (
        *("install", "--json", "-i", public.url, "--extra-index-url", corp.url),
        *("--find-links", "wheels", "spam"),
    )

    refused = xpip(*command)
    (project / "xpip.toml").write_text(refused.data["errors"][0]["alternatives"][0]["map"])
    settled = xpip(*command)

    assert settled.exit_code == 0, settled.stdout
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}


def test_hint_of_a_collision_shows_the_maps_that_the_data_holds(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What people copy from the terminal is the same."""
    corp, public = corp_and_public(world)
    for each in (corp, public):
        each.serve("spam", "1.0")
    command = ("install", "-i", public.url, "--extra-index-url", corp.url, "spam")

    shown = re.sub(r"^ +", "", xpip(*command).stderr, flags=re.MULTILINE)

    for offered in xpip(*command, "--json").data["errors"][0]["alternatives"]:
        assert offered["map"].strip() in shown


def test_origin_record_says_which_rule_of_which_map_let_it_in(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """Rule with its place, ruling, and the digest of what the map means."""
    corp, public = corp_and_public(world)
    corp.serve("acme-lib", "1.0")
    path = write_map(project, corp, public, rules={"acme-*": ["corp"], "*": ["public"]})

    xpip("install", "acme-lib")
    first = origin_of(environment, "acme_lib", "1.0")
    path.write_text(f"# A comment means nothing.\n{path.read_text()}")
    xpip("install", "--force-reinstall", "acme-lib")
    second = origin_of(environment, "acme_lib", "1.0")

    assert (first["group"], first["ruling"]) == ("corp", "routed")
    assert first["rule"].endswith("xpip.toml:4 mapping[0] (acme-*)")
    assert len(first["map_digest"]) == len(hashlib.sha256().hexdigest())
    assert second["map_digest"] == first["map_digest"]


def test_index_order_takes_the_first_repository_that_has_the_name(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--index-order index`: the next one hears only of names that the first one lacks."""
    corp, public = corp_and_public(world)
    corp.serve("spam", "1.0", requires=["eggs"])
    public.serve("spam", "99.0")
    public.serve("eggs", "1.0")

    ended = xpip(
        *("install", "--index-order", "index"),
        *("-i", corp.url, "--extra-index-url", public.url, "spam"),
    )

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}
    assert public.projects_asked() == ["eggs"]
    assert "spam" not in ended.stderr


def test_index_order_does_not_go_on_past_an_outage(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Exit 4; `--unsafe-skip-unavailable` goes on, for the repository that it names."""
    corp, public = world.repository("corp", listening=False), world.repository("public")
    public.serve("spam", "99.0")
    command = (
        *("install", "--json", "--retries", "0", "--index-order", "index"),
        *("-i", corp.url, "--extra-index-url", public.url, "spam"),
    )

    stopped = xpip(*command)
    assert (stopped.exit_code, stopped.reasons) == (4, ["unreachable"])
    assert public.requests == []

    skipped = xpip(*command, "--unsafe-skip-unavailable", corp.url)
    assert skipped.exit_code == 0, skipped.stdout
    assert environment.installed() == {"spam": "99.0"}


def test_upload_time_decides_when_the_user_says_so(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--uploaded-prior-to 7d`: what came this week is passed over, or refused with exit 3."""
    corp = world.repository("corp")
    now = datetime.now(UTC)
    for version, days in (("1.0", 30), ("2.0", 1)):
        uploaded = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        corp.serve("spam", version, upload_time=uploaded)
    corp.serve("eggs", "1.0")
    command = ("install", "--json", "-i", corp.url, "--uploaded-prior-to", "7d")

    refused, unknown = xpip(*command, "spam>=2"), xpip(*command, "eggs")
    older, lenient = xpip(*command, "spam"), xpip(*command, "--allow-no-upload-time", "eggs")

    assert (refused.exit_code, refused.reasons) == (3, ["cooldown"])
    assert (unknown.exit_code, unknown.reasons) == (3, ["no-upload-time"])
    assert (older.exit_code, lenient.exit_code) == (0, 0)
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}


def lost_name(world: World, xpip: Xpip) -> tuple[RepositoryDouble, RepositoryDouble]:
    """The private repository loses a name that is installed, and a stranger has it."""
    corp, public = corp_and_public(world)
    corp.serve("acme-lib", "1.0")
    first = xpip("install", "-i", public.url, "--extra-index-url", corp.url, "acme-lib")
    assert first.exit_code == 0, first.stderr
    corp.page("acme-lib").http_status = 404
    public.serve("acme-lib", "99.0")
    return corp, public


def test_upgrade_is_refused_when_only_a_stranger_has_the_name_left(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Nothing conflicts any more, but what is installed remembers: exit 3, nothing changed."""
    corp, public = lost_name(world, xpip)

    ended = xpip(
        *("install", "--json", "-U", "-i", public.url, "--extra-index-url", corp.url),
        "acme-lib",
    )

    assert (ended.exit_code, ended.reasons) == (3, ["origin-changed"])
    assert ended.data["errors"][0]["changes"] == [
        {"project": "acme-lib", "old": corp.url, "new": public.url}
    ]
    assert environment.installed() == {"acme-lib": "1.0"}
    assert not [name for name in public.files_asked() if name.endswith(".whl")]


def test_upgrade_goes_on_when_the_user_allows_the_change_of_origin(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--allow-origin-change`, for the project or for the move; another name allows nothing."""
    corp, public = lost_name(world, xpip)
    command = ("install", "-U", "-i", public.url, "--extra-index-url", corp.url, "acme-lib")

    other = xpip(*command, "--allow-origin-change", "spam")
    back = xpip(*command, "--dry-run", "--allow-origin-change", f"{public.url}={corp.url}")
    move = xpip(*command, "--dry-run", "--allow-origin-change", f"{corp.url}={public.url}")
    name = xpip(*command, "--allow-origin-change", "Acme_Lib")

    assert [each.exit_code for each in (other, back, move, name)] == [3, 3, 0, 0]
    assert environment.installed() == {"acme-lib": "99.0"}


def test_upgrade_goes_on_when_a_rule_names_the_project(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The user moved it; a glob would not say so."""
    corp, public = lost_name(world, xpip)

    write_map(project, corp, public, rules={"acme-*": ["public"], "*": ["corp"]})
    covered = xpip("install", "--json", "-U", "acme-lib")
    write_map(project, corp, public, rules={"acme-lib": ["public"], "*": ["corp"]})
    named = xpip("install", "-U", "acme-lib")

    assert (covered.exit_code, covered.reasons) == (3, ["origin-changed"])
    assert named.exit_code == 0, named.stderr


def test_wheels_of_a_local_directory_are_found_under_a_map(
    environment: Environment, project: Path, xpip: Xpip
) -> None:
    """`wheelhouse = ["./wheels"]`: relative to the file, a directory of wheels."""
    build_wheel(project / "wheels", "spam", "1.0")
    text = '[repositories]\nwheelhouse = ["./wheels"]\n'
    text += '[[mapping]]\npaths = ["*"]\nrepositories = ["wheelhouse"]\n'
    (project / "xpip.toml").write_text(text)

    ended = xpip("install", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_index_variable_gives_way_to_the_map_with_a_notice(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """A variable of the shell does not widen what the project's file says."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "99.0")
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n[[mapping]]\npaths = ["*"]\n'
        'repositories = ["corp"]\n'
    )

    ended = xpip("install", "spam", XPIP_EXTRA_INDEX_URL=public.url)

    assert environment.installed() == {"spam": "1.0"}
    assert "[variable-ignored]" in ended.stderr
    assert public.requests == []


def test_what_is_installed_against_a_rule_is_said(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """It is left alone, as all that satisfies a request is; but not in silence."""
    corp, public = world.repository("corp"), world.repository("public")
    public.serve("spam", "1.0")
    xpip("install", "-i", public.url, "spam")
    (project / "xpip.toml").write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\n[[mapping]]\npaths = ["*"]\n'
        'repositories = ["corp"]\n'
    )

    ended = xpip("install", "spam")

    assert ended.exit_code == 0
    assert "[installed-against-rule]" in ended.stderr


def test_origin_record_counts_only_where_xpip_installed(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A wheel installed by another tool may hold a file of that name."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "2.0")
    xpip("install", "-i", corp.url, "spam")
    info = environment.site_packages / "spam-1.0.dist-info"
    (info / "INSTALLER").write_text("pip\n")

    ended = xpip("install", "-i", public.url, "-U", "spam")

    assert ended.exit_code == 0, ended.stderr


def test_origin_record_that_cannot_be_read_is_no_proof(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What xpip wrote and cannot read any more does not let a stranger in."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "2.0")
    xpip("install", "-i", corp.url, "spam")
    info = environment.site_packages / "spam-1.0.dist-info"
    (info / "xpip_origin.json").write_text("{")

    ended = xpip("install", "--json", "-i", public.url, "-U", "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["origin-changed"])
