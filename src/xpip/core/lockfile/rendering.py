"""A lock → the bytes of `pylock.toml`: the same for equal locks, a line for each file.

The order of keys is that of the standard, and the use of inline tables is stable, as it asks
(PEP 751). A lock has thousands of files, all of one shape, and hardly a string that needs an
escape: those are written as they are, and only what is left by a TOML library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
)

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""What a basic string holds as it is: printable ASCII but for quotes and backslashes."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")

_NAMES = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (Pylock, Package, PackageVcs, PackageDirectory, PackageArchive)
}


def rendered(lock: Pylock) -> bytes:
    """The file (PEP 751), in UTF-8, with a newline at its end."""
    lines = [
        f"{name} = {_value(value)}"
        for name, value in _table(lock).items()
        if name not in ("packages", "tool")
    ]
    if not lock.packages:
        lines.append("packages = []")
    for package in lock.packages:
        lines += ["", "[[packages]]", *_package(package)]
        lines += _tools(package.tool or {}, "packages.tool")
    lines += _tools(lock.tool or {}, "tool")
    return "\n".join([*lines, ""]).encode()


def _package(package: Package) -> Iterator[str]:
    for name, value in _table(package).items():
        if name == "sdist":
            yield f"sdist = {_file(value)}"
        elif name == "wheels":
            yield f"wheels = {_in_lines(map(_file, value))}"
        elif name != "tool":
            yield f"{name} = {_value(value)}"


def _file(file: PackageWheel | PackageSdist) -> str:
    """As `_value` writes it, without a look at what each of its values is: there are thousands."""
    said = [] if file.name is None else [f"name = {_string(file.name)}"]
    if file.upload_time is not None:
        said.append(f"upload-time = {_scalar(file.upload_time)}")
    if file.url is not None:
        said.append(f"url = {_string(file.url)}")
    if file.path is not None:
        said.append(f"path = {_string(file.path)}")
    if file.size is not None:
        said.append(f"size = {file.size}")
    hashes = [f"{_key(name)} = {_string(digest)}" for name, digest in file.hashes.items()]
    said.append(f"hashes = {{{', '.join(hashes)}}}")
    return f"{{{', '.join(said)}}}"


def _table(value: Any) -> dict[str, Any]:
    """What is said, by the standard's names for it (PEP 751: with hyphens)."""
    said = ((name, getattr(value, name)) for name in _NAMES[type(value)])
    return {name.replace("_", "-"): each for name, each in said if each is not None}


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in values.items())


def _tools(tool: Mapping[str, Mapping[str, Any]], above: str) -> Iterator[str]:
    for name, values in tool.items():
        yield ""
        yield f"[{above}.{_key(name)}]"
        for key, value in values.items():
            yield f"{_key(key)} = {_scalar(value)}"


def _value(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | datetime):
        return _scalar(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(_pairs(value))}}}"
    if type(value) in _NAMES:
        return _value(_table(value))
    if isinstance(value, Sequence):
        return _array(value)
    return _string(str(value))  # a version, a marker, a specifier


def _array(values: Sequence[object]) -> str:
    if len(values) > 1 or any(isinstance(each, Mapping) for each in values):
        return _in_lines(map(_value, values))
    return f"[{', '.join(map(_value, values))}]"


def _in_lines(texts: Iterable[str]) -> str:
    lines = [f"    {text}," for text in texts]
    return "\n".join(["[", *lines, "]"]) if lines else "[]"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _scalar(key)


def _string(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    # Markers quote: in a literal string nothing is escaped.
    literal = '"' in value and "'" not in value and value.isprintable()
    return f"'{value}'" if literal else _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f'"{value}"'
    if type(value) is int:
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return value.replace(tzinfo=None).isoformat() + "Z"
    import tomlkit

    return tomlkit.item(value).as_string()
