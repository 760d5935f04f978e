"""Extras: resolved beside their project, of the same file, and installing nothing themselves."""

from __future__ import annotations

import pytest
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage, pins_of

from xpip.core.decisions import Impasse


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi")


def test_extra_adds_its_requirements(stage: Stage, pypi: MemoryRepository) -> None:
    """The base keeps its own, and each project is pinned once."""
    pypi.has("spam", "1.0", requires=["ham", "eggs; extra == 'fast'"], provides=["fast"])
    pypi.has("eggs", "1.0").has("ham", "1.0")
    assert stage.pins("spam[fast]") == {"spam": "1.0", "eggs": "1.0", "ham": "1.0"}
    assert stage.pins("spam") == {"spam": "1.0", "ham": "1.0"}


def test_extra_is_known_in_any_spelling(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 685: names of extras are normalised like names of projects."""
    pypi.has("spam", "1.0", requires=["eggs; extra == 'Very_Fast'"], provides=["Very_Fast"])
    pypi.has("eggs", "1.0")
    assert stage.pins("spam[very.FAST]") == {"spam": "1.0", "eggs": "1.0"}


def test_extra_that_refers_to_extras_of_its_own_project_adds_theirs(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """`all = ["spam[fast,safe]"]` is how projects bundle their extras."""
    requires = [
        "spam[fast,safe]; extra == 'all'",
        "eggs; extra == 'fast'",
        "ham; extra == 'safe'",
    ]
    pypi.has("spam", "1.0", requires=requires, provides=["all", "fast", "safe"])
    pypi.has("eggs", "1.0").has("ham", "1.0")
    assert stage.pins("spam[all]") == {"spam": "1.0", "eggs": "1.0", "ham": "1.0"}


def test_extras_of_a_pin_are_those_that_anybody_asked_for(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Reports and locks say them."""
    pypi.has("spam", "1.0", provides=["fast", "safe"]).has("ham", "1.0", requires=["spam[safe]"])
    (_, spam) = pins_of(stage.resolve("ham", "spam[fast]"))
    assert spam.extras == {"fast", "safe"}


def test_prerelease_that_is_named_without_an_extra_is_there_for_the_extra(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """They are one distribution, so who asks for one asks for the other."""
    pypi.has("spam", "2.0rc1", provides=["fast"]).has("spam", "1.0", provides=["fast"])
    assert stage.pins("spam[fast]", "spam>=2.0rc1") == {"spam": "2.0rc1"}


def test_unknown_extra_adds_nothing_and_is_kept_on_the_pin(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """It is worth a notice, as in pip, not a refusal."""
    pypi.has("spam", "1.0")
    (pin,) = pins_of(stage.resolve("spam[nope]"))
    assert pin.project == "spam"
    assert pin.extras == {"nope"}


def test_extra_and_base_are_one_release_when_only_the_base_is_bounded(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """A bound that comes up late brings the extra down with its base."""
    pypi.has("spam", "2.0", provides=["fast"]).has("spam", "1.0", provides=["fast"])
    pypi.has("ham", "1.0", requires=["spam<2"])
    assert stage.pins("spam[fast]", "ham") == {"spam": "1.0", "ham": "1.0"}


def test_extras_of_one_project_agree_on_its_release(stage: Stage, pypi: MemoryRepository) -> None:
    """Two extras with two bounds meet in one file."""
    for version in ("1.0", "2.0", "3.0"):
        pypi.has("spam", version, provides=["fast", "safe"])
    assert stage.pins("spam[fast]<3", "spam[safe]!=2.0") == {"spam": "1.0"}


def test_extras_that_cannot_agree_are_an_impasse(stage: Stage, pypi: MemoryRepository) -> None:
    """There is no such thing as half a project in two versions."""
    pypi.has("spam", "2.0", provides=["fast"]).has("spam", "1.0", provides=["fast"])
    assert isinstance(stage.resolve("spam[fast]<2", "spam>=2").outcome, Impasse)


def test_resolution_goes_back_when_an_extra_needs_what_is_not_there(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """The base alone would have fitted; the extra does not."""
    pypi.has("spam", "2.0", requires=["eggs>=2; extra == 'fast'"], provides=["fast"])
    pypi.has("spam", "1.0", requires=["eggs; extra == 'fast'"], provides=["fast"])
    pypi.has("eggs", "1.0")
    assert stage.pins("spam[fast]") == {"spam": "1.0", "eggs": "1.0"}


def test_extra_of_an_installed_project_adds_what_is_missing(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """The base stays, and only the extra's requirement is new."""
    stage.installed.has("spam", "1.0", requires=["eggs; extra == 'fast'"], provides=["fast"])
    pypi.has("spam", "2.0").has("eggs", "1.0")
    assert stage.pins("spam[fast]") == {"spam": "1.0", "eggs": "1.0"}
    assert "spam" not in stage.repositories.asked("pypi")
