"""pip's settings: its configuration files, its variables, and its requirements files' options.

Later ones override: global, user, the environment's, PIP_CONFIG_FILE; then PIP_*; then
requirements files, whose lists add to what is there.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from configparser import Error, RawConfigParser
from pathlib import Path
from typing import ClassVar

from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading, Unsaid
from xpip.core.values import Abridged
from xpip.edge.foreign_settings.addresses import Addresses
from xpip.edge.foreign_settings.ages import cooldown_of
from xpip.edge.foreign_settings.places import Setting, TextFile, is_on, read_text
from xpip.edge.foreign_settings.requirements import RequirementsOptions, requirements_options
from xpip.errors import Reason, UsageError

_LISTS = ("extra-index-url", "find-links", "trusted-host")
_SINGLE = ("index-url", "no-index", "uploaded-prior-to")
_KEYS = (*_SINGLE, *_LISTS)
_ALIASES = {"pypi-url": "index-url"}
_SECTIONS = ("global", "install")
_INSTALL = "xpip installs; this is for another command of pip's"


class _Value(Abridged, frozen=True, kw_only=True):
    unshown: ClassVar = ("texts",)
    key: str
    place: str
    texts: tuple[str, ...]
    directory: Path | None = None


def configuration_places(setting: Setting) -> tuple[Path, ...]:
    """Where pip looks for configuration files, in its order, whether they are there or not."""
    named = setting.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return ()
    last = [setting.cwd / named] if named else []
    # As pip documents: the user's own are not loaded where the named one exists.
    user = [] if named and last[0].exists() else list(_user_places(setting.environ))
    return (*_machine_places(setting.environ), *user, *_environment_places(setting), *last)


def _machine_places(environ: Mapping[str, str]) -> Iterator[Path]:
    if os.name == "nt":
        yield Path(environ.get("PROGRAMDATA", "C:/ProgramData"), "pip", "pip.ini")
        return
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    directories = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (Path(each, "pip", "pip.conf") for each in directories.split(os.pathsep) if each)
    yield Path("/etc/pip.conf")


def _user_places(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~"))
    if os.name == "nt":
        yield home / "pip" / "pip.ini"
        yield Path(environ.get("APPDATA") or home, "pip", "pip.ini")
        return
    yield home / ".pip" / "pip.conf"
    support = home / "Library" / "Application Support" / "pip"
    if sys.platform == "darwin" and support.is_dir():
        yield support / "pip.conf"
        return
    configured = environ.get("XDG_CONFIG_HOME")
    yield Path(configured or home / ".config", "pip", "pip.conf")


def _environment_places(setting: Setting) -> Iterator[Path]:
    active = setting.environ.get("VIRTUAL_ENV")
    directory = setting.cwd / active if active else setting.cwd / ".venv"
    yield directory / ("pip.ini" if os.name == "nt" else "pip.conf")


def read_pip(
    configurations: Sequence[Path], requirements: Sequence[Path], setting: Setting
) -> Reading:
    """What pip is told by these files, and by the setting's variables.

    Raises:
        UsageError: one of the files cannot be read.
    """
    files = [read_text(path, setting) for path in configurations]
    included = [requirements_options(path, setting) for path in requirements]
    layers = _Layers()
    for file in files:
        for value in _configured(file, layers.unsaid):
            layers.override(value)
    for value in _variables(setting.environ):
        layers.override(value)
    for each in included:
        layers.extend(each, setting)
    variables = [f"PIP_{key.upper().replace('-', '_')}" for key in (*_KEYS, *_ALIASES)]
    read = (
        *(file.shown for file in files),
        *(name for name in variables if setting.environ.get(name)),
        *(name for each in included for name in each.files),
    )
    return layers.reading(setting, read)


def _configured(file: TextFile, unsaid: list[Unsaid]) -> Iterator[_Value]:
    parser = RawConfigParser()
    try:
        parser.read_string(file.text)
    except Error as error:
        # Its text is not shown: it may quote a line that holds a password.
        line = getattr(error, "lineno", None)
        raise UsageError(
            "This is no configuration file as pip reads them: nothing was imported",
            reference=Reason.USAGE,
            context=[f"{file.shown}:{line}" if line else file.shown],
        ) from None
    ours = [name for name in _SECTIONS if parser.has_section(name)]
    others = [name for name in parser.sections() if name not in _SECTIONS]
    for section in (*ours, *others):
        for written, text in parser.items(section):
            key = _key(written)
            if key not in _KEYS or not text.strip():
                continue
            place = f"{_place(file, section, written)} [{section}] {key}"
            if section in _SECTIONS:
                yield _Value(key=key, texts=_texts(key, text), place=place)
            else:
                unsaid.append(Unsaid(place=place, setting=f"[{section}]", why=_INSTALL))


def _key(written: str) -> str:
    key = written.strip().lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(key, key)


def _place(file: TextFile, section: str, written: str) -> str:
    begin = re.search(rf"^\[{re.escape(section)}\]", file.text, re.MULTILINE)
    start = begin.end() if begin else 0
    key = re.compile(rf"^{re.escape(written)}[ \t]*[=:]", re.MULTILINE | re.IGNORECASE)
    found = key.search(file.text, start)
    if found is None:
        return file.shown
    return f"{file.shown}:{file.text.count(chr(10), 0, found.start()) + 1}"


def _texts(key: str, text: str) -> tuple[str, ...]:
    return tuple(text.split()) if key in _LISTS else (text.strip(),)


def _variables(environ: Mapping[str, str]) -> Iterator[_Value]:
    for written in (*_ALIASES, *_KEYS):
        name = f"PIP_{written.upper().replace('-', '_')}"
        key = _key(written)
        if environ.get(name, "").strip():
            yield _Value(key=key, texts=_texts(key, environ[name]), place=name)


class _Layers:
    """Settings as they override one another, and those that did not last."""

    def __init__(self) -> None:
        self._values: dict[str, list[_Value]] = {}
        self.unsaid: list[Unsaid] = []

    def override(self, value: _Value) -> None:
        for old in self._values.get(value.key, ()):
            if old.texts != value.texts:
                why = f"overridden by {value.place}"
                self.unsaid.append(Unsaid(place=old.place, setting=value.key, why=why))
        self._values[value.key] = [value]

    def extend(self, included: RequirementsOptions, setting: Setting) -> None:
        self.unsaid += included.unsaid
        for option in included.options:
            value = _Value(
                key=option.key,
                texts=("true",) if option.key == "no-index" else (option.value,),
                place=f"{option.place} --{option.key}",
                directory=(setting.cwd / option.place.rpartition(":")[0]).parent,
            )
            if option.key in _LISTS:
                self._values.setdefault(option.key, []).append(value)
            else:
                self.override(value)

    def reading(self, setting: Setting, files: tuple[str, ...]) -> Reading:
        trusted = {host: each.place for host, each in self._each("trusted-host")}
        addresses = Addresses(setting, trusted=trusted)
        indexes = tuple(self._indexes(addresses, setting)) if self._values else ()
        self._tell_trusted(trusted, indexes)
        places = dict.fromkeys(index.place for index in indexes)
        rule = ForeignRule(patterns=("*",), indexes=indexes, place=", ".join(places))
        return Reading(
            tool="pip",
            files=files,
            indexes=indexes,
            rules=(rule,) if indexes else (),
            unsaid=tuple(self.unsaid),
        )

    def _each(self, key: str) -> Iterator[tuple[str, _Value]]:
        return ((text, each) for each in self._values.get(key, ()) for text in each.texts)

    def _no_index(self) -> _Value | None:
        told = self._values.get("no-index", [])
        return next((each for each in told if is_on(each.texts[0])), None)

    def _indexes(self, addresses: Addresses, setting: Setting) -> Iterator[ForeignIndex]:
        cooldown = self._cooldown()
        no_index = self._no_index()
        for key in ("index-url", "extra-index-url"):
            for text, value in self._each(key):
                if no_index is None:
                    yield addresses.index(text, value.place, cooldown=cooldown)
                else:
                    why = f"not asked, by {no_index.place}"
                    self.unsaid.append(Unsaid(place=value.place, setting=key, why=why))
            if key == "index-url" and key not in self._values and no_index is None:
                yield addresses.index(setting.public, "pip's default", cooldown=cooldown)
        for text, value in self._each("find-links"):
            yield addresses.index(
                text, value.place, directory=value.directory, flat=True, cooldown=cooldown
            )

    def _cooldown(self) -> str | None:
        for text, value in self._each("uploaded-prior-to"):
            cooldown = cooldown_of(text)
            if cooldown is None:
                why = "neither a date nor an age that xpip reads"
                self.unsaid.append(Unsaid(place=value.place, setting=value.key, why=why))
            return cooldown
        return None

    def _tell_trusted(self, trusted: Mapping[str, str], indexes: Sequence[ForeignIndex]) -> None:
        plain = [index.shown.partition("://")[2] for index in indexes if index.insecure]
        for host, place in trusted.items():
            if not any(re.split("[:/]", shown)[0] == host.partition(":")[0] for shown in plain):
                why = (
                    "not imported: certificates are always checked, and no http: index of this"
                    " host is in use; a private authority's certificate goes to --cert"
                )
                self.unsaid.append(Unsaid(place=place, setting=f"trusted-host {host}", why=why))
