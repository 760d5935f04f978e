"""Poetry's, PDM's and Pipenv's settings → a mapping file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.foreign import Project

from xpip.errors import UsageError

POETRY = """\
[tool.poetry.dependencies]
python = "^3.11"
acme-app = { version = "*", source = "corp", markers = "sys_platform == 'linux'" }

[tool.poetry.group.dev.dependencies]
acme-lint = { version = "*", source = "corp" }

[[tool.poetry.source]]
name = "corp"
url = "https://corp.example/simple"
priority = "explicit"

[[tool.poetry.source]]
name = "more"
url = "https://more.example/simple"
priority = "supplemental"
"""
PDM = """\
[[tool.pdm.source]]
name = "private"
url = "https://${USER}:${PASSWORD}@private.example/${TEAM}/simple"
include_packages = ["foo", "foo-*"]
exclude_packages = ["bar-*"]
verify_ssl = false
"""
PIPFILE = """\
[[source]]
name = "pypi"
url = "https://public.example/simple"
verify_ssl = true

[[source]]
name = "corp"
url = "https://user:s3cret@corp.example/simple"
verify_ssl = false

[packages]
requests = "*"
acme-app = { version = "*", index = "corp" }

[dev-packages]
acme-lint = { version = "*", index = "corp" }

[pipenv]
install_search_all_sources = true
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_poetry_priorities_become_stages(project: Project) -> None:
    """PyPI is primary where no other source is; supplemental ones follow; explicit ones wait."""
    project.write("pyproject.toml", POETRY)

    made = project.imported("poetry")

    assert made.asked("acme-app") == made.asked("acme-lint") == [["corp"]]
    assert made.asked("spam") == [["pypi"], ["more"]]
    assert "supplemental: Poetry also goes on" in made.unsaid
    assert "markers = sys_platform == 'linux'" in made.unsaid


def test_poetry_primary_source_replaces_pypi(project: Project) -> None:
    """Two of them answer together, so they are judged."""
    project.write(
        "pyproject.toml",
        '[[tool.poetry.source]]\nname = "a"\nurl = "https://a.example/simple"\n'
        '[[tool.poetry.source]]\nname = "PyPI"\npriority = "primary"\n',
    )

    made = project.imported()

    assert made.asked("spam") == [["a", "PyPI"]]
    assert made.judged("spam")


def test_poetry_source_that_is_not_there_ends_the_import(project: Project) -> None:
    """It would be open where the name may come from."""
    project.write("pyproject.toml", '[tool.poetry.dependencies]\nx = { source = "y" }\n')

    with pytest.raises(UsageError, match="'y'"):
        project.imported()


def test_pdm_inclusions_and_exclusions_become_rules(project: Project) -> None:
    """An included name goes to its source alone; an excluded one everywhere else."""
    project.write("pyproject.toml", PDM)

    made = project.imported()

    assert made.asked("foo") == made.asked("foo-bar") == [["private"]]
    assert made.asked("bar-x") == [["pypi"]]
    assert made.asked("spam") == [["pypi", "private"]]
    assert made.judged("spam")
    assert "${XPIP_MAP_TEAM}" in made.text
    assert "verify_ssl = false: not imported" in made.unsaid
    assert "PDM asks private for every other name too" in made.unsaid


def test_pdm_class_in_a_pattern_is_written_wider(project: Project) -> None:
    """A mapping file has no `[...]`; a wider inclusion keeps more names at their source."""
    text = PDM.replace('"foo-*"', '"ba[rz]"')
    project.write("pyproject.toml", text)

    made = project.imported()

    assert made.asked("baz") == [["private"]]
    assert "ba[rz] is written as ba?" in made.unsaid


def test_pdm_order_and_configuration_are_heeded(project: Project) -> None:
    """`respect-source-order`, further indexes of pdm.toml, and PDM_PYPI_URL in place of PyPI."""
    project.write("pyproject.toml", "[tool.pdm.resolution]\nrespect-source-order = true\n")
    project.write(
        "pdm.toml",
        '[pypi.extra]\nurl = "https://extra.example/simple"\nusername = "u"\npassword = "s3cret"\n',
    )

    made = project.imported("pdm", variables={"PDM_PYPI_URL": "https://mirror.example/simple"})

    assert made.asked("spam") == [["pypi"], ["extra"]]
    assert 'urls = ["https://mirror.example/simple"]' in made.text
    assert "XPIP_EXTRA_PASSWORD" in made.unsaid
    assert "s3cret" not in made.text + made.unsaid


def test_pdm_source_without_an_address_closes_what_it_would_serve(project: Project) -> None:
    """PDM may take it from the user's configuration; until it is known, nobody is asked."""
    project.write("pyproject.toml", '[[tool.pdm.source]]\nname = "x"\ninclude_packages = ["foo"]\n')

    made = project.imported()

    assert made.asked("foo") == made.asked("spam") == []


def test_pipfile_sends_each_package_to_one_source(project: Project) -> None:
    """The first source, or the one that a package names."""
    project.write("Pipfile", PIPFILE)

    made = project.imported()

    assert made.asked("acme-app") == made.asked("acme-lint") == [["corp"]]
    assert made.asked("spam") == [["pypi"]]
    assert "Pipfile:13 index of acme-app" in made.text
    assert "s3cret" not in made.text + made.unsaid
    assert "install_search_all_sources" in made.unsaid


def test_pipenv_index_that_is_not_there_ends_the_import(project: Project) -> None:
    """It would be open where the name may come from."""
    project.write("Pipfile", '[packages]\nx = { version = "*", index = "y" }\n')

    with pytest.raises(UsageError, match="does not define"):
        project.imported()


def test_tools_that_disagree_are_told_apart(project: Project) -> None:
    """The first tool's rule for every other name counts; another one's is listed."""
    project.write("Pipfile", PIPFILE)
    project.write("requirements.txt", "-i https://third.example/simple\n")

    made = project.imported()

    assert made.asked("spam") == [["pypi"]]
    assert "pip asks third-example for every name; here Pipenv's settings count" in made.unsaid
    assert "no rule sends a name to third-example" in made.unsaid


def test_one_place_has_one_name(project: Project) -> None:
    """The same repository in two tools' settings, spelled in two ways."""
    project.write("Pipfile", PIPFILE)
    project.write("requirements.txt", "-i https://PUBLIC.example:443/simple/\n")

    made = project.imported()

    assert [group.name for group in made.map.groups] == ["pypi", "corp"]
    assert "requirements.txt:1 --index-url names it too." in made.text


def test_pdm_source_that_includes_everything_is_the_only_one(project: Project) -> None:
    """A rule that no name could reach would not load; it is listed."""
    project.write("pyproject.toml", PDM.replace('"foo", "foo-*"', '"*"').replace('"bar-*"', ""))

    made = project.imported()

    assert made.asked("spam") == [["private"]]
    assert "an earlier setting speaks for every name already" in made.unsaid


def test_poetry_dependency_with_two_sources_is_judged(project: Project) -> None:
    """By platform in Poetry; a map goes by name alone."""
    second = POETRY.replace('source = "corp", markers = "sys_platform == \'linux\'" }', "X")
    both = '[{ version = "1", source = "corp" }, { version = "2", source = "more" }]'
    project.write("pyproject.toml", second.replace('{ version = "*", X', both))

    made = project.imported()

    assert made.asked("acme-app") == [["corp", "more"]]
    assert made.judged("acme-app")
