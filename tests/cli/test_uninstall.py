"""`xpip uninstall`, as a user runs it, and as other tools see what it leaves."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.distributions import put
from tests.support.interpreters import managed_interpreter
from tests.support.tools import pip, pip_list, uv, uv_list
from tests.support.wheels import build_wheel
from tests.support.world import World


def test_uninstall_leaves_the_environment_as_it_was(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Files, scripts, empty directories and bytecode are gone."""
    before = environment.files()
    corp = world.repository("corp")
    corp.serve("spam", "1.0", entry_points={"spam": "spam:main"}, requires=["eggs"])
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "spam")
    environment.run("import spam")

    ended = xpip("uninstall", "spam", "eggs")

    assert (ended.exit_code, ended.stdout) == (0, "- spam 1.0\n- eggs 1.0\n"), ended.stderr
    assert ended.stderr.startswith("Removed 2 distributions, ")
    assert environment.files() == before
    assert not (environment.site_packages / "spam").exists()


def test_uninstall_takes_names_as_people_spell_them(environment: Environment, xpip: Xpip) -> None:
    """PEP 503; each once."""
    put(environment.site_packages, "my_spam")

    ended = xpip("uninstall", "My.Spam", "my-spam")

    assert (ended.exit_code, ended.stdout) == (0, "- my-spam 1.0\n")


def test_uninstall_says_who_still_needs_what_goes(environment: Environment, xpip: Xpip) -> None:
    """And does it: the user said so."""
    put(environment.site_packages, "spam", requires=["eggs>=1", "ham"])
    put(environment.site_packages, "eggs")

    ended = xpip("uninstall", "eggs")

    assert ended.exit_code == 0
    assert "note: spam 1.0 needs eggs>=1 [still-needed]\n" in ended.stderr
    assert "ham" not in ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_uninstall_says_nothing_of_needs_when_those_go_too(
    environment: Environment, xpip: Xpip
) -> None:
    """Whoever needed it needs nothing any more."""
    put(environment.site_packages, "spam", requires=["eggs"])
    put(environment.site_packages, "eggs")

    assert "still-needed" not in xpip("uninstall", "eggs", "spam").stderr


def test_uninstall_goes_on_when_one_of_the_names_is_not_installed(
    environment: Environment, xpip: Xpip
) -> None:
    """It is told; the rest is done."""
    put(environment.site_packages, "spam")

    ended = xpip("uninstall", "eggs", "spam")

    assert (ended.exit_code, ended.stdout) == (0, "- spam 1.0\n")
    assert f"eggs is not installed in {environment.directory} [not-installed]" in ended.stderr


def test_uninstall_exits_with_1_when_nothing_is_installed(
    environment: Environment, xpip: Xpip
) -> None:
    """A script can tell."""
    ended = xpip("uninstall", "--json", "spam")

    assert ended.exit_code == 1
    assert (ended.data["removed"], ended.data["not_installed"]) == ([], ["spam"])


def test_uninstall_removes_nothing_when_one_has_no_record(
    environment: Environment, xpip: Xpip
) -> None:
    """All or nothing; only the tool that put it there knows its files."""
    put(environment.site_packages, "spam")
    put(environment.site_packages, "eggs", installer="conda", record=False)
    before = environment.files()

    ended = xpip("uninstall", "spam", "eggs")

    assert ended.exit_code == 5
    assert "the installed eggs 1.0 has no RECORD of its files [unremovable]" in ended.stderr
    assert "remove it with conda" in ended.stderr
    assert environment.files() == before


@pytest.mark.parametrize("name", ["eggs.egg-info", "eggs-1.0.egg-info", "eggs.egg-link"])
def test_uninstall_refuses_what_old_tools_left(
    environment: Environment, xpip: Xpip, name: str
) -> None:
    """It is there, so it is not called "not installed"; nobody knows its files."""
    left = environment.site_packages / name
    left.write_text("Metadata-Version: 1.1\nName: eggs\nVersion: 1.0\n")

    ended = xpip("uninstall", "eggs")

    assert ended.exit_code == 5
    assert "[unremovable]" in ended.stderr
    assert left.exists()


