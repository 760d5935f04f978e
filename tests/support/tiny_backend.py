"""A build backend in one file, put into source trees or served as a wheel (PEP 517, PEP 660).

A wheel of it has what `[project]` says, every file of the tree but hidden ones, and
the config settings it got, as `{module}_settings.json`. `[tool.tiny]` makes it misbehave:

    fails   a text that it prints before it gives up
    needs   requirements that it asks for by its hook
    imports a module that it cannot do without
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

_ABOUT = ("pyproject.toml", "PKG-INFO")
Settings = dict[str, Any] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """PEP 517."""
    return list(_how().get("needs", []))


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """PEP 660."""
    return get_requires_for_build_wheel(config_settings)


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """PEP 517: a copy of the tree."""
    here = Path.cwd()
    files = [path for path in sorted(here.rglob("*")) if path.is_file()]
    names = [path.relative_to(here) for path in files]
    shown = [
        name
        for name in names
        if not any(part.startswith(".") or part in _ABOUT for part in name.parts)
    ]
    return _write(wheel_directory, {str(n): n.read_text() for n in shown}, config_settings)


def build_editable(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """PEP 660: a path that leads to the tree."""
    return _write(wheel_directory, {f"{_module()}.pth": f"{Path.cwd()}\n"}, config_settings)


def _write(directory: str, files: dict[str, str], settings: Settings) -> str:
    how = _how()
    if "imports" in how:
        importlib.import_module(how["imports"])
    if "fails" in how:
        sys.stderr.write(f"{how['fails']}\n")
        raise SystemExit(1)
    stem = f"{_module()}-{_project()['version']}"
    info = f"{stem}.dist-info"
    contents = {
        **files,
        f"{_module()}_settings.json": json.dumps(settings or {}),
        f"{info}/METADATA": _metadata(),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    rows = [
        f"{member},sha256={_hash(text)},{len(text.encode())}" for member, text in contents.items()
    ]
    contents[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(Path(directory, name), "w") as wheel:
        for member, text in contents.items():
            wheel.writestr(member, text)
    return name


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _metadata() -> str:
    project = _project()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        *(f"Requires-Dist: {each}" for each in project.get("dependencies", [])),
    ]
    if "requires-python" in project:
        lines.append(f"Requires-Python: {project['requires-python']}")
    for extra, needs in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {each}; extra == '{extra}'" for each in needs]
    return "\n".join([*lines, ""])


def _module() -> str:
    return str(_project()["name"]).replace("-", "_").lower()


def _project() -> dict[str, Any]:
    return dict(_pyproject()["project"])


def _how() -> dict[str, Any]:
    return dict(_pyproject().get("tool", {}).get("tiny", {}))


def _pyproject() -> dict[str, Any]:
    return tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
