"""The published schema of the mapping file and its parser, held together from both sides.

The schema speaks of shapes only. So what the parser takes is valid, and what is of a wrong type,
or under a key that nobody knows, both refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from xpip.core.mapping_file import MapSource, groups, layers, parse_map, rules
from xpip.core.mapping_schema import mapping_schema
from xpip.errors import UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SOURCE = MapSource(path="xpip.json", directory="/project", discovered=False)
SCHEMA = mapping_schema()
VALID = Draft202012Validator(SCHEMA)

# For each key some values: of the first ones, a file can be made.
REPOSITORY: dict[str, list[Any]] = {
    "urls": [
        ["https://c.example/"],
        ["./wheels"],
        [""],
        [],
        ["https://c.example/", "https://e.example/"],
    ],
    "auth": ["optional", "required", "never", "always"],
    "file-hosts": [["files.c.example"], ["https://f.example/x"], []],
    "absent-status": [[404], [403, 404], [410, 410], [401], [399], [500], []],
    "format": ["json", "html", "auto", "xml"],
    "trust-tracks": [False, True],
    "local": ["merge", "exclusive", "only"],
    "insecure": [True, False],
    "enforced": [True, False],
}
RULE: dict[str, list[Any]] = {
    "paths": [["a"], ["a-*", "a"], ["*"], [], ["a b"], [""]],
    "namespace": [["b"], ["B.b"], [], ["b-*"]],
    "repositories": [["c", "d"], ["c"], ["C", "D"], [], ["c", "c"], ["x"]],
    "terminating": [False, True, "no"],
    "merge": ["declared", "linked", "merged"],
    "order": ["version", "index", "best"],
    "on-unusable": ["next", "stop", "skip"],
    "threshold": [2, 1, 0, -1],
    "cooldown": ["7d", "2026-01-31", ""],
    "no-upload-time": ["allow", "error", "deny"],
    "hashes": ["required", "optional", "none"],
    "sdist": ["deny", "allow", "build"],
    "status": [["active"], ["archived", "deprecated"], ["quarantined"], ["new"], []],
    "direct": ["allow", "deny", "maybe"],
    "identity": [{"kind": "GitHub", "repository": "acme/lib"}, {"kind": ""}, {"workflow": "x"}],
    "reason": ["because", ""],
    "until": ["2030-01-31", "2030-01-31T12:00:00Z", ""],
    "enforced": [True, False],
}
TOP: dict[str, list[Any]] = {
    "schema": [1, 2],
    "extends": [
        ["../xpip.toml", {"url": "https://c.example/xpip.toml", "sha256": "aB" * 32}],
        [],
        [""],
        ["https://c.example/xpip.toml"],
        [{"url": "http://c.example/", "sha256": "ab" * 32}],
        [{"url": "https://c.example/", "sha256": "ab"}],
    ],
    "enforced": [True, False],
}
WHOLE: dict[str, Any] = {
    **{key: values[0] for key, values in TOP.items()},
    "repositories": {
        "c": {key: values[0] for key, values in REPOSITORY.items()},
        "d": ["https://d.example/"],
    },
    "mapping": [{key: values[0] for key, values in RULE.items()}],
}
OF_ANY_TYPE: tuple[Any, ...] = (None, True, 7, 1.5, "text", [], [7], [{}], {}, {"key": 7})


def is_valid(document: Any) -> bool:
    return bool(VALID.is_valid(document))


def is_taken(document: Any) -> bool:
    try:
        parse_map(json.dumps(document).encode(), SOURCE, variables={}, now=NOW)
    except UsageError:
        return False
    return True


@st.composite
def tables(draw: st.DrawFn, vocabulary: dict[str, list[Any]], *required: str) -> dict[str, Any]:
    """These keys and a few others, mostly with values that may stand there."""
    others = sorted(vocabulary.keys() - set(required))
    chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
    weighted = {key: [*vocabulary[key][:1] * 5, *vocabulary[key]] for key in (*required, *chosen)}
    return {key: draw(st.sampled_from(values)) for key, values in weighted.items()}


documents = st.builds(
    lambda top, first, second, mapping: {
        **top,
        "repositories": {"c": first, "d": second},
        "mapping": mapping,
    },
    tables(TOP),
    tables(REPOSITORY, "urls") | st.sampled_from(REPOSITORY["urls"]),
    st.sampled_from([["https://d.example/"], {"urls": ["https://d.example/"]}]),
    st.lists(tables(RULE, "paths", "repositories"), min_size=1, max_size=2),
)


def places(value: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """The ways to every value inside a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*above, key)
        if isinstance(each, dict | list):
            yield from places(each, *above, key)


