"""Laws of resolution: equal inputs, equal results, however the answers come in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Pin, Resolution
from xpip.core.resolution import Attempt

NAMES = ("spam", "eggs", "ham", "bacon")
VERSIONS = ("1.0", "2.0", "3.0rc1")
SPECIFIERS = ("", ">=2", "<2", "==1.0", "[fast]", "[fast]>=2", "; extra == 'fast'")

needs = st.tuples(st.sampled_from(NAMES), st.sampled_from(SPECIFIERS)).map("".join)
release = st.tuples(
    st.sampled_from(("pypi", "pypi", "pypi", "corp")),
    st.sampled_from(NAMES),
    st.sampled_from(VERSIONS),
    st.lists(needs, max_size=2),
)
universes = st.lists(
    release, min_size=3, max_size=10, unique_by=lambda entry: (entry[0], entry[1], entry[2])
)
requests = st.lists(needs.filter(lambda text: ";" not in text), min_size=1, max_size=3, unique=True)


def stage_of(universe: list[tuple[str, str, str, list[str]]]) -> Stage:
    stage = Stage()
    stage.repository("pypi")
    stage.repository("corp")
    for repository, name, version, requires in universe:
        stage.repository(repository).has(name, version, requires=requires, provides=["fast"])
    return stage


def told(pin: Pin) -> tuple[object, ...]:
    """A pin as values: candidates of two runs are two objects."""
    assert isinstance(pin.chosen, Candidate)
    chosen = pin.chosen
    return chosen.file, chosen.origin, pin.metadata, pin.extras, pin.required_by, pin.requested


def essence(attempt: Attempt) -> tuple[object, ...]:
    """All that an attempt came to."""
    outcome = attempt.outcome
    pins = tuple(map(told, outcome.pins)) if isinstance(outcome, Resolution) else outcome
    verdicts = [finding.verdict for finding in attempt.findings]
    return pins, verdicts, attempt.direct_references


@given(universes, requests, st.randoms(use_true_random=False))
def test_attempt_does_not_depend_on_the_order_in_which_answers_arrive(
    universe: list[tuple[str, str, str, list[str]]], wanted: list[str], chance: Random
) -> None:
    """A fast server gains nothing, and two runs of one request are one."""
    at_once = stage_of(universe).resolve(*wanted)
    stage = stage_of(universe)
    stage.next_arrival = chance.randrange
    assert essence(stage.resolve(*wanted)) == essence(at_once)


@given(universes, requests)
def test_resolution_satisfies_every_requirement(
    universe: list[tuple[str, str, str, list[str]]], wanted: list[str]
) -> None:
    """Whatever is pinned fits: what the user asked for, and what every pin needs."""
    outcome = stage_of(universe).resolve(*wanted).outcome
    if not isinstance(outcome, Resolution):
        return
    pinned: dict[str, Pin] = {pin.project: pin for pin in outcome.pins}
    demands = [Requirement(text) for text in wanted]
    for pin in outcome.pins:
        for requirement in pin.metadata.requires:
            extras = pin.extras or {""}
            if requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in extras
            ):
                demands.append(requirement)
    for demand in demands:
        assert demand.specifier.contains(pinned[demand.name].version, prereleases=True)
        assert demand.extras <= pinned[demand.name].extras


FINALS = ("1.0", "2.0", "3.0")
LIMITS = ("", "<2", ">=2", "==1.0", "==2.0", "!=2.0", "<3", "[fast]", "[fast]<3")

limited = st.tuples(st.sampled_from(NAMES), st.sampled_from(LIMITS)).map("".join)
optional = limited.map(lambda text: f"{text}; extra == 'fast'")
worlds = st.fixed_dictionaries(
    {
        name: st.dictionaries(
            st.sampled_from(FINALS), st.lists(limited | optional, max_size=3), min_size=1
        )
        for name in NAMES
    }
)
World = dict[str, dict[str, list[str]]]


@settings(max_examples=200)
@given(worlds, st.lists(limited, min_size=1, max_size=3, unique=True))
def test_resolution_finds_a_set_whenever_there_is_one(world: World, wanted: list[str]) -> None:
    """What is learned of a dead end, and given up for it, was never a part of any solution."""
    stage = Stage()
    pypi = stage.repository("pypi")
    for name, releases in world.items():
        for version, requires in releases.items():
            pypi.has(name, version, requires=requires, provides=["fast"])
    found = isinstance(stage.resolve(*wanted).outcome, Resolution)
    sets = product(*([None, *world[name]] for name in NAMES))
    assert found == any(holds(dict(zip(NAMES, each, strict=True)), world, wanted) for each in sets)


def holds(chosen: Mapping[str, str | None], world: World, wanted: list[str]) -> bool:
    """Whether these releases satisfy all that is wanted, and one another."""
    waiting = [Requirement(text) for text in wanted]
    met: set[tuple[str, bool]] = set()
    while waiting:
        needed = waiting.pop()
        version = chosen[needed.name]
        if version is None or not needed.specifier.contains(version):
            return False
        key = (needed.name, "fast" in needed.extras)
        if key not in met:
            met.add(key)
            own = [Requirement(text) for text in world[needed.name][version]]
            waiting += [each for each in own if each.marker is None or needed.extras]
    return True


NAMED = ("", "", "<2", ">=2", "==1.0", ">=2.0rc1", "==1.0b1", "==2.0", "[fast]", "[fast]>=2.0rc1")
naming = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMED)).map("".join)
fickle_worlds = st.fixed_dictionaries(
    {
        name: st.dictionaries(
            st.sampled_from(("1.0b1", "1.0", "2.0rc1", "2.0")),
            st.tuples(
                st.booleans(),
                st.lists(naming | naming.map(lambda text: f"{text}; extra == 'fast'"), max_size=3),
            ),
            min_size=1,
        )
        for name in NAMES
    }
)
FickleWorld = dict[str, dict[str, tuple[bool, list[str]]]]


@settings(max_examples=300)
@given(fickle_worlds, st.lists(naming, min_size=1, max_size=3, unique=True))
def test_resolution_finds_a_set_of_what_its_own_requirements_admit(
    world: FickleWorld, wanted: list[str]
) -> None:
    """A pre-release or yanked file that one of them names is there for all of them."""
    stage = Stage()
    pypi = stage.repository("pypi")
    for name, releases in world.items():
        for version, (yanked, requires) in releases.items():
            pypi.has(name, version, requires=requires, provides=["fast"], yanked=yanked)
    found = isinstance(stage.resolve(*wanted).outcome, Resolution)
    sets = product(*([None, *world[name]] for name in NAMES))
    assert found or not any(
        grows(dict(zip(NAMES, each, strict=True)), world, wanted) for each in sets
    )


def grows(chosen: Mapping[str, str | None], world: FickleWorld, wanted: list[str]) -> bool:
    """Whether these releases satisfy all, each one offered before anything that it needs counts."""
    demands = [Requirement(text) for text in wanted]
    settled: set[tuple[str, bool]] = set()
    while True:
        waiting = {(each.name, "fast" in each.extras) for each in demands} - settled
        ready = [
            key for key in waiting if is_offered(chosen[key[0]], world[key[0]], demands, key[0])
        ]
        if not ready:
            break
        for key in ready:
            settled.add(key)
            _, requires = world[key[0]][chosen[key[0]] or ""]
            needed = [Requirement(text) for text in requires]
            demands += [each for each in needed if each.marker is None or key[1]]
    return not waiting and all(
        each.specifier.contains(chosen[each.name] or "", prereleases=True) for each in demands
    )


def is_offered(
    version: str | None,
    releases: dict[str, tuple[bool, list[str]]],
    demands: list[Requirement],
    name: str,
) -> bool:
    """PEP 440 and PEP 592, for all that is demanded of one project so far."""
    specifier = SpecifierSet()
    for each in demands:
        specifier &= each.specifier if each.name == name else SpecifierSet()
    in_range = list(specifier.filter(releases, prereleases=True))
    good = [each for each in in_range if not releases[each][0]]
    finals = [each for each in good if not Version(each).is_prerelease]
    if not specifier.prereleases:
        good = finals or good
    pinned = any(each.operator == "==" for each in specifier)
    return version in (good or (in_range if pinned else ()))
