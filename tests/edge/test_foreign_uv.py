"""uv's settings → a mapping file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.foreign import Project

from xpip.core.policy import Auth
from xpip.errors import UsageError

INDEXES = """\
[tool.uv.sources]
acme-app = { index = "corp" }
Acme_Lib = { index = "corp" }
thing = { git = "https://user:s3cret@git.example/thing" }

[[tool.uv.index]]
name = "corp"
url = "https://user:s3cret@pypi.corp.example/simple"
explicit = true
authenticate = "always"
ignore-error-codes = [401, 403]
cache-control = { api = "max-age=600" }

[[tool.uv.index]]
name = "first"
url = "https://first.example/simple"
authenticate = "never"
ignore-error-codes = [403]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_sources_become_literal_rules_for_explicit_indexes(project: Project) -> None:
    """Names pinned to an index go there alone; no other name does."""
    project.write("pyproject.toml", INDEXES)

    made = project.imported()

    assert made.asked("acme-app") == made.asked("acme-lib") == [["corp"]]
    assert made.asked("spam") == [["first"], ["pypi"]]
    assert 'order = "index"' in made.text
    assert "s3cret" not in made.text + made.unsaid


def test_index_settings_are_expressed_or_listed(project: Project) -> None:
    """Statuses that speak of credentials are never absence; 403 is not, beside a login."""
    project.write("pyproject.toml", INDEXES)

    made = project.imported()

    groups = {group.name: group for group in made.map.groups}
    assert groups["corp"].auth is Auth.REQUIRED
    assert groups["corp"].absent_status == {404, 410}
    assert groups["first"].auth is Auth.NEVER
    assert groups["first"].absent_status == {403, 404, 410}
    for listed in ("ignore-error-codes 401", "corp: status 403", "cache-control", "thing: git"):
        assert listed in made.unsaid


def test_best_match_becomes_a_judged_rule(project: Project) -> None:
    """`unsafe-best-match` is what xpip refuses to do unasked."""
    project.write(
        "uv.toml",
        """\
        index-strategy = "unsafe-best-match"
        index-url = "https://default.example/simple"
        extra-index-url = ["https://more.example/simple"]
        """,
    )

    made = project.imported("uv")

    assert made.asked("spam") == [["more-example", "default-example"]]
    assert made.judged("spam")
    assert "uv takes the best version from all of" in made.unsaid


def test_markers_leave_the_choice_to_the_user(project: Project) -> None:
    """Two indexes for one name by platform: judged here, and listed."""
    project.write(
        "pyproject.toml",
        """\
        [tool.uv.sources]
        torch = [
            { index = "cpu", marker = "sys_platform == 'darwin'" },
            { index = "gpu", marker = "sys_platform != 'darwin'" },
        ]
        [[tool.uv.index]]
        name = "cpu"
        url = "https://t.example/cpu"
        explicit = true
        [[tool.uv.index]]
        name = "gpu"
        url = "https://t.example/gpu"
        explicit = true
        """,
    )

    made = project.imported()

    assert made.asked("torch") == [["cpu", "gpu"]]
    assert made.judged("torch")
    assert "marker = sys_platform == 'darwin'" in made.unsaid


def test_exclude_newer_becomes_a_cooldown(project: Project) -> None:
    """For every rule, but for one whose index says otherwise."""
    project.write(
        "pyproject.toml",
        """\
        [tool.uv]
        exclude-newer = "7 days"
        exclude-newer-package = { spam = "1 day" }
        [tool.uv.sources]
        acme = { index = "corp" }
        [[tool.uv.index]]
        name = "corp"
        url = "https://pypi.corp.example/simple"
        explicit = true
        exclude-newer = false
        """,
    )

    made = project.imported()

    assert [rule.cooldown for rule in made.map.rules] == [None, "7d"]
    assert "exclude-newer-package" in made.unsaid


def test_uv_toml_counts_before_the_project_and_its_pins_stay(project: Project) -> None:
    """Where there is one, uv takes its indexes from it; a pin is never lost."""
    project.write("pyproject.toml", INDEXES)
    project.write("uv.toml", '[[index]]\nname = "mine"\nurl = "https://mine.example/simple"\n')

    made = project.imported("uv")

    assert made.asked("acme-app") == [["corp"]]
    assert made.asked("spam") == [["mine"], ["pypi"]]


def test_variables_come_before_the_file(project: Project) -> None:
    """UV_INDEX with a name, UV_DEFAULT_INDEX in place of PyPI."""
    variables = {
        "UV_INDEX": "corp=https://pypi.corp.example/simple",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
    }

    made = project.imported("uv", variables=variables)

    assert made.asked("spam") == [["corp"], ["mirror-example"]]
    assert "From UV_INDEX." in made.text


def test_pin_to_an_index_that_is_not_there_ends_the_import(project: Project) -> None:
    """It would be open where the name may come from."""
    project.write("pyproject.toml", '[tool.uv.sources]\nacme = { index = "nowhere" }\n')

    with pytest.raises(UsageError, match="'nowhere'"):
        project.imported()


def test_pin_to_an_index_that_cannot_be_said_is_denied(project: Project) -> None:
    """The name does not fall through to the rule for every other name."""
    project.write(
        "pyproject.toml",
        """\
        [tool.uv.sources]
        acme = { index = "corp" }
        [[tool.uv.index]]
        name = "corp"
        url = "https://${HOST}/simple"
        explicit = true
        """,
    )

    made = project.imported()

    assert made.asked("acme") == []
    assert made.asked("spam") == [["pypi"]]
    assert "comes out of a variable" in made.unsaid


def test_text_of_strangers_stays_in_its_comment(project: Project) -> None:
    """A name with a line end or a terminal's escape in it becomes neither a rule nor colour."""
    project.write(
        "pyproject.toml",
        '[[tool.uv.index]]\nname = "a\\n[[mapping]]\\npaths = [\\"*\\"]\\nrepositories = []"\n'
        'url = "https://a.example/simple"\n"evil\\u001b\\n[[mapping]]" = 1\n',
    )

    made = project.imported()

    assert [str(rule.patterns[0]) for rule in made.map.rules] == ["*"]
    assert made.asked("spam") != []


def test_names_stay_pinned_to_a_default_index_that_another_one_replaces(project: Project) -> None:
    """A variable's default index counts; the file's is still there for its names."""
    project.write(
        "pyproject.toml",
        """\
        [tool.uv.sources]
        acme = { index = "corp" }
        [[tool.uv.index]]
        name = "corp"
        url = "https://pypi.corp.example/simple"
        default = true
        """,
    )

    made = project.imported("uv", variables={"UV_DEFAULT_INDEX": "https://m.example/simple"})

    assert made.asked("acme") == [["corp"]]
    assert made.asked("spam") == [["m-example"]]
