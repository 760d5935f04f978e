"""Real build backends, called in real environments: what they see, and what they may leave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.wheels import build_wheel

from xpip.edge.building.backend import Asked, Backend, ConfigSettings
from xpip.edge.building.isolation import BuildEnvironment, build_environment
from xpip.edge.building.pyproject import (
    LEGACY,
    BuildSystem,
    project_directory,
    read_build_system,
)
from xpip.errors import InstallationError, Reason

SPAM = Asked(project=canonicalize_name("spam"), version=Version("1.0"))
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
COPIES_A_WHEEL = """
    import os, shutil
    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        name, = (name for name in os.listdir() if name.endswith(".whl"))
        shutil.copy(name, wheel_directory)
        return name
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[BuildEnvironment]:
    with build_environment(sys.executable, environ=os.environ) as made:
        yield made


def tree(directory: Path, backend: str, pyproject: str = PYPROJECT) -> Path:
    """A source tree that is built by this backend of its own."""
    directory.mkdir(exist_ok=True)
    (directory / "pyproject.toml").write_text(pyproject)
    (directory / "backend.py").write_text(textwrap.dedent(backend))
    return directory


@pytest.fixture
def call(tmp_path: Path, environment: BuildEnvironment) -> Any:
    """A backend with this source, ready to be called."""

    def make(
        source: str,
        *,
        asked: Asked = SPAM,
        environ: Mapping[str, str] | None = None,
        config_settings: ConfigSettings | None = None,
    ) -> Backend:
        directory = tree(tmp_path / "tree", source)
        return Backend(
            directory,
            read_build_system(directory),
            environment,
            asked=asked,
            environ=os.environ if environ is None else environ,
            log=tmp_path / "build.log",
            config_settings=config_settings,
        )

    return make


@contextmanager
def failing(words: str) -> Iterator[pytest.ExceptionInfo[InstallationError]]:
    """Expect a build to fail, with these words in its report."""
    with pytest.raises(InstallationError) as caught:
        yield caught
    report = "\n".join([caught.value.message, *caught.value.context])
    assert words in report
    assert caught.value.reference is Reason.BUILD_FAILED


def test_wheel_is_built_by_the_tree_s_own_backend(call: Any, tmp_path: Path) -> None:
    """The smallest backend there is has one hook (PEP 517)."""
    backend = call(COPIES_A_WHEEL)
    build_wheel(tmp_path / "tree", "spam", "1.0")
    built = backend.build_wheel(tmp_path / "out")
    assert built.path == tmp_path / "out" / "spam-1.0-py3-none-any.whl"
    assert built.path.is_file()
    assert (built.project, str(built.version)) == ("spam", "1.0")


def test_requirements_are_those_that_the_backend_adds(call: Any) -> None:
    """With the settings that the user gave, which the backend alone understands."""
    backend = call(
        """
        def get_requires_for_build_wheel(config_settings=None):
            return ["eggs>=2; python_version > '3'"] + [config_settings["more"]]
        """,
        config_settings={"more": "ham"},
    )
    assert [str(each) for each in backend.requires_for_wheel()] == [
        'eggs>=2; python_version > "3"',
        "ham",
    ]


def test_backend_needs_nothing_more_when_it_does_not_say(call: Any) -> None:
    """PEP 517: the hook is optional."""
    backend = call("")
    assert (backend.requires_for_wheel(), backend.requires_for_editable()) == ((), ())


def test_requirements_are_refused_when_they_are_none(call: Any) -> None:
    """They would be resolved next."""
    with failing("gave no requirements"):
        call("def get_requires_for_build_wheel(s=None): return ['???']").requires_for_wheel()


PREPARES = """
    from pathlib import Path
    def prepare_metadata_for_build_{kind}(metadata_directory, config_settings=None):
        dist_info = Path(metadata_directory, "spam-1.0.dist-info")
        dist_info.mkdir()
        fields = ["Metadata-Version: 2.1", "Name: {name}", "Version: 1.0", "Requires-Dist: eggs"]
        (dist_info / "METADATA").write_text("\\n".join(fields))
        return "spam-1.0.dist-info"
"""


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_metadata_is_prepared_without_a_build(call: Any, tmp_path: Path, kind: str) -> None:
    """Resolving needs no more than that."""
    backend = call(PREPARES.format(kind=kind, name="spam"))
    prepared = backend.prepare_metadata(tmp_path / "metadata", editable=kind == "editable")
    assert [*map(str, prepared.metadata.requires)] == ["eggs"]
    assert prepared.dist_info == tmp_path / "metadata" / "spam-1.0.dist-info"


