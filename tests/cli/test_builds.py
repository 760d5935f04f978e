"""Builds obey the same policy as everything else, and leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.served_sources import CRASHES, make_source, serve_backend, serve_source
from tests.support.sources import BACKEND
from tests.support.world import World

# Which repositories speak for what builds need


def test_build_requirement_is_asked_of_the_repository_of_its_rule_alone(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """3.1: routing goes by name alone, never by who asked; the public server hears nothing."""
    corp, public = world.repository("corp"), world.repository("public")
    serve_source(public, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    serve_backend(public, version="99.0")
    write_map(project, corp=(corp.url, ["tiny"]), public=(public.url, ["*"]))

    ended = xpip("install", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked() == ["tiny"]
    assert public.projects_asked() == ["spam"]


def test_build_requirement_that_two_repositories_hold_refuses_the_run(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """It would run at once: no better moment for a namesake than a build."""
    corp, public = world.repository("corp"), world.repository("public")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    serve_backend(public, version="99.0")

    ended = xpip("install", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["collision"])
    (error,) = ended.data["errors"]
    assert error["context"][-1] == "needed to build spam 1.0"
    assert [each["project"] for each in error["conflicts"]] == ["tiny"]
    fetched = [name for each in (corp, public) for name in each.files_asked()]
    assert not [name for name in fetched if name.startswith("tiny") and name.endswith(".whl")]
    assert environment.installed() == {}


@pytest.mark.parametrize(("rules", "reason"), [(["spam"], "no-rule"), (["*"], "denied")])
def test_build_requirement_is_refused_when_no_rule_lets_it_in(
    world: World,
    environment: Environment,
    project: Path,
    xpip: Xpip,
    tmp_path: Path,
    rules: list[str],
    reason: str,
) -> None:
    """A mapping file speaks of what builds need as well."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    denied = ["tiny"] if reason == "denied" else []
    write_map(project, nobody=(None, denied), corp=(corp.url, rules))

    ended = xpip("install", "--json", "spam")

    assert (ended.exit_code, ended.reasons) == (3, [reason])
    assert "needed to build spam 1.0" in ended.data["errors"][0]["context"]
    assert corp.projects_asked() == ["spam"]


def test_collisions_are_all_reported_when_builds_meet_them(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Of what is asked for and of what its build needs, in one report each."""
    corp, public = world.repository("corp"), world.repository("public")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    serve_backend(public)
    corp.serve("eggs", "1.0")
    public.serve("eggs", "1.0")

    ended = xpip(
        "install", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam", "eggs"
    )

    assert ended.exit_code == 3
    conflicts = [each["project"] for error in ended.data["errors"] for each in error["conflicts"]]
    assert sorted(conflicts) == ["eggs", "tiny"]


def test_nothing_of_a_refused_project_is_fetched_when_it_has_sources_alone(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """5.4: to find further conflicts, no file of it is built or fetched whole."""
    corp, public = world.repository("corp"), world.repository("public")
    ran = tmp_path / "ran"
    backend = {".backend/tiny.py": f"{BACKEND}\nopen({str(ran)!r}, 'w')\n"}
    for repository in (corp, public):
        serve_source(repository, tmp_path / repository.name, "spam", "1.0", files=backend)

    ended = xpip("install", "-i", public.url, "--extra-index-url", corp.url, "spam")

    assert ended.exit_code == 3
    assert corp.files_asked() == public.files_asked() == []
    assert not ran.exists()


def test_failed_build_beside_a_collision_is_reported_with_it(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """10: policy comes before what failed, and both are said."""
    corp, public = world.repository("corp"), world.repository("public")
    serve_source(corp, tmp_path, "spam", "1.0", tiny=CRASHES)
    corp.serve("eggs", "1.0")
    public.serve("eggs", "1.0")

    ended = xpip(
        "install", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam", "eggs"
    )

    assert (ended.exit_code, sorted(ended.reasons)) == (3, ["build-failed", "collision"])


def test_collision_deeper_down_is_reported_when_a_build_failed_before(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """5.4: the run goes on to find them, and builds nothing more for that."""
    corp, public = world.repository("corp"), world.repository("public")
    ran = tmp_path / "ran"
    backend = {".backend/tiny.py": f"{BACKEND}\nopen({str(ran)!r}, 'w')\n"}
    serve_source(corp, tmp_path, "a-spam", "1.0", tiny=CRASHES)
    serve_source(corp, tmp_path, "b-ham", "1.0", files=backend)
    corp.serve("c-app", "1.0", requires=["c-lib"])
    corp.serve("c-lib", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    public.serve("eggs", "1.0")

    ended = xpip(
        *("install", "--json", "-i", public.url, "--extra-index-url", corp.url),
        *("a-spam", "b-ham", "c-app"),
    )

    assert (ended.exit_code, sorted(ended.reasons)) == (3, ["build-failed", "collision"])
    assert not ran.exists()


# What builds need


def test_build_requirement_is_built_itself_when_it_has_sources_alone(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """However deep; what is only needed to build is not installed."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny", "helper"])
    serve_source(corp, tmp_path, "helper", "1.0", built_with=["tiny"])
    serve_backend(corp)

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


