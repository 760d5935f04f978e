"""Tables in which nothing is ignored: each value is taken by name and type."""

from __future__ import annotations

from typing import Any

import pytest

from xpip.core.strict_table import Invalid, StrictTable


def problem_of(take: Any) -> str:
    with pytest.raises(Invalid) as caught:
        take()
    return str(caught.value)


def test_table_gives_each_value_by_name_and_type() -> None:
    """And the default where there is none."""
    table = StrictTable({"schema": 1, "auth": "never"})
    assert table.take("schema", int, 0) == 1
    assert table.take("auth", str, "") == "never"
    assert table.take("insecure", bool, False) is False
    table.finish()


@pytest.mark.parametrize(
    ("value", "kind", "word"),
    [
        ("1", int, "an integer"),
        (True, int, "an integer"),
        (1, bool, "true or false"),
        (1, str, "a string"),
        (1, list, "a list"),
        ([], dict, "a table"),
    ],
)
def test_value_is_refused_when_it_is_of_another_type(value: Any, kind: type, word: str) -> None:
    """With its key path; in a file, true is no number."""
    table = StrictTable({"key": value}, "mapping[3]")
    assert problem_of(lambda: table.take("key", kind, kind())) == f"mapping[3].key: must be {word}"


@pytest.mark.parametrize(
    ("text", "example"), [("six", "six"), ("https://u:p@corp.example/", "…"), ("a b", "…")]
)
def test_lone_string_is_refused_with_the_list_that_was_meant(text: str, example: str) -> None:
    """What may be a URL is not repeated: it may hold a password."""
    table = StrictTable({"paths": text}, "mapping[0]")
    said = problem_of(lambda: table.take_strings("paths"))
    assert said == f'mapping[0].paths: must be a list: paths = ["{example}"]'


def test_lone_table_is_refused_with_the_brackets_that_were_meant() -> None:
    """`[mapping]` is one table in TOML, `[[mapping]]` one of a list."""
    table = StrictTable({"mapping": {"paths": []}})
    said = problem_of(lambda: table.take_tables("mapping"))
    assert said == "mapping: must be a list of tables; in TOML write [[mapping]]"


def test_tables_of_a_list_carry_their_key_paths() -> None:
    """So that an error inside one can say where it is."""
    tables = StrictTable({"mapping": [{}, {}]}).take_tables("mapping")
    assert [table.path for table in tables] == ["mapping[0]", "mapping[1]"]


@pytest.mark.parametrize("value", [[], "text", None, 7])
def test_table_is_refused_when_it_is_none(value: Any) -> None:
    """Whatever else stands in its place."""
    assert problem_of(lambda: StrictTable(value, "mapping[0]")) == "mapping[0]: must be a table"


def test_word_is_one_of_those_listed_and_the_first_by_default() -> None:
    """Any other is an error that lists them."""
    table = StrictTable({"auth": "sometimes"})
    assert table.take_word("order", ("version", "index")) == "version"
    said = problem_of(lambda: table.take_word("auth", ("optional", "required")))
    assert said == "auth: must be one of 'optional', 'required'"


def test_strings_are_refused_when_one_is_not_a_string() -> None:
    """Its place in the list is said."""
    table = StrictTable({"paths": ["a", 1]}, "mapping[0]")
    said = problem_of(lambda: table.take_strings("paths"))
    assert said == "mapping[0].paths[1]: must be a string"


def test_items_carry_their_key_paths() -> None:
    """So that an error inside one can say where it is."""
    items = StrictTable({"mapping": ["a", "b"]}).take_items("mapping")
    assert list(items) == [("mapping[0]", "a"), ("mapping[1]", "b")]


def test_what_is_left_over_is_an_error() -> None:
    """An ignored key of a security file is the worst outcome; the nearest known one is named."""
    table = StrictTable({"terminatng": True, "paths": []}, "mapping[0]")
    table.take("terminating", bool, True)
    table.take_strings("paths")
    said = problem_of(table.finish)
    assert said.startswith("mapping[0].terminatng: is not a key that xpip knows")
    assert "did you mean 'terminating'?" in said


def test_unknown_key_is_an_error_before_any_value_is_looked_at() -> None:
    """A misspelt key is the reason why another one is missing."""
    table = StrictTable({"path": 7}, "mapping[0]")
    said = problem_of(lambda: table.only(("paths", "repositories")))
    assert said == "mapping[0].path: is not a key that xpip knows; did you mean 'paths'?"


def test_key_that_is_allowed_and_never_taken_is_still_left_over() -> None:
    """To allow a key is not to read it."""
    table = StrictTable({"paths": []}, "mapping[0]")
    table.only(("paths",))
    assert "mapping[0].paths" in problem_of(table.finish)


def test_names_that_the_user_chose_are_all_given() -> None:
    """A table of repositories has no fixed keys, and nothing is left of it."""
    table = StrictTable({"corp": [], "pypi": []}, "repositories")
    assert [name for name, _ in table.items()] == ["corp", "pypi"]
    table.finish()


def test_table_is_not_the_value_that_it_was_made_of() -> None:
    """Taking leaves the caller's own value as it was."""
    value = {"schema": 1}
    StrictTable(value).take("schema", int, 0)
    assert value == {"schema": 1}
