"""`xpip check`: what is wrong with an environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.distributions import put
from tests.support.tools import pip
from tests.support.world import World


def codes(xpip: Xpip, *arguments: str) -> list[str]:
    """The codes of all problems."""
    return [each["code"] for each in xpip("check", "--json", *arguments).data["problems"]]


def test_check_finds_nothing_in_what_xpip_installed(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Exit 0, and nothing on standard output; pip is of the same opinion."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"], entry_points={"spam": "spam:main"})
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "--compile", "spam")

    ended = xpip("check")

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr.startswith("no problems in 2 distributions of ")
    assert "No broken requirements" in pip(environment, "check")


def test_check_prints_a_line_with_a_code_for_each_problem(
    environment: Environment, xpip: Xpip
) -> None:
    """Exit 1: requirements, files, duplicates, and what cannot be read."""
    site = environment.site_packages
    put(site, "spam", requires=["eggs>=2", "ham"])
    put(site, "eggs", "1.0")
    put(site, "eggs", "1.5", files={})
    beef, ale = put(site, "beef", record=False), site / "ale-1.0.dist-info"
    (site / "spam.py").write_text("changed")
    ale.mkdir()

    ended = xpip("check")

    assert ended.exit_code == 1
    assert ended.stdout.splitlines() == [
        f"{ale}: counts as not installed: METADATA: No such file or directory [unreadable]",
        f"eggs 1.5: is there beside 1.0: {site}/eggs-1.5.dist-info [duplicate]",
        "spam 1.0: needs eggs>=2, and 1.0 is installed [unmet-requirement]",
        "spam 1.0: needs ham, which is not installed [missing-requirement]",
        f"beef 1.0: nobody knows its files: it has no RECORD in {beef} [no-record]",
        f"spam 1.0: a file was changed: {site}/spam.py [changed-file]",
    ]
    assert ended.stderr.startswith("6 problems in 4 distributions of ")


def test_check_leaves_files_aside_when_asked(environment: Environment, xpip: Xpip) -> None:
    """Quicker in a large environment."""
    put(environment.site_packages, "spam")
    (environment.site_packages / "spam.py").unlink()

    assert codes(xpip) == ["missing-file"]
    assert codes(xpip, "--no-files") == []


def test_check_counts_the_rest_when_many_files_are_wrong(
    environment: Environment, xpip: Xpip
) -> None:
    """All of them are in the data."""
    put(environment.site_packages, "spam", files={f"{number}.txt": "" for number in range(30)})
    for number in range(30):
        (environment.site_packages / f"{number}.txt").unlink()

    lines = xpip("check").stdout.splitlines()

    assert len(lines) == 11
    assert lines[-1] == "spam 1.0: and 20 more [missing-file]"
    assert len(codes(xpip)) == 30


def test_check_holds_origins_to_the_mapping_file_of_today(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """The rules changed after the installation; nobody is asked."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "spam")
    assert codes(xpip) == []
    (project / "xpip.toml").write_text(
        f'[repositories]\npublic = ["{public.url}"]\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["public"]\n'
    )

    ended = xpip("check")

    assert ended.exit_code == 1
    assert "[against-rule]" in ended.stdout
    assert codes(xpip, "--no-map") == []
    assert public.requests == []


def test_check_takes_markers_from_the_environment(environment: Environment, xpip: Xpip) -> None:
    """Not from the Python that runs xpip, nor from another platform."""
    put(environment.site_packages, "spam", requires=["win; sys_platform == 'nothing'"])

    assert codes(xpip) == []


def test_check_tells_what_was_made_for_another_interpreter(
    environment: Environment, xpip: Xpip
) -> None:
    """By the tags of its wheel, and by the Python that it asks for."""
    info = put(environment.site_packages, "spam", record=False)
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp27-cp27m-win32\n")
    with (info / "METADATA").open("a") as metadata:
        metadata.write("Requires-Python: <3\n")

    assert codes(xpip, "--no-files") == ["other-python", "other-platform"]


def test_check_counts_what_the_interpreter_shares(environment: Environment, xpip: Xpip) -> None:
    """It meets requirements; its own problems are its own."""
    settings = environment.directory / "pyvenv.cfg"
    settings.write_text(settings.read_text().replace("= false", "= true"))
    seen = xpip("list", "--json").data["distributions"]
    if not seen:
        pytest.skip("the interpreter has no distributions")
    put(environment.site_packages, "spam", requires=[seen[0]["name"], "ham"])

    problems = xpip("check", "--json").data["problems"]

    assert [(each["name"], each["code"]) for each in problems] == [("spam", "missing-requirement")]
