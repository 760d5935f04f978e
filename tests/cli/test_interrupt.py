"""A run that is told to end does so soon, undoes what it began, and leaves nothing behind.

The servers here would keep a run waiting for a minute; nobody waits for that.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock
from tests.support.command import Ended, Environment
from tests.support.projects import wheel_metadata
from tests.support.served_sources import serve_source
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.world import RepositoryDouble, World

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")

SOON = 10.0
"""Seconds: far from what the servers would take, and enough for a busy machine."""

SLOW = 60.0


class Running:
    """`xpip install` at work.

    Attributes:
        temporary: the directory of its temporary files.
    """

    def __init__(self, directory: Path, *arguments: object) -> None:
        self.temporary = directory / "tmp"
        self.temporary.mkdir()
        self._cache = directory / "cache"
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "PYTHONPATH") or name.startswith("COVERAGE")
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "xpip", "install", *map(str, arguments)],
            cwd=directory,
            env={
                **kept,
                "HOME": str(directory),
                "TMPDIR": str(self.temporary),
                "XPIP_CACHE_DIR": str(self._cache),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def downloads(self) -> list[Path]:
        """What lies where files come to: beside the cache, and only while the run lasts."""
        return list(self._cache.glob("xpip-run-*/*"))

    def wait_until(self, here: Callable[[], object]) -> None:
        """Wait until the run has come to a certain point."""
        end = time.monotonic() + 60
        while not here():
            if self._process.poll() is not None or time.monotonic() > end:
                self._fail("the run never came there")
            time.sleep(0.001)

    def end_by(self, number: signal.Signals) -> Ended:
        """Send a signal, and see how the run ends."""
        self._process.send_signal(number)
        try:
            stdout, stderr = self._process.communicate(timeout=SOON)
        except subprocess.TimeoutExpired:
            self._fail(f"still running {SOON} seconds after {number.name}")
        return Ended(exit_code=self._process.returncode, stdout=stdout, stderr=stderr)

    def _fail(self, why: str) -> NoReturn:
        self._process.kill()
        stdout, stderr = self._process.communicate()
        pytest.fail(f"{why}: {stdout}{stderr}")


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel."""
    corp = world.repository("corp", sizes=False)
    corp.serve("spam", "1.0")
    return corp


def check_nothing_remains(ended: Ended, running: Running, environment: Environment) -> None:
    """One word for the user, and neither a project nor a temporary file."""
    assert (ended.exit_code, ended.stderr.split("\n")[-2:]) == (130, ["interrupted", ""])
    assert ended.stdout == ""
    assert list(running.temporary.iterdir()) == []
    assert running.downloads() == []
    assert environment.installed() == {}
    assert [path.name for path in environment.directory.glob(".xpip-*")] == []


@contextmanager
def stalled_server() -> Iterator[tuple[str, list[str]]]:
    """Promises each client a body and never sends one; gives its URL and who asked for what."""
    asked: list[str] = []
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            request = connection.recv(65536).decode("latin-1")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            asked.append(request.split()[1])
            ended.wait(SLOW)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        finally:
            ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_ends_soon_when_a_page_is_slow(
    corp: RepositoryDouble, environment: Environment, project: Path, number: signal.Signals
) -> None:
    """However it is asked to end: all three are Ctrl-C."""
    corp.latency = SLOW
    running = Running(project, "-i", corp.url, "spam")
    running.wait_until(lambda: corp.requests)
    check_nothing_remains(running.end_by(number), running, environment)


def test_run_ends_soon_when_a_page_stalls(environment: Environment, project: Path) -> None:
    """The server said that it has a page, and then nothing."""
    with stalled_server() as (url, asked):
        running = Running(project, "-i", f"{url}/simple/", "spam")
        running.wait_until(lambda: asked)
        check_nothing_remains(running.end_by(signal.SIGINT), running, environment)


def test_run_ends_soon_when_a_file_has_no_end(
    corp: RepositoryDouble, environment: Environment, project: Path
) -> None:
    """The half that came is thrown away."""
    (served,) = corp.page("spam").files

    def answer(incoming: Incoming) -> Response:
        if incoming.path.endswith(".metadata"):
            return Response(body=wheel_metadata(served.path) or b"")
        return Response(body=b"begun", endless=True)

    with LoopbackServer(answer) as storage:
        corp.page("spam").file_host = storage.origin
        running = Running(project, "-i", corp.url, "spam")
        running.wait_until(running.downloads)
        check_nothing_remains(running.end_by(signal.SIGINT), running, environment)


