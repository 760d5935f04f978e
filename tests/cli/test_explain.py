"""`xpip explain`: what an installation would decide, and why; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Ended, Environment
from tests.support.sources import write_tree
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with spam, which needs eggs."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs<2"])
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.0")
    corp.serve("ham", "1.0")
    return corp


def explanations(ended: Ended) -> dict[str, dict[str, Any]]:
    """The data, by project."""
    return {each["project"]: each for each in ended.data["explanations"]}


def test_explain_shows_a_page_for_each_name(corp: RepositoryDouble, xpip: Xpip) -> None:
    """In the order they were named."""
    ended = xpip("explain", "-i", corp.url, "spam", "ham")

    heads = [line for line in ended.stdout.splitlines() if line[:1].strip()]
    place = corp.url.removeprefix("http://")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert heads == [f"spam 1.0 from {place}", f"ham 1.0 from {place}"]


def test_explain_changes_nothing(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment, project: Path
) -> None:
    """Neither the environment nor the directory it runs in."""
    before, files = environment.files(), sorted(project.iterdir())

    ended = xpip("explain", "-i", corp.url, "spam", "--all")

    assert ended.exit_code == 0
    assert (environment.files(), sorted(project.iterdir())) == (before, files)


def test_explain_says_which_answers_come_from_the_cache(corp: RepositoryDouble, xpip: Xpip) -> None:
    """Those of an earlier run, and of when they are."""
    asked = xpip("explain", "-i", corp.url, "spam", "--json")
    kept = xpip("explain", "-i", corp.url, "spam", "--json", "--offline")
    shown = xpip("explain", "-i", corp.url, "spam", "--offline")

    (before,) = explanations(asked)["spam"]["asked"][0]["answers"]
    (after,) = explanations(kept)["spam"]["asked"][0]["answers"]
    assert before["kept_at"] is None
    assert f"from the cache, as of {after['kept_at'][:10]}" in shown.stdout


def test_explain_fetches_no_file_whole(corp: RepositoryDouble, xpip: Xpip) -> None:
    """Pages and metadata are all that a decision rests on."""
    xpip("explain", "-i", corp.url, "spam")

    assert [name for name in corp.files_asked() if not name.endswith(".metadata")] == []


def test_explain_asks_for_no_name_that_install_would_not_ask_for(
    corp: RepositoryDouble, xpip: Xpip
) -> None:
    """Replays play on what was heard."""
    xpip("explain", "-i", corp.url, "--no-cache", "spam", "--what-if")

    assert sorted(corp.projects_asked()) == ["eggs", "spam"]


def test_explain_looks_names_up_in_what_files_ask_for(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """A dependency is explained with the way down to it."""
    (project / "requirements.txt").write_text("spam\n")

    ended = xpip("explain", "--json", "-i", corp.url, "-r", "requirements.txt", "eggs")

    eggs = explanations(ended)["eggs"]
    assert eggs["path"] == ["spam", "eggs"]
    assert eggs["chosen"]["version"] == "1.0"
    assert eggs["demands"] == [{"requirement": "eggs<2", "by": "spam 1.0"}]


def test_explain_says_that_nothing_asked_for_needs_a_name(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """And explains it as if it were asked for."""
    (project / "requirements.txt").write_text("spam\n")

    ended = xpip("explain", "-i", corp.url, "-r", "requirements.txt", "ham")

    assert ended.stdout.startswith("ham: nothing asked for needs it; if it were asked for, 1.0 ")


def test_explain_shows_a_table_when_files_are_named_and_no_project(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """A page for each would be a book."""
    (project / "requirements.txt").write_text("spam\n")

    ended = xpip("explain", "-i", corp.url, "-r", "requirements.txt")

    rows = [line.split()[0] for line in ended.stdout.splitlines()]
    assert rows == ["project", "eggs", "spam"]


def test_explain_tells_why_a_version_is_not_chosen(corp: RepositoryDouble, xpip: Xpip) -> None:
    """`--version` asks for one."""
    ended = xpip("explain", "--json", "-i", corp.url, "eggs", "--version", "1.0")

    inquired = explanations(ended)["eggs"]["inquired"]
    assert inquired == {"version": "1.0", "why": "2.0 is newer, and will do"}


def test_explain_heeds_constraints(corp: RepositoryDouble, xpip: Xpip, project: Path) -> None:
    """A constraint file beside a name asks for nothing itself."""
    (project / "limits.txt").write_text("eggs<2\n")

    ended = xpip("explain", "-i", corp.url, "eggs", "-c", "limits.txt")

    assert ended.stdout.startswith("eggs 1.0 from ")
    assert "you, at limits.txt:1: eggs<2" in ended.stdout


def test_explain_asks_nobody_about_a_place(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """The name of what lies there stays here; what it needs is asked for by name."""
    wheel = build_wheel(project, "secret-lib", "1.0", requires=["ham"])

    ended = xpip("explain", "-i", corp.url, f"./{wheel.name}")

    assert ended.stdout.startswith("secret-lib 1.0 from a place you named\n")
    assert sorted(set(corp.projects_asked())) == ["ham"]


def test_explain_shows_an_editable_place_in_the_table(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """Its dependencies are decided about as ever."""
    tree = write_tree(project / "own", "own-lib", "1.0", requires=["ham"])

    ended = xpip("explain", "--json", "-i", corp.url, "-e", tree)

    chosen = {name: each["chosen"] for name, each in explanations(ended).items()}
    assert chosen["own-lib"]["is_direct"]
    assert not chosen["ham"]["is_direct"]


@pytest.mark.usefixtures("environment")
def test_explain_ends_as_install_would_when_names_collide(
    corp: RepositoryDouble, world: World, xpip: Xpip
) -> None:
    """Refused, though the name that was asked for is fine."""
    public = world.repository("public")
    public.serve("eggs", "99.0")
    options = ("--json", "-i", public.url, "--extra-index-url", corp.url)

    ended = xpip("explain", *options, "spam")

    assert (ended.exit_code, ended.data["exit_code"], ended.reasons) == (3, 3, ["collision"])
    assert explanations(ended)["spam"]["settled"] is False
    assert ended.data["errors"] == xpip("install", *options, "spam").data["errors"]


def test_explain_gives_the_evidence_of_a_collision_once(
    corp: RepositoryDouble, world: World, xpip: Xpip
) -> None:
    """On the page, where the name was asked about; in the report, where it was not."""
    public = world.repository("public")
    public.serve("eggs", "99.0")
    options = ("-i", public.url, "--extra-index-url", corp.url)

    named, unnamed = xpip("explain", *options, "eggs"), xpip("explain", *options, "spam")

    assert "newest version 99.0" not in named.stderr
    assert "newest version 99.0" in unnamed.stderr


def test_explain_looks_at_the_environment_that_install_would_change(
    corp: RepositoryDouble, xpip: Xpip, environment: Environment
) -> None:
    """What is installed there, and where it came from."""
    xpip("install", "-i", corp.url, "eggs<2")

    ended = xpip("explain", "--json", "-i", corp.url, "eggs")

    assert environment.installed() == {"eggs": "1.0"}
    assert explanations(ended)["eggs"]["installed"] == {
        "version": "1.0",
        "installer": "xpip",
        "repository": corp.url,
    }


@pytest.mark.usefixtures("environment")
def test_explain_refuses_a_name_that_changes_its_origin(
    corp: RepositoryDouble, world: World, xpip: Xpip
) -> None:
    """As an installation that takes it anew would."""
    public = world.repository("public")
    public.serve("ham", "99.0")
    xpip("install", "-i", corp.url, "ham")

    ended = xpip("explain", "--json", "-i", public.url, "ham")

    assert (ended.exit_code, ended.reasons) == (3, ["origin-changed"])
    assert explanations(ended)["ham"]["origin_change"] == {"old": corp.url, "new": public.url}


def test_explain_needs_no_environment(corp: RepositoryDouble, xpip: Xpip) -> None:
    """It chooses for the interpreter that xpip runs on then."""
    assert xpip("explain", "-i", corp.url, "ham").exit_code == 0


def test_explain_shows_no_password(corp: RepositoryDouble, xpip: Xpip) -> None:
    """Neither in text nor in data, however verbose."""
    corp.credentials = ("user", "hush-hush")
    url = corp.url.replace("://", "://user:hush-hush@")

    text, data = (
        xpip("explain", "-v", "-i", url, "ham"),
        xpip("explain", "--json", "-i", url, "ham"),
    )

    assert (text.exit_code, data.exit_code) == (0, 0)
    assert "hush" not in text.stdout + text.stderr + data.stdout + data.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--all"], ["spam", "--version", "not a version"], ["-c", "limits.txt"]]
)
def test_explain_is_a_usage_error_when_nothing_can_be_explained(
    arguments: list[str], xpip: Xpip
) -> None:
    """Before anybody is asked."""
    ended = xpip("explain", "--json", *arguments)

    assert (ended.exit_code, ended.reasons) == (2, ["usage"])


def test_explain_cannot_look_a_place_up_in_what_files_ask_for(
    corp: RepositoryDouble, xpip: Xpip, project: Path
) -> None:
    """With files, only names can be meant."""
    (project / "requirements.txt").write_text("spam\n")

    ended = xpip("explain", "--json", "-i", corp.url, "-r", "requirements.txt", "./spam.whl")

    assert (ended.exit_code, ended.reasons) == (2, ["usage"])


def test_explain_json_has_the_documented_keys(corp: RepositoryDouble, xpip: Xpip) -> None:
    """`xpip help explain` names each of them."""
    page = xpip("help", "explain").stdout
    data = xpip("explain", "--json", "-i", corp.url, "spam").data

    assert data["schema"] == 1
    for key in (*data, *data["explanations"][0], *data["explanations"][0]["asked"][0]):
        assert f"`{key}`" in page, key


def test_explain_notes_what_an_installation_would_note(
    world: World, corp: RepositoryDouble, xpip: Xpip
) -> None:
    """The same notes, of what was found on the way."""
    other = world.repository("other")
    options = ("-i", corp.url, "--extra-index-url", other.url)

    ended = xpip("explain", "--json", *options, "ham")

    assert [each["code"] for each in ended.data["notices"]] == ["sole-of-several"]


def test_explain_of_a_refusal_notes_nothing_beside_the_error(
    world: World, corp: RepositoryDouble, xpip: Xpip
) -> None:
    """An installation that is refused says why, and nothing else."""
    other = world.repository("other")
    other.serve("ham", "9.0")
    options = ("-i", corp.url, "--extra-index-url", other.url)

    ended = xpip("explain", "--json", *options, "ham", "eggs")

    assert (ended.reasons, ended.data["notices"]) == (["collision"], [])