def at(place: tuple[Any, ...], document: Any) -> Any:
    for key in place:
        document = document[key]
    return document


def changed(place: tuple[Any, ...], value: Any) -> Any:
    """The whole document, with this one value in this one place."""
    document = deepcopy(WHOLE)
    at(place[:-1], document)[place[-1]] = value
    return document


PLACES = list(places(WHOLE))
TABLES = [(), *(place for place in PLACES if isinstance(at(place, WHOLE), dict))]
CLOSED = [place for place in TABLES if place not in [("repositories",), ("mapping", 0, "identity")]]


def test_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)


def test_whole_document_is_taken_by_both() -> None:
    """It has every key, so the tests that change it reach every key."""
    assert is_taken(WHOLE)
    assert is_valid(WHOLE)


@pytest.mark.parametrize(
    ("schema", "vocabulary", "parser"),
    [
        (SCHEMA, {*TOP, "repositories", "mapping"}, {*layers._KEYS}),
        (SCHEMA["$defs"]["repository"], {*REPOSITORY}, {*groups._KEYS}),
        (SCHEMA["$defs"]["rule"], {*RULE}, {*rules._KEYS, "enforced"}),
    ],
)
def test_schema_has_the_keys_that_the_parser_knows(
    schema: dict[str, Any], vocabulary: set[str], parser: set[str]
) -> None:
    """And these tests speak of all of them."""
    assert set(schema["properties"]) == vocabulary == parser


@given(documents)
def test_document_is_valid_when_the_parser_takes_it(document: Any) -> None:
    """An editor never marks what xpip would take."""
    if is_taken(document):
        VALID.validate(document)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_value_of_a_wrong_type_is_refused_by_both(place: tuple[Any, ...]) -> None:
    """Wherever it stands."""
    kind = type(at(place, WHOLE))
    for value in OF_ANY_TYPE:
        if type(value) is not kind:
            document = changed(place, value)
            assert (value, is_valid(document)) == (value, is_taken(document))


@pytest.mark.parametrize("place", CLOSED, ids=str)
def test_unknown_key_is_refused_by_both(place: tuple[Any, ...]) -> None:
    """In every table but those whose keys the user chooses."""
    document = changed((*place, "colour"), "blue")
    assert not is_taken(document)
    assert not is_valid(document)


@pytest.mark.parametrize("name", ["c d", "", "-c", "map", "Map-x", "MAP_1", "ü"])
def test_name_that_no_repository_may_have_is_refused_by_both(name: str) -> None:
    """Its variables could not be named, or would be those of `${NAME}`."""
    document = changed(("repositories", name), ["https://x.example/"])
    assert not is_taken(document)
    assert not is_valid(document)


@pytest.mark.parametrize("name", ["maps", "m-ap", "C1", "0", "c_d-E"])
def test_name_that_a_repository_may_have_is_taken_by_both(name: str) -> None:
    """Letters, digits, `-` and `_`."""
    document = changed(("repositories", name), ["https://x.example/"])
    assert is_taken(document)
    assert is_valid(document)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_document_is_refused_by_the_parser_when_the_schema_misses_something(
    place: tuple[Any, ...],
) -> None:
    """Where a key or an item is left out."""
    document = deepcopy(WHOLE)
    del at(place[:-1], document)[place[-1]]
    assert is_valid(document) or not is_taken(document)


