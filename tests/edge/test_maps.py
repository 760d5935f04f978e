"""Where the mapping file of a run is found, and whether it may be believed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from xpip.core.policy import Policy
from xpip.edge.config import Options, configure
from xpip.edge.config.layers import load_map
from xpip.errors import Reason, UsageError

BESIDE = ("pyproject.toml", "xpip.json", "xpip.toml")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
TOML = """
[repositories]
NAME = ["https://NAME.example/simple/"]

[[mapping]]
paths = ["*"]
repositories = ["NAME"]
"""
JSON = (
    '{"repositories": {"NAME": ["https://NAME.example/simple/"]},'
    ' "mapping": [{"paths": ["*"], "repositories": ["NAME"]}]}'
)


def write(path: Path, name: str) -> Path:
    """A map with one repository of this name."""
    text = JSON if path.suffix == ".json" else TOML
    if path.name == "pyproject.toml":
        text = text.replace("[[", "[[tool.xpip.map.").replace("[repo", "[tool.xpip.map.repo")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("NAME", name), encoding="utf-8")
    path.chmod(0o644)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The user's home; the project lies in it."""
    return tmp_path / "home"


@pytest.fixture
def project(home: Path) -> Path:
    """A directory deep in a checkout."""
    directory = home / "work" / "checkout" / "src"
    directory.mkdir(parents=True)
    return directory


def found(cwd: Path, home: Path, option: str | None = None, **environ: str) -> str | None:
    """The name that the map in force gives its repository."""
    variables = {"HOME": str(home), **environ}
    made = load_map(option, environ=variables, cwd=cwd, now=NOW)
    return made.groups[0].name if made else None