def test_run_ends_soon_when_a_file_stalls(
    corp: RepositoryDouble, environment: Environment, project: Path
) -> None:
    """Whoever waits for its next byte is woken."""
    page = corp.page("spam")
    name = page.files[0].path.name
    page.format = "html-legacy"
    with stalled_server() as (url, _):
        page.body = f'<a href="{url}/{name}#sha256={"0" * 64}">{name}</a>'.encode()
        running = Running(project, "-i", corp.url, "spam")
        # This server knows no ranges: for its metadata, all of the wheel is needed.
        running.wait_until(running.downloads)
        check_nothing_remains(running.end_by(signal.SIGINT), running, environment)


def test_run_ends_soon_when_it_waits_before_a_retry(
    corp: RepositoryDouble, environment: Environment, project: Path
) -> None:
    """The server asked for half a minute of patience."""
    corp.page("spam").fails_first = [503] * 4
    corp.page("spam").headers = {"Retry-After": "30"}
    running = Running(project, "-i", corp.url, "spam")
    running.wait_until(lambda: corp.requests)
    time.sleep(0.1)
    check_nothing_remains(running.end_by(signal.SIGINT), running, environment)
    assert len(corp.requests) == 1


def test_run_ends_soon_when_another_one_has_the_environment(
    corp: RepositoryDouble, environment: Environment, project: Path
) -> None:
    """It has not asked anybody anything yet."""
    begun = project / "begun"
    python = project / "python"
    real, mark = shlex.quote(str(environment.python)), shlex.quote(str(begun))
    python.write_text(f'#!/bin/sh\n: > {mark}\nexec {real} "$@"\n')
    python.chmod(0o755)
    with FileLock(environment.directory / ".xpip.lock"):
        running = Running(project, "--python", python, "-i", corp.url, "spam")
        running.wait_until(begun.exists)
        time.sleep(1)  # until the interpreter has answered: nobody can see a run that waits
        ended = running.end_by(signal.SIGINT)
    check_nothing_remains(ended, running, environment)
    assert corp.requests == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_change_is_undone_when_it_is_interrupted(
    corp: RepositoryDouble, environment: Environment, project: Path, number: signal.Signals
) -> None:
    """Files that are there already go again (semantics 7.3)."""
    names = [f"eggs/part{index}.py" for index in range(8000)]
    corp.serve("eggs", "1.0", files=dict.fromkeys(names, "pass\n"))
    before = environment.files()
    running = Running(project, "-i", corp.url, "eggs")
    running.wait_until(lambda: list(environment.directory.glob(".xpip-*/staging/*/*")))
    check_nothing_remains(running.end_by(number), running, environment)
    assert environment.files() == before


def test_signal_stays_ignored_when_it_was(
    corp: RepositoryDouble, environment: Environment, project: Path
) -> None:
    """`nohup` has said that the terminal's end shall not matter."""
    corp.latency = 0.5
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        running = Running(project, "-i", corp.url, "spam")
    finally:
        signal.signal(signal.SIGHUP, ignored)
    running.wait_until(lambda: corp.requests)
    assert running.end_by(signal.SIGHUP).exit_code == 0
    assert environment.installed() == {"spam": "1.0"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_the_build_with_all_that_it_started(
    world: World, environment: Environment, project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """A compiler that goes on would write into directories that are gone."""
    corp = world.repository("corp")
    started = tmp_path / "started"
    sleeps = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(started)!r} + '.part', 'w').write(str(child.pid))\n"
        f"import os; os.rename({str(started)!r} + '.part', {str(started)!r})\n"
        "time.sleep(60)\n"
    )
    serve_source(corp, tmp_path, "spam", "1.0", files={".backend/tiny.py": sleeps})
    running = Running(project, "-i", corp.url, "spam")
    running.wait_until(started.exists)

    ended = running.end_by(number)

    assert ended.stderr.split("\n")[-2:] == ["interrupted", ""]
    assert list(running.temporary.iterdir()) == []
    assert running.downloads() == []
    assert environment.installed() == {}
    assert not is_running(int(started.read_text()))


def is_running(pid: int) -> bool:
    """Whether a process is still there, and no mere entry of one that ended."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
