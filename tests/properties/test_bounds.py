"""No version is lost that a requirement could mean, where only a part of them is looked at."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from xpip.core.selection.bounds import older, within

PARTS = ("0", "0.9", "1", "1.0.1", "1.1", "1.10", "2", "1!0.5")
SUFFIXES = ("", ".dev1", "a1", "rc2", ".post1", ".post1.dev2", "+local", ".post1+local.2")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "~=", "===")

versions = st.builds("{}{}".format, st.sampled_from(PARTS), st.sampled_from(SUFFIXES))
clauses = st.builds("{}{}".format, st.sampled_from(OPERATORS), versions) | st.sampled_from(
    ["==1.*", "!=1.1.*", "==1!0.*", "==0.*"]
)


def is_valid(specifier: str) -> bool:
    try:
        SpecifierSet(specifier)
    except ValueError:
        return False
    return True


specifiers = st.lists(clauses.filter(is_valid), max_size=3).map(",".join).map(SpecifierSet)
sorted_versions = st.sets(versions.map(Version)).map(lambda found: sorted(found, reverse=True))


@given(sorted_versions, specifiers)
@example([Version("1+local"), Version("1")], SpecifierSet("<=1"))
def test_specifier_finds_the_same_in_a_part_as_in_all(
    found: list[Version], specifier: SpecifierSet
) -> None:
    """PEP 440, with local versions and epochs."""
    everything = tuple(specifier.filter(found, prereleases=True))
    assert tuple(specifier.filter(within(found, specifier), prereleases=True)) == everything


@given(sorted_versions, versions.map(Version))
def test_older_versions_are_those_that_come_after(found: list[Version], than: Version) -> None:
    """Newest first, as they were."""
    assert older(found, than) == [each for each in found if each < than]
