"""Which settings of other tools are there, and what they say.

Unless told which: whatever lies in the working directory, pip's configuration, and the tools'
variables. A file named by the user is read alone, without variables.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from xpip.core.map_drafts.readings import Reading, Unsaid
from xpip.edge.foreign_settings.pdm import read_pdm
from xpip.edge.foreign_settings.pip import configuration_places, read_pip
from xpip.edge.foreign_settings.pipenv import read_pipenv
from xpip.edge.foreign_settings.places import Setting, TomlFile, read_toml
from xpip.edge.foreign_settings.poetry import read_poetry
from xpip.edge.foreign_settings.uv import read_uv
from xpip.errors import Reason, UsageError

_PROJECT, _UV, _PDM, _PIPFILE = "pyproject.toml", "uv.toml", "pdm.toml", "Pipfile"


def read_settings(chosen: Sequence[str], setting: Setting) -> tuple[Reading, ...]:
    """What these tools or files say; what is found, where none is chosen.

    The project's own settings come before the user's.

    Raises:
        UsageError: a file cannot be read or understood, or none of that name is there.
    """
    if chosen:
        return tuple(reading for each in chosen for reading in _chosen(each, setting))
    found = [reading for read in TOOLS.values() for reading in read(setting)]
    return tuple(each for each in found if each.says_something)


def _chosen(name: str, setting: Setting) -> tuple[Reading, ...]:
    if name.lower() in TOOLS:
        return TOOLS[name.lower()](setting)
    path = setting.cwd / os.path.expanduser(name)
    if not path.is_file():
        raise UsageError(
            f"There is no file {name}",
            reference=Reason.USAGE,
            hint=f"--from takes a file, or one of {', '.join(TOOLS)}.",
        )
    return tuple(_of_file(path, replace(setting, environ={})))


def _of_file(path: Path, setting: Setting) -> Iterator[Reading]:
    if path.suffix in {".txt", ".in"}:
        yield read_pip((), (path,), setting)
    elif path.suffix in {".conf", ".ini", ".cfg"}:
        yield read_pip((path,), (), setting)
    elif path.name == _PIPFILE:
        yield read_pipenv(read_toml(path, setting), setting)
    elif path.name == _UV:
        yield read_uv(read_toml(path, setting), setting, prefix="")
    elif path.name == _PDM:
        yield read_pdm(None, read_toml(path, setting), setting)
    elif path.name == _PROJECT:
        yield from _of_project(read_toml(path, setting), setting)
    else:
        raise UsageError(
            f"{path.name} is not a name by which xpip knows what it holds",
            reference=Reason.USAGE,
            hint=f"It reads {_PROJECT}, {_UV}, {_PDM}, {_PIPFILE}, pip.conf, and *.txt as"
            " requirements.",
        )


def _of_project(file: TomlFile, setting: Setting) -> Iterator[Reading]:
    yield from (
        each
        for each in (
            read_uv(file, setting),
            read_poetry(file, setting),
            read_pdm(file, None, setting),
        )
        if each.says_something
    )


def _there(name: str, setting: Setting) -> TomlFile | None:
    path = setting.cwd / name
    return read_toml(path, setting) if os.path.lexists(path) else None


def _uv(setting: Setting) -> tuple[Reading, ...]:
    named = setting.environ.get("UV_CONFIG_FILE")
    own = _there(named or _UV, setting)
    project = _there(_PROJECT, setting)
    told = project is not None and "uv" in project.document.get("tool", {})
    if own is None:
        return (_beside(read_uv(project if told else None, setting), setting),)
    reading = _beside(read_uv(own, setting, prefix=""), setting)
    if not told:
        return (reading,)
    # Of the two, uv takes its indexes from uv.toml; what names are pinned to is the project's.
    project_alone = read_uv(project, replace(setting, environ={}))
    pins = tuple(rule for rule in project_alone.rules if not rule.is_open)
    return reading, replace(project_alone, rules=pins)


def _beside(reading: Reading, setting: Setting) -> Reading:
    """The reading, and that the user's own uv.toml was not read."""
    configured = setting.environ.get("XDG_CONFIG_HOME")
    home = setting.environ.get("HOME")
    if not (configured or home):
        return reading
    path = Path(configured or Path(home or "", ".config"), "uv", _UV)
    if not path.is_file():
        return reading
    why = f"not read; `--from {path}` does"
    unsaid = Unsaid(place=str(path), setting="your own uv settings", why=why)
    return replace(reading, unsaid=(*reading.unsaid, unsaid))


def _poetry(setting: Setting) -> tuple[Reading, ...]:
    project = _there(_PROJECT, setting)
    return () if project is None else (read_poetry(project, setting),)


def _pdm(setting: Setting) -> tuple[Reading, ...]:
    return (read_pdm(_there(_PROJECT, setting), _there(_PDM, setting), setting),)


def _pipenv(setting: Setting) -> tuple[Reading, ...]:
    return (read_pipenv(_there(_PIPFILE, setting), setting),)


def _pip(setting: Setting) -> tuple[Reading, ...]:
    configurations = [path for path in configuration_places(setting) if path.is_file()]
    requirements = sorted(setting.cwd.glob("requirements*.txt"))
    return (read_pip(configurations, requirements, setting),)


TOOLS: dict[str, Callable[[Setting], tuple[Reading, ...]]] = {
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "pip": _pip,
}
"""The tools whose settings are read, the project's own before the user's."""
