"""Lock files as tools write them, small enough to make one in each test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from tests.support.world import RepositoryDouble
from xpip.core.lockfile.addresses import LockSource

PLACE = LockSource(shown="pylock.toml", base="file:///project/")
REMOTE = LockSource(shown="https://locks.example/a/pylock.toml", base="https://locks.example/a/")


def lock_of(*packages: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A lock of these packages."""
    named = {key.replace("_", "-"): value for key, value in keys.items()}
    return {"lock-version": "1.0", "created-by": "test", **named, "packages": list(packages)}


def locked_wheel(project: str, version: str, tag: str = "py3-none-any") -> dict[str, Any]:
    """A wheel at a made-up address."""
    filename = f"{project}-{version}-{tag}.whl"
    return {
        "url": f"https://files.example/{filename}",
        "hashes": {"sha256": hashlib.sha256(filename.encode()).hexdigest()},
    }


def locked(
    repository: RepositoryDouble, *files: Path, index: bool = True, **keys: Any
) -> dict[str, Any]:
    """The entry of one release that a repository serves, as a careful tool writes it."""
    entry: dict[str, Any] = {}
    for path in files:
        content = path.read_bytes()
        is_wheel = path.suffix == ".whl"
        name, version = (
            parse_wheel_filename(path.name)[:2] if is_wheel else parse_sdist_filename(path.name)
        )
        entry |= {"name": str(canonicalize_name(name)), "version": str(version)}
        file = {
            "url": f"{repository.origin}/{repository.name}/files/{name}/{path.name}",
            "size": len(content),
            "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        }
        if is_wheel:
            entry.setdefault("wheels", []).append(file)
        else:
            entry["sdist"] = file
    if index:
        entry["index"] = repository.url
    return entry | keys


def write_lock(path: Path, *packages: Mapping[str, Any], **keys: Any) -> Path:
    """Write a lock of these packages, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tomlkit.dumps(lock_of(*packages, **keys)))
    return path
