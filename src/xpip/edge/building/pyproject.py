"""A source tree → its build system: which backend builds it, and what that one needs.

Decides what `[build-system]` says (PEP 517, PEP 518), and what stands in for one that is not
there. Builds nothing, and may not know where the requirements come from.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from msgspec import Struct
from packaging.requirements import Requirement

from xpip.core.nesting import check_nesting
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.toml_text import load_toml
from xpip.errors import InstallationError, Reason

_KEYS = ("requires", "build-backend", "backend-path")
_OBJECT = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*(\.[^\W\d]\w*)*)?")


class BuildSystem(Struct, frozen=True, kw_only=True):
    """How a source tree says that it is built.

    Attributes:
        requires: what the backend needs before it can be asked anything.
        backend: MODULE or MODULE:OBJECT.
        backend_path: directories of the tree, in which the backend lies; mostly none.
    """

    requires: tuple[Requirement, ...]
    backend: str
    backend_path: tuple[str, ...] = ()


# PEP 517: without `build-backend`, what setuptools does when it is told of none. PEP 518 has the
# requirement for a tree without any `[build-system]`.
_LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
LEGACY = BuildSystem(requires=(Requirement("setuptools>=40.8.0"),), backend=_LEGACY_BACKEND)


def read_build_system(source: Path) -> BuildSystem:
    """What the `pyproject.toml` of a source tree says of its build.

    Raises:
        InstallationError: `build-failed`, where it is no source tree, or says it wrong.
    """
    path = source / "pyproject.toml"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if (source / "setup.py").is_file():
            return LEGACY
        raise _failed(
            f"{source} is no Python project",
            "It holds neither pyproject.toml nor setup.py.",
        ) from None
    except OSError as error:
        raise _failed(f"{path} cannot be read", error.strerror or str(error)) from error
    try:
        document = load_toml(content)
        return (
            _build_system(document["build-system"], source)
            if "build-system" in document
            else LEGACY
        )
    except ValueError as error:
        # Invalid, TOMLDecodeError, UnicodeDecodeError, endless nesting.
        raise _failed(f"{path} does not say how to build the project", str(error)) from error


def project_directory(tree: Path, subdirectory: str | None) -> Path:
    """Where in an unpacked archive or a checkout the project lies.

    Raises:
        InstallationError: `build-failed`, where the subdirectory is none of the tree's own.
    """
    if subdirectory is None:
        return tree
    root, real = os.path.realpath(tree), os.path.realpath(tree / subdirectory)
    if not os.path.isdir(real) or os.path.commonpath([root, real]) != root:
        raise _failed(
            f"the sources have no subdirectory {subdirectory}",
            f"There is no such directory in {tree}, or it is a link that leads out of it.",
        )
    return Path(real)


def _build_system(value: Any, source: Path) -> BuildSystem:
    table = StrictTable(value, "build-system")
    # PEP 518: tools may not give other keys of this table a meaning; so nothing is left unheard.
    table.only(_KEYS)
    if "requires" not in table:
        raise Invalid(table.at("requires"), "is needed: PEP 518 has it mandatory")
    requires = table.take_strings("requires")
    backend = table.take("build-backend", str, _LEGACY_BACKEND)
    if not _OBJECT.fullmatch(backend):
        raise Invalid(table.at("build-backend"), "must be MODULE or MODULE:OBJECT")
    return BuildSystem(
        requires=tuple(map(_requirement, requires)),
        backend=backend,
        backend_path=tuple(_inside(each, source) for each in table.take_strings("backend-path")),
    )


def _requirement(text: str) -> Requirement:
    try:
        check_nesting(text)
        return Requirement(text)
    except ValueError as error:
        raise Invalid("build-system.requires", f"{text!r} is no requirement: {error}") from None


def _inside(directory: str, source: Path) -> str:
    # PEP 517: it must lie in the source tree, "after relative paths and symbolic links".
    root = os.path.realpath(source)
    real = os.path.realpath(os.path.join(root, directory))
    if os.path.isabs(directory) or os.path.commonpath([root, real]) != root:
        raise Invalid("build-system.backend-path", f"{directory!r} is not in the source tree")
    return directory


def _failed(message: str, detail: str) -> InstallationError:
    return InstallationError(message, context=detail.splitlines(), reference=Reason.BUILD_FAILED)
