"""Wheels into real virtual environments, and what becomes of these when it does not work out."""

from __future__ import annotations

import csv
import errno
import os
import resource
import shutil
import stat
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version
from tests.support.wheels import Contents, build_wheel

from xpip.core.facts import CoreMetadata, InstalledDistribution
from xpip.edge.installation.changes import remove_distributions
from xpip.edge.installation.holding import environment_lock
from xpip.edge.installation.writing import Manner, WheelToInstall, install_wheels
from xpip.errors import InstallationError, Reason


class Venv:
    """A virtual environment, and a shelf of wheels for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shelf = path.with_name("shelf")
        base = {"base": str(path), "platbase": str(path), "installed_base": str(path)}
        paths = sysconfig.get_paths("venv", vars=base)
        self.site = Path(paths["purelib"])
        self.scripts = Path(paths["scripts"])
        self.python = str(self.scripts / "python")
        self.scheme = {
            "purelib": paths["purelib"],
            "platlib": paths["platlib"],
            "scripts": paths["scripts"],
            "data": str(path),
            "headers": str(path / "include" / "site"),
        }

    def make(self) -> Venv:
        """Make it on disk."""
        venv.EnvBuilder(symlinks=os.name != "nt").create(self.path)
        return self

    def install(
        self,
        *wheels: Path,
        replaces: Sequence[InstalledDistribution] = (),
        requested: bool = False,
        dist_info_files: Mapping[str, bytes] | None = None,
        on_installed: Callable[[NormalizedName], None] = lambda _: None,
        compile_bytecode: bool = False,
    ) -> None:
        """Install under the lock, as a run of xpip does."""
        to_install = []
        for wheel in wheels:
            project, version, _, _ = parse_wheel_filename(wheel.name)
            to_install.append(
                WheelToInstall(
                    path=wheel,
                    project=project,
                    version=version,
                    requested=requested,
                    dist_info_files=dist_info_files or {},
                )
            )
        with environment_lock(str(self.path)):
            install_wheels(
                to_install,
                prefix=str(self.path),
                scheme=self.scheme,
                executable=self.python,
                replaced=replaces,
                on_installed=on_installed,
                manner=Manner(compile_bytecode=compile_bytecode),
            )

    def remove(self, *distributions: InstalledDistribution) -> None:
        """Uninstall under the lock."""
        with environment_lock(str(self.path)):
            remove_distributions(distributions, prefix=str(self.path), scheme=self.scheme)

    def installed(self, name: str, version: str) -> InstalledDistribution:
        """A distribution that is there."""
        info = self.site / f"{name}-{version}.dist-info"
        installer = info / "INSTALLER"
        project = canonicalize_name(name)
        return InstalledDistribution(
            project=project,
            version=Version(version),
            metadata=CoreMetadata(name=project, version=Version(version)),
            location=str(info),
            installer=installer.read_text().strip() if installer.exists() else None,
        )

    def run(self, *arguments: str) -> str:
        """What the environment's interpreter prints."""
        command = [self.python, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """All that is in it: modes and contents of files, links and directories."""
        return {
            str(path.relative_to(self.path)): (path.lstat().st_mode, _contents(path))
            for path in sorted(self.path.rglob("*"))
            if path.name != ".xpip.lock"
        }


def _contents(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


@pytest.fixture
def env(tmp_path: Path) -> Venv:
    return Venv(tmp_path / "env").make()


def failure(install: Callable[[], object]) -> InstallationError:
    """How an installation fails."""
    with pytest.raises(InstallationError) as caught:
        install()
    return caught.value


# --- What an installation leaves behind ---------------------------------------------------------


def test_install_makes_a_distribution_that_python_can_use(env: Venv) -> None:
    """The interpreter imports it, importlib.metadata reads it, its script runs."""
    files = {"spam.py": "def main():\n    print('spam!')\n"}
    points = {"spam": "spam:main"}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=files, entry_points=points))
    assert env.run("-c", "import importlib.metadata as m; print(m.version('spam'))") == "1.0\n"
    assert subprocess.check_output([env.scripts / "spam"], text=True) == "spam!\n"


