"""The attack matrix: each file in `tests/scenarios` is one world, one request, one outcome.

The files need no Python to be read; `tests/support/scenarios.py` says what may stand in them.
Here they are played: real repositories, the real command, a real environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Ended, Environment, run_xpip
from tests.support.scenarios import Expected, Scenario, Stage
from tests.support.world import RepositoryDouble, World

OPTIONS = ("--json", "--retries", "0", "--timeout", "2")

SMALLEST = """
name = "smallest"
description = "nothing is asked for but a name"
request = ["acme-lib"]
repositories.public.pages.acme-lib.http_status = 404
expected.exit_code = 1
"""


def scenarios() -> Iterator[Any]:
    """One for each file, named like it; those marked `open` must still fail."""
    for file in sorted((Path(__file__).parent / "scenarios").glob("*.toml")):
        scenario = Scenario.read(file.read_text(encoding="utf-8"))
        known_bug = [pytest.mark.xfail(reason=scenario.open, strict=True)] if scenario.open else []
        yield pytest.param(scenario, id=file.stem, marks=known_bug)


@pytest.mark.parametrize("scenario", [*scenarios()])
def test_scenario_ends_as_its_file_says(scenario: Scenario, world: World, tmp_path: Path) -> None:
    """Exit code, reasons, notices, environment and request logs are those that are written."""
    stage = Stage(scenario, world, tmp_path)
    project = stage.write_files()
    environment = Environment(project / ".venv")

    ended = run_xpip(
        "install",
        *OPTIONS,
        *stage.filled(scenario.request),
        cwd=project,
        variables=stage.filled(scenario.variables),
    )

    seen = outcome(ended, environment, stage.repositories, scenario.expected)
    assert seen == promised(scenario.expected), ended.stdout + ended.stderr


@pytest.mark.parametrize("scenario", [*scenarios()])
def test_scenario_is_explained_as_it_is_decided(
    scenario: Scenario, world: World, tmp_path: Path
) -> None:
    """What explain names is what install takes, or refuses with the same code; and it stays so."""
    stage = Stage(scenario, world, tmp_path)
    project = stage.write_files()
    environment = Environment(project / ".venv")
    given = {"cwd": project, "variables": stage.filled(scenario.variables)}
    request = stage.filled(scenario.request)

    explained = run_xpip("explain", "--all", *OPTIONS, *request, **given)
    before = environment.installed()
    installed = run_xpip("install", *OPTIONS, *request, **given)

    assert before == {}
    assert chosen_by(explained) == taken_by(installed), explained.stdout + explained.stderr


def chosen_by(explained: Ended) -> dict[str, Any]:
    """Exit code and reasons; where nothing stands against them, the files and their origins."""
    files = {
        each["project"]: (each["chosen"]["file"], decided(each["chosen"]["origin"]))
        for each in explained.data.get("explanations", ())
        if each["needed"] and each["chosen"]
    }
    return {
        "exit_code": explained.exit_code,
        "reasons": sorted(explained.reasons),
        "files": {} if explained.exit_code else files,
    }


def taken_by(installed: Ended) -> dict[str, Any]:
    """The same of an installation."""
    files = {
        each["name"]: (each["file"], decided(each["origin"]))
        for each in installed.data.get("changed", ())
    }
    return {
        "exit_code": installed.exit_code,
        "reasons": sorted(error["reason"] for error in installed.data.get("errors", ())),
        "files": files,
    }


def decided(origin: dict[str, Any]) -> dict[str, Any]:
    """An origin without its page: a file may come by another mirror than its page did."""
    return {key: value for key, value in origin.items() if key != "page_url"}


MAP = """
[repositories]
private = ["{private}"]
public = ["{public}"]

[[mapping]]
namespace = ["acme"]
repositories = ["private"]

