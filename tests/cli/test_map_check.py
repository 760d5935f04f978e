"""`xpip map check`: errors and pitfalls of a mapping file, for people and for CI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended

Xpip = Callable[..., Ended]

CLEAN = """\
[repositories]
corp = ["https://corp.example/simple/"]

[[mapping]]
namespace = ["acme"]
repositories = ["corp"]
"""
WIDE = CLEAN.replace('namespace = ["acme"]', 'paths = ["acme*"]')


def test_map_check_says_that_the_file_in_force_is_clean(xpip: Xpip, project: Path) -> None:
    """Without an argument, it is the one that an installation would take; it says which."""
    (project / "xpip.toml").write_text(CLEAN)

    ended = xpip("map", "check")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == "xpip.toml: no problems (repositories: 1, rules: 1)\n"


def test_map_check_shows_each_lint_and_ends_with_1(xpip: Xpip, project: Path) -> None:
    """So that CI can hold a project to it."""
    (project / "other.toml").write_text(WIDE)

    ended = xpip("map", "check", "other.toml")

    assert ended.exit_code == 1
    assert ended.stdout == (
        "other.toml:4: mapping[0].paths [wide-glob]\n"
        "  `acme*` also matches acmefoo, a name that anybody may register.\n"
        '  Write namespace = ["acme"]: acme and acme-*.\n'
        "\n"
        "other.toml: 1 lint (repositories: 1, rules: 1)\n"
    )


def test_map_check_gives_lints_as_data(xpip: Xpip, project: Path) -> None:
    """The same, for programs."""
    (project / "xpip.toml").write_text(WIDE)

    ended = xpip("map", "check", "--json")

    (lint,) = ended.data["lints"]
    assert (ended.exit_code, ended.data["file"], lint["code"]) == (1, "xpip.toml", "wide-glob")
    assert (lint["key_path"], lint["place"]) == ("mapping[0].paths", "xpip.toml:4")


def test_map_check_leaves_aside_what_it_is_told_to(xpip: Xpip, project: Path) -> None:
    """What is meant need not stop a pipeline."""
    (project / "xpip.toml").write_text(WIDE)

    assert xpip("map", "check", "--allow", "wide-glob").exit_code == 0


def test_map_check_refuses_to_leave_aside_what_there_is_not(xpip: Xpip, project: Path) -> None:
    """A misspelt code would allow nothing, and look as if it did."""
    (project / "xpip.toml").write_text(WIDE)

    ended = xpip("map", "check", "--allow", "wild-glob")

    assert ended.exit_code == 2
    assert "wide-glob" in ended.stderr


def test_map_check_ends_with_2_when_the_file_cannot_be_loaded(xpip: Xpip, project: Path) -> None:
    """The error that every other command would end with."""
    (project / "xpip.toml").write_text(CLEAN + "order = 'best'\n")

    ended = xpip("map", "check")

    assert ended.exit_code == 2
    assert "mapping[0].order" in ended.stderr
    assert "xpip.toml:4" in ended.stderr
    assert xpip("map", "check", "--json").reasons == ["map-invalid"]


def test_map_check_holds_a_named_file_to_what_it_may_say_where_it_is_found(
    xpip: Xpip, project: Path
) -> None:
    """Named, it may read any variable; an installation would find it by walking up."""
    (project / "other.toml").write_text(CLEAN.replace("/simple/", "/${TOKEN}/simple/"))
    assert xpip("map", "check", "other.toml", TOKEN="x").exit_code == 0

    (project / "other.toml").rename(project / "xpip.toml")
    ended = xpip("map", "check", "xpip.toml", TOKEN="x")
    assert ended.exit_code == 2
    assert "XPIP_MAP_" in ended.stderr


def test_map_check_reads_what_the_file_extends(xpip: Xpip, project: Path) -> None:
    """Its repositories may be another file's; its lints are its own."""
    (project / "org.toml").write_text(WIDE)
    own = 'extends = ["org.toml"]\n\n[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\n'
    (project / "xpip.toml").write_text(own)

    assert xpip("map", "check").exit_code == 0
    assert xpip("map", "check", "org.toml").exit_code == 1


@pytest.mark.parametrize("arguments", [(), ("missing.toml",)])
def test_map_check_ends_with_2_when_there_is_no_file(
    xpip: Xpip, project: Path, arguments: tuple[str, ...]
) -> None:
    """No file is not a clean one."""
    (project / ".git").mkdir()

    ended = xpip("map", "check", *arguments, HOME=str(project), XDG_CONFIG_HOME=str(project))

    assert ended.exit_code == 2
    assert "no problems" not in ended.stdout
