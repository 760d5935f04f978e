"""Source trees that build themselves with `tiny_backend`, as directories, archives and commits."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomlkit

BACKEND = Path(__file__).with_name("tiny_backend.py").read_text(encoding="utf-8")


def write_tree(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    requires_python: str | None = None,
    built_with: Sequence[str] | None = None,
    files: Mapping[str, str] | None = None,
    tiny: Mapping[str, object] | None = None,
) -> Path:
    """Write a source tree with one module that knows its version.

    Args:
        built_with: what the build requires, a wheel of the backend included; by default the
            backend lies in the tree.
        files: further files, or in the place of generated ones.
        tiny: `[tool.tiny]`, see `tiny_backend`.
    """
    project: dict[str, object] = {"name": name, "version": version, "dependencies": list(requires)}
    if extras:
        project["optional-dependencies"] = {key: list(needs) for key, needs in extras.items()}
    if requires_python:
        project["requires-python"] = requires_python
    system: dict[str, object] = {"requires": list(built_with or ()), "build-backend": "tiny"}
    if built_with is None:
        system["backend-path"] = [".backend"]
    tables = {"build-system": system, "project": project, "tool": {"tiny": dict(tiny or {})}}
    texts = {
        "pyproject.toml": tomlkit.dumps(tables),
        f"{name.replace('-', '_').lower()}.py": f"__version__ = {version!r}\n",
        **({".backend/tiny.py": BACKEND} if built_with is None else {}),
        **(files or {}),
    }
    for filename, text in texts.items():
        path = directory / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def pack_tree(tree: Path, directory: Path, name: str, version: str) -> Path:
    """Write `{name}-{version}.tar.gz` of a tree, whose metadata only a build can tell."""
    stem = f"{name.replace('-', '_').lower()}-{version}"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.add(tree, stem)
    return path


def commit_tree(directory: Path, tag: str) -> None:
    """Commit what lies in a directory to its branch `main`, made if need be, and tag it."""
    if not (directory / ".git").exists():
        git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", tag)
    git(directory, "tag", tag)


def git(directory: Path, *arguments: str) -> str:
    """What git answers, run as nobody in particular."""
    who = {"NAME": "tests", "EMAIL": "tests@example.org"}
    environ = {
        **os.environ,
        **{
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in who.items()
        },
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    command = ["git", *arguments]
    ended = subprocess.run(
        command, cwd=directory, env=environ, check=True, capture_output=True, text=True
    )
    return ended.stdout.strip()