@pytest.mark.parametrize("needs", [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}])
def test_ring_of_build_requirements_is_shown_and_ends(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path, needs: dict[str, list[str]]
) -> None:
    """PEP 517 forbids them; nobody waits for one."""
    corp = world.repository("corp")
    for name, built_with in needs.items():
        serve_source(corp, tmp_path, name, "1.0", built_with=["tiny", *built_with])
    serve_backend(corp)

    ended = xpip("install", "--json", "-i", corp.url, "a")

    assert (ended.exit_code, ended.reasons) == (5, ["build-failed"])
    (error,) = ended.data["errors"]
    assert error["message"] == "a 1.0 needs itself to be built"
    assert " → ".join(f"{name} 1.0" for name in [*needs, "a"]) in error["context"]


def test_build_constraint_limits_what_builds_need_and_nothing_else(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """As pip's `--build-constraint`."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"], requires=["tiny"])
    serve_backend(corp)
    corp.serve("tiny", "2.0", files={"tiny.py": "raise SystemExit('too new')"})
    (project / "limits.txt").write_text("tiny<2\n")

    ended = xpip("install", "-i", corp.url, "--build-constraint", "limits.txt", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "tiny": "2.0"}


def test_what_builds_need_is_fetched_once_when_several_need_it(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Each build has an environment of its own, and one run asks nothing twice."""
    corp = world.repository("corp")
    for name in ("spam", "eggs"):
        serve_source(corp, tmp_path, name, "1.0", built_with=["tiny"])
    serve_backend(corp)

    ended = xpip("install", "--dry-run", "-i", corp.url, "spam", "eggs")

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked().count("tiny") == 1
    assert corp.files_asked().count("tiny-1.0-py3-none-any.whl") == 1


def test_build_requirement_from_a_url_is_refused(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """6.4: no repository vouches for it; and its name is not taken from elsewhere instead."""
    corp = world.repository("corp")
    wheel = serve_backend(corp)
    serve_source(corp, tmp_path, "spam", "1.0", built_with=[f"tiny @ {wheel.as_uri()}"])

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert corp.projects_asked() == ["spam"]


# What builds see


def test_build_sees_no_credentials_and_none_of_xpips_settings(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Its authors' code runs; it is not told what logs in."""
    corp = world.repository("corp")
    seen = tmp_path / "seen.json"
    spies = f"{BACKEND}\nimport os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n"
    serve_source(corp, tmp_path, "spam", "1.0", files={".backend/tiny.py": spies})

    ended = xpip(
        "install",
        "spam",
        XPIP_INDEX_URL=corp.url.replace("//", "//ada:mushroom@"),
        XPIP_CORP_TOKEN="mushroom",
        GH_TOKEN="mushroom",
        EDITOR="ed",
    )

    assert ended.exit_code == 0, ended.stderr
    variables = json.loads(seen.read_text())
    assert "mushroom" not in seen.read_text()
    assert not [name for name in variables if name.startswith("XPIP_")]
    assert variables["EDITOR"] == "ed"


# What builds leave


def test_build_leaves_nothing_when_it_goes_well(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """No log, no environment, no unpacked sources."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["tiny"])
    serve_backend(corp)
    temporary = new_temporary_directory(tmp_path)

    ended = xpip("install", "-i", corp.url, "spam", TMPDIR=str(temporary))

    assert ended.exit_code == 0, ended.stderr
    assert list(temporary.iterdir()) == []


def test_failed_build_leaves_the_log_that_it_names_and_no_more(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Of whichever build failed: here one of what the build needs."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", built_with=["helper"])
    serve_source(corp, tmp_path, "helper", "1.0", tiny=CRASHES)
    temporary = new_temporary_directory(tmp_path)

    ended = xpip("install", "--json", "-i", corp.url, "spam", TMPDIR=str(temporary))

    assert ended.exit_code == 5
    (log,) = temporary.iterdir()
    (error,) = ended.data["errors"]
    assert error["log"] == str(log)
    assert "no compiler here" in log.read_text()
    assert "needed to build spam 1.0" in error["context"]


# What may be built at all


def test_newest_release_is_built_when_only_older_ones_have_wheels(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """6.2: the version comes first; `--prefer-binary` puts the wheel first."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    serve_source(corp, tmp_path, "spam", "2.0")

    newest = xpip("install", "--json", "--dry-run", "-i", corp.url, "spam")
    binary = xpip("install", "--json", "--dry-run", "-i", corp.url, "--prefer-binary", "spam")

    assert [ended.data["changed"][0]["version"] for ended in (newest, binary)] == ["2.0", "1.0"]


@pytest.mark.parametrize("how", ["--only-binary", "sdist", "cooldown", "yanked"])
def test_sources_meet_the_demands_that_wheels_meet(
    world: World, environment: Environment, project: Path, xpip: Xpip, tmp_path: Path, how: str
) -> None:
    """The older wheel is taken, and nothing of the sources is even fetched."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", upload_time="2020-01-01T00:00:00Z")
    serve_source(
        corp,
        tmp_path,
        "spam",
        "2.0",
        upload_time="2999-01-01T00:00:00Z",
        yanked="oops" if how == "yanked" else False,
    )
    demands = {"sdist": 'sdist = "deny"', "cooldown": 'cooldown = "7d"'}
    write_map(project, corp=(corp.url, ["*"]), demand=demands.get(how, ""))
    options = ["--only-binary", ":all:"] if how == "--only-binary" else []

    ended = xpip("install", *options, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}
    assert not [name for name in corp.files_asked() if "2.0" in name]


def test_sources_that_are_not_chosen_are_not_fetched(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Neither out of range, nor beside a wheel of the same release, nor older."""
    corp = world.repository("corp")
    for version in ("1.0", "2.0", "3.0", "4.0"):
        serve_source(corp, tmp_path, "spam", version)
    corp.serve("spam", "3.0")

    ended = xpip("install", "-i", corp.url, "spam<4")

    assert ended.exit_code == 0, ended.stderr
    assert not [name for name in corp.files_asked() if name.endswith(".tar.gz")]


def test_nothing_is_built_to_resolve_when_the_sources_promise_their_metadata(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """PEP 643: Metadata-Version 2.2, and nothing Dynamic."""
    corp = world.repository("corp")
    ran = tmp_path / "ran"
    backend = {".backend/tiny.py": f"{BACKEND}\nopen({str(ran)!r}, 'w')\n"}
    serve_source(corp, tmp_path, "spam", "1.0", static=["Requires-Dist: eggs"], files=backend)
    corp.serve("eggs", "1.0")

    ended = xpip("install", "--json", "--dry-run", "-i", corp.url, "spam")

    assert [each["name"] for each in ended.data["changed"]] == ["eggs", "spam"]
    assert not ran.exists()


def test_projects_that_are_sources_alone_can_conflict(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """The causes are told as for wheels."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", requires=["eggs<2"])
    serve_source(corp, tmp_path, "ham", "1.0", requires=["eggs>=2"])
    for version in ("1.0", "2.0"):
        serve_source(corp, tmp_path, "eggs", version)

    ended = xpip("install", "-i", corp.url, "spam", "ham")

    assert ended.exit_code == 1
    assert "spam 1.0 needs eggs <2" in ended.stderr
    assert "ham 1.0 needs eggs >=2" in ended.stderr


# What comes of a build has to be what was said


def test_wheel_is_refused_when_the_sources_promised_other_metadata(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """S34: it was resolved without ham, which it turns out to need."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", static=[], requires=["ham"])

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["metadata-changed"])
    (error,) = ended.data["errors"]
    assert "found ham" in " ".join(error["context"])
    assert "its authors" in error["hint"]
    assert environment.installed() == {}


def test_wheel_is_refused_when_the_backend_prepared_other_metadata(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """PEP 517 demands that the two agree."""
    corp = world.repository("corp")
    prepares = """
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = Path(metadata_directory, "spam-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: spam\\nVersion: 1.0\\n")
    return info.name
"""
    backend = {".backend/tiny.py": BACKEND + prepares}
    serve_source(corp, tmp_path, "spam", "1.0", files=backend, requires=["ham"])

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["metadata-changed"])
    assert environment.installed() == {}


@pytest.mark.parametrize("static", [None, []])
def test_sources_are_refused_when_they_are_of_another_project(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path, static: list[str] | None
) -> None:
    """A page of spam that hands out something else: its name is not what was asked for."""
    corp = world.repository("corp")
    made = make_source(tmp_path, "eggs", "1.0", static=static)
    corp.serve_file("spam", "1.0", made.rename(made.with_name("spam-1.0.tar.gz")))

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == (5 if static is None else 1)
    assert "eggs 1.0" in ended.stderr
    assert "together" not in ended.stderr
    assert environment.installed() == {}


def test_wheel_is_refused_when_it_is_built_for_another_machine(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """A backend may mistake what it builds for; here nothing of it could be imported."""
    corp = world.repository("corp")
    backend = {".backend/tiny.py": BACKEND.replace("py3-none-any", "py2-none-any")}
    serve_source(corp, tmp_path, "spam", "1.0", files=backend)

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (5, ["build-failed"])
    assert "py2-none-any" in ended.stdout
    assert environment.installed() == {}


def write_map(project: Path, *, demand: str = "", **rules: tuple[str | None, list[str]]) -> None:
    """Write xpip.toml: for each repository its URL, and the names it speaks for."""
    lines = ["[repositories]"]
    lines += [f'{name} = ["{url}"]' for name, (url, _) in rules.items() if url]
    for name, (url, paths) in rules.items():
        if paths:
            listed = [name] if url else []
            lines += ["[[mapping]]", f"paths = {json.dumps(paths)}", demand]
            lines += [f"repositories = {json.dumps(listed)}"]
    (project / "xpip.toml").write_text("\n".join(lines))


def new_temporary_directory(tmp_path: Path) -> Path:
    """An empty one, to see what stays in it."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    return directory
