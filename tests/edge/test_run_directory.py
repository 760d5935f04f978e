"""The directory of one run: private, gone at its end, and at the next run's where it was killed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from xpip.edge.run_directory import run_directory
from xpip.errors import InstallationError, Reason

pytestmark = pytest.mark.skipif(os.name == "nt", reason="held by locks of POSIX")

KILLED = """
import os, signal
from xpip.edge.run_directory import run_directory
from pathlib import Path
with run_directory() as directory:
    (Path(directory) / "half a wheel").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system keeps what is temporary."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return directory


def aged(path: Path, seconds: float) -> Path:
    """The same, as if it had last changed so long ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_directory_is_private_and_goes() -> None:
    """Nobody else may read what is fetched with a login."""
    with run_directory() as made:
        directory = Path(made)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        (directory / "wheel").touch()
    assert not directory.exists()


def test_directory_is_made_when_somebody_asks_for_its_path(temporary: Path) -> None:
    """Once; a run that fetches nothing needs none."""
    with run_directory() as directory:
        assert not list(temporary.iterdir())
        assert [os.fspath(directory)] * 2 == [os.fspath(directory), *map(str, temporary.iterdir())]
    assert not list(temporary.iterdir())


def test_directory_of_a_killed_run_is_cleared_away_by_the_next(temporary: Path) -> None:
    """Not at once: a run that has just made its own may not hold it yet."""
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert killed.returncode == -9
    (left,) = temporary.iterdir()
    with run_directory() as directory:
        assert Path(directory).exists()
        assert left.exists()
    aged(left, 120)
    with run_directory() as directory:
        assert Path(directory).exists()
        assert not left.exists()


def test_directory_of_a_run_at_work_stays_however_old(temporary: Path) -> None:
    """It may wait for a slow server."""
    with run_directory() as made:
        first = aged(Path(made), 3600)
        with run_directory() as other:
            assert Path(other).exists()
            assert first.exists()


def test_only_directories_of_this_program_are_cleared_away(temporary: Path) -> None:
    """A log of a failed build stays for its reader, and a link leads nowhere."""
    elsewhere = temporary.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    link = temporary / "xpip-run-link"
    link.symlink_to(elsewhere)
    log = aged(_touched(temporary / "xpip-build-1.log"), 1e6)
    other = temporary / "other-run-1"
    other.mkdir()
    aged(other, 1e6)
    build = temporary / "xpip-build-1"
    build.mkdir()
    aged(build, 1e6)
    with run_directory() as directory:
        assert Path(directory).exists()
    assert sorted(temporary.iterdir()) == sorted([link, log, other])
    assert list(elsewhere.iterdir()) == [elsewhere / "precious"]


def test_error_says_what_to_do_when_no_directory_can_be_made(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk is full, or nobody may write there."""
    temporary.rmdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with run_directory() as directory, pytest.raises(InstallationError) as caught:
        os.fspath(directory)
    assert caught.value.reference is Reason.DISK
    assert "TMPDIR" in (caught.value.hint or "")


def test_error_is_the_system_s_own_when_a_directory_was_named(tmp_path: Path) -> None:
    """Whoever named it knows another one."""
    with run_directory(tmp_path / "none") as directory, pytest.raises(FileNotFoundError):
        os.fspath(directory)


def _touched(path: Path) -> Path:
    path.touch()
    return path
