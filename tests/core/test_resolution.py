"""Which version of each project is pinned, and how a resolution ends when none will do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage, pins_of

from xpip.core.decisions import Candidate, Cause, Impasse, Interruption, Resolution, Ruling
from xpip.core.facts import InvalidMetadata, ProjectStatus
from xpip.core.resolution import Attempt
from xpip.errors import ExitCode, Reason, ResolutionError


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi")


def causes_of(attempt: Attempt) -> set[tuple[str, str | None]]:
    """Requirement, and who asks for it, of each cause of an impasse."""
    assert isinstance(attempt.outcome, Impasse), attempt.outcome
    return {(cause.requirement, cause.required_by) for cause in attempt.outcome.causes}


def rulings_of(attempt: Attempt) -> dict[str, Ruling]:
    """The ruling on every project that the resolution met."""
    return {finding.project: finding.verdict.ruling for finding in attempt.findings}


# Choosing


def test_resolution_pins_the_newest_release_in_range(stage: Stage, pypi: MemoryRepository) -> None:
    """Version order, not the order of the page."""
    pypi.has("spam", "1.10").has("spam", "2.0").has("spam", "1.9")
    assert stage.pins("spam<2") == {"spam": "1.10"}


def test_resolution_pins_what_the_request_needs(stage: Stage, pypi: MemoryRepository) -> None:
    """All of it, and sorted by name."""
    pypi.has("spam", "1.0", requires=["eggs>=2", "bacon"]).has("eggs", "2.1").has("bacon", "1.0")
    assert list(stage.pins("spam").items()) == [("bacon", "1.0"), ("eggs", "2.1"), ("spam", "1.0")]


def test_resolution_tells_who_needs_each_pin(stage: Stage, pypi: MemoryRepository) -> None:
    """What the user named is told from what came with it."""
    pypi.has("spam", "1.0", requires=["eggs"]).has("ham", "1.0", requires=["eggs"]).has(
        "eggs", "1.0"
    )
    pins = {pin.project: pin for pin in pins_of(stage.resolve("spam", "ham"))}
    assert {name: pin.required_by for name, pin in pins.items()} == {
        "spam": (),
        "ham": (),
        "eggs": ("ham", "spam"),
    }
    assert [name for name, pin in pins.items() if pin.requested] == ["ham", "spam"]


def test_resolution_goes_back_to_an_older_release_when_the_newest_does_not_fit(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Spam 2 needs eggs that ham forbids, so spam 1 it is."""
    pypi.has("spam", "2.0", requires=["eggs>=2"]).has("spam", "1.0", requires=["eggs"])
    pypi.has("ham", "1.0", requires=["eggs<2"]).has("eggs", "2.0").has("eggs", "1.0")
    assert stage.pins("spam", "ham") == {"spam": "1.0", "ham": "1.0", "eggs": "1.0"}


