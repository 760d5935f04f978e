"""Which requirements of a distribution apply to a target (PEP 508 and its successor)."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.dependencies import Dependencies, Dependency, as_dependency
from xpip.core.facts import CoreMetadata
from xpip.core.policy import Target

LINUX = Target(
    python_version=Version("3.12.1"),
    tags=(),
    environment={
        "implementation_name": "cpython",
        "implementation_version": "3.12.1",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "6.8.0-generic",
        "platform_system": "Linux",
        "platform_version": "#1 SMP",
        "python_full_version": "3.12.1",
        "python_version": "3.12",
        "sys_platform": "linux",
    },
)


def metadata(*requires: str) -> CoreMetadata:
    return CoreMetadata(
        name=canonicalize_name("spam"),
        version=Version("1.0"),
        requires=tuple(map(Requirement, requires)),
    )


def plain(*requires: str) -> list[str]:
    return [each.project for each in Dependencies(LINUX).of(metadata(*requires))]


def added(extras: set[str], *requires: str) -> list[str]:
    wanted = frozenset(map(canonicalize_name, extras))
    found = Dependencies(LINUX).of_extras(metadata(*requires), wanted)
    return [each.project for each in found]


def applies(marker: str) -> bool:
    return Dependencies(LINUX).applies(Requirement(f"eggs; {marker}"))


def test_dependency_has_normalised_names() -> None:
    """PEP 503 for the project, PEP 685 for its extras."""
    assert as_dependency(Requirement("Spam_Eggs[Dev_Tools]>=2")) == Dependency(
        project=canonicalize_name("spam-eggs"),
        specifier=SpecifierSet(">=2"),
        extras=frozenset({canonicalize_name("dev-tools")}),
    )


def test_dependency_keeps_a_direct_reference() -> None:
    """So that it can be refused where it stands in metadata."""
    assert as_dependency(Requirement("eggs @ https://a.example/e.whl")).url is not None


def test_requirement_applies_when_it_has_no_marker() -> None:
    """And the order is the metadata's own."""
    assert plain("eggs", "bacon>=1") == ["eggs", "bacon"]


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("python_version >= '3.9'", True),
        ("python_version < '3.9'", False),
        ("python_full_version == '3.12.1'", True),
        ("sys_platform == 'linux' and os_name == 'posix'", True),
        ("sys_platform == 'win32' or platform_machine == 'arm64'", False),
        ("sys_platform in 'linux darwin'", True),
        ("'linux' not in sys_platform", False),
    ],
)
def test_marker_is_evaluated_for_the_target(marker: str, expected: bool) -> None:
    """The target, not the interpreter that xpip runs on."""
    assert applies(marker) is expected


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("sys_platform >= 'linux'", True),
        ("sys_platform <= 'win32'", False),
        ("sys_platform > 'aaa'", False),
        ("sys_platform < 'zzz'", False),
        ("platform_release >= '6.8.0-generic'", True),
        ("platform_version < '#2 SMP'", False),
    ],
)
def test_marker_orders_no_strings(marker: str, expected: bool) -> None:
    """Dependency specifiers: of strings, `>=` and `<=` mean `==`, `>` and `<` never hold."""
    assert applies(marker) is expected


@pytest.mark.parametrize("marker", ["implementation_version ~= 'x'", "'dev' in extras"])
def test_marker_does_not_hold_when_its_comparison_is_undefined(marker: str) -> None:
    """What has no meaning asks for nothing; the name alone stays usable."""
    assert applies(marker) is False


def test_requirement_of_an_extra_is_left_out_when_no_extra_is_asked_for() -> None:
    """PEP 508: `extra` is empty then."""
    assert plain("eggs; extra == 'x'", "bacon; extra != 'x'") == ["bacon"]


def test_extra_adds_what_needs_it_and_nothing_else() -> None:
    """What applies without it comes with the distribution itself."""
    requires = ("eggs", "bacon; extra == 'x'", "ham; extra == 'y'", "tea; python_version > '3'")
    assert added({"x"}, *requires) == ["bacon"]


@pytest.mark.parametrize("written", ["Dev_Tools", "dev-tools", "DEV.TOOLS"])
def test_extra_is_compared_by_its_normalised_name(written: str) -> None:
    """PEP 685."""
    assert added({"dev-tools"}, f"eggs; extra == '{written}'") == ["eggs"]


def test_extra_adds_nothing_when_the_rest_of_its_marker_fails() -> None:
    """The marker holds as a whole or not at all."""
    assert added({"x"}, "eggs; extra == 'x' and sys_platform == 'win32'") == []


def test_extras_add_a_requirement_once_when_several_ask_for_it() -> None:
    """One requirement, one dependency."""
    assert added({"x", "y"}, "eggs; extra == 'x' or extra == 'y'") == ["eggs"]


def test_extra_adds_nothing_when_it_is_unknown() -> None:
    """As in pip: a notice, not an error."""
    assert added({"z"}, "eggs; extra == 'x'") == []


def test_extra_may_refer_to_its_own_distribution() -> None:
    """Core metadata: `all = ["spam[x,y]"]`."""
    [dependency] = Dependencies(LINUX).of_extras(
        metadata("spam[x,y]; extra == 'all'"), frozenset({canonicalize_name("all")})
    )
    assert dependency == as_dependency(Requirement("spam[x,y]"))


@pytest.mark.parametrize(
    ("marker", "asked"),
    [
        ("extra == 'fast'", {"fast"}),
        ("extra == 'Very_Fast'", {"very-fast"}),
        ("'fast' == extra", {"fast"}),
        ("extra != 'slow' and extra != ''", {"fast", "very-fast"}),
        ("extra == 'slow' or extra == 'fast' and os_name == 'posix'", {"slow", "fast"}),
        ("extra == 'fast' and os_name == 'nt'", set()),
        ("extra == 'other'", set()),
        ("os_name == 'posix'", set()),
    ],
)
def test_extra_adds_a_requirement_however_its_marker_asks_for_it(
    marker: str, asked: set[str]
) -> None:
    """Most markers are told apart by the extras that they name; the others are evaluated."""
    wanted = {"fast", "slow", "very-fast"}
    of = metadata(f"eggs; {marker}")
    found = {
        extra
        for extra in wanted
        if any(Dependencies(LINUX).of_extras(of, frozenset({canonicalize_name(extra)})))
    }
    assert found == asked
