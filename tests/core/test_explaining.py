"""The decision of a run, laid out: the values that decided, and nothing derived again."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.maps import mapping, rule
from tests.support.stage import Stage
from tests.support.wanted import parse_requirements

from xpip.core.decisions import RejectionReason, Resolution
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.explaining import Explainer, Explanation
from xpip.core.resolution import Constraint, Request, resolve

REPOSITORIES = """
[repositories]
corp = ["https://corp.example/simple/"]
pypi = ["https://pypi.example/simple/"]
"""


def explained(
    stage: Stage,
    *requirements: str,
    name: str = "spam",
    constraint: str | None = None,
    **options: Any,
) -> Explanation:
    """The explanation of one name in a run that asks for these."""
    discovery = stage.discovery()
    limits = (
        {
            canonicalize_name(name): Constraint(
                specifier=SpecifierSet(constraint), declared_at=("c",)
            )
        }
        if constraint
        else {}
    )
    request = Request(
        dependencies=parse_requirements(requirements, stage.target), constraints=limits
    )
    attempt = resolve(
        request,
        discovery=discovery,
        repositories=stage.repositories,
        installed=stage.installed,
        target=stage.target,
    )
    explainer = Explainer(attempt, request=request, policy=stage.policy, target=stage.target)
    return explainer.explain(discovery.find(canonicalize_name(name)), **options)


@pytest.fixture
def stage() -> Stage:
    """Three versions of spam, and eggs, on corp."""
    stage = Stage()
    corp = stage.repository("corp")
    for version in ("1.0", "2.0", "3.0"):
        corp.has("spam", version)
    corp.has("eggs", "1.0", requires=["spam<3"])
    return stage


def why(stage: Stage, version: str, *requirements: str, **options: Any) -> str:
    """Why this version of spam is not chosen."""
    inquired = explained(stage, *requirements, inquired=Version(version), **options).inquired
    assert inquired is not None
    return inquired.why


def test_explanation_names_the_candidate_that_was_pinned(stage: Stage) -> None:
    """The same object: there is no second choice that could differ."""
    attempt = stage.resolve("eggs")
    assert isinstance(attempt.outcome, Resolution)
    request = Request(dependencies=parse_requirements(["eggs"], stage.target))
    explainer = Explainer(attempt, request=request, policy=stage.policy, target=stage.target)
    pins = {pin.project: pin.chosen for pin in attempt.outcome.pins}

    for finding in attempt.findings:
        assert explainer.explain(finding).chosen is pins[finding.project]


def test_explanation_shows_the_way_to_who_needs_it(stage: Stage) -> None:
    """From what the user asked for down to the project."""
    explanation = explained(stage, "eggs")

    assert explanation.path == ("eggs", "spam")
    assert [(each.by, each.requirement) for each in explanation.demands] == [("eggs 1.0", "spam<3")]


def test_explanation_tells_who_stands_against_a_newer_version(stage: Stage) -> None:
    """The requirement, and whose it is."""
    (newer,) = explained(stage, "eggs").passed_over

    assert (str(newer.version), newer.why) == ("3.0", "not asked for (eggs 1.0: spam<3)")


def test_constraint_is_a_demand_with_its_place(stage: Stage) -> None:
    """A limit that asks for nothing still decides."""
    assert why(stage, "3.0", "spam", constraint="<3") == "not asked for (you, at c: spam<3)"


def test_why_not_tells_that_the_version_is_the_chosen_one(stage: Stage) -> None:
    """A question that has this answer is no error."""
    assert why(stage, "3.0", "spam") == "it is what is chosen"


def test_why_not_tells_that_no_page_lists_the_version(stage: Stage) -> None:
    """It may be on a repository whose pages do not count."""
    assert why(stage, "7.0", "spam") == "no page that counts lists it"


def test_why_not_tells_that_a_newer_one_will_do(stage: Stage) -> None:
    """The ordinary case of an older version."""
    assert why(stage, "1.0", "spam") == "3.0 is newer, and will do"


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ({"tag": "cp39-cp39-win32"}, "[tags]"),
        ({"requires_python": ">=3.99"}, "needs Python >=3.99 [python]"),
        ({"yanked": "broken"}, "broken [yanked]"),
    ],
)
def test_why_not_gives_the_rejection_that_was_recorded(
    stage: Stage, listed: dict[str, Any], reason: str
) -> None:
    """Reasons are kept, never guessed again (semantics 6.1)."""
    stage.repository("corp").has("spam", "4.0", **listed)

    assert why(stage, "4.0", "spam").endswith(reason)


def test_why_not_tells_of_a_pre_release_that_a_final_one_will_do(stage: Stage) -> None:
    """PEP 440: pre-releases only where nothing else will do."""
    stage.repository("corp").has("spam", "4.0a1")

    assert why(stage, "4.0a1", "spam").endswith("[prerelease]")


def test_why_not_points_to_a_conflict_when_nothing_else_stands_against_it(stage: Stage) -> None:
    """The resolver left it for what it needs, which asking for it exactly shows."""
    stage.repository("corp").has("spam", "4.0", requires=["ham>9"]).has("ham", "1.0")

    assert "xpip explain spam==4.0" in why(stage, "4.0", "spam")


def test_why_not_says_of_a_refused_name_that_no_version_may_be_chosen(stage: Stage) -> None:
    """The verdict comes before any version."""
    stage.repository("pypi").has("spam", "9.0")

    assert why(stage, "9.0", "spam").startswith("no version may be chosen: several remote")


def test_name_that_nothing_needs_is_explained_as_if_asked_for(stage: Stage) -> None:
    """With -r, a name may be left over from what is asked for."""
    stage.repository("corp").has("ham", "1.0")

    explanation = explained(stage, "ham", asked=SpecifierSet("<3"))

    assert (explanation.needed, str(explanation.chosen and explanation.chosen.version)) == (
        False,
        "2.0",
    )


def test_failed_resolution_is_explained_by_what_is_asked_of_the_name_alone(stage: Stage) -> None:
    """There is no set of files that it could be part of."""
    explanation = explained(stage, "spam>2", "eggs")

    assert not explanation.settled
    assert str(explanation.chosen and explanation.chosen.version) == "3.0"


def test_nothing_is_chosen_of_a_refused_name(stage: Stage) -> None:
    """Though a resolver goes on with one page, to meet every further conflict of the run."""
    stage.repository("pypi").has("spam", "9.0")

    explanation = explained(stage, "spam")

    assert explanation.chosen is None
    assert [each.admitted for each in explanation.heard] == [False, False]


def test_nothing_is_chosen_of_a_name_whose_best_file_is_withheld() -> None:
    """An older file is not taken in silence."""
    stage = Stage(map=mapping(REPOSITORIES + rule("spam", "corp", "pypi", threshold=2)))
    stage.repository("corp").has("spam", "1.0").has("spam", "2.0")
    stage.repository("pypi").has("spam", "1.0")

    explanation = explained(stage, "spam")

    assert explanation.chosen is None
    assert explanation.withheld is not None
    assert explanation.withheld.rejection.reason is RejectionReason.THRESHOLD


def test_rules_looked_at_end_with_the_one_that_decided() -> None:
    """Those before it did not match; those after it were not looked at."""
    stage = Stage(
        map=mapping(REPOSITORIES + rule("ham", "pypi") + rule("spam", "corp") + rule("*", "pypi"))
    )
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi")

    explanation = explained(stage, "spam")

    assert [each.pattern for each in explanation.considered] == [None, "spam"]
    assert [group.name for group in explanation.unasked] == ["pypi"]


def test_rules_looked_at_end_with_the_one_that_denied() -> None:
    """A later rule that would let the name through was not reached."""
    stage = Stage(map=mapping(REPOSITORIES + rule("spam") + rule("*", "corp")))

    assert [each.pattern for each in explained(stage, "spam").considered] == ["spam"]


def test_all_rules_were_looked_at_when_none_matches() -> None:
    """The name is refused for it."""
    stage = Stage(map=mapping(REPOSITORIES + rule("ham", "corp") + rule("eggs", "corp")))

    assert [each.pattern for each in explained(stage, "spam").considered] == [None, None]


def test_later_rule_was_looked_at_when_an_earlier_one_passes_the_name_on() -> None:
    """Both are shown, in order."""
    weak = rule("spam", "corp", terminating=False)
    stage = Stage(map=mapping(REPOSITORIES + weak + rule("*", "pypi")))
    stage.repository("corp")
    stage.repository("pypi").has("spam", "1.0")

    assert [each.pattern for each in explained(stage, "spam").considered] == ["spam", "*"]


def test_unsaid_names_what_a_page_does_not_tell_of_its_newest_files() -> None:
    """What is unknown cannot meet a demand, and is shown (semantics 4.6)."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", hashes=()).says("spam", api_version="1.0")

    (heard,) = explained(stage, "spam").heard

    assert heard.unsaid == ("hashes", "sizes", "upload-times", "status")