def test_prepared_metadata_is_handed_to_the_build(call: Any, tmp_path: Path) -> None:
    """PEP 517: the wheel's own must be the same."""
    source = (
        PREPARES.format(kind="wheel", name="spam")
        + """
    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        raise SystemExit(metadata_directory)
    """
    )
    backend = call(source)
    prepared = backend.prepare_metadata(tmp_path / "metadata")
    with failing(str(prepared.dist_info)):
        backend.build_wheel(tmp_path / "out", prepared)


def test_metadata_is_not_prepared_when_the_backend_only_builds(call: Any, tmp_path: Path) -> None:
    """The caller decides whether to build then: nothing is built behind its back."""
    assert call(COPIES_A_WHEEL).prepare_metadata(tmp_path / "metadata") is None


def test_metadata_is_refused_when_it_is_of_another_project(call: Any, tmp_path: Path) -> None:
    """I5: a name that was asked for is the name that is got."""
    backend = call(PREPARES.format(kind="wheel", name="eggs"))
    with failing("made eggs 1.0, not spam 1.0"):
        backend.prepare_metadata(tmp_path / "metadata")


@pytest.mark.parametrize(("name", "version"), [("eggs", "1.0"), ("spam", "2.0")])
def test_wheel_is_refused_when_it_is_of_another_release(
    call: Any, tmp_path: Path, name: str, version: str
) -> None:
    """A sdist may not install something else by building it."""
    backend = call(COPIES_A_WHEEL)
    build_wheel(tmp_path / "tree", name, version)
    with failing(f"made {name} {version}, not spam 1.0"):
        backend.build_wheel(tmp_path / "out")


def test_wheel_may_be_of_any_release_when_none_was_asked_for(call: Any, tmp_path: Path) -> None:
    """A directory on the command line has the name that it turns out to have."""
    backend = call(COPIES_A_WHEEL, asked=Asked())
    build_wheel(tmp_path / "tree", "eggs", "2.0")
    assert backend.build_wheel(tmp_path / "out").project == "eggs"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("'../spam-1.0-py3-none-any.whl'", "no name of a file"),
        ("'/etc/spam-1.0-py3-none-any.whl'", "no name of a file"),
        ("None", "no name of a file"),
        ("''", "no name of a file"),
        ("'spam-1.0-py3-none-any.whl'", "left no file"),
        ("open(f'{wheel_directory}/spam.txt', 'w').name.split('/')[-1]", "left no wheel"),
        ("__import__('os').symlink('/', f'{wheel_directory}/a.whl') or 'a.whl'", "left a link"),
        ("object()", "TypeError"),
        ("__import__('os')._exit(0)", "gave no answer"),
    ],
)
def test_wheel_is_refused_when_the_backend_leaves_none(
    call: Any, tmp_path: Path, answer: str, words: str
) -> None:
    """Only a file in the directory that was given can be what was built."""
    backend = call(f"def build_wheel(wheel_directory, *rest): return {answer}")
    with failing(words):
        backend.build_wheel(tmp_path / "out")


def test_report_ends_with_the_backend_s_last_words(call: Any, tmp_path: Path) -> None:
    """Thirty lines, without what would steer the terminal; the rest is in the log."""
    backend = call(
        """
        import sys
        def build_wheel(*arguments):
            for number in range(100):
                print(f"\\x1b[31mline {number}\\x1b[0m", flush=True)
            print("10%\\r90%\\rdone", flush=True)
            sys.exit("no compiler\\x07")
        """
    )
    with failing("no compiler") as caught:
        backend.build_wheel(tmp_path / "out")
    said = caught.value.context[:-2]
    assert len(said) == 30
    assert said[-3:] == ("line 99", "done", "no compiler")
    assert caught.value.context[-1] == f"all output: {tmp_path / 'build.log'}"
    assert "line 0" in (tmp_path / "build.log").read_text()


