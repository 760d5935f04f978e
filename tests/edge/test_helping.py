"""Wheels unpacked by other processes: what comes of it is the same, whatever becomes of those."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.hostile_wheels import NAME, pieces_of
from tests.support.wheels import build_wheel
from tests.support.zips import write_pieces

from xpip.core.unpacked import load_unpacked
from xpip.edge.installation.helping import (
    WORTH_HELP,
    Helper,
    HelperGone,
    Job,
    Unpacker,
    Unpackers,
    serve,
)
from xpip.errors import InstallationError, Reason

SPAM, ONE = canonicalize_name("spam"), Version("1.0")
FILES = {"spam/__init__.py": "x = 1\n", "spam/ü.txt": "y"}
BY_WHOM = pytest.mark.parametrize("sizes", [(WORTH_HELP, 0), (0, 0)], ids=["helper", "here"])
Sizes = tuple[int, ...]


@pytest.fixture
def unpackers() -> Iterator[Unpackers]:
    """Those of a machine with two processors."""
    unpackers = Unpackers(processors=2)
    yield unpackers
    unpackers.close()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel in a directory that is not called in ASCII."""
    return build_wheel(tmp_path / "whéels", "spam", "1.0", files=FILES, scripts={"run": "#!python"})


def job(wheel: Path, into: Path) -> Job:
    """To unpack this there."""
    return Job(os.fsencode(wheel), SPAM, str(ONE), os.fsencode(into))


def texts(tree: Path) -> dict[str, str]:
    """All of a package."""
    return {name: (tree / "purelib" / name).read_text() for name in FILES}


@BY_WHOM
def test_wheel_is_unpacked_by_whoever_it_is(
    unpackers: Unpackers, wheel: Path, tmp_path: Path, sizes: Sizes
) -> None:
    """Its files are there, and the manifest tells of them."""
    unpackers.start(sizes)
    with unpackers.turn() as unpacker:
        found = load_unpacked(unpacker.unpack(wheel, SPAM, ONE, str(tmp_path / "t")))
    assert found is not None
    assert (found.project, found.rewritten) == (SPAM, ("run",))
    assert {name for each in found.directories for name in each.names} >= {"ü.txt", "run"}
    assert texts(tmp_path / "t") == FILES


@BY_WHOM
def test_wheel_that_is_not_valid_is_refused_by_whoever_it_is(
    unpackers: Unpackers, tmp_path: Path, sizes: Sizes
) -> None:
    """With the same words; and the next one is unpacked."""
    pieces = pieces_of({"spam.py": b"x"}, record=lambda text: text.replace("sha256=", "sha256=A"))
    wheel = write_pieces(tmp_path / NAME, pieces)
    unpackers.start(sizes)
    with unpackers.turn() as unpacker:
        with pytest.raises(InstallationError, match=f"{NAME} is not a valid wheel") as caught:
            unpacker.unpack(wheel, SPAM, ONE, str(tmp_path / "t"))
        assert caught.value.reference is Reason.WHEEL_INVALID
        assert "is not what RECORD says" in caught.value.context[0]
        good = build_wheel(tmp_path / "w", "spam", "1.0", files=FILES)
        unpacker.unpack(good, SPAM, ONE, str(tmp_path / "u"))
    assert texts(tmp_path / "u") == FILES


@BY_WHOM
def test_tree_that_cannot_be_written_is_said_by_whoever_it_is(
    unpackers: Unpackers, wheel: Path, tmp_path: Path, sizes: Sizes
) -> None:
    """Whoever keeps trees keeps none then."""
    unpackers.start(sizes)
    with unpackers.turn() as unpacker, pytest.raises(FileNotFoundError):
        unpacker.unpack(wheel, SPAM, ONE, str(tmp_path / "nowhere" / "t"))


@pytest.mark.parametrize(
    ("processors", "sizes", "helpers"),
    [
        (2, (WORTH_HELP, 0, 0), 2),
        (64, (WORTH_HELP, 0, 0, 0, 0), 4),
        (64, (WORTH_HELP, 0), 2),
        (64, (WORTH_HELP,), 0),
        (2, (WORTH_HELP - 1, 0), 0),
        (1, (WORTH_HELP, 0), 0),
    ],
)
def test_helpers_are_started_where_it_is_worth_it(
    processors: int, sizes: Sizes, helpers: int
) -> None:
    """One for each processor, within reason; none for few bytes, or for one wheel."""
    unpackers = Unpackers(processors)
    unpackers.start(sizes)
    unpackers.close()
    assert unpackers.helpers == helpers


def test_helper_is_begun_whatever_threads_run(wheel: Path, tmp_path: Path) -> None:
    """A copy of this process would have their locks: it is a new one."""
    done = threading.Event()
    threading.Thread(target=done.wait).start()
    helper = Helper()
    try:
        assert load_unpacked(helper.unpack(job(wheel, tmp_path / "t"))) is not None
    finally:
        helper.end()
        done.set()
    assert texts(tmp_path / "t") == FILES


class DyingHelper(Helper):
    """One that is killed when it has unpacked a part."""

    def __init__(self) -> None:
        """Nothing is started."""

    def unpack(self, job: Job) -> bytes:
        (Path(os.fsdecode(job.into)) / "purelib" / "half").mkdir(parents=True)
        raise HelperGone

    def end(self) -> None:
        """It has."""


def test_wheel_is_unpacked_here_when_its_helper_died(
    unpackers: Unpackers, wheel: Path, tmp_path: Path
) -> None:
    """Nothing that it left counts."""
    unpacker = Unpacker(DyingHelper(), unpackers)
    unpacker.unpack(wheel, SPAM, ONE, str(tmp_path / "t"))
    assert texts(tmp_path / "t") == FILES
    assert not (tmp_path / "t" / "purelib" / "half").exists()
    assert unpacker.helper is None


def test_wheel_is_left_when_its_helper_was_ended_with_the_run(
    unpackers: Unpackers, wheel: Path, tmp_path: Path
) -> None:
    """Nobody wants it any more."""
    unpackers.close()
    with pytest.raises(OSError, match="anceled"):
        Unpacker(DyingHelper(), unpackers).unpack(wheel, SPAM, ONE, str(tmp_path / "t"))


def test_helper_is_gone_when_it_was_killed(wheel: Path, tmp_path: Path) -> None:
    """Whoever asks it is told so, and waits for nothing."""
    helper = Helper()
    os.kill(helper.pid, signal.SIGTERM)
    with pytest.raises(HelperGone):
        helper.unpack(job(wheel, tmp_path / "t"))
    helper.end()


@pytest.mark.parametrize("left", [b"", b"\0\0", (99).to_bytes(8, "big") + b"{"])
def test_helper_ends_when_nobody_tells_it_more(left: bytes) -> None:
    """Its run was killed, perhaps while it wrote."""
    answers = io.BytesIO()
    serve(io.BytesIO(left), answers)
    assert answers.getvalue() == b""
