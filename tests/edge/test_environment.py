"""Which environment a run is about, and whether its interpreter is quoted correctly."""

from __future__ import annotations

import ast
import functools
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import packaging
import pytest
from tests.support.interpreters import managed_interpreter

from xpip.core.foreign_targets import Machine, foreign_target
from xpip.edge import environment as subject
from xpip.edge.environment import (
    Environment,
    check_writable,
    consulted_environment,
    locate_environment,
)
from xpip.errors import Reason, UsageError

SUPPORTED = range(9, 15)
RUNNING = os.path.realpath(sys.executable)
NOWHERE: dict[str, str] = {}

TRUTH = """
import json, sys, sysconfig
sys.path.append(sys.argv[1])
from packaging import markers, tags
print(json.dumps({
    "prefix": sys.prefix,
    "executable": sys.executable,
    "paths": sysconfig.get_paths(),
    "markers": markers.default_environment(),
    "tags": [str(tag) for tag in tags.sys_tags()],
}))
"""


@functools.cache
def truth(executable: str) -> dict[str, Any]:
    """What an interpreter says of itself when it is started plainly, `site` and all."""
    library = str(Path(packaging.__file__).parents[1])
    command = [executable, "-B", "-c", TRUTH, library]
    answer: dict[str, Any] = json.loads(
        subprocess.run(command, capture_output=True, check=True).stdout
    )
    return answer


def interpreter_behind(command: Path) -> str:
    """The interpreter that a command runs: its path, or "" where it runs none."""
    asking = [str(command), "-c", "import os, sys, venv; print(os.path.realpath(sys.executable))"]
    return subprocess.run(asking, capture_output=True, text=True, check=False).stdout.strip()


def interpreters() -> list[str]:
    """The running interpreter, those on PATH, and those installed beside the running one."""
    places = [*map(Path, os.get_exec_path()), *Path(sys.base_prefix).parent.glob("*/bin")]
    candidates = (place / f"python3.{minor}" for place in places for minor in SUPPORTED)
    found = {interpreter_behind(path) for path in candidates if os.access(path, os.X_OK)}
    return [RUNNING, *sorted(found - {RUNNING, ""})]


every_interpreter = pytest.mark.parametrize("interpreter", interpreters())


def make_venv(directory: Path, interpreter: str = RUNNING, *options: str) -> Path:
    """A real virtual environment, without pip."""
    command = [interpreter, "-m", "venv", "--without-pip", *options, str(directory)]
    subprocess.run(command, check=True, capture_output=True)
    return directory


