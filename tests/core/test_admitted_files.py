"""What a lock holds of a release, and which release it keeps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage

from xpip.core.policy import NameSet
from xpip.core.selection import Selection, Withheld

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
V1 = Version("1.0")


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi")


def tags_of(stage: Stage, version: str = "1.0") -> list[str]:
    """The tags of the files admitted of one release of spam."""
    admitted = stage.find("spam").selection.admitted(Version(version))
    return sorted(each.file.filename.removeprefix("spam-1.0") for each in admitted)


def preferred(selection: Selection, version: str, specifier: str = "") -> list[str]:
    """Versions in the order in which they are offered."""
    offered = selection.preferring(Version(version), SpecifierSet(specifier))
    return [str(each.version) for each in offered if not isinstance(each, Withheld)]


def test_admitted_files_are_those_of_every_machine(stage: Stage, pypi: MemoryRepository) -> None:
    """Neither tags nor Requires-Python: a lock may be made for other machines."""
    pypi.has("spam", "1.0", tag="cp312-cp312-win_amd64").has("spam", "1.0", sdist=True)
    pypi.has("spam", "1.0", tag="cp39-cp39-macosx_11_0_arm64", requires_python="<3.10")
    assert tags_of(stage) == [
        "-cp312-cp312-win_amd64.whl",
        "-cp39-cp39-macosx_11_0_arm64.whl",
        ".tar.gz",
    ]


def test_admitted_files_are_never_yanked(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 592: whatever asks for it."""
    pypi.has("spam", "1.0").has("spam", "1.0", sdist=True, yanked="broken")
    assert tags_of(stage) == ["-py3-none-any.whl"]


def test_admitted_files_are_old_enough() -> None:
    """A file that was added to a release later is as young as any other."""
    stage = Stage(cutoff=datetime(2026, 2, 1, tzinfo=UTC))
    pypi = stage.repository("pypi")
    pypi.has("spam", "1.0", upload_time=OLD).has("spam", "1.0", sdist=True, upload_time=NEW)
    assert tags_of(stage) == ["-py3-none-any.whl"]


def test_admitted_files_are_of_the_formats_allowed() -> None:
    """`--only-binary` holds for a lock as for an installation."""
    stage = Stage(only_binary=NameSet(everything=True))
    stage.repository("pypi").has("spam", "1.0").has("spam", "1.0", sdist=True)
    assert tags_of(stage) == ["-py3-none-any.whl"]


def test_candidates_are_the_same_for_every_machine(stage: Stage, pypi: MemoryRepository) -> None:
    """What is known of one file, its metadata above all, is asked for once."""
    pypi.has("spam", "1.0")
    selection = stage.find("spam").selection
    assert selection.admitted(V1) == selection.release(V1).candidates


def test_preferred_release_comes_first(stage: Stage, pypi: MemoryRepository) -> None:
    """And only once; the others follow, newest first."""
    pypi.has("spam", "1.0").has("spam", "2.0").has("spam", "3.0")
    assert preferred(stage.find("spam").selection, "2.0") == ["2.0", "3.0", "1.0"]


def test_preferred_release_does_not_count_out_of_range(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """It is a wish, not a requirement."""
    pypi.has("spam", "1.0").has("spam", "2.0")
    assert preferred(stage.find("spam").selection, "1.0", ">1") == ["2.0"]


def test_preferred_release_does_not_count_when_yanked(stage: Stage, pypi: MemoryRepository) -> None:
    """It never overrides what may be chosen."""
    pypi.has("spam", "1.0").has("spam", "2.0", yanked="broken")
    assert preferred(stage.find("spam").selection, "2.0") == ["1.0"]


def test_preferred_prerelease_does_not_count_beside_a_final_one(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """PEP 440: the pre-release was chosen for want of a final one, which is there now."""
    pypi.has("spam", "2.0rc1").has("spam", "1.0")
    assert preferred(stage.find("spam").selection, "2.0rc1") == ["1.0"]


def test_preferred_prerelease_counts_where_there_is_nothing_else(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """As without a preference."""
    pypi.has("spam", "2.0rc1").has("spam", "2.0rc2")
    assert preferred(stage.find("spam").selection, "2.0rc1") == ["2.0rc1", "2.0rc2"]