def test_resolution_pins_projects_that_need_one_another(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """A cycle is allowed."""
    pypi.has("spam", "1.0", requires=["eggs"]).has("eggs", "1.0", requires=["spam"])
    assert stage.pins("spam") == {"spam": "1.0", "eggs": "1.0"}


def test_resolution_leaves_a_requirement_out_when_its_marker_does_not_hold(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Markers are read with the target's environment, never with this machine's."""
    pypi.has("spam", "1.0", requires=["eggs; sys_platform == 'win32'", "ham; python_version<'4'"])
    pypi.has("ham", "1.0")
    assert stage.pins("spam") == {"spam": "1.0", "ham": "1.0"}


# Pre-releases and yanked files


def test_resolution_leaves_prereleases_aside(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 440: they are for those who ask."""
    pypi.has("spam", "2.0rc1").has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_resolution_pins_a_prerelease_when_the_specifier_names_one(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """PEP 440: naming one is asking."""
    pypi.has("spam", "2.0rc1").has("spam", "1.0")
    assert stage.pins("spam>=2.0rc1") == {"spam": "2.0rc1"}


def test_resolution_pins_a_prerelease_when_there_is_nothing_else(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """PEP 440: better than nothing."""
    pypi.has("spam", "2.0rc1")
    assert stage.pins("spam") == {"spam": "2.0rc1"}


def test_resolution_pins_a_prerelease_when_the_policy_allows_it() -> None:
    """`--pre` speaks for every project."""
    stage = Stage(prereleases=True)
    stage.repository("pypi").has("spam", "2.0rc1").has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "2.0rc1"}


def test_resolution_pins_a_prerelease_when_only_one_of_two_requirements_names_it(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """What is offered and what is accepted must not disagree."""
    pypi.has("spam", "1.0", requires=["eggs>=2.0b1"]).has("eggs", "2.0b2").has("eggs", "1.0")
    assert stage.pins("eggs", "spam")["eggs"] == "2.0b2"


def test_resolution_passes_a_yanked_release_over(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 592: its authors took it back."""
    pypi.has("spam", "2.0", yanked="broken").has("spam", "1.0")
    assert stage.pins("spam>=1") == {"spam": "1.0"}


def test_resolution_pins_a_yanked_release_when_it_is_pinned_exactly(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """PEP 592: who names the very version has chosen it."""
    pypi.has("spam", "2.0", yanked=True).has("spam", "1.0")
    assert stage.pins("spam==2.0") == {"spam": "2.0"}


@pytest.mark.parametrize("requirement", ["spam", "spam>=2.0", "spam==2.*", "spam~=2.0"])
def test_resolution_finds_nothing_when_all_in_range_is_yanked(
    stage: Stage, pypi: MemoryRepository, requirement: str
) -> None:
    """PEP 592: a range or a wildcard pins nothing."""
    pypi.has("spam", "2.0", yanked=True)
    assert isinstance(stage.resolve(requirement).outcome, Impasse)


def test_resolution_waits_for_a_requirement_that_names_a_prerelease(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """That no final release will do is no dead end while others may still ask for more."""
    pypi.has("spam", "1.0", requires=["eggs<3"]).has("ham", "1.0", requires=["eggs>=2.0rc1"])
    pypi.has("eggs", "1.0", requires_python=">=4", page_tells_python=False).has("eggs", "2.0rc1")
    assert stage.pins("spam", "ham") == {"spam": "1.0", "ham": "1.0", "eggs": "2.0rc1"}


def test_resolution_goes_back_to_an_older_release_that_names_a_prerelease(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Any pin can be the one in whose stead somebody would have named it."""
    pypi.has("spam", "1.0", requires=["eggs<3"])
    pypi.has("ham", "2.0").has("ham", "1.0", requires=["eggs>=2.0rc1"])
    pypi.has("eggs", "1.0", requires_python=">=4", page_tells_python=False).has("eggs", "2.0rc1")
    assert stage.pins("spam", "ham") == {"spam": "1.0", "ham": "1.0", "eggs": "2.0rc1"}


def test_resolution_waits_for_a_requirement_that_pins_a_yanked_release(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """PEP 592: in whichever order the two that need it are looked at."""
    pypi.has("spam", "1.0", requires=["eggs>=2"]).has("ham", "1.0", requires=["eggs==2.0"])
    pypi.has("eggs", "2.0", yanked=True).has("eggs", "1.0")
    assert stage.pins("spam", "ham") == {"spam": "1.0", "ham": "1.0", "eggs": "2.0"}


def test_resolution_never_looks_into_a_prerelease_that_nobody_named(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Waiting for somebody to name it is not trying it."""
    pypi.has("spam", "1.0", requires=["eggs"]).has("eggs", "2.0rc1")
    pypi.has("eggs", "1.0", requires_python=">=4", page_tells_python=False)
    assert causes_of(stage.resolve("spam")) == {("eggs", "spam 1.0"), ("Python >=4", "eggs 1.0")}
    assert not [what for what in stage.repositories.asked("pypi") if "2.0rc1" in what]


# Causes


def test_resolution_tells_both_sides_of_a_diamond(stage: Stage, pypi: MemoryRepository) -> None:
    """Two projects need one thing in two ways: both are named."""
    pypi.has("spam", "1.0", requires=["eggs<2"]).has("ham", "1.0", requires=["eggs>=2"])
    pypi.has("eggs", "1.0").has("eggs", "2.0")
    assert causes_of(stage.resolve("spam", "ham")) == {
        ("eggs <2", "spam 1.0"),
        ("eggs >=2", "ham 1.0"),
    }


def test_resolution_tells_the_requirement_that_nothing_satisfies(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """The cause carries project and specifier as values, to look up what was passed over."""
    pypi.has("spam", "1.0")
    outcome = stage.resolve("spam>=2").outcome
    assert isinstance(outcome, Impasse)
    (cause,) = outcome.causes
    assert (cause.project, str(cause.specifier), cause.required_by) == ("spam", ">=2", None)


def test_resolution_passes_a_release_over_when_its_metadata_needs_another_python(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Also where the page does not tell it."""
    pypi.has("spam", "2.0", requires_python=">=4", page_tells_python=False).has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_resolution_tells_requires_python_as_a_cause(stage: Stage, pypi: MemoryRepository) -> None:
    """The interpreter is one more thing that a release needs."""
    pypi.has("spam", "1.0", requires_python=">=4", page_tells_python=False)
    outcome = stage.resolve("spam").outcome
    assert outcome == Impasse(
        causes=(
            Cause(requirement="Python >=4", required_by="spam 1.0", project=None, specifier=None),
        )
    )


def test_resolution_passes_a_release_over_when_its_metadata_is_invalid(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Half a set of requirements is no set."""
    pypi.has("spam", "2.0", metadata=InvalidMetadata(detail="no Name")).has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_resolution_tells_invalid_metadata_as_a_cause(stage: Stage, pypi: MemoryRepository) -> None:
    """When nothing else is left, the reason is not lost."""
    pypi.has("spam", "1.0", metadata=InvalidMetadata(detail="no Name field"))
    ((requirement, required_by),) = causes_of(stage.resolve("spam"))
    assert "no Name field" in requirement
    assert required_by == "spam 1.0"


# Missing answers


def test_resolution_stops_when_a_repository_is_unavailable(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Not read as absence, though another repository has the project."""
    pypi.has("spam", "1.0", requires=["eggs"]).has("eggs", "1.0")
    stage.repository("corp").fails("eggs", Reason.UNREACHABLE)
    outcome = stage.resolve("spam").outcome
    assert isinstance(outcome, Interruption)
    assert outcome.outages[0].project == "eggs"
    assert [each.answer.reason for each in outcome.outages] == [Reason.UNREACHABLE]


def test_resolution_stops_when_metadata_cannot_be_had(stage: Stage, pypi: MemoryRepository) -> None:
    """An older release must not be chosen because a server stumbled over the newest."""
    pypi.has("spam", "2.0", metadata=Reason.HTTP_STATUS).has("spam", "1.0")
    outcome = stage.resolve("spam").outcome
    assert isinstance(outcome, Interruption)
    assert outcome.outages[0].answer.url.endswith("spam-2.0-py3-none-any.whl")


def test_resolution_ends_well_when_an_outage_concerns_nothing_it_needs(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """What was asked ahead, and is not needed after all, may fail."""
    pypi.has("spam", "2.0", requires=["eggs", "ham>=9"]).has("spam", "1.0")
    pypi.has("ham", "1.0").has("eggs", "1.0", metadata=Reason.HTTP_STATUS)
    stage.next_arrival = lambda _: 0
    assert stage.pins("spam", "ham") == {"spam": "1.0", "ham": "1.0"}


def test_resolution_finds_nothing_when_every_repository_says_no(stage: Stage) -> None:
    """A plain no is an answer, and a finding."""
    stage.repository("pypi")
    attempt = stage.resolve("spam")
    assert causes_of(attempt) == {("spam", None)}
    assert rulings_of(attempt) == {"spam": Ruling.ABSENT}


# Conflicts


def in_conflict(stage: Stage, project: str, requires: Sequence[str] = ()) -> None:
    """Let two repositories hold a project that nothing links."""
    for name in ("pypi", "corp"):
        stage.repository(name).has(project, "1.0", requires=requires)


def test_resolution_meets_further_conflicts_behind_a_conflict(stage: Stage) -> None:
    """All conflicts of a run are found at once, so that the user settles them at once."""
    in_conflict(stage, "spam", requires=["eggs"])
    in_conflict(stage, "eggs", requires=["ham"])
    stage.repository("pypi").has("ham", "1.0")
    assert rulings_of(stage.resolve("spam")) == {
        "spam": Ruling.CONFLICT,
        "eggs": Ruling.CONFLICT,
        "ham": Ruling.SOLE,
    }


def test_resolution_keeps_a_conflict_that_it_met_on_an_abandoned_branch(stage: Stage) -> None:
    """A collision that the resolver went around is an attack that nobody would see."""
    in_conflict(stage, "eggs")
    stage.repository("pypi").has("spam", "2.0", requires=["eggs>=9"]).has("spam", "1.0")
    attempt = stage.resolve("spam")
    assert [(pin.project, str(pin.version)) for pin in pins_of(attempt)] == [("spam", "1.0")]
    assert rulings_of(attempt)["eggs"] is Ruling.CONFLICT


def test_resolution_keeps_a_quarantine_that_it_met_on_an_abandoned_branch(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """The same holds for every refusal."""
    pypi.says("eggs", status=ProjectStatus.QUARANTINED)
    pypi.has("spam", "2.0", requires=["eggs"]).has("spam", "1.0")
    assert rulings_of(stage.resolve("spam"))["eggs"] is Ruling.QUARANTINED


def test_resolution_reports_a_direct_reference_in_metadata(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """No repository vouches for it; who asks for it is told."""
    pypi.has("spam", "1.0", requires=["eggs @ https://x.example/eggs.whl"]).has("eggs", "1.0")
    (reference,) = stage.resolve("spam").direct_references
    assert (reference.project, reference.required_by) == ("eggs", "spam 1.0")
    assert reference.url == "https://x.example/eggs.whl"


def test_resolution_reports_no_direct_reference_that_does_not_apply(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Its marker does not hold, so nobody asks for it."""
    pypi.has("spam", "1.0", requires=["eggs @ https://x.example/e.whl ; os_name == 'nt'"])
    assert stage.resolve("spam").direct_references == ()


# Without dependencies


def test_resolution_pins_only_what_is_named_when_told_so(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """`--no-deps`: no other name is even asked for."""
    pypi.has("spam", "1.0", requires=["eggs", "ham; extra == 'fast'"])
    assert stage.pins("spam[fast]", no_dependencies=True) == {"spam": "1.0"}


def test_resolution_pins_files_with_the_origin_that_discovery_gave_them(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Where a file comes from was decided before, and is carried on."""
    pypi.has("spam", "1.0")
    (pin,) = pins_of(stage.resolve("spam"))
    assert isinstance(pin.chosen, Candidate)
    assert (pin.chosen.origin.group, pin.chosen.origin.ruling) == ("pypi", Ruling.SOLE)


def test_resolution_gives_up_what_caused_a_dead_end_and_nothing_else(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Ten projects need what the conflict is about, too; none of them can change it."""
    for number in range(10):
        for version in ("1.0", "2.0"):
            pypi.has(f"bystander{number}", version, requires=["eggs"])
    pypi.has("ham", "1.0").has("ham", "2.0", requires=["spam"])
    pypi.has("spam", "1.0", requires=["eggs<2"]).has("eggs", "1.0").has("eggs", "2.0")
    bystanders = [f"bystander{number}" for number in range(10)]
    pins = stage.pins("ham", *bystanders, "eggs>=2")
    assert pins == {"ham": "1.0", "eggs": "2.0", **dict.fromkeys(bystanders, "2.0")}
    asked = stage.repositories.asked("pypi")
    assert not [each for each in asked if each.startswith("bystander") and "-1.0-" in each]


def test_resolution_tells_why_the_newest_releases_do_not_fit(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """As boto3 is caught by an old urllib3: down to the requirements that exclude each other."""
    for version in ("1.0", "2.0", "3.0"):
        pypi.has("spam", version, requires=[f"eggs=={version}"])
        pypi.has("eggs", version, requires=["ham>=2"])
    pypi.has("ham", "1.0").has("ham", "2.0")
    assert causes_of(stage.resolve("spam", "ham<2")) == {
        ("eggs ==3.0", "spam 3.0"),
        ("ham >=2", "eggs 3.0"),
        ("ham <2", None),
    }


def test_resolution_ends_when_two_pins_would_replace_each_other_for_ever(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Each release of one wants the other release of the other."""
    pypi.has("spam", "1.0", requires=["eggs<2"]).has("spam", "2.0", requires=["eggs>=2"])
    pypi.has("eggs", "1.0", requires=["spam>=2"]).has("eggs", "2.0", requires=["spam<2"])
    assert isinstance(stage.resolve("spam", "eggs").outcome, Impasse)


def test_resolution_ends_where_abandoned_projects_need_one_another(stage: Stage) -> None:
    """A cycle that nothing leads to any more is left out, and is not followed for ever."""
    corp = stage.repository("corp")
    corp.has("spam", "2.0", requires=["ham==1.0", "eggs"]).has("spam", "1.0")
    corp.has("eggs", "1.0", requires=["bacon"])
    corp.has("bacon", "1.0", requires=["eggs", "ham==2.0"])
    corp.has("ham", "1.0", requires=["bacon"]).has("ham", "2.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_resolution_forgets_what_a_pin_needed_when_nothing_asks_for_it_any_more(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """It may be replaced later: by then nobody must be left to blame who is not pinned."""
    pypi.has("spam", "2.2", requires=["eggs<2"])
    pypi.has("spam", "2.0", requires=["spam[x]", "spam>2; extra == 'x'"], provides=["x"])
    pypi.has("eggs", "1.0", requires=["spam<=2.1", "eggs[x]<2.1"], provides=["x"])
    pypi.has("eggs", "2.0", provides=["x"])
    assert ("eggs <2", "spam 2.2") in causes_of(stage.resolve("spam>=1.1"))


def test_resolution_that_takes_too_long_ends_as_an_error_that_says_so(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Neither an answer nor a proof that there is none: nothing is called impossible."""
    pypi.has("spam", "1.0", requires=["eggs"]).has("eggs", "1.0", requires=["ham"])
    pypi.has("ham", "1.0")
    outcome = stage.resolve("spam", max_rounds=3).outcome
    assert isinstance(outcome, Interruption)
    (failure,) = outcome.failures
    assert isinstance(failure, ResolutionError)
    assert (failure.reference, failure.exit_code) == (
        Reason.RESOLUTION_CONFLICT,
        ExitCode.UNRESOLVED,
    )
    assert "No answer was found in 3 attempts" in str(failure)
    assert isinstance(stage.resolve("spam", max_rounds=4).outcome, Resolution)
