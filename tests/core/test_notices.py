"""What a run that goes on should still say."""

from __future__ import annotations

import pytest
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage, pins_of

from xpip.core.facts import Hash, ProjectStatus
from xpip.core.policy import IndexOrder
from xpip.core.reporting.notices import Notice, notices_of


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi").has("spam", "1.0")


def notices_on(stage: Stage, *requirements: str) -> tuple[Notice, ...]:
    attempt = stage.resolve(*requirements)
    return notices_of(attempt, pins_of(attempt))


def notice_on(stage: Stage, *requirements: str) -> Notice:
    (notice,) = notices_on(stage, *requirements)
    return notice


@pytest.mark.usefixtures("pypi")
def test_notices_are_silent_when_there_is_nothing_to_say(stage: Stage) -> None:
    """One repository, a file with a hash, a project in good health."""
    assert notices_on(stage, "spam") == ()


def test_notice_names_every_project_that_rests_on_the_silence_of_others(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Who registers the name on the other repository tomorrow stops the run; today nobody has."""
    pypi.has("eggs", "1.0")
    stage.repository("corp")
    notice = notice_on(stage, "spam", "eggs")
    assert notice.code == "sole-of-several"
    assert notice.text.endswith(": eggs, spam")


@pytest.mark.usefixtures("pypi")
def test_notice_of_silence_is_not_given_for_local_directories(stage: Stage) -> None:
    """A directory of one's own is no stranger who keeps silent."""
    stage.repository("wheelhouse", local=True)
    assert notices_on(stage, "spam") == ()


def test_notice_of_silence_is_not_given_for_a_repository_that_was_not_asked() -> None:
    """Under index order the first one that has the name settles it: the others said nothing."""
    stage = Stage(order=IndexOrder.INDEX)
    for name in ("pypi", "corp"):
        stage.repository(name).has("spam", "1.0")
    stage.repository("corp").has("eggs", "1.0")
    notice = notice_on(stage, "spam", "eggs")
    assert notice.text.endswith("today: eggs")


@pytest.mark.usefixtures("pypi")
def test_notice_tells_when_a_remote_file_beats_a_local_one(stage: Stage) -> None:
    """Local directories always merge, so the user should know which one won."""
    stage.repository("wheelhouse", local=True).has("spam", "0.9")
    notice = notice_on(stage, "spam")
    assert notice == Notice(code="local-merge", text="spam 1.0 from pypi beats the local 0.9")


@pytest.mark.usefixtures("pypi")
def test_notice_of_a_merge_is_not_given_when_the_local_file_wins(stage: Stage) -> None:
    """That is what a local directory is for."""
    stage.repository("wheelhouse", local=True).has("spam", "1.1")
    assert notices_on(stage, "spam") == ()


@pytest.mark.parametrize("status", [ProjectStatus.ARCHIVED, ProjectStatus.DEPRECATED])
def test_notice_tells_the_status_of_a_project_and_its_reason(
    stage: Stage, pypi: MemoryRepository, status: ProjectStatus
) -> None:
    """PEP 792: installers may warn of these."""
    pypi.says("spam", status=status, status_reason="use eggs")
    assert notice_on(stage, "spam") == Notice(code=status.value, text=f"spam is {status}: use eggs")


def test_notice_tells_why_a_file_was_yanked(stage: Stage) -> None:
    """PEP 592: the reason is shown when it is installed nonetheless."""
    stage.repository("pypi").has("spam", "2.0", yanked="leaks memory")
    notice = notice_on(stage, "spam==2.0")
    assert notice.code == "yanked"
    assert notice.text == ("spam-2.0-py3-none-any.whl was withdrawn by its authors: leaks memory")


@pytest.mark.parametrize("hashes", [(), (Hash("md5", "ab" * 16),)])
def test_notice_tells_when_nothing_vouches_for_a_file(
    stage: Stage, hashes: tuple[Hash, ...]
) -> None:
    """A digest that can be forged vouches for nothing."""
    stage.repository("pypi").has("spam", "1.0", hashes=hashes)
    assert notice_on(stage, "spam").code == "unverified"


def test_notice_tells_an_extra_that_the_release_does_not_have(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """A misspelt extra is else found out at run time."""
    pypi.has("spam", "2.0", provides=["fast"])
    notice = notice_on(stage, "spam[fast,safe,nope]")
    assert notice == Notice(code="unknown-extra", text="spam 2.0 has no extra nope, safe")


def test_notices_say_nothing_of_files_that_are_not_installed_now(stage: Stage) -> None:
    """What is installed already was told of when it was installed."""
    stage.repository("pypi").has("spam", "1.0", hashes=())
    stage.repository("corp")
    stage.installed.has("spam", "1.0")
    assert notices_on(stage, "spam") == ()