@pytest.mark.parametrize(
    ("place", "vocabulary"),
    [((), TOP), (("repositories", "c"), REPOSITORY), (("mapping", 0), RULE)],
    ids=["top", "repository", "rule"],
)
def test_value_is_refused_by_the_parser_when_the_schema_refuses_it(
    place: tuple[Any, ...], vocabulary: dict[str, list[Any]]
) -> None:
    """A word, a pattern, a number out of bounds."""
    for key, values in vocabulary.items():
        for value in values:
            document = changed((*place, key), value)
            assert is_valid(document) or not is_taken(document), (key, value)


@pytest.mark.parametrize(
    ("place", "vocabulary"),
    [((), TOP), (("repositories", "c"), REPOSITORY), (("mapping", 0), RULE)],
    ids=["top", "repository", "rule"],
)
def test_value_that_has_no_meaning_is_refused_by_both(
    place: tuple[Any, ...], vocabulary: dict[str, list[Any]]
) -> None:
    """Beside only what is needed, an editor marks it before xpip refuses it."""
    for key, values in vocabulary.items():
        for value in values:
            document = small()
            at(place, document)[key] = value
            # Which repositories there are, where they lie, and what else a rule allows, is more
            # than a shape.
            if value not in (["x"], "exclusive") and key != "until":
                assert (key, value, is_valid(document)) == (key, value, is_taken(document))


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"paths": ["a"]},
        {"repositories": ["c"]},
        {"repositories": ["c"], "paths": []},
        {"repositories": ["c"], "namespace": []},
        {"repositories": ["c"], "paths": [], "namespace": []},
        {"repositories": ["c"], "paths": ["a-*"], "merge": "declared"},
        {"repositories": ["c"], "paths": ["a-*"], "merge": "declared", "reason": ""},
        {"repositories": ["c"], "namespace": ["a"], "merge": "declared"},
        {"repositories": ["c"], "paths": ["a"], "on-unusable": "next"},
        {"repositories": ["c"], "paths": ["a"], "on-unusable": "next", "terminating": True},
        {"repositories": ["c"], "paths": ["a"], "identity": {"kind": "GitHub", "workflow": ""}},
    ],
    ids=str,
)
def test_rule_that_lacks_what_it_needs_is_refused_by_both(rule: dict[str, Any]) -> None:
    """Patterns, repositories, a reason, somewhere to pass names on to."""
    document = {**small(), "mapping": [rule]}
    assert not is_taken(document)
    assert not is_valid(document)


@pytest.mark.parametrize(
    "rule",
    [
        {"paths": [], "namespace": ["a"]},
        {"paths": ["a"], "namespace": [], "merge": "declared"},
        {"namespace": ["a"], "merge": "linked"},
        {"namespace": ["a"], "merge": "declared", "reason": "one company"},
        {"paths": ["a-*"]},
        {"paths": ["a"], "on-unusable": "stop"},
        {"paths": ["a"], "on-unusable": "next", "terminating": False},
    ],
    ids=str,
)
def test_rule_that_has_what_it_needs_is_taken_by_both(rule: dict[str, Any]) -> None:
    """No demand reaches further than it must."""
    document = {**small(), "mapping": [{**rule, "repositories": ["c"]}]}
    assert is_taken(document)
    assert is_valid(document)


def test_forbidden_cannot_mean_absent_where_a_login_is_needed() -> None:
    """403 says as much of credentials as of the name."""
    for auth, taken in (("required", False), ("optional", True)):
        repository = {"urls": ["https://c.example/"], "auth": auth, "absent-status": [403]}
        document = {"repositories": {"c": repository}}
        assert is_valid(document) is is_taken(document) is taken


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_file_that_is_no_table_is_refused_by_both(document: Any) -> None:
    """JSON may be anything."""
    assert not is_taken(document)
    assert not is_valid(document)


def small() -> dict[str, Any]:
    """A file with nothing but what it needs."""
    return {
        "repositories": {"c": {"urls": ["https://c.example/"]}, "d": ["https://d.example/"]},
        "mapping": [{"paths": ["a"], "repositories": ["c", "d"]}],
    }
