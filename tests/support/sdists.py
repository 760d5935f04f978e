"""Real source distributions, small enough to make one in each test."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name


def build_sdist(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
) -> Path:
    """Write `{name}-{version}.tar.gz` with a PKG-INFO, a pyproject.toml and one module."""
    module = canonicalize_name(name).replace("-", "_")
    root = f"{module}-{version}"
    contents = {
        "PKG-INFO": "\n".join(_pkg_info(name, version, requires, requires_python)),
        "pyproject.toml": _PYPROJECT.format(
            name=name,
            version=version,
            dependencies=list(requires),
            requires_python=requires_python or "",
        ),
        f"{module}.py": f"__version__ = {version!r}\n",
    }
    path = directory / f"{root}.tar.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for filename, text in contents.items():
            member = tarfile.TarInfo(f"{root}/{filename}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
dependencies = {dependencies}
requires-python = "{requires_python}"
"""


def _pkg_info(
    name: str, version: str, requires: Sequence[str], requires_python: str | None
) -> list[str]:
    headers = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    if requires_python is not None:
        headers.append(f"Requires-Python: {requires_python}")
    headers += [f"Requires-Dist: {requirement}" for requirement in requires]
    return [*headers, ""]