def python_of(directory: Path) -> str:
    """The interpreter in a virtual environment."""
    return str(directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def locate(
    cwd: Path,
    *,
    python: str | Path | None = None,
    target: str | None = None,
    prefix: str | None = None,
    user: bool = False,
    environ: dict[str, str] = NOWHERE,
) -> Environment:
    """`locate_environment`, with nothing stated unless it is."""
    return locate_environment(
        python=None if python is None else str(python),
        target=target,
        prefix=prefix,
        user=user,
        environ=environ,
        cwd=cwd,
    )


def program(path: Path, script: str) -> Path:
    """An executable that is no Python interpreter."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(scope="session")
def venv_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A virtual environment of an interpreter, made once."""

    @functools.cache
    def make(interpreter: str) -> Path:
        return make_venv(tmp_path_factory.mktemp("venv") / "env", interpreter)

    return make


@pytest.fixture
def venv(venv_of: Any) -> Path:
    """A virtual environment of the running interpreter."""
    made: Path = venv_of(RUNNING)
    return made


@pytest.fixture(scope="session")
def managed_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that its system reserves for itself."""
    return managed_interpreter(tmp_path_factory.mktemp("managed"))


# What the interpreter says


@every_interpreter
def test_query_names_the_same_tags_as_the_virtual_environment_itself(
    interpreter: str, venv_of: Any, tmp_path: Path
) -> None:
    """Tags come from the target, in its order (I25, I26)."""
    python = python_of(venv_of(interpreter))
    assert locate(tmp_path, python=python).target.tags == tuple(truth(python)["tags"])


@every_interpreter
def test_query_gives_the_same_markers_as_the_virtual_environment_itself(
    interpreter: str, venv_of: Any, tmp_path: Path
) -> None:
    """Every marker but `extra` has the value that `packaging` would give it there (I25)."""
    python = python_of(venv_of(interpreter))
    assert locate(tmp_path, python=python).target.environment == truth(python)["markers"]


@every_interpreter
@pytest.mark.parametrize("virtual", [True, False], ids=["venv", "own"])
def test_query_gives_the_same_paths_as_the_interpreter_started_plainly(
    interpreter: str, virtual: bool, venv_of: Any, tmp_path: Path
) -> None:
    """Without `site`, prefix and scheme are still those that Python with `site` has."""
    python = python_of(venv_of(interpreter)) if virtual else interpreter
    found, expected = locate(tmp_path, python=python), truth(python)
    assert (found.prefix, found.executable) == (expected["prefix"], expected["executable"])
    for key in ("purelib", "platlib", "scripts", "data"):
        assert found.scheme[key] == expected["paths"][key]


@every_interpreter
def test_another_machine_of_which_nothing_is_said_is_this_one(
    interpreter: str, tmp_path: Path
) -> None:
    """Tags and markers that are put together from words are those that interpreters tell."""
    here = locate(tmp_path, python=interpreter, user=True).target

    assert foreign_target(Machine(), here) == here


@every_interpreter
def test_target_version_is_that_of_the_interpreter(
    interpreter: str, venv_of: Any, tmp_path: Path
) -> None:
    """The version compared with Requires-Python is the target's full one."""
    python = python_of(venv_of(interpreter))
    version = truth(python)["markers"]["python_full_version"]
    assert str(locate(tmp_path, python=python).target.python_version) == version.rstrip("+")


def test_headers_of_a_venv_stay_inside_it(venv: Path, tmp_path: Path) -> None:
    """By sysconfig alone they would go into the base installation."""
    found = locate(tmp_path, python=venv)
    version = found.target.environment["python_version"]
    assert found.scheme["headers"] == str(venv / "include" / "site" / f"python{version}")


def test_site_paths_are_the_directories_that_may_change(venv: Path, tmp_path: Path) -> None:
    """Those of purelib and platlib, each once."""
    found = locate(tmp_path, python=venv)
    assert set(found.site_paths) == {found.scheme["purelib"], found.scheme["platlib"]}


def test_visible_paths_end_with_the_library_in_an_isolated_venv(venv: Path, tmp_path: Path) -> None:
    """The base's distributions cannot be seen."""
    found = locate(tmp_path, python=venv)
    assert found.visible_paths == found.site_paths


def test_visible_paths_include_the_base_where_the_venv_shows_it(tmp_path: Path) -> None:
    """`--system-site-packages`: what the base holds is seen, not changed."""
    shown = locate(tmp_path, python=make_venv(tmp_path / "v", RUNNING, "--system-site-packages"))
    base = locate(tmp_path, python=RUNNING)
    assert set(base.site_paths) <= set(shown.visible_paths)
    assert set(base.site_paths).isdisjoint(shown.site_paths)


def test_query_runs_no_pth_file_of_the_target(tmp_path: Path) -> None:
    """A .pth line is code of whoever wrote it; choosing files must not run it."""
    made = make_venv(tmp_path / "v")
    trace = tmp_path / "trace"
    library = locate(tmp_path, python=made).scheme["purelib"]
    Path(library, "x.pth").write_text(f"import os; open({str(trace)!r}, 'w').close()\n")
    locate(tmp_path, python=made)
    assert not trace.exists()


def test_query_script_is_valid_syntax_for_the_oldest_target() -> None:
    """The script runs in the target's interpreter, which may be Python 3.9."""
    script = Path(subject.__file__).with_name("interpreter_query.py")
    ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9))


# Which environment (semantics 7.4)


def test_python_goes_before_the_active_environment(venv: Path, tmp_path: Path) -> None:
    """What the user states wins."""
    other = make_venv(tmp_path / "other")
    found = locate(tmp_path, python=venv, environ={"VIRTUAL_ENV": str(other)})
    assert found.prefix == str(venv)


def test_active_environment_goes_before_the_nearest(venv: Path, tmp_path: Path) -> None:
    """VIRTUAL_ENV, then .venv."""
    make_venv(tmp_path / ".venv")
    assert locate(tmp_path, environ={"VIRTUAL_ENV": str(venv)}).prefix == str(venv)


def test_nearest_environment_is_found_above_the_working_directory(tmp_path: Path) -> None:
    """A project's subdirectory belongs to the project's .venv."""
    made = make_venv(tmp_path / ".venv")
    below = tmp_path / "src" / "spam"
    below.mkdir(parents=True)
    assert locate(below).prefix == str(made)


def test_writing_is_refused_where_there_is_no_environment(tmp_path: Path) -> None:
    """Never does xpip change its own interpreter unasked; the hint says how to make another."""
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path)
    assert refusal.value.reference is Reason.NO_ENVIRONMENT
    assert "python3 -m venv .venv" in (refusal.value.hint or "")


def test_reading_falls_back_to_the_interpreter_that_runs_xpip(tmp_path: Path) -> None:
    """A command that writes nothing needs no environment."""
    found = consulted_environment(python=None, environ=NOWHERE, cwd=tmp_path)
    assert found.executable == sys.executable


