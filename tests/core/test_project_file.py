"""What a `pyproject.toml` asks for."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from xpip.core.direct_requests import DirectRequest
from xpip.core.project_file import (
    Dynamic,
    ProjectTable,
    parse_groups,
    parse_project,
)
from xpip.errors import Reason, UsageError


def project(text: str) -> ProjectTable | None:
    return parse_project(text.encode(), path="pyproject.toml", directory="/project")


def groups(text: str, *names: str) -> list[str]:
    declared = parse_groups(text.encode(), names, path="pyproject.toml", directory="/project")
    return [str(each.wanted) for each in declared]


def refusal(text: str, *names: str) -> str:
    with pytest.raises(UsageError) as caught:
        groups(text, *names) if names else project(text)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    return caught.value.message


def test_project_has_dependencies_and_extras() -> None:
    """PEP 621; each knows its key path, and names of extras are normalised."""
    found = project(
        "[project]\nname = 'My.Spam'\nversion = '1'\nrequires-python = '>=3.11'\n"
        "dependencies = ['eggs>=1']\noptional-dependencies.Test_It = ['ham']\n"
    )
    assert found is not None
    assert (found.name, found.requires_python) == ("my-spam", SpecifierSet(">=3.11"))
    assert isinstance(found.dependencies, tuple)
    assert isinstance(found.extras, tuple)
    (eggs,), (extra,) = found.dependencies, found.extras
    assert str(eggs.declared_at) == "pyproject.toml: project.dependencies[0]"
    assert extra.extra == "test-it"
    assert str(extra.declared[0].declared_at).endswith("optional-dependencies.Test_It[0]")


def test_project_says_what_only_its_backend_can_tell() -> None:
    """PEP 621: a dynamic field is not an empty one."""
    found = project(
        "[project]\nname = 'spam'\n"
        "dynamic = ['dependencies', 'optional-dependencies', 'requires-python', 'version']\n"
    )
    assert found == ProjectTable(
        name=found.name if found else None,
        dependencies=Dynamic(field="dependencies"),
        extras=Dynamic(field="optional-dependencies"),
        requires_python=Dynamic(field="requires-python"),
    )


def test_project_is_none_when_there_is_no_such_table() -> None:
    """A file may have nothing but groups, or settings of tools."""
    assert project("[tool.spam]\n") is None


def test_dependency_is_a_place() -> None:
    """`name @ url`; a path starts from the file's directory."""
    found = project("[project]\nname='x'\ndependencies = ['spam @ ./libs/spam']")
    assert found is not None
    assert isinstance(found.dependencies, tuple)
    wanted = found.dependencies[0].wanted
    assert isinstance(wanted, DirectRequest)
    assert wanted.url == "file:///project/libs/spam"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "no TOML"),
        ("project = 1", "project: must be a table"),
        ("[project]\ndependencies = 'spam'", 'a list: dependencies = ["spam"]'),
        ("[project]\ndependencies = [1]", "project.dependencies[0]: must be a string"),
        ("[project]\ndependencies = ['a', 'b=1']", "project.dependencies[1]: that is no"),
        ("[project]\nrequires-python = '3'", "project.requires-python"),
        ("[project]\nrequires-python = '>=" + "9" * 5000 + "'", "project.requires-python"),
        ("[project]\ndynamic=['dependencies']\ndependencies=[]", "dynamic too"),
        ("[project.optional-dependencies]\na_b=[]\nA-B=[]", "another extra is called a-b"),
    ],
)
def test_project_is_refused_when_it_is_not_valid(text: str, says: str) -> None:
    """With the key path."""
    message = refusal(text)
    assert message.startswith("pyproject.toml: ")
    assert says in message


GROUPS = """
[dependency-groups]
test = ["spam>1", {include-group = "Type_Check"}, "ham @ https://u:hunter2@a.example/h.zip"]
type-check = ["eggs"]
broken = [{future = "object"}]
"""


def test_group_has_its_includes_in_their_places() -> None:
    """PEP 735: order and duplicates are kept, names are normalised, others are not validated."""
    assert groups(GROUPS, "TEST", "type.check") == [
        *("spam>1", "eggs", "ham @ https://a.example/h.zip", "eggs"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no group a"),
        ("[dependency-groups]\nb=[]\nc=[]", "has no group a; there are b, c"),
        ("dependency-groups = 1", "must be a table"),
        ("[dependency-groups]\na = 'spam'", "string rather than a list"),
        ("[dependency-groups]\na = [1]", "Invalid dependency group item"),
        ("[dependency-groups]\na = ['b=1']", "dependency-groups.a"),
        ("[dependency-groups]\na = []\nA = []", "Duplicate"),
        ("[dependency-groups]\na = [{include-group='b'}]", "'b' not found"),
        ("[dependency-groups]\na=[{include-group='b'}]\nb=[{include-group='A'}]", "a → b → a"),
    ],
)
def test_group_is_refused_when_it_is_not_valid(text: str, says: str) -> None:
    """Duplicate names count for the whole table, all else for the groups asked for."""
    assert says in refusal(text, "a")


def test_group_is_refused_when_its_includes_double_without_end() -> None:
    """Sixty lines could ask for more requirements than there are atoms to hold them."""
    steps = [
        f"g{n} = [{{include-group='g{n - 1}'}}, {{include-group='g{n - 1}'}}]" for n in range(1, 60)
    ]
    text = "\n".join(["[dependency-groups]", "g0 = ['spam']", *steps])
    assert "too many" in refusal(text, "g59")