def test_uninstall_removes_nothing_outside_the_environment(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Whatever RECORD says."""
    info = put(environment.site_packages, "spam")
    mine = project / "mine.txt"
    mine.write_text("mine")
    with (info / "RECORD").open("a") as record:
        record.write(f"{mine},,\n")

    ended = xpip("uninstall", "spam")

    assert ended.exit_code == 5
    assert f"{mine}\n" in ended.stderr
    assert mine.exists()
    assert info.exists()


def test_uninstall_removes_every_distribution_of_a_name(
    environment: Environment, xpip: Xpip
) -> None:
    """Else the next one would come to light, and the name still be there."""
    put(environment.site_packages, "spam", "1.0")
    put(environment.site_packages, "spam", "2.0")

    ended = xpip("uninstall", "spam")

    assert ended.stdout == "- spam 1.0\n- spam 2.0\n"
    assert environment.installed() == {}


def test_uninstall_keeps_what_the_interpreter_shares(environment: Environment, xpip: Xpip) -> None:
    """A virtual environment may see the distributions of its base; they are not its own."""
    base = Path(environment.run("import sys; print(sys.base_prefix)"))
    settings = environment.directory / "pyvenv.cfg"
    settings.write_text(settings.read_text().replace("= false", "= true"))
    seen = xpip("list", "--json").data["distributions"]
    if not seen:
        pytest.skip("the interpreter has no distributions")
    name = seen[0]["name"]

    ended = xpip("uninstall", name)

    assert ended.exit_code == 1
    assert "[not-in-environment]" in ended.stderr
    assert Path(seen[0]["location"]).is_relative_to(base)
    assert Path(seen[0]["location"]).exists()


def test_uninstall_changes_nothing_in_a_dry_run(environment: Environment, xpip: Xpip) -> None:
    """Not even a lock is made; refusals are the same."""
    put(environment.site_packages, "spam")
    before = environment.files()

    ended = xpip("uninstall", "--dry-run", "-v", "spam")

    assert ended.exit_code == 0
    assert str(environment.site_packages / "spam.py") in ended.stdout
    assert "Would remove 1 distribution, 4 files." in ended.stderr
    assert environment.files() == before
    assert not (environment.directory / ".xpip.lock").exists()


def test_uninstall_tells_as_data_what_went(environment: Environment, xpip: Xpip) -> None:
    """Nothing else is on standard output."""
    info = put(environment.site_packages, "spam", files={"spam.py": ""})

    data = xpip("uninstall", "--json", "spam").data

    assert data["removed"] == [
        {"name": "spam", "version": "1.0", "location": str(info), "installer": "pip"}
    ]
    assert str(environment.site_packages / "spam.py") in data["files"]
    assert data["dry_run"] is False


def test_uninstall_removes_an_editable_and_leaves_its_sources(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """By its RECORD, as for everything else."""
    source = project / "src" / "spam.py"
    source.parent.mkdir()
    source.touch()
    put(
        environment.site_packages,
        "spam",
        files={"__editable__.spam-1.0.pth": f"{source.parent}\n"},
        direct_url={"url": source.parent.as_uri(), "dir_info": {"editable": True}},
    )

    assert xpip("uninstall", "spam").exit_code == 0

    assert source.exists()
    assert list(environment.site_packages.glob("*spam*")) == []


def test_uninstall_works_on_a_flat_directory(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """`--target`; one that is not there is not made."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    xpip("install", "-i", corp.url, "--target", "lib", "spam")

    assert xpip("uninstall", "--target", "lib", "spam").exit_code == 0
    assert [path.name for path in (project / "lib").iterdir()] == [".xpip.lock"]
    assert xpip("uninstall", "--target", "none", "spam").exit_code == 1
    assert not (project / "none").exists()


def test_uninstall_refuses_an_environment_that_the_system_manages(
    xpip: Xpip, tmp_path: Path
) -> None:
    """PEP 668; a dry run changes nothing, and the user may know better."""
    python = managed_interpreter(tmp_path / "system")

    assert "[externally-managed]" in xpip("uninstall", "--python", python, "spam").stderr
    for option in ("--dry-run", "--break-system-packages"):
        ended = xpip("uninstall", option, "--python", python, "spam")
        assert "spam is not installed" in ended.stderr


def test_uninstall_says_so_when_it_removes_the_xpip_that_runs(
    environment: Environment, project: Path
) -> None:
    """It may: whoever installed it so can take it away so."""
    put(environment.site_packages, "xpip")

    ended = subprocess.run(
        [environment.python, "-m", "xpip", "uninstall", "xpip"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "- xpip 1.0\n")
    assert "[removes-xpip]" in ended.stderr


@pytest.mark.parametrize("names", [["spam==1.0"], ["spam[meat]"], ["./spam"], []])
def test_uninstall_takes_names_alone(
    environment: Environment, xpip: Xpip, names: list[str]
) -> None:
    """What else is written would be passed over."""
    put(environment.site_packages, "spam")

    ended = xpip("uninstall", *names)

    assert ended.exit_code == 2
    assert environment.installed() == {"spam": "1.0"}


def test_uninstall_reads_names_from_a_file(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Versions and markers are no matter; constraints name nothing to remove."""
    for name in ("spam", "eggs", "ham", "beef"):
        put(environment.site_packages, name)
    (project / "limits.txt").write_text("beef==1.0\n")
    (project / "requirements.txt").write_text(
        "spam==9\neggs ; python_version < '3'\nham @ https://files.example/ham.zip\n-c limits.txt\n"
    )

    ended = xpip("uninstall", "-r", "requirements.txt")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"beef": "1.0"}


def test_uninstall_knows_a_place_by_what_is_installed_from_there(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """A path says no name; the record of the installation does (PEP 610)."""
    here = {"url": (project / "spam").as_uri(), "dir_info": {"editable": True}}
    put(environment.site_packages, "lovely", direct_url=here)
    put(environment.site_packages, "eggs")
    (project / "requirements.txt").write_text("-e ./spam\n")

    ended = xpip("uninstall", "-r", "requirements.txt")

    assert (ended.exit_code, ended.stdout) == (0, "- lovely 1.0\n"), ended.stderr


def test_uninstall_takes_what_freeze_printed(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """All of it goes."""
    put(environment.site_packages, "spam")
    here = {"url": "file:///src/eggs", "dir_info": {"editable": True}}
    put(environment.site_packages, "eggs", direct_url=here)
    (project / "frozen.txt").write_text(xpip("freeze").stdout)

    assert xpip("uninstall", "-r", "frozen.txt").exit_code == 0
    assert environment.installed() == {}


def test_uninstall_refuses_a_place_that_nothing_came_from(
    environment: Environment, xpip: Xpip, project: Path
) -> None:
    """Nobody knows what is meant; file and line are told, and nothing is removed."""
    put(environment.site_packages, "spam")
    (project / "requirements.txt").write_text("spam\n./somewhere\n")

    ended = xpip("uninstall", "-r", "requirements.txt")

    assert ended.exit_code == 2
    assert "requirements.txt:2" in ended.stderr
    assert environment.installed() == {"spam": "1.0"}


# --- On a terminal ------------------------------------------------------------------------------


def at_a_terminal(answer: str, *arguments: str, cwd: Path) -> tuple[int, str]:
    """Exit code, and what a user sees who types this answer."""
    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XPIP_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "xpip", *arguments],
        cwd=cwd,
        env={**kept, "VIRTUAL_ENV": str(cwd / ".venv")},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # Linux reports the end of a terminal as an error
    os.close(ours)
    return process.wait(timeout=60), shown.decode(errors="replace")


@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("\n", True), ("n\n", False)])
def test_uninstall_asks_first_on_a_terminal(
    environment: Environment, project: Path, answer: str, gone: bool
) -> None:
    """With all that can be known before: what goes, and who needs it."""
    put(environment.site_packages, "spam", requires=["eggs"])
    put(environment.site_packages, "eggs")

    code, shown = at_a_terminal(answer, "uninstall", "eggs", cwd=project)

    assert shown.index("- eggs 1.0") < shown.index("still-needed") < shown.index("Remove?")
    assert ("eggs" not in environment.installed()) is gone
    assert code == (0 if gone else 130)


@pytest.mark.parametrize("option", ["--yes", "--json", "--dry-run"])
def test_uninstall_does_not_ask_when_it_need_not(
    environment: Environment, project: Path, option: str
) -> None:
    """The user said yes before, is a program, or removes nothing."""
    put(environment.site_packages, "spam")

    code, shown = at_a_terminal("", "uninstall", option, "spam", cwd=project)

    assert code == 0
    assert "Remove?" not in shown


# --- With other tools ---------------------------------------------------------------------------


def test_pip_and_uv_agree_about_what_uninstall_left(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Both list the same, and miss the same."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    xpip("install", "-i", corp.url, "spam")
    assert pip_list(environment) == uv_list(environment) == {"spam": "1.0", "eggs": "1.0"}

    xpip("uninstall", "eggs")

    assert pip_list(environment) == uv_list(environment) == {"spam": "1.0"}
    with pytest.raises(AssertionError, match="ended with 1"):
        pip(environment, "check")
    assert xpip("check").exit_code == 1


@pytest.mark.parametrize("tool", [pip, uv])
def test_uninstall_removes_what_another_tool_installed(
    environment: Environment, xpip: Xpip, tmp_path: Path, tool: Callable[..., str]
) -> None:
    """Scripts, bytecode and all."""
    before = environment.files()
    wheel = build_wheel(
        tmp_path, "spam", "1.0", entry_points={"spam": "spam:main"}, scripts={"ham": "#!python\n"}
    )
    tool(environment, "install", wheel)
    assert environment.installed() == {"spam": "1.0"}

    ended = xpip("uninstall", "spam")

    assert ended.exit_code == 0, ended.stderr
    left = {name: bytes_ for name, bytes_ in environment.files().items() if name != ".lock"}
    assert left == before


@pytest.mark.parametrize(("tool", "options"), [(pip, ["-y"]), (uv, [])])
def test_other_tools_remove_what_xpip_installed(
    world: World,
    environment: Environment,
    xpip: Xpip,
    tool: Callable[..., str],
    options: list[str],
) -> None:
    """Xpip's own records are in RECORD."""
    before = environment.files()
    corp = world.repository("corp")
    corp.serve("spam", "1.0", entry_points={"spam": "spam:main"})
    xpip("install", "-i", corp.url, "spam")

    tool(environment, "uninstall", *options, "spam")

    left = {name: bytes_ for name, bytes_ in environment.files().items() if name != ".lock"}
    assert left == before
    assert xpip("list", "--json").data["distributions"] == []
