"""Another machine, as far as the user describes it, and what is chosen for it."""

from __future__ import annotations

import pytest
from packaging.version import Version

from xpip.core.foreign_targets import Machine, UnknownMachine, foreign_target
from xpip.core.policy import Target

HERE = Target(
    python_version=Version("3.11.7"),
    tags=(
        "cp311-cp311-manylinux_2_36_x86_64",
        "cp311-cp311-linux_x86_64",
        "cp311-none-any",
        "py3-none-any",
    ),
    environment={
        "implementation_name": "cpython",
        "implementation_version": "3.11.7",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "6.18",
        "platform_system": "Linux",
        "platform_version": "#1",
        "python_full_version": "3.11.7",
        "platform_python_implementation": "CPython",
        "python_version": "3.11",
        "sys_platform": "linux",
    },
)


def test_target_has_the_markers_of_its_platform() -> None:
    """PEP 508: a dependency for Windows is one, wherever it is asked for."""
    target = foreign_target(Machine(platforms=("win_amd64",)), HERE)

    assert target.environment["sys_platform"] == "win32"
    assert target.environment["platform_system"] == "Windows"
    assert target.environment["os_name"] == "nt"
    assert target.environment["platform_machine"] == "AMD64"
    assert target.environment["python_version"] == "3.11"


def test_target_knows_no_release_of_a_kernel_that_is_not_here() -> None:
    """A marker that asks for it does not hold, rather than speak of this machine."""
    target = foreign_target(Machine(platforms=("linux_aarch64",)), HERE)

    assert target.environment["platform_release"] == ""
    assert target.environment["platform_machine"] == "aarch64"


@pytest.mark.parametrize(
    ("platform", "also", "never"),
    [
        ("manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux_2_34_x86_64"),
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64"),
        ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "manylinux2014_x86_64"),
        ("macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_12_0_arm64"),
        ("win_amd64", "any", "win32"),
    ],
)
def test_target_takes_wheels_for_older_systems_of_its_kind(
    platform: str, also: str, never: str
) -> None:
    """PEP 600, PEP 656: they run wherever the system is as new as they ask, or newer."""
    target = foreign_target(Machine(platforms=(platform,)), HERE)
    platforms = [tag.rpartition("-")[2] for tag in target.tags]

    assert target.tags[0] == f"cp311-cp311-{platforms[0]}"
    assert {platform, also} <= set(platforms)
    assert never not in platforms


@pytest.mark.parametrize("written", ["3.12", "312", "3.12.0"])
def test_python_version_may_be_written_as_in_tags(written: str) -> None:
    """What is left open is the first release of that Python."""
    target = foreign_target(Machine(python_version=written), HERE)

    assert target.python_version == Version("3.12.0")
    assert target.environment["python_full_version"] == "3.12.0"
    assert target.tags[0] == "cp312-cp312-manylinux_2_36_x86_64"
    assert "cp311-abi3-linux_x86_64" in target.tags


def test_abi_takes_the_place_of_the_usual_one() -> None:
    """A wheel for one build of Python does not run on another."""
    target = foreign_target(Machine(python_version="3.13", abis=("cp313t",)), HERE)

    assert "cp313-cp313t-linux_x86_64" in target.tags
    assert "cp313-cp313-linux_x86_64" not in target.tags


def test_implementation_py_takes_what_runs_on_any() -> None:
    """As pip has it: no wheel of one implementation."""
    target = foreign_target(Machine(implementation="py"), HERE)

    assert "py3-none-any" in target.tags
    assert not [tag for tag in target.tags if tag.startswith("cp")]


def test_implementation_pypy_has_its_own_name_in_markers() -> None:
    """PEP 508: `implementation_name` and `platform_python_implementation`."""
    target = foreign_target(Machine(implementation="pp", abis=("pypy311_pp73",)), HERE)

    assert target.tags[0] == "pp311-pypy311_pp73-manylinux_2_36_x86_64"
    assert target.environment["implementation_name"] == "pypy"
    assert target.environment["platform_python_implementation"] == "PyPy"


@pytest.mark.parametrize(
    ("machine", "says"),
    [
        (Machine(platforms=("linx",)), "--platform linx"),
        (Machine(platforms=("macosx_11_0_universal2",)), "--platform macosx_11_0_universal2"),
        (Machine(python_version="3"), "--python-version 3"),
        (Machine(implementation="ip"), "--implementation ip"),
        (Machine(platforms=("win_amd64", "linux_x86_64")), "several kinds"),
    ],
)
def test_machine_is_refused_when_it_cannot_be_told_what_it_is(machine: Machine, says: str) -> None:
    """Nothing is guessed: a misspelt platform would choose the wrong files."""
    with pytest.raises(UnknownMachine, match=says):
        foreign_target(machine, HERE)
