"""`xpip audit`, as CI runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.sarif import check_sarif
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]
Repositories = tuple[RepositoryDouble, RepositoryDouble]


@pytest.fixture
def repositories(world: World) -> Repositories:
    """corp, with acme-app and acme-lib; and pypi, with requests, that anybody may write to."""
    corp, pypi = world.repository("corp"), world.repository("pypi")
    corp.serve("acme-app", "1.0", requires=["acme-lib", "requests"])
    corp.serve("acme-lib", "1.0")
    pypi.serve("requests", "2.0")
    corp.lists_projects = pypi.lists_projects = True
    return corp, pypi


def write_map(project: Path, repositories: Repositories, *, passing_on: bool = False) -> None:
    """A mapping file: acme and all below it from corp, everything else from pypi."""
    corp, pypi = repositories
    path = project / "xpip.toml"
    path.write_text(
        f'[repositories]\ncorp = ["{corp.url}"]\npypi = ["{pypi.url}"]\n\n'
        f'[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n'
        f"{'terminating = false' if passing_on else ''}\n\n"
        '[[mapping]]\npaths = ["*"]\nrepositories = ["pypi"]\n'
    )
    path.chmod(0o644)


def both(repositories: Repositories) -> tuple[str, ...]:
    """The options that ask both, without a mapping file."""
    corp, pypi = repositories
    return "-i", corp.url, "--extra-index-url", pypi.url


# What if


def test_what_if_is_quiet_about_a_map_that_ends_every_search(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """The map that is wanted; the line says how much was tried."""
    write_map(project, repositories)

    ended = xpip("audit", "--what-if", "acme-app")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.endswith(
        " changes replayed for 3 projects: none lets another repository's file in unasked.\n"
    )


def test_what_if_tells_each_danger_and_the_rule_to_tighten(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """One line for each, by project, and one change that settles both."""
    write_map(project, repositories, passing_on=True)

    ended = xpip("audit", "--what-if", "acme-app")

    assert ended.exit_code == 3
    danger = "! corp loses the name: a stranger's 99.0, put on pypi, is taken, and nobody is asked"
    assert ended.stdout.splitlines()[:-1] == [
        "acme-app, from corp by xpip.toml:5",
        f"  {danger}",
        "  settled by change 1",
        "",
        "acme-lib, from corp by xpip.toml:5",
        f"  {danger}",
        "  settled by change 1",
        "",
        "What to change:",
        "  1  xpip.toml:5: remove `terminating = false` from mapping[0]  (settles 2 projects)",
        "",
    ]


def test_what_if_proposes_commands_that_settle_it(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Run one after the other, they leave a map under which nothing can switch."""
    told = xpip("audit", "--what-if", "--json", *both(repositories), "acme-app")
    assert told.exit_code == told.data["exit_code"] == 3

    for remedy in told.data["remedies"]:
        assert remedy["is_command"]
        assert xpip(*remedy["change"].split()[1:]).exit_code == 0

    assert xpip("audit", "--what-if", "acme-app").exit_code == 0


def test_what_if_reports_a_refusal_and_what_would_settle_it(
    xpip: Xpip, repositories: Repositories
) -> None:
    """A collision ends CI as it would end an installation."""
    corp, pypi = repositories
    pypi.serve("acme-lib", "99.0")

    ended = xpip("audit", "--what-if", *both(repositories), "acme-lib")

    assert ended.exit_code == 3
    assert "[collision]" in ended.stderr
    assert f"xpip map add acme-lib --repository 127-0-0-1-{corp.url.split(':')[2][:5]}" in (
        ended.stderr
    )


def test_what_if_ends_as_unavailable_where_a_repository_cannot_be_asked(
    xpip: Xpip, repositories: Repositories
) -> None:
    """Half of the answers are no audit."""
    corp, _ = repositories
    corp.page("acme-lib").http_status = 503

    ended = xpip("audit", "--what-if", "--retries", "0", *both(repositories), "acme-lib")

    assert ended.exit_code == 4