def test_install_writes_a_record_of_all_its_files(env: Venv) -> None:
    """RECORD lists each with its hash, scripts by a relative path, and itself without one."""
    files = {
        "spam.py": "",
        "spam-1.0.data/data/share/spam.txt": "",
        "spam-1.0.data/headers/s.h": "",
    }
    points = {"spam": "spam:main"}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=files, entry_points=points))
    with (env.site / "spam-1.0.dist-info" / "RECORD").open(newline="") as record:
        hashes = {name: hashed for name, hashed, _ in csv.reader(record)}
    assert hashes.pop("spam-1.0.dist-info/RECORD") == ""
    assert all(hashed.startswith("sha256=") for hashed in hashes.values())
    assert {(env.site / name).resolve() for name in hashes} == {
        env.path / "share" / "spam.txt",
        env.path / "include" / "site" / "spam" / "s.h",
        env.scripts / "spam",
        env.site / "spam.py",
        *(
            env.site / "spam-1.0.dist-info" / name
            for name in ("METADATA", "WHEEL", "entry_points.txt", "INSTALLER")
        ),
    }


def test_install_records_who_did_it_and_why(env: Venv) -> None:
    """INSTALLER always, REQUESTED if the user named it, and what else the caller knows."""
    wheel = build_wheel(env.shelf, "spam", "1.0")
    env.install(wheel, requested=True, dist_info_files={"xpip_origin.json": b"{}"})
    info = env.site / "spam-1.0.dist-info"
    assert (info / "INSTALLER").read_bytes() == b"xpip\n"
    assert (info / "REQUESTED").read_bytes() == b""
    assert (info / "xpip_origin.json").read_bytes() == b"{}"


def test_install_believes_nothing_that_a_wheel_says_of_its_installation(env: Venv) -> None:
    """A wheel's own INSTALLER and xpip_origin.json are dropped."""
    forged = {f"spam-1.0.dist-info/{name}": "forged" for name in ("INSTALLER", "xpip_origin.json")}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=forged))
    assert (env.site / "spam-1.0.dist-info" / "INSTALLER").read_bytes() == b"xpip\n"
    assert not (env.site / "spam-1.0.dist-info" / "xpip_origin.json").exists()


def test_install_finds_data_that_is_spelt_unlike_the_file_name(env: Venv) -> None:
    """Older tools normalise neither; what is written to the environment is normalised (RI)."""
    files = {"Spam-1.0.0.data/scripts/spam": "#!python\nprint('spam!')\n"}
    info = "Spam-1.0.0.dist-info"
    env.install(build_wheel(env.shelf, "spam", "1.0", files=files, dist_info=info))
    assert subprocess.check_output([env.scripts / "spam"], text=True) == "spam!\n"
    assert (env.site / "spam-1.0.dist-info" / "METADATA").is_file()


def test_install_gives_files_the_modes_of_the_umask(env: Venv) -> None:
    """Files 0644, scripts 0755, whatever the archive says."""
    umask = os.umask(0o022)
    try:
        env.install(build_wheel(env.shelf, "spam", "1.0", scripts={"spam": "#!/bin/sh\n"}))
    finally:
        os.umask(umask)
    assert stat.S_IMODE((env.site / "spam" / "__init__.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((env.scripts / "spam").stat().st_mode) == 0o755


def test_install_makes_scripts_run_when_the_interpreter_has_a_space_in_its_path(
    tmp_path: Path,
) -> None:
    """The `#!` line cannot name it; both kinds of scripts run all the same."""
    env = Venv(tmp_path / "my env").make()
    files = {"spam.py": "def main():\n    print('spam!')\n"}
    scripts = {"plain": "#!python\nprint('plain!')\n"}
    points = {"spam": "spam:main"}
    env.install(
        build_wheel(env.shelf, "spam", "1.0", files=files, scripts=scripts, entry_points=points)
    )
    assert subprocess.check_output([env.scripts / "spam"], text=True) == "spam!\n"
    assert subprocess.check_output([env.scripts / "plain"], text=True) == "plain!\n"


def test_install_compiles_bytecode_when_asked(env: Venv) -> None:
    """With the target's interpreter; files of another Python's syntax are passed over."""
    files = {"spam.py": "", "template.py": "print 'two'\n"}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=files), compile_bytecode=True)
    assert [path.suffix for path in (env.site / "__pycache__").iterdir()] == [".pyc"]


