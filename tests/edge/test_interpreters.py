"""What interpreters said of themselves: remembered for as long as it holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xpip.edge.cache.derived import LAYOUT, Derived
from xpip.edge.environment.interpreters import Answer, ask
from xpip.errors import UsageError

NOWHERE = {"HOME": "/nonexistent"}


@pytest.fixture(name="venv")
def fixture_venv(tmp_path: Path) -> Path:
    return new_venv(tmp_path / "venv")


@pytest.fixture(name="kept")
def fixture_kept(tmp_path: Path) -> Derived:
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o700)
    return Derived(directory, "interpreters")


class Counting:
    """Answers of earlier runs that count how often there was one."""

    def __init__(self, kept: Derived) -> None:
        self._kept = kept
        self.found = 0

    def find(self, *question: str) -> bytes | None:
        answer = self._kept.find(*question)
        self.found += answer is not None
        return answer

    def keep(self, answer: bytes, *question: str) -> None:
        self._kept.keep(answer, *question)


def ask_again(venv: Path, kept: Derived, environ: dict[str, str] = NOWHERE) -> tuple[Answer, bool]:
    """The answer, and whether it was there."""
    counting = Counting(kept)
    answer = ask(str(venv / "bin" / "python"), environ, kept=counting)
    return answer, bool(counting.found)


def test_interpreter_is_asked_once_when_nothing_changes(venv: Path, kept: Derived) -> None:
    """The second answer is the first one, word for word."""
    first, was_there = ask_again(venv, kept)
    assert not was_there
    assert ask_again(venv, kept) == (first, True)


def new_venv(made: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "venv", "--without-pip", *options, str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made


def test_interpreter_of_a_new_environment_says_what_one_like_it_said(
    venv: Path, kept: Derived, tmp_path: Path
) -> None:
    """Word for word what it would say itself: only the directory is another one."""
    ask_again(venv, kept)
    other = new_venv(tmp_path / "other venv")
    remembered, was_there = ask_again(other, kept)
    assert was_there
    assert remembered == ask(str(other / "bin" / "python"), NOWHERE)


def test_interpreter_of_a_new_environment_is_asked_when_it_is_of_another_kind(
    venv: Path, kept: Derived, tmp_path: Path
) -> None:
    """One that sees the base's distributions, or has an interpreter of its own."""
    ask_again(venv, kept)
    assert not ask_again(new_venv(tmp_path / "seeing", "--system-site-packages"), kept)[1]
    assert not ask_again(new_venv(tmp_path / "copied", "--copies"), kept)[1]


def test_interpreter_is_asked_each_time_when_what_it_says_lies_elsewhere(
    venv: Path, kept: Derived
) -> None:
    """A program that starts another one says what that is."""
    python = venv / "bin" / "python"
    says = python.with_name("says")
    says.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    says.chmod(0o700)
    for _ in range(2):
        counting = Counting(kept)
        assert ask(str(says), NOWHERE, kept=counting)["executable"] == str(python)
        assert not counting.found


def test_interpreter_is_asked_anew_when_its_environment_is_configured_otherwise(
    venv: Path, kept: Derived
) -> None:
    """pyvenv.cfg says whether the base's distributions are seen."""
    first, _ = ask_again(venv, kept)
    configuration = venv / "pyvenv.cfg"
    text = configuration.read_text()
    configuration.write_text(text.replace("packages = false", "packages = true"))
    second, was_there = ask_again(venv, kept)
    assert not was_there
    assert len(second["site_paths"]) > len(first["site_paths"])


def test_interpreter_is_asked_anew_when_another_stands_in_its_place(
    venv: Path, kept: Derived
) -> None:
    """A link that leads elsewhere is another interpreter, whatever it is called."""
    ask_again(venv, kept)
    python = venv / "bin" / "python"
    other = venv / "other"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o700)
    python.unlink()
    python.symlink_to(other)
    with pytest.raises(UsageError, match="does not work"):
        ask_again(venv, kept)


@pytest.mark.parametrize("variable", ["PYTHONUSERBASE", "HOME", "LD_LIBRARY_PATH"])
def test_interpreter_is_asked_anew_when_a_variable_has_a_say(
    venv: Path, kept: Derived, variable: str
) -> None:
    """Where what only this user sees lies depends on variables; others change nothing."""
    ask_again(venv, kept)
    assert ask_again(venv, kept, {**NOWHERE, "EDITOR": "ed"})[1]
    assert not ask_again(venv, kept, {**NOWHERE, variable: "/elsewhere"})[1]


def test_interpreter_of_the_system_is_asked_each_time(kept: Derived) -> None:
    """Another tool may have put a file there by now that reserves it (PEP 668)."""
    base = os.path.realpath(sys.executable)
    counting = Counting(kept)
    for _ in range(2):
        ask(base, NOWHERE, kept=counting)
    assert counting.found == 0


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{}", b'{"executable": 1, "prefix": [], "scheme": {}}']
)
def test_answer_that_is_none_is_asked_for_again(said: bytes, venv: Path) -> None:
    """Whoever put it there."""

    class Lying:
        def find(self, *question: str) -> bytes:
            return said

        def keep(self, answer: bytes, *question: str) -> None:
            self.kept = answer

    lying = Lying()
    assert ask(str(venv / "bin" / "python"), NOWHERE, kept=lying)["prefix"] == str(venv)
    assert lying.kept


def test_damaged_answer_is_asked_for_again(venv: Path, kept: Derived, tmp_path: Path) -> None:
    """A changed byte shows."""
    first, _ = ask_again(venv, kept)
    (entry,) = (tmp_path / "cache" / LAYOUT / "interpreters").iterdir()
    raw = bytearray(entry.read_bytes())
    raw[-2] ^= 1
    entry.write_bytes(raw)
    assert ask_again(venv, kept) == (first, False)