def test_reading_chooses_for_the_environment_that_writing_would_change(tmp_path: Path) -> None:
    """Else a lock made here would not fit the environment here."""
    made = make_venv(tmp_path / ".venv")
    found = consulted_environment(python=None, environ=NOWHERE, cwd=tmp_path)
    assert found.prefix == str(made)


def test_active_environment_without_an_interpreter_is_an_error(tmp_path: Path) -> None:
    """A stale VIRTUAL_ENV does not silently become another environment."""
    with pytest.raises(UsageError, match="holds no Python interpreter") as refusal:
        locate(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "gone")})
    assert refusal.value.context == ("VIRTUAL_ENV names it",)


@pytest.mark.parametrize("name", ["env", "env/bin/python3", "../here/env"])
def test_python_is_a_path_from_the_working_directory(name: str, tmp_path: Path) -> None:
    """An interpreter, or the directory of a virtual environment."""
    here = tmp_path / "here"
    made = make_venv(here / "env")
    assert locate(here, python=name).prefix == str(made)


@pytest.mark.parametrize(
    "name", ["python3", f"3.{sys.version_info.minor}", f"python3.{sys.version_info.minor}"]
)
def test_python_is_a_name_or_version_on_path(name: str, venv: Path, tmp_path: Path) -> None:
    """`3.12` means `python3.12`."""
    found = locate(tmp_path, python=name, environ={"PATH": str(venv / "bin")})
    assert found.prefix == str(venv)


def test_python_that_is_nowhere_on_path_is_named(tmp_path: Path) -> None:
    """The error names the command that was looked up."""
    with pytest.raises(UsageError, match=r"there is no python3\.99 on PATH"):
        locate(tmp_path, python="3.99", environ={"PATH": str(tmp_path)})


def test_target_is_flat(venv: Path, tmp_path: Path) -> None:
    """`--target DIR` puts everything below DIR, chosen for the interpreter stated."""
    found = locate(tmp_path, python=venv, target="lib")
    base = str(tmp_path / "lib")
    assert dict(found.scheme) == {
        "purelib": base,
        "platlib": base,
        "scripts": f"{base}/bin",
        "data": base,
        "headers": f"{base}/include",
    }
    assert (found.executable, found.prefix) == (python_of(venv), base)
    assert found.visible_paths == (base,)


def test_target_is_chosen_for_the_interpreter_that_runs_xpip_by_default(tmp_path: Path) -> None:
    """`--target` needs no environment."""
    assert locate(tmp_path, target="lib").executable == sys.executable


def test_prefix_moves_the_scheme_of_the_interpreter(venv: Path, tmp_path: Path) -> None:
    """`--prefix DIR` keeps the layout and changes its base."""
    found = locate(tmp_path, prefix="opt", environ={"VIRTUAL_ENV": str(venv)})
    inside = {
        key: os.path.relpath(path, venv)
        for key, path in locate(venv.parent, python=venv).scheme.items()
    }
    for key in ("purelib", "platlib", "scripts", "data"):
        assert found.scheme[key] == os.path.normpath(tmp_path / "opt" / inside[key])
    assert found.scheme["headers"].startswith(str(tmp_path / "opt" / "include"))
    assert (found.executable, found.prefix) == (python_of(venv), str(tmp_path / "opt"))


def test_target_and_prefix_exclude_each_other(tmp_path: Path) -> None:
    """There can be one place only."""
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path, target="a", prefix="b")
    assert refusal.value.reference is Reason.USAGE


# Interpreters that do not answer


def test_missing_interpreter_is_an_error(tmp_path: Path) -> None:
    """Its path was given, and nothing is there."""
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path, python="./python")
    assert refusal.value.reference is Reason.NO_ENVIRONMENT
    assert refusal.value.context == ("No such file or directory",)


def test_program_that_fails_is_quoted(tmp_path: Path) -> None:
    """The user sees what the interpreter said, and its exit status."""
    stand_in = program(tmp_path / "python", "echo 'version 3.12 is not installed' >&2; exit 127")
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path, python=stand_in)
    assert refusal.value.context == ("version 3.12 is not installed", "exit status 127")


@pytest.mark.parametrize("said", ["hello", "[1]", "{}", "1"])
def test_program_that_is_no_interpreter_is_quoted(said: str, tmp_path: Path) -> None:
    """Whatever else it prints is no answer."""
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path, python=program(tmp_path / "python", f"echo '{said}'"))
    assert refusal.value.context == (said,)


