"""What enforced rules say of places named in place of projects."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from tests.support.maps import NOW, REPOSITORIES

from xpip.core.direct_objections import direct_objection
from xpip.core.direct_references import parse_direct
from xpip.core.mapping_file import MapFile, MapSource, combine_maps
from xpip.core.policy import RepositoryMap

WHEEL = "https://files.example/spam-1.0-py3-none-any.whl"
SOURCES = "https://files.example/spam-1.0.tar.gz"
IDENTITY = 'identity = {kind = "GitHub", repository = "a/b"}'


def rule_with(says: str, *, is_enforced: bool = True, paths: str = "spam") -> RepositoryMap:
    """A map with one rule."""
    top = "enforced = true\n" if is_enforced else ""
    rule = f'[[mapping]]\npaths = ["{paths}"]\nrepositories = ["corp"]\n{says}\n'
    source = MapSource(path="/etc/xpip/xpip.toml", directory="/", discovered=False)
    file = MapFile(raw=(top + REPOSITORIES + rule).encode(), source=source)
    if is_enforced:
        return combine_maps([], [[file]], variables={}, now=NOW)
    return combine_maps([file], [], variables={}, now=NOW)


def objection(mapping: RepositoryMap | None, place: str = WHEEL, *, has_hash: bool = False) -> str:
    """What is said against a place of spam; empty if nothing."""
    request = parse_direct(place, directory="/")
    found = direct_objection(canonicalize_name("spam"), request, mapping, has_hash=has_hash)
    return found or ""


def test_place_is_refused_when_an_enforced_rule_does_not_speak_of_places() -> None:
    """6.4: only where a rule says so."""
    said = objection(rule_with(""))
    assert said == "/etc/xpip/xpip.toml:7 mapping[0] is enforced and does not allow it"


@pytest.mark.parametrize(
    "mapping",
    [None, rule_with("", is_enforced=False), rule_with("", paths="eggs")],
    ids=["no map", "not enforced", "another name"],
)
def test_place_is_the_user_s_own_affair_when_no_enforced_rule_matches(
    mapping: RepositoryMap | None,
) -> None:
    """2.4."""
    assert objection(mapping) == ""


@pytest.mark.parametrize("says", ["", 'cooldown = "7d"', "threshold = 1"])
def test_place_is_taken_when_an_enforced_rule_allows_it(says: str) -> None:
    """Demands on pages cannot be asked of what has none; the rule's author said so."""
    assert objection(rule_with(f'direct = "allow"\n{says}')) == ""


@pytest.mark.parametrize(
    ("says", "place", "has_hash", "words"),
    [
        (IDENTITY, WHEEL, True, "demands who published it"),
        ('sdist = "deny"', SOURCES, True, "takes wheels only"),
        ('sdist = "deny"', WHEEL, False, ""),
        ('hashes = "required"', WHEEL, False, "requires a hash"),
        ('hashes = "required"', WHEEL, True, ""),
    ],
)
def test_what_a_rule_demands_of_files_holds_for_places(
    says: str, place: str, has_hash: bool, words: str
) -> None:
    """Else naming a place would be the way around it."""
    said = objection(rule_with(f'direct = "allow"\n{says}'), place, has_hash=has_hash)
    assert words in said
    assert bool(words) == bool(said)