def refusal(path: Path, home: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        found(path.parent, home)
    assert caught.value.reference is Reason.MAP_INVALID
    return caught.value


# First hit wins


def test_no_map_is_found_where_there_is_none(project: Path, home: Path) -> None:
    """Then all repositories may speak for every name, and are judged."""
    assert found(project, home) is None


def test_map_is_found_in_the_order_of_the_places(project: Path, home: Path) -> None:
    """Option, variable, this directory, those above, the user's."""
    write(home / ".config" / "xpip" / "xpip.toml", "users")
    seen = [found(project, home)]
    write(project.parent / "xpip.toml", "above")
    seen.append(found(project, home))
    for name in BESIDE:
        nearest = write(project / name, name.replace(".", "-"))
        seen.append(found(project, home))
        nearest.unlink()
    write(project / "xpip.toml", "nearest")
    variable = str(write(home / "variable.toml", "variable"))
    seen.append(found(project, home, XPIP_MAP=variable))
    option = str(write(home / "option.toml", "option"))
    seen.append(found(project, home, option, XPIP_MAP=variable))
    assert seen == [
        *("users", "above"),
        *("pyproject-toml", "xpip-json", "xpip-toml"),
        *("variable", "option"),
    ]


@pytest.mark.parametrize(("name", "other"), [*combinations(BESIDE, 2)])
def test_two_maps_in_one_directory_are_refused(
    project: Path, home: Path, name: str, other: str
) -> None:
    """One would be passed over in silence, and somebody believes that it holds."""
    paths = [str(write(project / each, "corp")) for each in (name, other)]

    refused = refusal(project / name, home)

    assert sorted(refused.context) == sorted(paths)
    assert found(project, home, option=paths[0]) == "corp"


def test_two_maps_in_one_directory_above_are_not_looked_at(project: Path, home: Path) -> None:
    """The nearest one is the map in force."""
    write(project / "xpip.toml", "near")
    write(project.parent / "xpip.toml", "above")
    write(project.parent / "xpip.json", "above")
    assert found(project, home) == "near"


def test_users_map_lies_where_the_configuration_directory_is(project: Path, home: Path) -> None:
    """XDG Base Directory Specification."""
    write(home / "elsewhere" / "xpip" / "xpip.toml", "users")
    assert found(project, home, XDG_CONFIG_HOME=str(home / "elsewhere")) == "users"


def test_pyproject_without_a_map_is_passed_over(project: Path, home: Path) -> None:
    """Most projects have one, and it says nothing about names."""
    (project / "pyproject.toml").write_text("[tool.xpip]\n[project]\n")
    write(project.parent / "xpip.toml", "above")
    assert found(project, home) == "above"


def test_named_map_is_taken_from_where_the_command_runs(project: Path, home: Path) -> None:
    """A relative path, or one below the home directory."""
    write(project / "maps" / "ci.toml", "ci")
    assert found(project, home, "maps/ci.toml") == "ci"
    assert found(project, home, XPIP_MAP="maps/ci.toml") == "ci"


@pytest.mark.parametrize("named", ["option", "variable"])
def test_named_map_is_an_error_when_it_is_not_there(project: Path, home: Path, named: str) -> None:
    """Going on with another one would ask the wrong repositories."""
    write(project / "xpip.toml", "here")
    given: dict[str, Any] = {"option": "no.toml"} if named == "option" else {"XPIP_MAP": "no.toml"}
    with pytest.raises(UsageError) as caught:
        found(project, home, **given)
    assert caught.value.reference is Reason.MAP_INVALID


# Walking up


def test_search_ends_at_the_root_of_the_repository(project: Path, home: Path) -> None:
    """What lies above a checkout was not written for it; its own root still counts."""
    checkout = project.parent
    (checkout / ".git").mkdir()
    write(checkout.parent / "xpip.toml", "above")
    assert found(project, home) is None
    write(checkout / "xpip.toml", "root")
    assert found(project, home) == "root"


def test_search_ends_at_the_root_of_a_worktree(project: Path, home: Path) -> None:
    """There `.git` is a file."""
    (project.parent / ".git").write_text("gitdir: elsewhere\n")
    write(project.parent.parent / "xpip.toml", "above")
    assert found(project, home) is None


def test_search_ends_at_the_home_directory(project: Path, home: Path) -> None:
    """Above it others write."""
    write(home.parent / "xpip.toml", "strangers")
    assert found(project, home) is None
    write(home / "xpip.toml", "home")
    assert found(project, home) == "home"


def test_only_this_directory_is_searched_outside_of_both(tmp_path: Path, home: Path) -> None:
    """In /tmp, anyone may put a file above."""
    here = tmp_path / "shared" / "here"
    here.mkdir(parents=True)
    write(here.parent / "xpip.toml", "strangers")
    assert found(here, home) is None
    write(here / "xpip.toml", "here")
    assert found(here, home) == "here"


def test_only_this_directory_is_searched_when_there_is_no_home(project: Path, home: Path) -> None:
    """Up to the root of the file system there may be anyone's files."""
    write(project.parent / "xpip.toml", "above")
    assert load_map(None, environ={}, cwd=project, now=NOW) is None


def test_search_ends_at_the_root_of_a_repository_when_there_is_no_home(project: Path) -> None:
    """A checkout is known by itself."""
    (project.parent / ".git").mkdir()
    write(project.parent / "xpip.toml", "root")
    made = load_map(None, environ={}, cwd=project, now=NOW)
    assert made is not None
    assert made.groups[0].name == "root"


# Whether it may be believed


def break_off(path: Path, how: str) -> Path:
    """Put something there that is no map."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if how == "directory":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if how == "loop" else path.with_name("gone"))
    return path


BROKEN = pytest.mark.parametrize(
    "how",
    [
        "directory",
        *(
            pytest.param(how, marks=pytest.mark.skipif(os.name == "nt", reason="needs POSIX"))
            for how in ("dangling", "loop", "pipe")
        ),
    ],
)


@BROKEN
@pytest.mark.parametrize("name", ["xpip.toml", "xpip.json", "pyproject.toml"])
def test_map_is_refused_when_it_is_no_file(project: Path, home: Path, how: str, name: str) -> None:
    """To go on as if there were none would open every name to every repository."""
    write(project.parent / "xpip.toml", "above")
    path = break_off(project / name, how)
    assert refusal(path, home).context == (str(path),)


@BROKEN
def test_users_map_is_refused_when_it_is_no_file(project: Path, home: Path, how: str) -> None:
    """Theirs closes names too."""
    path = break_off(home / ".config" / "xpip" / "xpip.toml", how)
    with pytest.raises(UsageError) as caught:
        found(project, home)
    assert caught.value.context == (str(path),)


@BROKEN
def test_machines_map_is_refused_when_it_is_no_file(
    project: Path, home: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the administrator's."""
    path = break_off(home / "etc" / "xpip.toml", how)
    monkeypatch.setattr("xpip.edge.config.maps._MACHINE", path)
    with pytest.raises(UsageError) as caught:
        found(project, home)
    assert caught.value.context == (str(path),)


def test_map_is_read_through_a_symbolic_link(project: Path, home: Path) -> None:
    """Only what it leads to counts."""
    (project / "xpip.toml").symlink_to(write(home / "shared.toml", "shared"))
    assert found(project, home) == "shared"


def test_named_pyproject_is_refused_when_it_has_no_map(project: Path, home: Path) -> None:
    """`--map` names a map; a file without one is a mistake."""
    (project / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(UsageError) as caught:
        found(project, home, "pyproject.toml")
    assert caught.value.reference is Reason.MAP_INVALID


def test_pyproject_that_only_mentions_the_table_is_passed_over(project: Path, home: Path) -> None:
    """A comment is no map."""
    (project / "pyproject.toml").write_text("# see tool.xpip.map\n[project]\n")
    assert found(project, home) is None


def test_named_map_of_an_unknown_user_is_an_error(project: Path, home: Path) -> None:
    """`~nobody-of-that-name` is a path that is not there."""
    with pytest.raises(UsageError) as caught:
        found(project, home, "~nobody-of-that-name/xpip.toml")
    assert caught.value.reference is Reason.MAP_INVALID


@pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")
def test_map_is_refused_when_everyone_may_write_it(project: Path, home: Path) -> None:
    """Whoever writes it decides where code comes from."""
    path = write(project / "xpip.toml", "here")
    path.chmod(0o646)
    error = refusal(path, home)
    assert "every user of this machine may write it" in error.message
    assert error.context == (str(path),)


@pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")
def test_named_map_is_refused_too_when_everyone_may_write_it(project: Path, home: Path) -> None:
    """That it was named makes no difference."""
    path = write(home / "named.toml", "named")
    path.chmod(0o666)
    with pytest.raises(UsageError, match="may write it"):
        found(project, home, str(path))


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to another user"
)
def test_map_is_refused_when_it_belongs_to_another_user(project: Path, home: Path) -> None:
    """A file that was put there by someone else."""
    path = write(project / "xpip.toml", "here")
    os.chown(path, 12345, 12345)
    assert "it belongs to another user" in refusal(path, home).message


def test_map_is_refused_when_it_is_wrong(project: Path, home: Path) -> None:
    """And not passed over for one further up."""
    write(project.parent / "xpip.toml", "above")
    path = write(project / "xpip.toml", "here")
    path.write_text("[[mapping]]\n")
    assert "mapping[0]" in refusal(path, home).message


def test_pyproject_is_refused_when_its_map_cannot_be_read(project: Path, home: Path) -> None:
    """A broken file that speaks of names is not one without a map."""
    path = project / "pyproject.toml"
    path.write_text("[tool.xpip.map\n")
    refusal(path, home)


# What a discovered map may name


SECRET = TOML.replace("NAME.example/", "corp.example/${TOKEN}/").replace("NAME", "corp")


def test_discovered_map_may_not_name_any_variable(project: Path, home: Path) -> None:
    """It came with a checkout: it is trusted with names, not with secrets."""
    path = project / "xpip.toml"
    path.write_text(SECRET)
    with pytest.raises(UsageError, match="XPIP_MAP_"):
        found(project, home, TOKEN="hunter2")
    assert found(project, home, str(path), TOKEN="hunter2") == "corp"


# The whole policy


def policy(project: Path, home: Path, environ: dict[str, str], **options: Any) -> Policy:
    variables = {"HOME": str(home), **environ}
    return configure(Options(**options), environ=variables, cwd=project, now=NOW).policy


def test_no_map_leaves_every_map_aside(project: Path, home: Path) -> None:
    """`--no-map`: those of variables too."""
    write(project / "xpip.toml", "here")
    variable = str(write(home / "variable.toml", "variable"))
    made = policy(project, home, {"XPIP_MAP": variable}, no_map=True)
    assert made.map is None
    assert [group.name for group in made.groups] == ["pypi"]


def test_map_brings_its_own_repositories(project: Path, home: Path) -> None:
    """Index variables give way: the map says which repositories there are."""
    write(project / "xpip.toml", "corp")
    made = policy(project, home, {"XPIP_INDEX_URL": "https://other.example/simple/"})
    assert [group.canonical.url for group in made.groups] == ["https://corp.example/simple/"]


@pytest.mark.parametrize(
    "options",
    [
        {"index_url": "https://other.example/simple/"},
        {"extra_index_urls": ("https://other.example/simple/",)},
        {"find_links": ("https://other.example/links/",)},
    ],
)
def test_index_option_is_an_error_when_it_is_none_of_the_maps(
    project: Path, home: Path, options: dict[str, Any]
) -> None:
    """Neither may it add a repository, nor be ignored."""
    write(project / "xpip.toml", "corp")
    with pytest.raises(UsageError) as caught:
        policy(project, home, {}, **options)
    assert caught.value.reference is Reason.USAGE


@pytest.mark.parametrize(
    "url",
    [
        "https://corp.example/simple/",
        "https://corp.example/simple",
        "HTTPS://Corp.example:443/simple/",
        "https://me:secret@corp.example/simple/",
    ],
)
def test_index_option_may_repeat_a_repository_of_the_map(
    project: Path, home: Path, url: str
) -> None:
    """However it is spelled, and to log in to it."""
    write(project / "xpip.toml", "corp")
    made = policy(project, home, {}, index_url=url)
    assert [group.name for group in made.groups] == ["corp"]


def test_required_rule_closes_every_name_where_there_is_no_map(project: Path, home: Path) -> None:
    """`--require-rule`, for continuous integration: a missing file is no permission."""
    made = policy(project, home, {}, require_rule=True)
    assert made.map is not None
    assert made.map.rules == ()


@pytest.mark.parametrize(
    "options", [{"no_map": True, "map_file": "xpip.toml"}, {"no_map": True, "require_rule": True}]
)
def test_leaving_the_file_aside_excludes_asking_for_it(
    project: Path, home: Path, options: dict[str, Any]
) -> None:
    """Two options that contradict each other are not resolved by guessing."""
    write(project / "xpip.toml", "corp")
    with pytest.raises(UsageError, match="--no-map excludes"):
        policy(project, home, {}, **options)


def test_asking_nobody_is_an_error_under_a_map(project: Path, home: Path) -> None:
    """`--no-index` would be ignored: the file says who is asked."""
    write(project / "xpip.toml", "corp")
    with pytest.raises(UsageError, match="--no-index"):
        policy(project, home, {}, no_index=True)


@pytest.mark.parametrize("text", ["[project\n[tool.xpip]\nmap = {}\n", "[[tool.xpip\nmap=1"])
def test_broken_project_file_that_may_hold_a_map_is_refused(
    project: Path, home: Path, text: str
) -> None:
    """However it would have been written."""
    (project / "pyproject.toml").write_text(text)
    assert refusal(project / "pyproject.toml", home).context == ("pyproject.toml",)


@pytest.mark.parametrize("text", ["maps = {}", "mapping = []", "repositories = {}"])
def test_map_in_the_wrong_table_is_refused(project: Path, home: Path, text: str) -> None:
    """One letter more, and every name would be open to every repository."""
    (project / "pyproject.toml").write_text(f"[tool.xpip]\n{text}\n")
    assert "tool.xpip.map" in refusal(project / "pyproject.toml", home).message


def test_url_for_a_map_is_refused_without_its_password(project: Path, home: Path) -> None:
    """It is shown as a path otherwise, with all that it holds."""
    with pytest.raises(UsageError) as caught:
        found(project, home, XPIP_MAP="https://me:secret@maps.example/xpip.toml")
    assert caught.value.reference is Reason.MAP_INVALID
    assert "https://maps.example/xpip.toml is a URL" in caught.value.message
    assert "secret" not in f"{caught.value} {caught.value.context}"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
def test_map_above_is_found_when_the_home_directory_is_a_link(project: Path, home: Path) -> None:
    """The working directory has its real path, HOME the one that the user knows."""
    write(home / "xpip.toml", "home")
    link = home.with_name("link")
    link.symlink_to(home)
    assert found(project, link) == "home"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
def test_map_that_may_be_there_is_refused(project: Path, home: Path) -> None:
    """A directory that cannot be looked into, here a loop of links, may hold what is enforced."""
    (home / ".config").symlink_to(".config")
    with pytest.raises(UsageError) as caught:
        found(project, home)
    assert caught.value.reference is Reason.MAP_INVALID


def test_configuration_directory_that_is_relative_does_not_count(project: Path, home: Path) -> None:
    """XDG Base Directory Specification; else a checkout's directory would be the user's own."""
    write(project / "conf" / "xpip" / "xpip.toml", "checkout")
    write(home / ".config" / "xpip" / "xpip.toml", "users")
    assert found(project, home, XDG_CONFIG_HOME="conf") == "users"