def test_report_shows_the_failed_hook_s_output_alone(call: Any, tmp_path: Path) -> None:
    """What the hooks before it said is in the log."""
    backend = call(
        """
        def get_requires_for_build_wheel(config_settings=None):
            print("first")
            return []
        def build_wheel(*arguments):
            raise SystemExit("second")
        """
    )
    backend.requires_for_wheel()
    with failing("second") as caught:
        backend.build_wheel(tmp_path / "out")
    assert caught.value.context[0] == "second"
    assert "first" in (tmp_path / "build.log").read_text()


def test_report_says_when_a_signal_ended_the_backend(call: Any, tmp_path: Path) -> None:
    """For want of memory, mostly: then there are no last words."""
    backend = call("import os\ndef build_wheel(*rest): os.kill(os.getpid(), 9)")
    with failing("was ended by signal 9"):
        backend.build_wheel(tmp_path / "out")


def test_report_says_why_the_backend_cannot_be_imported(call: Any, tmp_path: Path) -> None:
    """A requirement is missing from the build system, mostly; the traceback is in the log."""
    with failing("cannot be imported") as caught:
        call("import nonesuch").requires_for_wheel()
    assert caught.value.context[:2] == (
        "ModuleNotFoundError: No module named 'nonesuch'",
        "backend: backend",
    )
    assert "Traceback" in (tmp_path / "build.log").read_text()


def test_report_says_when_a_backend_knows_no_editable_installations(
    call: Any, tmp_path: Path
) -> None:
    """PEP 660 is optional."""
    with failing("has no build_editable (PEP 517, PEP 660)"):
        call(COPIES_A_WHEEL).build_editable(tmp_path / "out")


def test_disk_is_blamed_when_the_log_cannot_be_written(call: Any, tmp_path: Path) -> None:
    """Nothing is run whose output could not be kept."""
    (tmp_path / "build.log").mkdir()
    with pytest.raises(InstallationError) as caught:
        call(COPIES_A_WHEEL).build_wheel(tmp_path / "out")
    assert caught.value.reference is Reason.DISK
    assert "build.log" in caught.value.message


def test_warning_of_a_backend_is_no_warning_of_xpip(call: Any) -> None:
    """Tests turn warnings into errors; users would wonder."""
    backend = call(
        """
        import warnings
        def get_requires_for_build_wheel(config_settings=None):
            warnings.warn("deprecated")
            return []
        """
    )
    assert backend.requires_for_wheel() == ()


SHOWS_ITS_SURROUNDINGS = """
    import json, os, shutil, sys
    def get_requires_for_build_wheel(config_settings=None):
        seen = {"variables": dict(os.environ), "path": sys.path, "prefix": sys.prefix,
                "cwd": os.getcwd(), "python": shutil.which("python")}
        with open("seen.json", "w") as file:
            json.dump(seen, file)
        return []
"""


def seen(call: Any, tmp_path: Path, **variables: str) -> dict[str, Any]:
    """What a hook sees, when these variables are set too."""
    call(SHOWS_ITS_SURROUNDINGS, environ={**os.environ, **variables}).requires_for_wheel()
    found: dict[str, Any] = json.loads((tmp_path / "tree" / "seen.json").read_text())
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("PIP_INDEX_URL", "XPIP_CORP_PASSWORD", "UV_INDEX", "GH_TOKEN", "TWINE_PASSWORD"),
        *("corp_username", "AWS_SECRET_ACCESS_KEY", "NETRC", "SSH_AUTH_SOCK"),
        *("GIT_CONFIG_VALUE_0", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "GIT_DIR"),
    ],
)
def test_hook_does_not_see_logins_and_settings(call: Any, tmp_path: Path, name: str) -> None:
    """B3: a project that is built needs none of them."""
    assert name not in seen(call, tmp_path, **{name: "value"})["variables"]


def test_hook_does_not_see_a_login_within_a_url(call: Any, tmp_path: Path) -> None:
    """Whatever the variable is called; a proxy is the only way out for some."""
    url = "https://user:pass@host.example/"
    found = seen(call, tmp_path, DATABASE=url, https_proxy=url, HOMEPAGE="https://host.example/")
    assert "DATABASE" not in found["variables"]
    assert {"https_proxy", "HOMEPAGE"} <= found["variables"].keys()


