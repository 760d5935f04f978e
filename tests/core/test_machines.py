"""Words for a machine, and the target that they mean."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support.stage import LINUX

from xpip.core.foreign_targets import Machine, UnknownMachine
from xpip.core.machines import machine_of, parse_environment, platform_tags, target_of


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("linux", "manylinux_2_28_x86_64"),
        ("linux-x86_64-gnu", "manylinux_2_28_x86_64"),
        ("linux-arm64", "manylinux_2_28_aarch64"),
        ("linux-musl", "musllinux_1_2_x86_64"),
        ("linux-aarch64-musl", "musllinux_1_2_aarch64"),
        ("macos", "macosx_14_0_arm64"),
        ("macos-x86_64", "macosx_14_0_x86_64"),
        ("windows", "win_amd64"),
        ("windows-arm64", "win_arm64"),
        ("windows-x86", "win32"),
        ("manylinux_2_17_x86_64", "manylinux_2_17_x86_64"),
    ],
)
def test_platform_has_a_tag(words: str, first: str) -> None:
    """The least that a machine of these words is taken to have."""
    assert platform_tags(words)[0] == first


@pytest.mark.parametrize("words", ["", "amiga", "linux-", "macos-m68k", "windows-musl", "-linux"])
def test_platform_is_refused_when_it_is_not_known(words: str) -> None:
    """Guessing would lock for another machine."""
    with pytest.raises(UnknownMachine):
        platform_tags(words)


def test_environment_says_python_then_platform() -> None:
    """CPython, unless it says another one."""
    assert parse_environment("3.12-windows") == Machine(
        platforms=("win_amd64",), python_version="3.12", implementation="cp"
    )
    assert parse_environment("pypy3.11.4-macos").implementation == "pp"


@pytest.mark.parametrize(
    "words", ["3.12", "linux", "linux-3.12", "3-linux", "3.12-", "jython3.9-linux"]
)
def test_environment_is_refused_when_it_says_too_little(words: str) -> None:
    """Nothing is filled in from the machine here."""
    with pytest.raises(UnknownMachine):
        parse_environment(words)


def test_target_has_the_markers_of_its_machine() -> None:
    """PEP 508's variables, the kernel's own aside."""
    target = target_of(parse_environment("3.13-macos"), LINUX)
    assert str(target.python_version) == "3.13.0"
    found = {name: target.environment[name] for name in ("sys_platform", "platform_machine")}
    assert found == {"sys_platform": "darwin", "platform_machine": "arm64"}
    assert target.tags[0] == "cp313-cp313-macosx_14_0_arm64"
    assert "cp313-abi3-macosx_11_0_universal2" in target.tags


def test_target_of_an_environment_does_not_depend_on_the_machine_here() -> None:
    """Locks made on two machines are the same."""
    other = replace(
        LINUX,
        tags=("pp39-none-any",),
        environment={name: f"other {value}" for name, value in LINUX.environment.items()},
    )
    for words in ("3.12-linux", "pypy3.11-windows"):
        machine = parse_environment(words)
        assert target_of(machine, LINUX) == target_of(machine, other)


def test_target_is_as_it_is_here_where_nothing_is_said() -> None:
    """Platform and Python alike."""
    assert target_of(machine_of(), LINUX) is LINUX
    newer = target_of(machine_of(python_version="3.13"), LINUX)
    assert newer.tags[0] == "cp313-cp313-manylinux_2_17_x86_64"
    assert newer.environment["platform_release"] == LINUX.environment["platform_release"]


def test_target_takes_wheels_of_pypy_by_its_own_name() -> None:
    """The ABI of PyPy 7.3, which all of its wheels name."""
    target = target_of(parse_environment("pypy3.11-linux"), LINUX)
    assert target.tags[0] == "pp311-pypy311_pp73-manylinux_2_28_x86_64"
    assert target.environment["implementation_name"] == "pypy"
