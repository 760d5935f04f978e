"""A machine that is not here → the `Target` that files are chosen for.

Decides what a platform, a Python version, an implementation and ABIs say of wheel tags (PEP 425,
PEP 600, PEP 656) and of environment markers (PEP 508). What they leave open is taken from a
target that is known; nothing is asked of the interpreter that runs xpip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from packaging.tags import Tag, compatible_tags, cpython_tags, generic_tags, mac_platforms
from packaging.version import Version

from xpip.core.policy import Target

_VERSION = re.compile(r"(\d)\.?(\d{1,2})(?:\.(\d{1,2}))?")
_LINUX = re.compile(r"(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(\w+)")
_PERENNIAL = re.compile(r"(manylinux|musllinux)_(\d+)_(\d{1,3})_(\w+)")
_MAC = re.compile(r"macosx_(\d+)_(\d+)_(x86_64|arm64)")
_WINDOWS = {"win32": "x86", "win_amd64": "AMD64", "win_arm64": "ARM64"}
_LEGACY = {"manylinux2014": 17, "manylinux2010": 12, "manylinux1": 5}
"""PEP 600: the glibc 2.x that older names of platforms stand for."""
_OLDEST = {"manylinux": 5, "musllinux": 0}
_IMPLEMENTATIONS = {"cp": ("cpython", "CPython"), "pp": ("pypy", "PyPy")}


class Machine(Struct, frozen=True, kw_only=True):
    """What the user says of another machine; empty and None leave it as it is here.

    Attributes:
        platforms: such as `manylinux_2_28_x86_64`, `macosx_11_0_arm64`, `win_amd64`.
        python_version: `3.12`, `312` or `3.12.4`.
        implementation: `cp`, `pp`, or `py` for wheels of any.
        abis: such as `cp312` or `abi3`.
    """

    platforms: tuple[str, ...] = ()
    python_version: str | None = None
    implementation: str | None = None
    abis: tuple[str, ...] = ()


class UnknownMachine(ValueError):
    """What is said of a machine cannot be understood; the text says which part."""


def foreign_target(machine: Machine, like: Target) -> Target:
    """The target that a machine is.

    Args:
        machine: what is known of it.
        like: what it resembles in all other ways.

    Raises:
        UnknownMachine: a value is none that xpip can turn into tags and markers.
    """
    version = _version(machine.python_version) or like.python_version
    implementation = machine.implementation or _implementation_of(like)
    if implementation not in {*_IMPLEMENTATIONS, "py"}:
        raise UnknownMachine(f"--implementation {implementation} is none of cp, pp and py")
    platforms = tuple(chain.from_iterable(map(_expanded, machine.platforms)))
    tags = _tags(version, implementation, machine.abis, platforms or _platforms_of(like))
    return Target(
        python_version=version,
        tags=tuple(dict.fromkeys(map(str, tags))),
        environment={
            **like.environment,
            **_machine_markers(machine.platforms),
            **_python_markers(version, implementation),
        },
    )


def _version(text: str | None) -> Version | None:
    if text is None:
        return None
    match = _VERSION.fullmatch(text)
    if match is None:
        raise UnknownMachine(f"--python-version {text} is none such as 3.12, 312 or 3.12.4")
    return Version(f"{match[1]}.{match[2]}.{match[3] or 0}")


def _implementation_of(like: Target) -> str:
    name = like.environment["implementation_name"]
    return next((short for short, names in _IMPLEMENTATIONS.items() if name == names[0]), "py")


def _platforms_of(like: Target) -> tuple[str, ...]:
    platforms = (tag.rpartition("-")[2] for tag in like.tags)
    return tuple(dict.fromkeys(each for each in platforms if each != "any"))


def _tags(
    version: Version, implementation: str, abis: Sequence[str], platforms: Sequence[str]
) -> Iterator[Tag]:
    python = version.release[:2]
    digits = f"{python[0]}{python[1]}"
    interpreter = f"{implementation}{digits}"
    if implementation == "cp":
        yield from cpython_tags(python, abis or [f"cp{digits}"], platforms)
    else:
        yield from generic_tags(interpreter, abis, platforms)
    yield from compatible_tags(python, interpreter, platforms)


def _expanded(platform: str) -> Iterator[str]:
    """All platforms whose wheels run on this one, best first."""
    for legacy, minor in _LEGACY.items():
        if platform.startswith(f"{legacy}_"):
            platform = platform.replace(legacy, f"manylinux_2_{minor}", 1)
    if perennial := _PERENNIAL.fullmatch(platform):
        yield from _older_libraries(*perennial.groups())
    elif mac := _MAC.fullmatch(platform):
        yield from mac_platforms((int(mac[1]), int(mac[2])), mac[3])
    elif platform in _WINDOWS or platform == "any" or _LINUX.fullmatch(platform):
        yield platform
    else:
        raise UnknownMachine(
            f"--platform {platform} is none such as manylinux_2_28_x86_64, musllinux_1_2_aarch64, "
            "macosx_11_0_arm64 or win_amd64"
        )


def _older_libraries(family: str, major: str, minor: str, machine: str) -> Iterator[str]:
    # PEP 600, PEP 656: a wheel runs wherever the C library is as new as its tag says, or newer.
    for each in range(int(minor), _OLDEST[family] - 1, -1):
        yield f"{family}_{major}_{each}_{machine}"
        for legacy, same in _LEGACY.items():
            if family == "manylinux" and each == same:
                yield f"{legacy}_{machine}"


def _machine_markers(platforms: Sequence[str]) -> Mapping[str, str]:
    """What is known of the machine; its kernel's release and version are not."""
    known = {_system(each) for each in platforms if each != "any"}
    if not known:
        return {}
    if len(known) > 1:
        raise UnknownMachine("--platform names several kinds of machines; name one at a time")
    os_name, sys_platform, system, machine = known.pop()
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
    }


def _system(platform: str) -> tuple[str, str, str, str]:
    if platform in _WINDOWS:
        return "nt", "win32", "Windows", _WINDOWS[platform]
    if mac := _MAC.fullmatch(platform):
        return "posix", "darwin", "Darwin", mac[3]
    linux = _LINUX.fullmatch(platform)
    assert linux is not None  # anything else was refused before
    return "posix", "linux", "Linux", linux[1]


def _python_markers(version: Version, implementation: str) -> Mapping[str, str]:
    markers = {
        "python_version": f"{version.major}.{version.minor}",
        "python_full_version": str(version),
    }
    if implementation in _IMPLEMENTATIONS:
        name, title = _IMPLEMENTATIONS[implementation]
        markers |= {"implementation_name": name, "platform_python_implementation": title}
    if implementation == "cp":
        markers["implementation_version"] = str(version)
    return markers