def test_what_if_counts_what_a_lock_remembers(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Origin continuity would refuse the switch: it is counted where there is a lock to tell it."""
    corp, _ = repositories
    (project / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "test"\n'
        f'[[packages]]\nname = "acme-lib"\nversion = "1.0"\nindex = "{corp.url}"\n'
        f'[[packages.wheels]]\nurl = "{corp.origin}/acme_lib-1.0-py3-none-any.whl"\n'
        f'[packages.wheels.hashes]\nsha256 = "{"0" * 64}"\n'
    )

    remembered = xpip("audit", "--what-if", "--lock", "pylock.toml", *both(repositories))
    forgotten = xpip("audit", "--what-if", *both(repositories), "acme-lib")

    assert (remembered.exit_code, forgotten.exit_code) == (0, 3)


def test_what_if_writes_sarif_with_the_place_of_the_rule(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """So that a review shows it beside the line of the mapping file."""
    write_map(project, repositories, passing_on=True)

    ended = xpip("audit", "--what-if", "acme-lib", "--sarif", "audit.sarif")

    log = json.loads((project / "audit.sarif").read_text())
    check_sarif(log)
    (result,) = log["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert ended.exit_code == 3
    assert (result["ruleId"], result["level"]) == ("switches/lost", "error")
    assert physical["artifactLocation"]["uri"] == "xpip.toml"
    assert physical["region"] == {"startLine": 5}


def test_what_if_sarif_falls_back_to_the_requirements_file(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Without a map there is no rule: what leads to the project is the place, for acme-lib too."""
    (project / "requirements.txt").write_text("# ours\nacme-app\n")

    ended = xpip(
        "audit", "--what-if", "-r", "requirements.txt", "--sarif", "-", *both(repositories)
    )

    check_sarif(ended.data)
    places = {
        json.dumps(result["locations"][0]["physicalLocation"], sort_keys=True)
        for result in ended.data["runs"][0]["results"]
    }
    (place,) = map(json.loads, places)
    assert place["artifactLocation"]["uri"] == "requirements.txt"
    assert place["region"] == {"startLine": 2}


def test_what_if_sarif_has_no_place_where_there_is_no_file(
    xpip: Xpip, repositories: Repositories
) -> None:
    """What stands on the command line stands in no file."""
    ended = xpip("audit", "--what-if", "acme-lib", "--sarif", "-", *both(repositories))

    check_sarif(ended.data)
    assert ended.data["runs"][0]["results"]
    assert not any("locations" in each for each in ended.data["runs"][0]["results"])


# Public names


def test_public_names_sends_no_private_name(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """The promise, on the server's log: of the public repository nothing but its root is asked."""
    _, pypi = repositories
    pypi.serve("acme-lib", "99.0")
    write_map(project, repositories)

    ended = xpip("audit", "--public-names", pypi.url)

    assert ended.exit_code == 0, ended.stderr
    assert [request.path for request in pypi.requests] == ["/pypi/simple/"]
    assert "acme-lib: taken by a stranger; no rule lets it in\n" in ended.stdout
    assert ended.stdout.endswith("No private name was sent.\n")


def test_public_names_exits_with_3_where_a_taken_name_could_come_in(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """A stranger has it, and one lost page would be enough."""
    _, pypi = repositories
    pypi.serve("acme-lib", "99.0")
    write_map(project, repositories, passing_on=True)

    ended = xpip("audit", "--public-names", pypi.url, "--json")

    by_name = {each["name"]: each for each in ended.data["names"]}
    assert ended.exit_code == 3
    assert (by_name["acme-lib"]["standing"], by_name["acme-lib"]["dangerous"]) == ("taken", True)
    assert by_name["acme-app"]["standing"] == "unclaimed"
    assert by_name["acme-app"]["private_by"] == ["listed by corp"]


def test_public_names_compares_files_without_asking_anybody(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Two lists and a map: near misses are found at home."""
    corp, pypi = repositories
    write_map(project, repositories)
    (project / "ours.txt").write_text("acme-lib\n")
    (project / "theirs.txt").write_text("requests\nacme-1ib\nAcmeLib\n")

    ended = xpip("audit", "--public-names", "theirs.txt", "--private-names", "ours.txt")

    assert ended.exit_code == 0
    assert "easily taken for it: acme-1ib (looks alike), acmelib (other separators)" in ended.stdout
    assert [*corp.requests, *pypi.requests] == []


def test_public_names_takes_names_from_a_requirements_file(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Those that the map sends to a private repository; nothing is resolved for it."""
    _, pypi = repositories
    write_map(project, repositories)
    (project / "requirements.txt").write_text("acme-tool\nrequests\n")
    (project / "ours.txt").write_text("")

    ended = xpip(
        *("audit", "--public-names", pypi.url, "-r", "requirements.txt"),
        *("--private-names", "ours.txt", "--json"),
    )

    names = {each["name"]: each["private_by"] for each in ended.data["names"]}
    assert names == {"acme": ["xpip.toml:5"], "acme-tool": ["requirements.txt:1"]}
    assert [request.path for request in pypi.requests] == ["/pypi/simple/"]


def test_public_names_asks_for_a_name_only_when_told_to(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Whether it has files is on its page alone; the summary says that the name was sent."""
    _, pypi = repositories
    pypi.page("acme-lib")
    write_map(project, repositories)

    ended = xpip("audit", "--public-names", pypi.url, "--ask", "acme-lib")

    assert pypi.projects_asked() == ["", "acme-lib"]
    assert "asked for, as --ask says: taken without files, active" in ended.stdout
    assert ended.stdout.endswith("Sent, as --ask says: acme-lib.\n")


def test_public_names_notes_a_private_repository_that_does_not_list_its_projects(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """Names that nobody told are not compared; that is said."""
    corp, pypi = repositories
    corp.lists_projects = False
    write_map(project, repositories)

    ended = xpip("audit", "--public-names", pypi.url)

    assert ended.exit_code == 0
    assert f"note: {corp.url} does not list its projects (status 404)" in ended.stderr


def test_public_names_asks_nobody_for_a_list_without_the_login_that_is_required(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """As for pages: before the first request."""
    corp, pypi = repositories
    write_map(project, repositories)
    path = project / "xpip.toml"
    path.write_text(
        path.read_text().replace(
            f'corp = ["{corp.url}"]', f'corp = {{urls = ["{corp.url}"], auth = "required"}}'
        )
    )

    ended = xpip("audit", "--public-names", pypi.url, "--json")

    assert (ended.exit_code, ended.reasons) == (4, ["auth-required"])
    assert list(corp.requests) == []


def test_public_names_ends_as_unavailable_without_the_public_list(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """An empty list would say that every name is free."""
    _, pypi = repositories
    pypi.lists_projects = False
    write_map(project, repositories)

    assert xpip("audit", "--public-names", pypi.url).exit_code == 4


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--private", "nobody"), "There is no repository nobody"),
        (("--ask", "requests"), "requests is none of the private names"),
    ],
)
def test_public_names_refuses_what_it_cannot_do(
    xpip: Xpip,
    project: Path,
    repositories: Repositories,
    arguments: tuple[str, ...],
    problem: str,
) -> None:
    """Before the public repository is asked anything."""
    _, pypi = repositories
    write_map(project, repositories)

    ended = xpip("audit", "--public-names", pypi.url, *arguments)

    assert ended.exit_code == 2
    assert problem in ended.stderr
    assert list(pypi.requests) == []


def test_public_names_needs_a_name_that_is_private(xpip: Xpip, repositories: Repositories) -> None:
    """Without a map nothing is."""
    _, pypi = repositories

    ended = xpip("audit", "--public-names", pypi.url)

    assert ended.exit_code == 2
    assert "No name is known to be private" in ended.stderr


# Repositories


def test_repositories_asks_nobody_to_whom_the_map_does_not_send_the_name(
    xpip: Xpip, project: Path, repositories: Repositories
) -> None:
    """The promise of routing holds for audits, on the servers' logs."""
    corp, pypi = repositories
    write_map(project, repositories)

    ended = xpip("audit", "--repositories", "acme-app")

    assert ended.exit_code == 0, ended.stderr
    assert set(corp.projects_asked()) == {"acme-app", "acme-lib"}
    assert set(pypi.projects_asked()) == {"requests"}
    assert "that the mapping file routes it to" in ended.stderr


def test_repositories_finds_mirrors_that_disagree_about_a_file(
    xpip: Xpip, project: Path, world: World
) -> None:
    """A mirror that an installation would not have asked holds another file of that name."""
    one, two = world.repository("one"), world.repository("two", format="html")
    wheel = one.serve("spam", "1.0")
    one.serve("spam", "2.0")
    two.serve_file("spam", "1.0", wheel, hashes={"sha256": "0" * 64})
    path = project / "xpip.toml"
    path.write_text(
        f'[repositories]\ncorp = ["{one.url}", "{two.url}"]\n\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\ncooldown = "1d"\n'
        'no-upload-time = "allow"\n'
    )
    path.chmod(0o644)

    ended = xpip("audit", "--repositories", "spam", "--json")

    contents, versions = ended.data["differences"]
    first, second = ended.data["repositories"]
    assert ended.exit_code == 3, ended.stderr
    assert (contents["aspect"], contents["dangerous"]) == ("content", True)
    assert contents["about"] == "spam-1.0-py3-none-any.whl"
    assert versions["said"] == [{"page": one.project_url("spam"), "value": "2.0"}]
    assert (first["html_pages"], second["html_pages"]) == (0, 1)
    assert second["unmet"] == [
        "xpip.toml:4: `cooldown`: says nothing about 1 file without an upload time"
    ]


def test_repositories_notes_those_that_answer_in_html_alone(xpip: Xpip, world: World) -> None:
    """What is lacking is lacking for good."""
    corp = world.repository("corp", format="html")
    corp.serve("spam", "1.0")

    ended = xpip("audit", "--repositories", "spam", "-i", corp.url)

    assert ended.exit_code == 0
    assert "[html-only]" in ended.stderr
    assert "there is no mapping file: each name was sent to every repository" in ended.stderr
    assert "grade C" in ended.stdout


def test_repositories_looks_at_what_is_installed_when_nothing_is_named(
    xpip: Xpip, environment: Environment, world: World
) -> None:
    """Whatever came from a place is left out: its name is nobody's to know."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    secret = corp.serve("secret", "1.0")
    xpip("install", "-i", corp.url, "spam", str(secret))
    before = len(corp.projects_asked())

    ended = xpip("audit", "--repositories", "-p", environment.python, "-i", corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked()[before:] == ["spam"]
    assert "secret" in ended.stderr


def test_repositories_ends_as_unavailable_where_a_mirror_cannot_be_asked(
    xpip: Xpip, project: Path, world: World
) -> None:
    """An installation would not have noticed."""
    one, two = world.repository("one"), world.repository("two")
    one.serve("spam", "1.0")
    two.page("spam").http_status = 503
    path = project / "xpip.toml"
    path.write_text(
        f'[repositories]\ncorp = ["{one.url}", "{two.url}"]\n\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n'
    )
    path.chmod(0o644)

    ended = xpip("audit", "--repositories", "spam", "--retries", "0")

    assert ended.exit_code == 4
    assert "gave no usable answer for spam" in ended.stderr


# All


@pytest.mark.parametrize(
    "arguments", [(), ("--what-if", "--repositories"), ("--repositories", "--sarif", "x")]
)
def test_audit_is_told_one_thing_to_look_for(xpip: Xpip, arguments: tuple[str, ...]) -> None:
    """And no option stands there in vain."""
    assert xpip("audit", *arguments, "spam").exit_code == 2
