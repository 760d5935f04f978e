"""Installed distributions: as values, and as other tools leave them on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.wheels import record_hash
from xpip.core.facts import CoreMetadata, InstalledDistribution, RecordedOrigin


def distribution(
    name: str,
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    installer: str | None = None,
    origin: RecordedOrigin | None = None,
) -> InstalledDistribution:
    """A distribution that is installed, as a value."""
    project = canonicalize_name(name)
    return InstalledDistribution(
        project=project,
        version=Version(version),
        metadata=CoreMetadata(
            name=project,
            version=Version(version),
            requires=tuple(map(Requirement, requires)),
            requires_python=SpecifierSet(requires_python) if requires_python else None,
        ),
        location=f"/env/{project}-{version}.dist-info",
        installer=installer,
        origin=origin,
    )


def put(
    site: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    direct_url: Mapping[str, Any] | None = None,
    installer: str | None = "pip",
    record: bool = True,
) -> Path:
    """Put a distribution into a library directory by hand; returns its .dist-info."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    headers = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    headers += [f"Requires-Dist: {each}" for each in requires]
    contents = {
        **(files if files is not None else {f"{name}.py": ""}),
        f"{info.name}/METADATA": "\n".join([*headers, ""]),
    }
    if installer is not None:
        contents[f"{info.name}/INSTALLER"] = f"{installer}\n"
    if direct_url is not None:
        contents[f"{info.name}/direct_url.json"] = json.dumps(direct_url)
    for path, content in contents.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(content)
    if record:
        rows = [f"{path},{record_hash(text.encode())}," for path, text in contents.items()]
        (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,", ""]))
    return info