def test_interpreter_that_does_not_answer_in_time_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run never hangs on it."""
    monkeypatch.setattr("xpip.edge.environment.interpreters._TIME_LIMIT", 0.05)
    with pytest.raises(UsageError) as refusal:
        locate(tmp_path, python=program(tmp_path / "python", "exec sleep 30"))
    assert refusal.value.context[0].startswith("no answer within")


def test_interpreter_older_than_supported_is_named_with_its_version(tmp_path: Path) -> None:
    """Python 3.8 answers with its version alone."""
    with pytest.raises(UsageError, match=r"is Python 3\.8\.18; xpip installs for Python 3\.9"):
        locate(tmp_path, python=program(tmp_path / "python", """echo '{"version": "3.8.18"}'"""))


# PEP 668


def test_managed_interpreter_speaks_in_its_own_words(managed_python: Path, tmp_path: Path) -> None:
    """The `Error` key, per cent signs and line breaks and all (I24)."""
    found = locate(tmp_path, python=managed_python)
    assert found.externally_managed == "Use apt,\n100% of the time."


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"LANG": "de_AT.UTF-8"}, "Nimm apt."),
        ({"LC_ALL": "pt_BR.UTF-8", "LANG": "de_DE"}, "Usa apt, em São Paulo."),
        ({"LC_ALL": "", "LC_MESSAGES": "de@euro"}, "Nimm apt."),
        ({"LC_ALL": "C", "LANG": "de_DE"}, "Use apt,\n100% of the time."),
    ],
)
def test_managed_interpreter_speaks_the_language_of_the_user(
    environ: dict[str, str], message: str, managed_python: Path, tmp_path: Path
) -> None:
    """PEP 668: `Error-xx_YY`, then `Error-xx`, then `Error`."""
    found = locate(tmp_path, python=managed_python, environ=environ)
    assert found.externally_managed == message


def test_venv_of_a_managed_interpreter_is_not_managed(managed_python: Path, tmp_path: Path) -> None:
    """PEP 668 asks for virtual environments; it does not reserve them."""
    made = make_venv(tmp_path / "v", str(managed_python))
    assert locate(tmp_path, python=made).externally_managed is None


def test_user_directory_of_a_managed_interpreter_is_managed_too(
    managed_python: Path, tmp_path: Path
) -> None:
    """PEP 668: what its system manages would find the user's distributions first."""
    assert locate(tmp_path, python=managed_python, user=True).externally_managed is not None


@every_interpreter
def test_user_directory_is_where_the_interpreter_itself_looks(
    interpreter: str, tmp_path: Path
) -> None:
    """PEP 370, for every Python that is supported; its own library is seen behind it."""
    environ = {"PYTHONUSERBASE": str(tmp_path / "base")}
    code = "import site; print(site.getuserbase(), site.getusersitepackages(), sep='\\n')"
    command = [interpreter, "-c", code]
    said = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout

    found = locate(tmp_path, python=interpreter, user=True, environ=environ)

    assert [found.prefix, found.scheme["purelib"]] == said.splitlines()
    assert found.site_paths == (found.scheme["purelib"],)
    assert locate(tmp_path, python=interpreter).site_paths[0] in found.visible_paths


@pytest.mark.parametrize("option", ["target", "prefix"])
def test_directory_of_ones_own_is_not_managed(
    option: str, managed_python: Path, tmp_path: Path
) -> None:
    """`--target` and `--prefix` leave the interpreter's own directories alone."""
    place = {option: "mine"}
    assert locate(tmp_path, python=managed_python, **place).externally_managed is None  # type: ignore[arg-type]


def test_managed_environment_may_not_be_changed(managed_python: Path, tmp_path: Path) -> None:
    """The refusal shows the system's message, line by line."""
    with pytest.raises(UsageError) as refusal:
        check_writable(locate(tmp_path, python=managed_python), break_system_packages=False)
    assert refusal.value.reference is Reason.EXTERNALLY_MANAGED
    assert refusal.value.context == ("Use apt,", "100% of the time.")


def test_managed_environment_may_be_changed_on_demand(managed_python: Path, tmp_path: Path) -> None:
    """`--break-system-packages` says what it does."""
    check_writable(locate(tmp_path, python=managed_python), break_system_packages=True)


def test_managed_file_without_a_message_still_counts(managed_python: Path, tmp_path: Path) -> None:
    """PEP 668: the file's presence is enough."""
    found = locate(tmp_path, python=managed_python)
    marker = Path(found.prefix).rglob("EXTERNALLY-MANAGED")
    path = next(iter(marker))
    before = path.read_bytes()
    try:
        path.write_bytes(b"\xff not a configuration")
        silent = locate(tmp_path, python=managed_python)
    finally:
        path.write_bytes(before)
    assert silent.externally_managed == f"This environment is externally managed: {path}"