def test_install_leaves_no_trace_of_its_work(env: Venv) -> None:
    """Neither staging nor stash is left, be it that it worked or not."""
    before = {path.name for path in env.path.iterdir()}
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    failure(lambda: env.install(build_wheel(env.shelf, "spam", "1.0", files={"spam.py": ""})))
    assert {path.name for path in env.path.iterdir()} - {".xpip.lock"} == before


# --- What is refused, with nothing changed ------------------------------------------------------


def damage(contents: Contents) -> None:
    """Contents that RECORD did not promise."""
    contents["eggs/__init__.py"] = b"evil = '0'\n".ljust(len(contents["eggs/__init__.py"]))


def test_install_changes_nothing_when_a_record_does_not_match(env: Venv) -> None:
    """Not even the good wheel before the bad one is installed."""
    spam = build_wheel(env.shelf, "spam", "1.0")
    eggs = build_wheel(env.shelf, "eggs", "1.0", tamper=damage)
    before = env.snapshot()
    error = failure(lambda: env.install(spam, eggs))
    assert error.reference is Reason.WHEEL_INVALID
    assert env.snapshot() == before


def test_install_changes_nothing_when_a_file_belongs_to_another_distribution(env: Venv) -> None:
    """The error names the file and whose it is."""
    env.install(build_wheel(env.shelf, "spam", "1.0", files={"shared.py": "spam"}))
    eggs = build_wheel(env.shelf, "eggs", "1.0", files={"eggs.py": "", "shared.py": "eggs"})
    before = env.snapshot()
    error = failure(lambda: env.install(eggs))
    assert error.reference is Reason.FILE_COLLISION
    assert error.context == (f"{env.site / 'shared.py'} is spam-1.0.dist-info's",)
    assert env.snapshot() == before


def test_install_changes_nothing_when_two_wheels_hold_one_file(env: Venv) -> None:
    """With different contents, neither may have it."""
    spam = build_wheel(env.shelf, "spam", "1.0", files={"shared.py": "spam"})
    eggs = build_wheel(env.shelf, "eggs", "1.0", files={"shared.py": "eggs"})
    before = env.snapshot()
    error = failure(lambda: env.install(spam, eggs))
    assert error.reference is Reason.FILE_COLLISION
    assert error.message.startswith("spam and eggs")
    assert env.snapshot() == before


@pytest.mark.parametrize("name", ["python", "python3", "python3.99"])
def test_install_never_writes_over_the_interpreter(env: Venv, name: str) -> None:
    """Nor where it would be taken for one."""
    wheel = build_wheel(env.shelf, "spam", "1.0", entry_points={name: "spam:main"})
    before = env.snapshot()
    assert failure(lambda: env.install(wheel)).reference is Reason.FILE_COLLISION
    assert env.snapshot() == before


def test_install_never_writes_pyvenv_cfg(env: Venv) -> None:
    """PEP 405: it says where the interpreter finds its library. Its loss is no invitation."""
    (env.path / "pyvenv.cfg").unlink()
    wheel = build_wheel(env.shelf, "spam", "1.0", files={"spam-1.0.data/data/pyvenv.cfg": "evil"})
    before = env.snapshot()
    assert failure(lambda: env.install(wheel)).reference is Reason.FILE_COLLISION
    assert env.snapshot() == before


def test_install_never_writes_where_xpip_keeps_its_journal(env: Venv) -> None:
    """Else the next run would undo what a wheel tells it to."""
    wheel = build_wheel(env.shelf, "spam", "1.0", files={"spam-1.0.data/data/.xpip-1/journal": ""})
    assert failure(lambda: env.install(wheel)).reference is Reason.FILE_COLLISION