def test_hook_runs_in_its_environment_and_tree(
    call: Any, tmp_path: Path, environment: BuildEnvironment
) -> None:
    """Its commands are found first; nothing of xpip's own can be imported."""
    found = seen(
        call, tmp_path, VIRTUAL_ENV="/elsewhere", USERNAME="me", SETUPTOOLS_SCM_PRETEND_VERSION="1"
    )
    assert found["prefix"] == found["variables"]["VIRTUAL_ENV"] == str(environment.prefix)
    assert found["python"] == str(environment.python)
    assert found["cwd"] == os.path.realpath(tmp_path / "tree")
    assert {"SETUPTOOLS_SCM_PRETEND_VERSION", "USERNAME"} <= found["variables"].keys()
    own = [path for path in found["path"] if "site-packages" in path]
    assert own == [path for path in own if path.startswith(str(environment.prefix))]


def test_environment_is_of_the_interpreter_asked_for_and_goes_away() -> None:
    """What is built for a Python is built by it."""
    with build_environment(sys.executable, environ=os.environ) as made:
        command = [str(made.python), "-c", "import sys; print(sys.base_prefix, sys.version_info)"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.strip() == f"{sys.base_prefix} {sys.version_info}"
        installed = "import importlib.metadata as m; print(*m.distributions())"
        assert subprocess.check_output([made.python, "-c", installed]).strip() == b""
        (made.directory / "locked").mkdir(mode=0o500)
    assert not made.directory.exists()


def test_environment_is_refused_when_the_interpreter_makes_none(tmp_path: Path) -> None:
    """Its own words are shown."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho No module named venv; exit 1\n")
    python.chmod(0o755)
    with (
        failing("No module named venv") as caught,
        build_environment(str(python), environ=os.environ),
    ):
        pass
    assert caught.value.hint is not None
    assert "python3-venv" in caught.value.hint


def test_environment_is_refused_when_there_is_no_interpreter(tmp_path: Path) -> None:
    """It may have been removed since."""
    with (
        failing("cannot be run"),
        build_environment(str(tmp_path / "python"), environ=os.environ),
    ):
        pass


INTERRUPTED = """
import os, sys
from pathlib import Path
from xpip.edge.building.backend import Asked, Backend
from xpip.edge.building.isolation import build_environment
from xpip.edge.building.pyproject import read_build_system
tree = Path(sys.argv[1])
try:
    with build_environment(sys.executable, environ=os.environ) as environment:
        Backend(tree, read_build_system(tree), environment, asked=Asked(), environ=os.environ,
                log=tree / "log").build_wheel(tree / "out")
except KeyboardInterrupt:
    print("undone", environment.directory.exists())
"""


@pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed here")
def test_build_ends_with_all_that_it_started_when_it_is_interrupted(tmp_path: Path) -> None:
    """A compiler of a compiler of a build must not go on."""
    directory = tree(
        tmp_path / "tree",
        """
        import os, subprocess, time
        def build_wheel(*arguments):
            child = subprocess.Popen(["sleep", "60"])
            with open("pids.new", "w") as file:
                file.write(f"{os.getpid()} {child.pid}")
            os.rename("pids.new", "pids")
            time.sleep(60)
        """,
    )
    command = [sys.executable, "-c", INTERRUPTED, str(directory)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    pids = directory / "pids"
    await_(pids.exists)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=20)[0] == "undone False\n"
    for pid in map(int, pids.read_text().split()):
        await_(lambda pid=pid: not is_running(pid))


def await_(condition: Any) -> None:
    """Wait for a condition, not for long."""
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process is there, and no mere zombie that nobody has asked after."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith(b"Z")


@pytest.fixture
def lent_setuptools(environment: BuildEnvironment) -> Iterator[None]:
    """The setuptools of the tests' own environment, where there is one."""
    setuptools = find_spec("setuptools")
    if setuptools is None or setuptools.origin is None:
        pytest.skip("setuptools is not installed here")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.check_output([environment.python, "-c", code], text=True).strip()
    lent = Path(site, "lent.pth")
    lent.write_text(f"{Path(setuptools.origin).parents[1]}\n")
    yield
    lent.unlink()


@pytest.mark.usefixtures("lent_setuptools")
def test_legacy_backend_runs_a_setup_py(tmp_path: Path, environment: BuildEnvironment) -> None:
    """A tree of the time before PEP 517 is built by setuptools."""
    (tmp_path / "setup.py").write_text(
        "import setuptools\n"
        "setuptools.setup(name='spam', version='1.0', setup_requires=['eggs'], py_modules=[])\n"
    )
    backend = Backend(
        tmp_path,
        read_build_system(tmp_path),
        environment,
        asked=SPAM,
        environ=os.environ,
        log=tmp_path / "log",
    )
    assert "eggs" in [str(each) for each in backend.requires_for_wheel()]


def test_build_system_is_what_pyproject_toml_says(tmp_path: Path) -> None:
    """PEP 517, PEP 518."""
    source = tree(tmp_path, "", PYPROJECT.replace("[]", '["flit_core>=3"]'))
    system = read_build_system(source)
    assert ([*map(str, system.requires)], system.backend) == (["flit_core>=3"], "backend")
    assert system.backend_path == (".",)


@pytest.mark.parametrize("text", ["", '[project]\nname = "spam"\n', "[tool.x]\ny = 1\n"])
def test_build_system_is_setuptools_when_none_is_named(tmp_path: Path, text: str) -> None:
    """PEP 518: the default of all that was there before it."""
    assert read_build_system(tree(tmp_path, "", text)) == LEGACY
    assert LEGACY.backend == "setuptools.build_meta:__legacy__"


def test_build_system_is_setuptools_when_only_requirements_are_named(tmp_path: Path) -> None:
    """PEP 517: without build-backend, as without pyproject.toml; the requirements stand."""
    system = read_build_system(tree(tmp_path, "", "[build-system]\nrequires = ['cython']\n"))
    assert system == BuildSystem(requires=system.requires, backend=LEGACY.backend)
    assert [*map(str, system.requires)] == ["cython"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[build-system]\n", "build-system.requires: is needed"),
        ('[build-system]\nrequires = "x"\n', "build-system.requires: must be a list"),
        ("[build-system]\nrequires = ['???']\n", "'???' is no requirement"),
        ("[build-system]\nrequires = []\nbuild-backend = 'a b'\n", "MODULE or MODULE:OBJECT"),
        ("[build-system]\nrequires = []\nbackend-path = ['..']\n", "not in the source tree"),
        ("[build-system]\nrequires = []\nbackend-path = ['/']\n", "not in the source tree"),
        ("[build-system]\nrequires = []\nbackend-path = ['out']\n", "not in the source tree"),
        ("[build-system]\nrequires = []\nbackendpath = ['.']\n", "did you mean 'backend-path'"),
        ("build-system = 1\n", "must be a table"),
        ("[build-system\n", "line 1"),
    ],
)
def test_build_system_is_refused_when_it_is_said_wrong(
    tmp_path: Path, text: str, words: str
) -> None:
    """Nothing is guessed from half a table."""
    (tmp_path / "out").symlink_to("/")
    with failing(words):
        read_build_system(tree(tmp_path, "", text))


def test_build_system_is_setuptools_when_there_is_only_a_setup_py(tmp_path: Path) -> None:
    """Source trees are older than pyproject.toml."""
    (tmp_path / "setup.py").touch()
    assert read_build_system(tmp_path) == LEGACY


def test_build_system_is_refused_when_the_tree_is_no_project(tmp_path: Path) -> None:
    """A wrong directory, mostly."""
    with failing("neither pyproject.toml nor setup.py"):
        read_build_system(tmp_path)


def test_project_may_lie_in_a_subdirectory(tmp_path: Path) -> None:
    """`#subdirectory=` of a direct reference (PEP 440)."""
    (tmp_path / "python/lib").mkdir(parents=True)
    assert project_directory(tmp_path, "python/lib") == (tmp_path / "python/lib").resolve()
    assert project_directory(tmp_path, None) == tmp_path


@pytest.mark.parametrize("name", ["missing", "out", ".."])
def test_subdirectory_is_refused_when_it_is_not_of_the_tree(tmp_path: Path, name: str) -> None:
    """A checkout may hold links to anywhere."""
    source = tmp_path / "tree"
    source.mkdir()
    (source / "out").symlink_to("/")
    with failing(f"no subdirectory {name}"):
        project_directory(source, name)
