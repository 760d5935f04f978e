"""Whether what is installed has all it needs."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.distributions import distribution
from tests.support.stage import LINUX

from xpip.core.consistency import left_without, required_by, unmet
from xpip.core.facts import InstalledDistribution


def broken(*installed: InstalledDistribution) -> list[tuple[str, str, str | None]]:
    """Who needs what, and in which version it is there."""
    return [
        (each.distribution.project, each.requirement, str(each.found.version))
        if each.found
        else (each.distribution.project, each.requirement, None)
        for each in unmet(installed, LINUX)
    ]


def test_requirement_is_met_when_its_version_is_installed() -> None:
    """A pre-release counts: it is there."""
    assert broken(distribution("spam", requires=["eggs>=2"]), distribution("eggs", "2.1a1")) == []


def test_requirement_is_unmet_when_it_is_missing_or_of_another_version() -> None:
    """Both are told, with what is there instead."""
    spam = distribution("spam", requires=["eggs>=2", "ham"])
    assert broken(spam, distribution("eggs", "1.0")) == [
        ("spam", "eggs>=2", "1.0"),
        ("spam", "ham", None),
    ]


def test_requirement_counts_by_the_markers_of_the_target() -> None:
    """Another system's needs are none; nor are those of an extra nobody asks for."""
    requires = ["win; sys_platform == 'win32'", "ham; extra == 'meat'", "old; python_version<'3'"]
    assert broken(distribution("spam", requires=requires)) == []


def test_requirement_of_an_extra_counts_when_an_installed_distribution_asks_for_it() -> None:
    """Through one extra to the next, and round in circles."""
    spam = distribution("spam", requires=["eggs[meat]"])
    requires = [
        "eggs[all]; extra == 'meat'",
        "eggs[meat]; extra == 'all'",
        "ham; extra == 'all'",
    ]
    eggs = distribution("eggs", requires=requires)
    assert broken(spam, eggs) == [("eggs", "ham", None)]


def test_direct_reference_is_met_by_whatever_has_its_name() -> None:
    """Its version is not said."""
    spam = distribution("spam", requires=["eggs @ https://files.example/eggs.zip"])
    assert broken(spam, distribution("eggs", "9")) == []
    assert broken(spam) == [("spam", "eggs", None)]


def test_requirements_come_in_the_order_of_the_distributions() -> None:
    """No accident decides what is told first."""
    installed = [distribution(name, requires=["none"]) for name in ("a", "b", "c")]
    assert [name for name, _, _ in broken(*installed)] == ["a", "b", "c"]


def test_left_without_tells_who_needs_what_goes() -> None:
    """And nobody who was missing something else before."""
    eggs = distribution("eggs")
    spam = distribution("spam", requires=["eggs>=1", "never-there"])
    assert [each.requirement for each in left_without([eggs], [spam], LINUX)] == ["eggs>=1"]


def test_left_without_is_empty_when_another_of_the_name_remains() -> None:
    """The interpreter may share one."""
    remaining: Iterable[InstalledDistribution] = [
        distribution("spam", requires=["eggs"]),
        distribution("eggs", "0.9"),
    ]
    assert left_without([distribution("eggs")], remaining, LINUX) == ()


def test_required_by_names_each_user_once() -> None:
    """Sorted, whichever extras they go by."""
    installed = [
        distribution("spam", requires=["eggs", "eggs[meat]"]),
        distribution("ham", requires=["eggs"]),
        distribution("eggs"),
    ]
    assert required_by(installed, LINUX) == {"eggs": ("ham", "spam")}
