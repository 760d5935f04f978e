"""Which markers tell the machines and uses of a lock apart."""

from __future__ import annotations

import pytest
from tests.support.stage import LINUX

from xpip.core.lockfile.conditions import Conditions, check_apart, environment_marker
from xpip.core.lockfile.uses import ALWAYS, Use, UseKind, Uses
from xpip.core.machines import parse_environment, target_of
from xpip.core.policy import Target
from xpip.errors import UsageError

EVERYBODY: Uses = frozenset({ALWAYS})
WEB: Uses = frozenset({Use(kind=UseKind.EXTRA, name="web")})
DEV: Uses = frozenset({Use(kind=UseKind.GROUP, name="dev")})


def target(words: str) -> Target:
    return target_of(parse_environment(words), LINUX)


def marker(*words: str, uses: dict[int, Uses]) -> str | None:
    """The marker of a package that these numbers of machines have."""
    found = Conditions([target(each) for each in words]).marker(uses)
    return None if found is None else str(found)


def test_marker_is_missing_where_all_machines_have_a_package() -> None:
    """Which is the rule, so that most entries have none."""
    assert marker("3.12-linux", "3.12-windows", uses={0: EVERYBODY, 1: EVERYBODY}) is None


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        (("3.12-linux", "3.11-windows"), 'sys_platform == "linux"'),
        (("3.12-linux", "3.11-linux"), 'python_version == "3.12"'),
        (("3.12-linux", "3.12-linux-aarch64"), 'platform_machine == "x86_64"'),
        (("3.11-linux", "pypy3.11-linux"), 'implementation_name == "cpython"'),
        (
            ("3.12-linux", "3.11-linux", "3.12-windows"),
            'sys_platform == "linux" and python_version == "3.12"',
        ),
    ],
)
def test_marker_says_no_more_than_it_has_to(machines: tuple[str, ...], expected: str) -> None:
    """The lock's `environments` say which machines there are."""
    assert marker(*machines, uses={0: EVERYBODY}) == expected


def test_marker_names_every_machine_that_has_a_package() -> None:
    """In an order of its own."""
    machines = ("3.12-linux", "3.12-macos", "3.12-windows")
    expected = 'sys_platform == "darwin" or sys_platform == "linux"'
    assert marker(*machines, uses={0: EVERYBODY, 1: EVERYBODY}) == expected


def test_marker_names_extras_and_groups() -> None:
    """PEP 751's own operators; never the `extra == …` of metadata."""
    expected = '"web" in extras or "dev" in dependency_groups'
    assert marker("3.12-linux", uses={0: WEB | DEV}) == expected


def test_marker_names_no_use_of_what_is_always_needed() -> None:
    """An extra that needs it too changes nothing."""
    assert marker("3.12-linux", uses={0: WEB | EVERYBODY}) is None


def test_marker_is_missing_where_only_further_uses_differ() -> None:
    """It is always installed on both."""
    assert marker("3.12-linux", "3.12-windows", uses={0: EVERYBODY, 1: WEB | EVERYBODY}) is None


def test_marker_joins_machines_and_uses() -> None:
    """In brackets where both have alternatives."""
    machines = ("3.12-linux", "3.12-macos", "3.12-windows")
    expected = (
        '(sys_platform == "darwin" or sys_platform == "linux") and '
        '("web" in extras or "dev" in dependency_groups)'
    )
    assert marker(*machines, uses={0: WEB | DEV, 1: WEB | DEV}) == expected


def test_marker_tells_machines_with_different_uses_apart() -> None:
    """What one always needs may be an extra's affair on another."""
    expected = 'sys_platform == "linux" or sys_platform == "win32" and "web" in extras'
    assert marker("3.12-linux", "3.12-windows", uses={0: EVERYBODY, 1: WEB}) == expected


def test_environment_says_all_that_machines_differ_in() -> None:
    """PEP 751: the markers of `environments` should not overlap."""
    assert str(environment_marker(target("3.12-windows"))) == (
        'python_version == "3.12" and sys_platform == "win32" and '
        'platform_machine == "AMD64" and implementation_name == "cpython"'
    )


def test_machines_are_refused_when_no_marker_tells_them_apart() -> None:
    """No marker knows the C library."""
    words = ("3.12-linux", "3.12-linux-musl")
    with pytest.raises(UsageError, match=r"3\.12-linux from 3\.12-linux-musl"):
        check_apart({each: target(each) for each in words})
