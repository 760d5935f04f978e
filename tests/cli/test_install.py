"""`xpip install`, as a user runs it: a real process, real repositories, real environments."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.wheels import build_wheel
from tests.support.world import World

Xpip = Callable[..., Ended]


def test_install_puts_a_project_and_all_it_needs_into_the_environment(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Dependencies, extras and markers are followed, and the standard library can read all."""
    corp = world.repository("corp")
    corp.serve(
        "spam",
        "1.0",
        requires=["eggs>=2", "ham; extra == 'meat'", "never; python_version < '3'"],
        extras=["meat"],
    )
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.1")
    corp.serve("ham", "3.0")

    ended = xpip("install", "--index-url", corp.url, "spam[meat]")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs": "2.1", "ham": "3.0"}


def test_install_asks_each_question_once(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A page, its metadata and its file: whoever waits for them, they are asked for once."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    corp.latency = 0.1  # so that the run has to wait for each of them

    xpip("install", "--index-url", corp.url, "spam", "eggs")

    paths = [request.path for request in corp.requests]
    assert len(paths) == len(set(paths)) == 6


def test_install_makes_console_scripts_that_run(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """An entry point becomes a program that the environment's interpreter runs."""
    corp = world.repository("corp")
    corp.serve(
        "spam",
        "1.0",
        files={"spam.py": "def main():\n    print('lovely')\n"},
        entry_points={"spam": "spam:main"},
    )

    xpip("install", "--index-url", corp.url, "spam")

    program = environment.python.parent / "spam"
    said = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    assert said == "lovely\n"


def test_install_refuses_a_name_that_two_unlinked_repositories_hold(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Dependency confusion: exit 3, nothing is installed, and no file is fetched whole."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("acme-app", "1.0", requires=["acme-lib"])
    corp.serve("acme-lib", "1.0")
    public.serve("acme-lib", "99.0")

    ended = xpip("install", "-i", public.url, "--extra-index-url", corp.url, "acme-app")

    assert ended.exit_code == 3
    assert "acme-lib" in ended.stderr
    assert "newest version 99.0" in ended.stderr
    assert environment.installed() == {}
    assert not [name for name in public.files_asked() if name.endswith(".whl")]


def test_install_reports_every_conflict_of_the_run_at_once(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """One report names all collisions, also those that only dependencies bring in."""
    corp, public = world.repository("corp"), world.repository("public")
    for repository in (corp, public):
        repository.serve("spam", "1.0", requires=["eggs"])
        repository.serve("eggs", "1.0", requires=["ham"])
        repository.serve("ham", "1.0")

    ended = xpip("install", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam")

    assert ended.exit_code == 3
    (error,) = ended.data["errors"]
    assert [conflict["project"] for conflict in error["conflicts"]] == ["spam", "eggs", "ham"]
    assert environment.installed() == {}


def test_install_goes_on_once_the_source_is_named(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What is installed from the right place is left alone, and asked for nowhere else."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("acme-app", "1.0", requires=["acme-lib"])
    corp.serve("acme-lib", "1.0")
    public.serve("acme-lib", "99.0")

    first = xpip("install", "-i", corp.url, "acme-lib")
    second = xpip("install", "-i", public.url, "--extra-index-url", corp.url, "acme-app")

    assert (first.exit_code, second.exit_code) == (0, 0), second.stderr
    assert environment.installed() == {"acme-app": "1.0", "acme-lib": "1.0"}
    assert "acme-lib" not in public.projects_asked()
    assert "[sole-of-several]" in second.stderr


def test_install_merges_a_name_that_the_user_merges(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--unsafe-merge` takes the best of both, and nothing else is merged."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "2.0")

    ended = xpip(
        *("install", "-i", public.url, "--extra-index-url", corp.url),
        *("--unsafe-merge", "spam", "spam"),
    )

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "2.0"}


def test_install_takes_the_same_project_from_a_repository_that_tracks_it(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """PEP 708: the operator of the second repository declares that it is the same project."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "2.0")
    corp.page("spam").tracks = [public.project_url("spam")]

    ended = xpip("install", "-i", public.url, "--extra-index-url", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "2.0"}


@pytest.mark.parametrize(
    ("status", "exit_code", "reason"),
    [(500, 4, "http-status"), (401, 4, "auth-failed"), (403, 4, "auth-failed"), (404, 0, "")],
)
def test_install_never_reads_a_failure_as_absence(
    world: World, environment: Environment, xpip: Xpip, status: int, exit_code: int, reason: str
) -> None:
    """Only a plain "not here" lets the other repository speak for the name."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.page("spam").http_status = status
    public.serve("spam", "99.0")

    ended = xpip(
        *("install", "--json", "--retries", "0", "-i", corp.url),
        *("--extra-index-url", public.url, "spam"),
    )

    assert ended.exit_code == exit_code
    assert environment.installed() == ({"spam": "99.0"} if exit_code == 0 else {})
    if reason:
        assert ended.reasons == [reason]


def test_install_changes_nothing_when_all_is_there_already(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A satisfied request asks no repository."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "spam")
    before, asked = environment.files(), len(corp.requests)

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 0
    assert "Nothing to do" in ended.stderr
    assert environment.files() == before
    assert len(corp.requests) == asked


def test_install_upgrades_only_what_is_named_and_what_that_needs(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--upgrade spam` takes the newest spam, and leaves eggs as long as eggs will do."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "spam")
    corp.serve("spam", "2.0", requires=["eggs"])
    corp.serve("eggs", "2.0")

    ended = xpip("install", "-i", corp.url, "--upgrade", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "2.0", "eggs": "1.0"}
    assert "1.0 -> 2.0" in ended.stdout


def test_install_reinstalls_everything_when_forced(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--force-reinstall` mends a file that was changed by hand."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={"spam.py": "taste = 'good'\n"})
    xpip("install", "-i", corp.url, "spam")
    (environment.site_packages / "spam.py").write_text("taste = 'bad'\n")

    xpip("install", "-i", corp.url, "--force-reinstall", "spam")

    assert (environment.site_packages / "spam.py").read_text() == "taste = 'good'\n"


def test_install_leaves_dependencies_out_when_told(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--no-deps` installs what is named and nothing else."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])

    xpip("install", "-i", corp.url, "--no-deps", "spam")

    assert environment.installed() == {"spam": "1.0"}


def test_install_decides_and_changes_nothing_in_a_dry_run(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--dry-run` says what it would do."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    before = environment.files()

    ended = xpip("install", "-i", corp.url, "--dry-run", "spam")

    assert ended.stdout.startswith("+ spam 1.0")
    assert "Would install 1 project from" in ended.stderr
    assert environment.files() == before


def test_install_takes_pre_releases_only_when_asked(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--pre` admits what PEP 440 would leave aside."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.serve("spam", "2.0rc1")

    without = xpip("install", "-i", corp.url, "--dry-run", "spam")
    with_pre = xpip("install", "-i", corp.url, "--dry-run", "--pre", "spam")

    assert without.stdout.startswith("+ spam 1.0")
    assert with_pre.stdout.startswith("+ spam 2.0rc1")


def test_install_says_that_it_may_not_build_when_there_is_only_a_source_distribution(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A project without wheels is an error that says so, not a project without versions."""
    corp = world.repository("corp")
    corp.serve_sdist("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--only-binary", "spam", "spam")

    assert ended.exit_code == 1
    assert "exists only as source distributions" in ended.stderr
    assert "[no-candidate]" in ended.stderr


def test_install_passes_over_wheels_when_told(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--no-binary` leaves nothing to choose where there are no sources."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--no-binary", "spam", "spam")

    assert ended.exit_code == 1
    assert "binary-denied" in ended.stderr


def test_install_refuses_a_file_that_is_not_what_its_page_describes(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A wrong hash ends the run with exit 3 before anything is written."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", hashes={"sha256": "0" * 64})
    before = environment.files()

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert environment.files() == before


def test_install_refuses_a_wheel_whose_metadata_differs_from_what_was_offered(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """What was resolved with must be what is installed (PEP 658)."""
    corp = world.repository("corp")
    corp.serve(
        "spam",
        "1.0",
        requires=["eggs"],
        metadata=b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n",
    )

    ended = xpip("install", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["metadata-changed"])
    assert environment.installed() == {}


def test_install_records_where_each_distribution_came_from(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """INSTALLER, REQUESTED, provenance_url.json and xpip_origin.json, all of them in RECORD."""
    corp = world.repository("corp")
    wheel = corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")

    xpip("install", "-i", corp.url, "spam")

    info = environment.site_packages / "spam-1.0.dist-info"
    origin = json.loads((info / "xpip_origin.json").read_text())
    provenance = json.loads((info / "provenance_url.json").read_text())
    assert (info / "INSTALLER").read_text() == "xpip\n"
    assert (info / "REQUESTED").exists()
    assert not (environment.site_packages / "eggs-1.0.dist-info" / "REQUESTED").exists()
    assert origin["repository"] == corp.url
    assert origin["page_url"] == corp.project_url("spam")
    assert provenance["url"].endswith(wheel.name)
    assert set(provenance) == {"url", "archive_info"}
    record = (info / "RECORD").read_text()
    assert "spam-1.0.dist-info/xpip_origin.json,sha256=" in record


def test_install_writes_a_report_with_the_origin_of_each_file(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """Pip's installation report, version 1, and an `origin` beside each item."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    xpip("install", "-i", corp.url, "--report", "report.json", "spam")

    report = json.loads((project / "report.json").read_text())
    (item,) = report["install"]
    assert report["version"] == "1"
    assert item["metadata"]["name"] == "spam"
    assert item["requested"] is True
    assert item["origin"]["page_url"] == corp.project_url("spam")


def test_install_takes_repositories_from_variables(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`XPIP_INDEX_URL` is asked in place of PyPI; an option would win over it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "spam", XPIP_INDEX_URL=corp.url)

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_install_reads_a_directory_of_wheels(
    project: Path, environment: Environment, xpip: Xpip
) -> None:
    """`--no-index --find-links DIR` needs no network at all."""
    (project / "wheels").mkdir()
    build_wheel(project / "wheels", "spam", "1.0", requires=["eggs"])
    build_wheel(project / "wheels", "eggs", "1.0")

    ended = xpip("install", "--no-index", "--find-links", "wheels", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}


def test_install_sends_credentials_to_their_own_host_and_shows_them_nowhere(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Userinfo in an option is used for that web origin, and appears in nothing written."""
    corp = world.repository("corp")
    corp.credentials = ("bob", "s3cret")
    corp.serve("spam", "1.0")
    url = corp.url.replace("http://", "http://bob:s3cret@")

    ended = xpip("install", "-v", "-i", url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert "s3cret" not in ended.stdout + ended.stderr
    assert not [name for name, body in environment.files().items() if b"s3cret" in body]


def test_install_names_an_absent_project_and_who_wants_it(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`not-found` says which repositories were asked."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["egggs"])

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 1
    assert "No repository has egggs" in ended.stderr
    assert "required by spam 1.0" in ended.stderr
    assert corp.project_url("egggs") in ended.stderr


def test_install_shows_why_requirements_cannot_be_met_together(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`resolution-conflict` lists each demand and who makes it."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs<2"])
    corp.serve("ham", "1.0", requires=["eggs>=2"])
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.0")

    ended = xpip("install", "-i", corp.url, "spam", "ham")

    assert ended.exit_code == 1
    assert "spam 1.0 needs eggs <2" in ended.stderr
    assert "ham 1.0 needs eggs >=2" in ended.stderr


def test_install_into_a_target_directory(world: World, project: Path, xpip: Xpip) -> None:
    """`--target DIR` needs no environment and installs flat."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--target", "vendor", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert (project / "vendor" / "spam-1.0.dist-info" / "METADATA").exists()


def test_install_says_how_to_make_an_environment_when_there_is_none(
    world: World, xpip: Xpip
) -> None:
    """Without an environment the run ends before anything is asked."""
    corp = world.repository("corp")

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 2
    assert "[no-environment]" in ended.stderr
    assert "python3 -m venv .venv" in ended.stderr
    assert corp.requests == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spam=>1", "Write spam>=1."),
        ("./spam", "There is no directory"),
        ("spam @ https://example.org/spam.whl", "a wheel can have (PEP 427)"),
        ("requirements.txt", "Did you mean -r requirements.txt?"),
    ],
)
def test_install_says_what_is_wrong_with_a_requirement(
    environment: Environment, xpip: Xpip, text: str, said: str
) -> None:
    """A requirement that cannot be used is a usage error that quotes it."""
    ended = xpip("install", "--no-index", text)

    assert ended.exit_code == 2
    assert "[requirements-invalid]" in ended.stderr
    assert said in ended.stderr


def test_install_escapes_what_a_terminal_would_obey(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A repository's words cannot move the cursor or colour a lie."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.page("spam").status = {"status": "quarantined", "reason": "\x1b[2Jall is well"}

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 3
    assert "\x1b" not in ended.stderr
    assert "\\x1b[2Jall is well" in ended.stderr


def test_install_warns_when_it_breaks_what_is_installed(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Another distribution needs what is replaced: it is said, in a dry run too."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=2"])
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.0")
    xpip("install", "-i", corp.url, "spam")

    ended = xpip("install", "-i", corp.url, "--dry-run", "eggs<2")

    assert "spam 1.0 needs eggs >=2, and gets 1.0 [breaks-installed]" in ended.stderr


def test_install_says_when_a_file_comes_from_a_host_that_nobody_named(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Its hash vouches for it; whose host it is, is for the user to know."""
    corp, elsewhere = world.repository("corp"), world.repository("elsewhere")
    corp.serve("spam", "1.0")
    corp.page("spam").file_host = elsewhere.origin

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 0, ended.stderr
    assert "[foreign-host]" in ended.stderr


def test_install_suspects_the_credentials_when_a_name_is_not_found_with_them(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Some servers answer 404 to a token that was revoked."""
    corp = world.repository("corp")
    url = corp.url.replace("http://", "http://me:token@")

    ended = xpip("install", "-i", url, "spam")

    assert ended.exit_code == 1
    assert "are its credentials still good?" in ended.stderr


def test_install_opens_its_report_before_anything_is_done(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """A report that cannot be written ends the run while nothing has changed."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--report", "no/such/place.json", "spam")

    assert ended.exit_code == 2
    assert corp.requests == []
    assert environment.installed() == {}


def test_install_writes_nothing_but_the_report_to_standard_output_when_it_goes_there(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--report -` can be piped into a program that reads JSON."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "--report", "-", "spam")

    assert ended.data["install"][0]["metadata"]["name"] == "spam"


def test_install_tells_all_hopeless_requirements_at_once(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """One run shows all that is to be mended."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")

    ended = xpip("install", "--json", "-i", corp.url, "spam>=2", "eggs")

    assert ended.exit_code == 1
    assert sorted(ended.reasons) == ["no-candidate", "not-found"]


def test_install_lets_unreached_conflicts_pass_when_told(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """`--ignore-unreached`: a conflict on a branch that is abandoned, and only there."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("app", "2.0", requires=["spam", "eggs>=2"])
    corp.serve("app", "1.0")
    corp.serve("eggs", "1.0")
    for repository in (corp, public):
        repository.serve("spam", "1.0")
    request = ("install", "-i", public.url, "--extra-index-url", corp.url, "app")

    refused = xpip(*request)
    passed = xpip(*request, "--ignore-unreached")

    assert (refused.exit_code, passed.exit_code) == (3, 0)
    assert environment.installed() == {"app": "1.0"}


def test_install_notes_a_newer_minor_version_of_the_api(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """PEP 629: a higher minor version is a warning, a higher major one an error."""
    corp = world.repository("corp", api_version="1.99")
    corp.serve("spam", "1.0")

    ended = xpip("install", "-i", corp.url, "spam")

    assert ended.exit_code == 0
    assert "[newer-api]" in ended.stderr


@pytest.mark.parametrize("cache", [(), ("--no-cache",)], ids=["unpacked", "fetched"])
def test_install_tells_of_a_wheel_whose_format_is_newer(
    cache: tuple[str, ...], world: World, environment: Environment, xpip: Xpip
) -> None:
    """Binary distribution format: a higher minor version is a warning, each time."""
    corp = world.repository("corp")
    wheel = "Wheel-Version: 1.9\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    corp.serve("spam", "1.0", files={"spam-1.0.dist-info/WHEEL": wheel})
    corp.serve("eggs", "1.0")

    for again in ((), ("--force-reinstall",)):
        ended = xpip("install", "-i", corp.url, *cache, *again, "spam", "eggs")
        assert ended.exit_code == 0
        assert "the wheel of spam-1.0 is of format 1.9" in ended.stderr
        assert ended.stderr.count("[newer-format]") == 1


@pytest.mark.parametrize(
    "name", ["spam.pth", "spam.start", "sitecustomize.py", "spam-1.0.data/purelib/usercustomize.py"]
)
def test_install_tells_what_runs_whenever_python_starts(
    name: str, world: World, environment: Environment, xpip: Xpip
) -> None:
    """Nobody has to import it; files of other kinds and in packages are not told."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={name: "", "spam/x.pth": "", "spam.py": ""})
    corp.serve("eggs", "1.0")

    told = xpip("install", "-i", corp.url, "spam", "eggs")
    later = xpip("install", "-i", corp.url, "--force-reinstall", "eggs")

    shown = name.rpartition("/")[2]
    assert f"note: spam-1.0 brings {shown}: run whenever this Python starts" in told.stderr
    assert told.stderr.count("[runs-at-start]") == 1
    assert "runs-at-start" not in later.stderr
