"""The law of what stands: it is what resolving comes to without asking anybody, and no less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.support.stage import Stage
from tests.support.wanted import parse_requirements

from xpip.core.decisions import Resolution
from xpip.core.dependencies import as_dependency
from xpip.core.resolution import Constraint
from xpip.core.standing import standing_pins

NAMES = ("spam", "eggs", "ham", "bacon")
SPECIFIERS = (
    "",
    "",
    ">=2",
    "<2",
    "[fast]",
    "[fast,slow]",
    "; extra == 'fast'",
    "; python_version < '3'",
)
needs = st.tuples(st.sampled_from(NAMES), st.sampled_from(SPECIFIERS)).map("".join)
distributions = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(
        st.sampled_from(("1.0", "2.0", "3.0rc1")),
        st.lists(needs, max_size=3),
        st.sampled_from((None, None, None, ">=3", "<3")),
    ),
    min_size=2,
)
requests = st.lists(needs.filter(lambda text: ";" not in text), min_size=1, max_size=3, unique=True)
limits = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((">=1", "<2.5")), max_size=2)
Installed = dict[str, tuple[str, list[str], str | None]]


def stage_of(installed: Installed) -> Stage:
    """An environment, and a repository that has other releases of everything."""
    stage = Stage()
    pypi = stage.repository("pypi")
    for name in NAMES:
        pypi.has(name, "2.5")
    for name, (version, requires, python) in installed.items():
        stage.installed.has(name, version, requires=requires, python=python)
    return stage


@given(distributions, requests, limits, st.booleans())
def test_what_stands_is_what_resolving_leaves_alone(
    installed: Installed, wanted: list[str], limited: dict[str, str], deep: bool
) -> None:
    """The same pins, extras and reasons; and nothing stands where a repository was asked."""
    stage = stage_of(installed)
    attempt = stage.resolve(
        *wanted,
        constraints={
            canonicalize_name(name): Constraint(specifier=Requirement(f"x{text}").specifier)
            for name, text in limited.items()
        },
        no_dependencies=not deep,
    )
    asked_nobody = not stage.repositories.log and isinstance(attempt.outcome, Resolution)
    standing = standing_pins(
        parse_requirements(wanted, stage.target),
        [as_dependency(Requirement(f"{name}{text}")) for name, text in limited.items()],
        stage.installed,
        stage.target,
        with_dependencies=deep,
    )
    assert (standing is not None) is asked_nobody
    if standing is not None:
        assert isinstance(attempt.outcome, Resolution)
        assert standing == attempt.outcome.pins
