"""What xpip does as pip does, and where it does otherwise: tests/cases holds it as tables.

The files need no Python to be read; `tests/support/cases.py` says what may stand in them. Each
case is played with the real command on an environment of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import Case, CaseStage, read_cases
from tests.support.command import Ended
from tests.support.warm import WarmXpip
from tests.support.world import World


def cases() -> Iterator[Any]:
    """One for each table, named like its file and its sentence."""
    for file in sorted((Path(__file__).parent / "cases").glob("*.toml")):
        for case in read_cases(file.read_text(encoding="utf-8")):
            known_bug = [pytest.mark.xfail(reason=case.open, strict=True)] if case.open else []
            slug = re.sub(r"\W+", "-", case.does).strip("-")
            yield pytest.param(case, id=f"{file.stem}-{slug}", marks=known_bug)


@pytest.fixture(scope="module")
def xpip() -> Iterator[WarmXpip]:
    """The command."""
    with WarmXpip() as warm:
        yield warm


@pytest.mark.parametrize("case", [*cases()])
def test_case_ends_as_its_table_says(
    case: Case, world: World, tmp_path: Path, xpip: WarmXpip
) -> None:
    """Exit code, environment and words are those that are written."""
    stage = CaseStage(case, world.repository("corp"), tmp_path, xpip)
    for command in case.before:
        ended = stage.run(command)
        assert ended.exit_code == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    stage.write(case.changed)
    files = stage.environment.files()

    ended = stage.run(case.run)

    said = f"{ended.stdout}{ended.stderr}"
    assert ended.exit_code == case.exit, said
    assert stage.installed() == sorted(case.installed), said
    if case.exit != 0 or "--dry-run" in case.run:
        assert stage.environment.files() == files
    assert unkept(case, stage, ended) == [], said


def test_case_is_refused_when_a_key_is_unknown() -> None:
    """A misspelt demand would otherwise hold of every outcome."""
    assert [case.does for case in read_cases('["is played"]\nrun = "install"')] == ["is played"]
    with pytest.raises(TypeError, match="supprise"):
        list(read_cases('["is not played"]\nrun = "install"\nsupprise = 1'))


def test_case_tells_everything_that_is_not_so(world: World, tmp_path: Path, xpip: WarmXpip) -> None:
    """Else a case could say what it likes."""
    wrong = Case(
        does="lies",
        run="--version",
        reason="collision",
        says=["spam"],
        says_nothing_of=["xpip"],
        has=["{here}/spam"],
        lacks=["{site}"],
        holds={"{here}/spam": ""},
        prints={"print(1)": "2"},
    )
    stage = CaseStage(wrong, world.repository("corp"), tmp_path, xpip)
    assert len(unkept(wrong, stage, stage.run(wrong.run))) == 7


def unkept(case: Case, stage: CaseStage, ended: Ended) -> list[str]:
    """What a case says beside exit code and environment, and is not so."""
    return [*misspoken(case, stage, ended), *misplaced(case, stage), *miswritten(case, stage)]


def misspoken(case: Case, stage: CaseStage, ended: Ended) -> Iterator[str]:
    """Words that are missing, and words too many; line breaks do not count."""
    words = " ".join(f"{ended.stdout} {ended.stderr}".split())
    reason = [f"[{case.reason}]"] if case.reason else []
    for text in [*map(stage.filled, case.says), *reason]:
        if text not in words:
            yield f"does not say: {text}"
    for text in map(stage.filled, case.says_nothing_of):
        if text in words:
            yield f"says: {text}"


def misplaced(case: Case, stage: CaseStage) -> Iterator[str]:
    """Paths that are missing, or too many."""
    for path in map(stage.filled, case.has):
        if not Path(path).exists():
            yield f"is not there: {path}"
    for path in map(stage.filled, case.lacks):
        if Path(path).exists():
            yield f"is there: {path}"


def miswritten(case: Case, stage: CaseStage) -> Iterator[str]:
    """Files that hold something else, and code that finds something else."""
    for name, text in case.holds.items():
        file = Path(stage.filled(name))
        if not file.exists() or stage.filled(text) not in file.read_text():
            yield f"{file} does not hold: {stage.filled(text)}"
    for code, printed in case.prints.items():
        seen = stage.environment.run(stage.filled(code))
        if seen != stage.filled(printed):
            yield f"{code} prints {seen}, not {printed}"
