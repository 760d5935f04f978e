"""Words for a machine (`3.12-linux`, `3.13-macos-arm64`) → the `Target` that they mean.

What the words leave open has one meaning, whatever machine xpip runs on: the table below. How
platforms become tags and markers, `foreign_targets` knows.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from xpip.core.foreign_targets import Machine, UnknownMachine, foreign_target
from xpip.core.policy import Target

GLIBC, MUSL, MACOS = "2_28", "1_2", "14_0"
PYPY = "7.3.0"
"""The oldest C library, macOS and PyPy of a machine, if its platform tag does not say it."""
_LINUX = ("x86_64", "aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x")
_MACOS = ("arm64", "x86_64")
_WINDOWS = {"x86_64": "win_amd64", "amd64": "win_amd64", "x86": "win32", "arm64": "win_arm64"}
_ALIASES = {"arm64": "aarch64", "amd64": "x86_64"}
_SPEC = re.compile(
    r"(?P<implementation>cpython|pypy)?(?P<version>\d\.\d{1,2}(?:\.\d{1,2})?)-(?P<on>.+)"
)
_IMPLEMENTATIONS = {"cpython": "cp", "pypy": "pp"}
_EXAMPLES = "3.12-linux, 3.13-macos-arm64, 3.11-windows, 3.12-linux-aarch64-musl or pypy3.11-linux"


def parse_environment(words: str) -> Machine:
    """Read words such as `3.12-linux`: Python, then platform.

    Raises:
        UnknownMachine: they are none that xpip knows.
    """
    match = _SPEC.fullmatch(words)
    if match is None:
        raise UnknownMachine(f"{words!r} is no environment such as {_EXAMPLES}")
    return machine_of(
        platform=match["on"],
        python_version=match["version"],
        implementation=match["implementation"] or "cpython",
    )


def machine_of(
    *,
    platform: str | None = None,
    python_version: str | None = None,
    implementation: str | None = None,
) -> Machine:
    """A machine of which some things are said; what is not, is as it is here.

    Args:
        platform: `linux`, `macos` or `windows`, with an architecture and `-musl` after it, or a
            platform tag of wheels.
        python_version: `3.12` or `3.12.4`.
        implementation: `cpython` or `pypy`.

    Raises:
        UnknownMachine: a value is none that xpip knows.
    """
    if implementation not in {None, *_IMPLEMENTATIONS}:
        raise UnknownMachine(f"{implementation!r} is none of cpython and pypy")
    return Machine(
        platforms=platform_tags(platform) if platform is not None else (),
        python_version=python_version,
        implementation=_IMPLEMENTATIONS[implementation] if implementation else None,
    )


def platform_tags(words: str) -> tuple[str, ...]:
    """The platform tags that words for a platform mean; best first.

    Raises:
        UnknownMachine: they are none that xpip knows.
    """
    if "_" in words and "-" not in words:
        return (words,)
    system, *rest = words.split("-")
    if not all(rest):
        raise _unknown(words)
    if system == "linux":
        return _linux(words, rest)
    machine = "-".join(rest)
    if system in ("macos", "darwin") and (machine or _MACOS[0]) in _MACOS:
        return (f"macosx_{MACOS}_{machine or _MACOS[0]}",)
    if system == "windows" and (machine or "amd64") in _WINDOWS:
        return (_WINDOWS[machine or "amd64"],)
    raise _unknown(words)


def _linux(words: str, rest: list[str]) -> tuple[str, ...]:
    is_musl = rest[-1:] == ["musl"]
    named = "-".join(rest[:-1] if rest[-1:] in (["musl"], ["gnu"]) else rest) or _LINUX[0]
    machine = _ALIASES.get(named, named)
    if machine not in _LINUX:
        raise _unknown(words)
    library = f"musllinux_{MUSL}" if is_musl else f"manylinux_{GLIBC}"
    return (f"{library}_{machine}", f"linux_{machine}")


def _unknown(words: str) -> UnknownMachine:
    return UnknownMachine(
        f"{words!r} is no platform such as linux, linux-aarch64, linux-x86_64-musl, macos, "
        "macos-x86_64, windows, windows-arm64, or a platform tag such as manylinux_2_28_x86_64"
    )


def target_of(machine: Machine, like: Target) -> Target:
    """The target that a machine is; the one that is known, where nothing is said of it.

    Raises:
        UnknownMachine: a value is none that can be turned into tags and markers.
    """
    if machine == Machine():
        return like
    target = foreign_target(machine, like)
    if target.environment["implementation_name"] != "pypy" or machine.abis:
        return target
    python = target.python_version
    # PyPy's own name for its ABI: the same for every version of Python since PyPy 7.3.
    abi = f"pypy{python.major}{python.minor}_pp73"
    target = foreign_target(replace(machine, abis=(abi,)), like)
    return replace(target, environment={**target.environment, "implementation_version": PYPY})