def test_unsaid_is_empty_for_a_directory_of_ones_own() -> None:
    """Nobody uploaded anything there."""
    stage = Stage()
    stage.repository("wheelhouse", local=True).has("spam", "1.0")

    (heard,) = explained(stage, "spam").heard

    assert heard.unsaid == ()


def test_place_that_was_named_is_explained_without_asking_anybody(stage: Stage) -> None:
    """The name of what lies there is nobody else's business."""
    spam, url = canonicalize_name("spam"), "https://elsewhere.example/spam-5.0-py3-none-any.whl"
    stage.repository("corp").has("spam", "5.0", url=url)
    found = stage.repository("corp").candidate_at(spam, url)
    assert found is not None
    place = DirectRequest(kind=ReferenceKind.ARCHIVE, url=url, project=spam)
    candidate = replace(found, reference=place)
    request = Request(
        dependencies=parse_requirements(["spam"], stage.target), direct={spam: candidate}
    )
    attempt = resolve(
        request,
        discovery=stage.discovery(),
        repositories=stage.repositories,
        installed=stage.installed,
        target=stage.target,
    )
    explainer = Explainer(attempt, request=request, policy=stage.policy, target=stage.target)

    finding = explainer.placed(spam)

    assert finding is not None
    explanation = explainer.explain(finding)
    assert explanation.chosen is candidate
    assert (explanation.heard, explanation.unasked, explanation.consequences) == ((), (), ())
    assert "spam" not in stage.repositories.asked("corp")


def test_project_of_a_repository_is_no_place(stage: Stage) -> None:
    """It was asked for by name."""
    request = Request(dependencies=parse_requirements(["spam"], stage.target))
    explainer = Explainer(
        stage.resolve("spam"), request=request, policy=stage.policy, target=stage.target
    )

    assert explainer.placed(canonicalize_name("spam")) is None