def test_install_never_follows_a_link_out_of_the_environment(env: Venv, tmp_path: Path) -> None:
    """A link to a directory that stands in site-packages is no way to write elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (env.site / "spam").symlink_to(elsewhere, target_is_directory=True)
    before = env.snapshot()
    error = failure(lambda: env.install(build_wheel(env.shelf, "spam", "1.0")))
    assert error.reference is Reason.FILE_COLLISION
    assert list(elsewhere.iterdir()) == []
    assert env.snapshot() == before


def test_install_never_writes_through_a_link_that_stands_for_a_file(
    env: Venv, tmp_path: Path
) -> None:
    """Not even if what it points to has the same contents."""
    elsewhere = tmp_path / "spam.py"
    elsewhere.write_text("same")
    (env.site / "spam.py").symlink_to(elsewhere)
    wheel = build_wheel(env.shelf, "spam", "1.0", files={"spam.py": "same"})
    assert failure(lambda: env.install(wheel)).reference is Reason.FILE_COLLISION


def test_install_refuses_a_dist_info_that_comes_as_data(env: Venv) -> None:
    """`.data/data` reaches site-packages, too."""
    info = (env.site / "spam-1.0.dist-info").relative_to(env.path).as_posix()
    files = {f"spam-1.0.data/data/{info}/direct_url.json": "{}"}
    wheel = build_wheel(env.shelf, "spam", "1.0", files=files)
    assert failure(lambda: env.install(wheel)).reference is Reason.WHEEL_INVALID


def test_install_refuses_a_wheel_that_holds_one_file_twice(env: Venv) -> None:
    """At the root and in `.data/purelib`."""
    files = {"spam.py": "one", "spam-1.0.data/purelib/spam.py": "two"}
    wheel = build_wheel(env.shelf, "spam", "1.0", files=files)
    assert failure(lambda: env.install(wheel)).reference is Reason.WHEEL_INVALID


def test_install_shares_a_file_when_the_contents_are_the_same(env: Venv) -> None:
    """As the nvidia wheels need it, in one run or in two."""
    spam, eggs, ham = (
        build_wheel(env.shelf, name, "1.0", files={"shared/__init__.py": ""})
        for name in ("spam", "eggs", "ham")
    )
    env.install(spam, eggs)
    env.install(ham)
    env.remove(env.installed("eggs", "1.0"), env.installed("ham", "1.0"))
    assert (env.site / "shared" / "__init__.py").exists()


# --- Replacing ----------------------------------------------------------------------------------


def test_upgrade_removes_what_only_the_old_version_had(env: Venv) -> None:
    """Its files, their bytecode, its .dist-info, and directories that are empty then."""
    old = build_wheel(env.shelf, "spam", "1.0", files={"spam/old/a.py": "", "spam/b.py": ""})
    env.install(old, compile_bytecode=True)
    assert (env.site / "spam" / "old" / "__pycache__").is_dir()
    new = build_wheel(env.shelf, "spam", "2.0", files={"spam/b.py": "new"})
    env.install(new, replaces=[env.installed("spam", "1.0")])
    assert [path.name for path in (env.site / "spam").iterdir()] == ["b.py"]
    assert not (env.site / "spam-1.0.dist-info").exists()


def test_upgrade_leaves_files_that_nobody_recorded(env: Venv) -> None:
    """What a user put into a package's directory is the user's."""
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    (env.site / "spam" / "notes.txt").write_text("mine")
    new = build_wheel(env.shelf, "spam", "2.0", files={"ham.py": ""})
    env.install(new, replaces=[env.installed("spam", "1.0")])
    assert [path.name for path in (env.site / "spam").iterdir()] == ["notes.txt"]


def test_upgrade_can_turn_a_directory_into_a_file_and_back(env: Venv) -> None:
    """The old version is out before the new one is put in."""
    directory = build_wheel(env.shelf, "spam", "1.0", files={"spam/data/x": ""})
    file = build_wheel(env.shelf, "spam", "2.0", files={"spam/data": ""})
    env.install(directory)
    env.install(file, replaces=[env.installed("spam", "1.0")])
    assert (env.site / "spam" / "data").is_file()
    env.install(directory, replaces=[env.installed("spam", "2.0")])
    assert (env.site / "spam" / "data" / "x").is_file()


def test_upgrade_keeps_a_file_that_another_distribution_shares(env: Venv) -> None:
    """The new version does not have it any more; the other one does."""
    files = {"shared.py": "same"}
    env.install(*(build_wheel(env.shelf, name, "1.0", files=files) for name in ("spam", "eggs")))
    new = build_wheel(env.shelf, "spam", "2.0", files={"spam.py": ""})
    env.install(new, replaces=[env.installed("spam", "1.0")])
    assert (env.site / "shared.py").read_text() == "same"


def test_upgrade_changes_nothing_when_it_would_change_a_shared_file(env: Venv) -> None:
    """Half of it belongs to another distribution."""
    files = {"shared.py": "same"}
    env.install(*(build_wheel(env.shelf, name, "1.0", files=files) for name in ("spam", "eggs")))
    new = build_wheel(env.shelf, "spam", "2.0", files={"shared.py": "other"})
    before = env.snapshot()
    error = failure(lambda: env.install(new, replaces=[env.installed("spam", "1.0")]))
    assert "eggs-1.0.dist-info" in error.context[0]
    assert env.snapshot() == before


def test_upgrade_does_not_write_into_files_that_are_hard_linked(env: Venv, tmp_path: Path) -> None:
    """A cache may share its files with the environment: they are replaced, never changed."""
    env.install(build_wheel(env.shelf, "spam", "1.0", files={"spam.py": "old"}))
    (tmp_path / "cached").hardlink_to(env.site / "spam.py")
    new = build_wheel(env.shelf, "spam", "2.0", files={"spam.py": "new"})
    env.install(new, replaces=[env.installed("spam", "1.0")])
    assert (tmp_path / "cached").read_text() == "old"
    assert (env.site / "spam.py").read_text() == "new"


def test_upgrade_is_refused_when_the_old_version_has_no_record(env: Venv) -> None:
    """RI: then nobody knows its files. The error names the tool that does."""
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    info = env.site / "spam-1.0.dist-info"
    (info / "RECORD").unlink()
    (info / "INSTALLER").write_text("conda\n")
    before = env.snapshot()
    new = build_wheel(env.shelf, "spam", "2.0")
    error = failure(lambda: env.install(new, replaces=[env.installed("spam", "1.0")]))
    assert error.hint == "remove it with conda"
    assert env.snapshot() == before


# --- Undoing ------------------------------------------------------------------------------------


@pytest.fixture
def upgrade(env: Venv) -> tuple[Path, Path]:
    """Wheels of spam 2.0 and eggs 1.0; spam 1.0, of other files, is installed."""
    old = {"spam/a.py": "old", "spam/only/old.py": "old"}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=old, scripts={"spam": "#!python\n"}))
    (env.site / "spam" / "only").chmod(0o750)
    new = {"spam/a.py": "new", "spam/more/new.py": "new"}
    return (
        build_wheel(env.shelf, "spam", "2.0", files=new, entry_points={"spam": "spam.a:main"}),
        build_wheel(env.shelf, "eggs", "1.0"),
    )


@pytest.mark.parametrize(
    ("member", "obstacle"), [("spam/z", "spam/z"), ("spam/z/mine/x.py", "spam/z/mine")]
)
def test_install_puts_everything_back_when_something_stands_in_the_way(
    env: Venv, upgrade: tuple[Path, Path], member: str, obstacle: str
) -> None:
    """A directory where a file must go, or a file where a directory must: known only half-way."""
    (env.site / "spam" / "z").mkdir()
    (env.site / "spam" / "z" / "mine").write_text("mine")
    files = {"spam/a.py": "new", member: ""}
    new = build_wheel(env.shelf, "spam", "2.0", files=files)
    before = env.snapshot()
    error = failure(lambda: env.install(new, replaces=[env.installed("spam", "1.0")]))
    assert error.reference is Reason.FILE_COLLISION
    assert error.message.startswith(f"{env.site / obstacle} stands where")
    assert env.snapshot() == before


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_install_puts_everything_back_when_it_is_interrupted(
    env: Venv, upgrade: tuple[Path, Path], interruption: type[BaseException]
) -> None:
    """The new spam is in place already; eggs would be next."""

    def interrupt(_: NormalizedName) -> None:
        assert (env.site / "spam" / "a.py").read_text() == "new"
        raise interruption

    before = env.snapshot()
    old = env.installed("spam", "1.0")
    with pytest.raises(interruption):
        env.install(*upgrade, replaces=[old], on_installed=interrupt)
    assert env.snapshot() == before


def test_install_puts_everything_back_when_the_disk_is_full(
    env: Venv, upgrade: tuple[Path, Path]
) -> None:
    """What the operating system refuses half-way is undone, and told as such."""

    def fill_disk(_: NormalizedName) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")

    before = env.snapshot()
    old = env.installed("spam", "1.0")
    error = failure(lambda: env.install(*upgrade, replaces=[old], on_installed=fill_disk))
    assert error.reference is Reason.DISK
    assert error.context == ("somewhere",)
    assert env.snapshot() == before


def test_install_reports_the_disk_when_it_cannot_even_stage(env: Venv) -> None:
    """The operating system's refusal is told as such, and nothing is left of the attempt."""
    wheel = build_wheel(env.shelf, "spam", "1.0", files={"spam.bin": b"\0" * 2**21})
    before = env.snapshot()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, old[1]))
    try:
        error = failure(lambda: env.install(wheel))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert error.reference is Reason.DISK
    assert "File too large" in error.message
    assert env.snapshot() == before


KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from tests.edge.test_installation import Venv

env = Venv(Path(sys.argv[1]))
wheels = map(Path, sys.argv[2:])
old = env.installed("spam", "1.0")
env.install(*wheels, replaces=[old], on_installed=lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_lock_puts_everything_back_when_the_last_run_was_killed(
    env: Venv, upgrade: tuple[Path, Path]
) -> None:
    """Whoever has the lock sees the environment as it was before that run."""
    before = env.snapshot()
    command = [sys.executable, "-c", KILLED_RUN, str(env.path), *map(str, upgrade)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert (env.site / "spam" / "a.py").read_text() == "new"
    with environment_lock(str(env.path)):
        assert env.snapshot() == before


def test_lock_makes_a_second_run_wait(env: Venv) -> None:
    """It is told once that it waits, and goes on when the first is done."""
    waits, done = threading.Event(), threading.Event()

    def second() -> None:
        with environment_lock(str(env.path), on_wait=waits.set):
            done.set()

    with environment_lock(str(env.path)):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(5)
        assert not done.wait(0.1)
    thread.join(5)
    assert done.is_set()


# --- Removing -----------------------------------------------------------------------------------


def test_remove_leaves_the_environment_as_it_was(env: Venv) -> None:
    """Files, scripts, data, headers, bytecode and directories go; the scheme's stay."""
    before = env.snapshot()
    files = {"spam.py": "", "ns/spam.py": "", "spam-1.0.data/data/share/spam.txt": ""}
    env.install(
        build_wheel(env.shelf, "spam", "1.0", files=files, entry_points={"spam": "spam:main"}),
        compile_bytecode=True,
    )
    env.remove(env.installed("spam", "1.0"))
    assert env.snapshot() == before


@pytest.mark.parametrize("claim", ["../../../../mine.txt", "../../../bin/python", "link/mine.txt"])
def test_remove_is_refused_when_record_claims_what_is_no_distributions(
    env: Venv, tmp_path: Path, claim: str
) -> None:
    """Files outside, the interpreter, and what lies behind a link."""
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    (tmp_path / "mine.txt").write_text("mine")
    (env.site / "link").symlink_to(tmp_path, target_is_directory=True)
    with (env.site / "spam-1.0.dist-info" / "RECORD").open("a") as record:
        record.write(f"{claim},,\n")
    before = env.snapshot()
    error = failure(lambda: env.remove(env.installed("spam", "1.0")))
    assert error.reference is Reason.UNREMOVABLE
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert env.snapshot() == before


def test_remove_passes_over_a_file_that_lies_too_deep_to_be_there(env: Venv) -> None:
    """Whatever the length of the path that a RECORD lists."""
    before = env.snapshot()
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    with (env.site / "spam-1.0.dist-info" / "RECORD").open("a") as record:
        record.write(f"{'deep/' * 5000}spam.py,,\n")
    env.remove(env.installed("spam", "1.0"))
    assert env.snapshot() == before


def test_remove_takes_bytecode_that_record_lists(env: Venv) -> None:
    """As pip writes it; each file goes once."""
    before = env.snapshot()
    env.install(build_wheel(env.shelf, "spam", "1.0", files={"spam.py": ""}), compile_bytecode=True)
    (compiled,) = (env.site / "__pycache__").iterdir()
    with (env.site / "spam-1.0.dist-info" / "RECORD").open("a") as record:
        record.write(f"__pycache__/{compiled.name},,\n")
    env.remove(env.installed("spam", "1.0"))
    assert env.snapshot() == before


def test_remove_takes_the_whole_dist_info(env: Venv) -> None:
    """Else a file that another tool added to it would leave half a distribution behind."""
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    info = env.site / "spam-1.0.dist-info"
    (info / "added.json").write_text("{}")
    env.remove(env.installed("spam", "1.0"))
    assert not info.exists()


def test_remove_passes_over_what_is_gone_already(env: Venv) -> None:
    """Files that someone deleted by hand are no hindrance."""
    env.install(build_wheel(env.shelf, "spam", "1.0"))
    shutil.rmtree(env.site / "spam")
    env.remove(env.installed("spam", "1.0"))
    assert not (env.site / "spam-1.0.dist-info").exists()


KILLED_REMOVAL = """
import os, signal, sys
from pathlib import Path
from tests.edge.test_installation import Venv

env = Venv(Path(sys.argv[1]))
moved = os.rename

def rename(old, new):
    moved(old, new)
    if old.endswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

os.rename = rename
env.remove(env.installed("spam", "1.0"))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("moved", ["spam/a.py", "eggs", "spam-1.0.dist-info"])
def test_lock_puts_everything_back_when_a_removal_was_killed(env: Venv, moved: str) -> None:
    """Half a distribution is none: it is whole again before the next run looks.

    Directories go as a whole where nothing in them stays.
    """
    files = {"spam/a.py": "", "spam/b.py": "", "eggs/c.py": "", "eggs/more/d.py": ""}
    env.install(build_wheel(env.shelf, "spam", "1.0", files=files))
    (env.site / "spam" / "mine").write_text("")
    before = env.snapshot()
    command = [sys.executable, "-c", KILLED_REMOVAL, str(env.path), moved]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert env.snapshot() != before
    with environment_lock(str(env.path)):
        assert env.snapshot() == before


def test_remove_changes_nothing_when_one_of_several_cannot_be_removed(env: Venv) -> None:
    """All, or none."""
    env.install(build_wheel(env.shelf, "spam", "1.0"), build_wheel(env.shelf, "eggs", "1.0"))
    (env.site / "eggs-1.0.dist-info" / "RECORD").unlink()
    before = env.snapshot()
    both = env.installed("spam", "1.0"), env.installed("eggs", "1.0")
    assert failure(lambda: env.remove(*both)).reference is Reason.UNREMOVABLE
    assert env.snapshot() == before


def test_remove_takes_a_file_that_only_those_list_who_go(env: Venv) -> None:
    """Nobody who stays needs it."""
    before = env.snapshot()
    shared = {"shared.py": "same"}
    env.install(
        build_wheel(env.shelf, "spam", "1.0", files=shared),
        build_wheel(env.shelf, "eggs", "1.0", files=shared),
    )
    env.remove(env.installed("spam", "1.0"))
    assert (env.site / "shared.py").exists()
    env.remove(env.installed("eggs", "1.0"))
    assert env.snapshot() == before
