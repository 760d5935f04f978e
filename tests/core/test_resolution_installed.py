"""What is installed already: left alone where it will do, and how it gives way."""

from __future__ import annotations

import pytest
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage, pins_of

from xpip.core.decisions import Candidate
from xpip.core.facts import InstalledDistribution


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.installed.has("spam", "1.0", requires=["eggs"]).has("eggs", "1.0")
    return stage


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    pypi = stage.repository("pypi").has("spam", "1.0", requires=["eggs"])
    return pypi.has("spam", "2.0", requires=["eggs"]).has("eggs", "1.0").has("eggs", "2.0")


def chosen_anew(stage: Stage, *requirements: str, **options: object) -> dict[str, str]:
    """The pins that are files, and not distributions that are there already."""
    return {
        pin.project: str(pin.version)
        for pin in pins_of(stage.resolve(*requirements, **options))  # type: ignore[arg-type]
        if isinstance(pin.chosen, Candidate)
    }


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_is_left_alone_when_it_will_do(stage: Stage) -> None:
    """No repository is even asked, though newer releases are there."""
    assert chosen_anew(stage, "spam") == {}
    assert stage.repositories.log == []


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_is_replaced_when_it_is_out_of_range(stage: Stage) -> None:
    """What needs it no more than before stays as it is."""
    assert chosen_anew(stage, "spam>=2") == {"spam": "2.0"}


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_is_upgraded_when_its_project_is_to_be(stage: Stage) -> None:
    """Only the projects named: their dependencies stay while they will do."""
    assert chosen_anew(stage, "spam", upgrade=["spam"]) == {"spam": "2.0"}


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_stays_when_an_upgrade_finds_nothing_newer(stage: Stage) -> None:
    """The same version again is no upgrade."""
    assert chosen_anew(stage, "spam<2", upgrade=["spam"]) == {}


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_stays_when_it_is_newer_than_every_repository(stage: Stage) -> None:
    """An upgrade never goes down."""
    stage.installed.has("spam", "3.0")
    assert stage.pins("spam", upgrade=["spam"]) == {"spam": "3.0"}


def test_installed_distribution_stays_when_an_upgrade_finds_no_such_project(stage: Stage) -> None:
    """What no repository has can still be what is installed."""
    stage.repository("pypi")
    assert stage.pins("spam", upgrade=["spam"]) == {"spam": "1.0", "eggs": "1.0"}


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_is_chosen_anew_when_everything_is(stage: Stage) -> None:
    """`--force-reinstall`: nothing that is installed counts."""
    assert chosen_anew(stage, "spam", reinstall=True) == {"spam": "2.0", "eggs": "2.0"}


def test_installed_dependency_gives_way_when_a_new_project_needs_another(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Its own project has not asked for it, but the set must fit together."""
    pypi.has("ham", "1.0", requires=["eggs>=2"])
    assert chosen_anew(stage, "ham", "spam") == {"ham": "1.0", "eggs": "2.0"}


@pytest.mark.usefixtures("pypi")
def test_installed_prerelease_will_do_when_it_is_in_range(stage: Stage) -> None:
    """It was chosen once; nobody takes it away without being asked."""
    stage.installed.has("spam", "2.1rc1")
    (pin,) = pins_of(stage.resolve("spam>=2", no_dependencies=True))
    assert isinstance(pin.chosen, InstalledDistribution)


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_brings_its_missing_dependencies(stage: Stage) -> None:
    """A broken environment is mended on the way."""
    stage.installed.has("spam", "1.0", requires=["eggs>=2"])
    assert chosen_anew(stage, "spam") == {"eggs": "2.0"}


@pytest.mark.usefixtures("pypi")
def test_installed_distribution_gives_way_when_its_own_needs_do_not_fit(stage: Stage) -> None:
    """It is in range, but holds back what the user asks for; another release does not."""
    stage.installed.has("spam", "1.5", requires=["eggs<2"])
    assert chosen_anew(stage, "spam", "eggs>=2") == {"spam": "2.0", "eggs": "2.0"}


def test_upgrade_is_not_refused_for_a_file_that_it_would_not_take(stage: Stage) -> None:
    """What is withheld counts where it would be chosen, not where it is older than the rest."""
    corp = stage.repository("corp")
    corp.has("spam", "1.0", url="https://elsewhere.example/spam.whl", hashes=())
    stage.installed.has("spam", "2.0")
    attempt = stage.resolve("spam", upgrade=["spam"])
    assert attempt.withheld == ()
    assert [str(pin.version) for pin in pins_of(attempt)] == ["2.0"]
