"""Extras that name others of their own project: nobody is asked for that project's name."""

from __future__ import annotations

import pytest

from xpip.core.project_file import parse_project
from xpip.errors import UsageError


def extras(*lines: str) -> dict[str, list[str]]:
    """What each extra of the project `mine` asks for."""
    text = "\n".join(('[project]\nname = "Mine"', "[project.optional-dependencies]", *lines))
    found = parse_project(text.encode(), path="pyproject.toml", directory="/project")
    assert found is not None
    assert isinstance(found.extras, tuple)
    return {each.extra: [str(need.wanted) for need in each.declared] for each in found.extras}


def test_extra_asks_for_what_others_of_its_project_do() -> None:
    """In whatever order they are written, and through several steps."""
    found = extras('all = ["mine[Web]", "ham"]', 'web = ["spam", "MINE[base]"]', 'base = ["eggs"]')
    assert found["all"] == ["ham", "spam", "eggs"]
    assert found["web"] == ["spam", "eggs"]


def test_extra_asks_for_it_where_its_marker_holds() -> None:
    """Both markers have to."""
    found = extras(
        """all = ["mine[web]; python_version < '4'"]""", """web = ["spam; os_name == 'nt'"]"""
    )
    assert found["all"] == ['spam; os_name == "nt" and python_version < "4"']


def test_extra_that_names_itself_adds_nothing() -> None:
    """By whatever way round."""
    found = extras('one = ["mine[two]", "spam"]', 'two = ["mine[one]"]')
    assert found == {"one": ["spam"], "two": ["spam"]}


@pytest.mark.parametrize("needs", ["mine[nothing]", "mine[web]>=2"])
def test_extra_is_refused_when_its_project_has_no_such_thing(needs: str) -> None:
    """The error names the place."""
    with pytest.raises(UsageError, match=r"project\.optional-dependencies\.all\[0\]: the project"):
        extras(f'all = ["{needs}"]', "web = []")