[[mapping]]
paths = ["*"]
repositories = ["public"]
"""


@pytest.mark.parametrize(
    "scenario", [each for each in scenarios() if str(each.id).startswith("private-")]
)
def test_scenario_never_lets_the_stranger_in_under_a_map(
    scenario: Scenario, world: World, tmp_path: Path
) -> None:
    """Whatever the private repository answers, its name is asked for nowhere else."""
    stage = Stage(scenario, world, tmp_path)
    environment = Environment(tmp_path / "project" / ".venv")
    request = stage.filled(scenario.request)
    private = request[request.index("--extra-index-url") + 1]
    text = MAP.format(private=private, public=stage.repositories["public"].url)
    (tmp_path / "project" / "xpip.toml").write_text(text)

    ended = run_xpip(
        *("install", *OPTIONS, "acme-lib"),
        cwd=tmp_path / "project",
        variables=stage.filled(scenario.variables),
    )

    installed = environment.installed()
    assert installed == ({} if ended.exit_code else {"acme-lib": "1.0"}), ended.stdout
    assert "acme-lib" not in stage.repositories["public"].projects_asked()
    assert ended.exit_code in (0, 1, 3, 4), ended.stdout


@pytest.mark.parametrize(
    "line",
    [
        "supprise = 1",
        "expected.supprise = 1",
        "repositories.public.supprise = 1",
        "repositories.public.pages.acme-lib.supprise = 1",
        "repositories.public.files = [{ project = 'acme-lib', version = '1.0', supprise = 1 }]",
    ],
)
def test_scenario_is_refused_when_a_key_is_unknown(line: str, world: World, tmp_path: Path) -> None:
    """A misspelt demand would otherwise hold of every outcome."""
    Stage(Scenario.read(SMALLEST), world, tmp_path / "known")
    with World(tmp_path / "other") as other, pytest.raises(TypeError, match="supprise"):
        Stage(Scenario.read(SMALLEST + line), other, tmp_path / "unknown")


def promised(expected: Expected) -> dict[str, Any]:
    """What a file expects, in the shape of `outcome`."""
    return {
        "exit_code": expected.exit_code,
        "reasons": sorted(expected.reasons),
        "conflicts": sorted(expected.conflicts),
        "notices": sorted(expected.notices),
        "installed": expected.installed,
        "origins": expected.origins,
        "asked": {name: sorted(projects) for name, projects in expected.asked.items()},
        "reached": dict.fromkeys(expected.never_asked, 0),
        "unsaid": [],
        "fetched in vain": [],
    }


def outcome(
    ended: Ended,
    environment: Environment,
    repositories: dict[str, RepositoryDouble],
    expected: Expected,
) -> dict[str, Any]:
    """What the run came to; of the request logs, what the file speaks of."""
    errors, changed = ended.data.get("errors", []), ended.data.get("changed", [])
    names = {double.url: name for name, double in repositories.items()}
    conflicts = [each["project"] for error in errors for each in error.get("conflicts", [])]
    return {
        "exit_code": ended.exit_code,
        "reasons": sorted(error["reason"] for error in errors),
        "conflicts": sorted(conflicts),
        "notices": sorted(notice["code"] for notice in ended.data.get("notices", [])),
        "installed": environment.installed(),
        "origins": {
            each["name"]: names.get(each["origin"]["repository"], each["origin"]["group"])
            for each in changed
        },
        "asked": {name: sorted(repositories[name].projects_asked()) for name in expected.asked},
        "reached": {name: len(repositories[name].requests) for name in expected.never_asked},
        "unsaid": [text for text in expected.said if text not in ended.stdout + ended.stderr],
        "fetched in vain": list(fetched_whole(repositories)) if ended.exit_code else [],
    }


def fetched_whole(repositories: dict[str, RepositoryDouble]) -> Iterator[str]:
    """Files that were sent as a whole: metadata and byte ranges are not (semantics 5.4)."""
    for double in repositories.values():
        for request in double.requests:
            is_file = "/files/" in request.path and not request.path.endswith(".metadata")
            if is_file and request.status == 200 and "range" not in request.headers:
                yield request.path
