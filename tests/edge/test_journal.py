"""A journal that lies in an environment, whoever put it there: what it may undo, and what not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xpip.edge.installation.holding import environment_lock
from xpip.errors import InstallationError, Reason


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An environment with what a killed run, or a checkout, left in it: a stashed file."""
    stash = tmp_path / "environment" / ".xpip-left" / "stash"
    stash.mkdir(parents=True)
    (stash / "0").write_text("stashed")
    return tmp_path / "environment"


def clean_up(prefix: Path, *steps: object, scheme: dict[str, str] | None = None) -> None:
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in steps]
    (prefix / ".xpip-left" / "journal").write_bytes(b"".join(each + b"\n" for each in lines))
    with environment_lock(str(prefix), scheme=scheme):
        pass


def refusal(prefix: Path, *steps: object) -> InstallationError:
    with pytest.raises(InstallationError) as caught:
        clean_up(prefix, *steps)
    assert caught.value.reference is Reason.DISK
    assert (prefix / ".xpip-left" / "stash" / "0").read_text() == "stashed"
    return caught.value


def test_file_is_put_back_where_the_journal_says(prefix: Path) -> None:
    """Whatever a killed run took away."""
    stashed = prefix / ".xpip-left" / "stash" / "0"
    clean_up(prefix, ["move", str(prefix / "spam.py"), str(stashed)])
    assert (prefix / "spam.py").read_text() == "stashed"
    assert not (prefix / ".xpip-left").exists()


def test_file_is_put_back_into_a_directory_of_the_scheme(prefix: Path, tmp_path: Path) -> None:
    """Libraries may lie elsewhere than the prefix, or behind a link."""
    library = tmp_path / "library"
    library.mkdir()
    (prefix / "lib").symlink_to(library)
    stashed = prefix / ".xpip-left" / "stash" / "0"
    clean_up(
        prefix,
        ["move", str(library / "spam.py"), str(stashed)],
        scheme={"purelib": str(prefix / "lib")},
    )
    assert (library / "spam.py").read_text() == "stashed"


@pytest.mark.parametrize("place", ["{above}/.profile", "{prefix}/../.profile", "{prefix}/out/x"])
@pytest.mark.parametrize("kind", ["move", "mkdir", "rmdir"])
def test_nothing_is_changed_outside_of_the_environment(
    prefix: Path, tmp_path: Path, place: str, kind: str
) -> None:
    """A checkout that brings an environment along could else write anywhere."""
    (prefix / "out").symlink_to(tmp_path)
    path = place.format(above=tmp_path, prefix=prefix)
    stashed = str(prefix / ".xpip-left" / "stash" / "0")
    step = {
        "move": ["move", path, stashed],
        "mkdir": ["mkdir", path],
        "rmdir": ["rmdir", path, "1"],
    }
    error = refusal(prefix, step[kind])
    assert "outside" in error.context[0]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["environment"]


def test_nothing_is_taken_from_outside_of_the_environment(prefix: Path, tmp_path: Path) -> None:
    """Nor moved away."""
    (tmp_path / "secret").write_text("kept")
    refusal(prefix, ["move", str(prefix / "x"), str(tmp_path / "secret")])
    assert (tmp_path / "secret").read_text() == "kept"


@pytest.mark.parametrize(
    "line",
    [
        *(b"{", b"[]", b"\xff", b"null", b"9" * 5000, b"[" * 5000, b'["move", "x"]'),
        *(b'["mkdir", 1]', b'["rmdir", "/x", "-1"]', b'["rmdir", "/x", "x"]', b'["chmod", "/x"]'),
        *(b'["mkdir", "/x\\u0000"]', b'["mkdir", "/\\ud800"]'),
    ],
)
def test_lock_is_refused_when_the_journal_is_none(prefix: Path, line: bytes) -> None:
    """What lies there may be somebody's files: they stay, and are pointed to."""
    error = refusal(prefix, line)
    assert ".xpip-left" in (error.hint or "")
